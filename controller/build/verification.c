#include "controller/build/verification.h"

#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/lambda.h"
#include "reconcile/package/package.h"

#include <glib/gstdio.h>
#include <string.h>

#define FUNCTION_TYPE "AWS::Lambda::Function"

const char *verdict_name(Verdict verdict)
{
    switch (verdict) {
    case VERDICT_EQUAL:
        return "equal";
    case VERDICT_DIFFERS:
        return "differs";
    case VERDICT_UNKNOWN:
        return "cannot be told";
    }
    g_assert_not_reached();
}

static void verified_function_free(void *data)
{
    VerifiedFunction *function = data;

    g_free(function->logical_id);
    g_free(function->function_name);
    g_free(function->artifact);
    g_free(function->live);
    g_free(function->rebuilt);
    g_free(function->why);
    g_free(function);
}

typedef struct {
    const VerificationRequest *request;
    GHashTable *physical_ids; /* logical id → physical id, of the stack's functions */
    GHashTable *rebuilt;      /* name of an artifact → base64 SHA-256 */
    char *folder;             /* for archives */
} Verification;

static bool read_stack(Verification *verification, GError **error)
{
    g_autoptr(GPtrArray) resources = NULL;

    if (!cloud_formation_list_stack_resources(verification->request->client,
                                              verification->request->stack_name, &resources, error))
        return false;
    for (guint i = 0; i < resources->len; i++) {
        const CloudFormationResource *resource = resources->pdata[i];

        if (!g_strcmp0(resource->type, FUNCTION_TYPE) && resource->physical_id &&
            g_strcmp0(resource->status, "DELETE_COMPLETE") != 0)
            g_hash_table_insert(verification->physical_ids, g_strdup(resource->logical_id),
                                g_strdup(resource->physical_id));
    }
    return true;
}

static const ArtifactSpec *spec_of_key(const Build *build, const char *key)
{
    const GPtrArray *specs = service_artifacts(build->service);

    for (guint i = 0; key && i < specs->len; i++) {
        const ArtifactSpec *spec = specs->pdata[i];

        if (!g_strcmp0(template_artifact_key(build->compiled, spec->name), key))
            return spec;
    }
    return NULL;
}

/* The SHA-256 of an artifact, built now. Borrowed. */
static const char *rebuild(Verification *verification, const ArtifactSpec *spec, GError **error)
{
    const char *known = g_hash_table_lookup(verification->rebuilt, spec->name);
    g_autofree char *path = g_build_filename(verification->folder, "artifact", NULL);
    g_autoptr(SourceTree) tree = NULL;
    char *sha256 = NULL;
    uint64_t size;

    if (known)
        return known;
    tree = build_tree(verification->request->build, verification->request->tree, error);
    /* without the cache: what is shown comes from the commit alone */
    if (!tree || !package_write(tree, spec, NULL, NULL, NULL, path, &size, &sha256, error))
        return NULL;
    g_unlink(path);
    g_hash_table_insert(verification->rebuilt, g_strdup(spec->name), sha256);
    return sha256;
}

static void settle(VerifiedFunction *function, Verdict verdict, const char *why)
{
    function->verdict = verdict;
    function->why = g_strdup(why);
}

/* Why a function's code is not held against the tree; NULL: it is. */
static const char *why_not(json_t *code, const ArtifactSpec *spec)
{
    if (json_object_get(code, "ImageUri"))
        return "its code is an image";
    if (json_object_get(code, "ZipFile"))
        return "its code stands in the template";
    if (!spec)
        return "its code is not packaged from this service";
    return spec->kind == ARTIFACT_S3 ? "its code lies on S3, and is not made from the commit"
                                     : NULL;
}

static bool compare(Verification *verification, const ArtifactSpec *spec,
                    VerifiedFunction *function, GError **error)
{
    g_autoptr(LambdaFunction) live = NULL;
    const char *rebuilt;

    if (!lambda_get_function_configuration(verification->request->client, function->function_name,
                                           NULL, &live, error))
        return false;
    if (!live) {
        settle(function, VERDICT_DIFFERS, "there is no such function");
        return true;
    }
    rebuilt = rebuild(verification, spec, error);
    if (!rebuilt)
        return false;
    function->live = g_strdup(live->code_sha256);
    function->rebuilt = g_strdup(rebuilt);
    if (!live->code_sha256)
        settle(function, VERDICT_UNKNOWN, "Lambda does not tell its CodeSha256");
    else if (strcmp(live->code_sha256, rebuilt) == 0)
        settle(function, VERDICT_EQUAL, NULL);
    else
        settle(function, VERDICT_DIFFERS, "it runs other code");
    return true;
}

static bool verify(Verification *verification, json_t *resource, VerifiedFunction *function,
                   GError **error)
{
    json_t *code = json_object_get(json_object_get(resource, "Properties"), "Code");
    const ArtifactSpec *spec = spec_of_key(verification->request->build,
                                           json_string_value(json_object_get(code, "S3Key")));
    const char *reason = why_not(code, spec);

    function->artifact = g_strdup(spec ? spec->name : NULL);
    function->function_name =
        g_strdup(g_hash_table_lookup(verification->physical_ids, function->logical_id));
    if (!function->function_name)
        settle(function, VERDICT_DIFFERS, "it is not in the stack");
    else if (reason)
        settle(function, VERDICT_UNKNOWN, reason);
    else
        return compare(verification, spec, function, error);
    return true;
}

static bool verify_template(Verification *verification, GPtrArray *into, GError **error)
{
    json_t *template = template_json(verification->request->build->compiled), *resource;
    const char *id;

    json_object_foreach(json_object_get(template, "Resources"), id, resource)
    {
        VerifiedFunction *function;

        if (g_strcmp0(json_string_value(json_object_get(resource, "Type")), FUNCTION_TYPE) != 0)
            continue;
        function = g_new0(VerifiedFunction, 1);
        function->logical_id = g_strdup(id);
        g_ptr_array_add(into, function);
        if (!verify(verification, resource, function, error)) {
            g_prefix_error(error, "%s: ", id);
            return false;
        }
        g_hash_table_remove(verification->physical_ids, id);
    }
    return true;
}

/* What is left of the stack's functions is in no commit. */
static void add_undeclared(const Verification *verification, GPtrArray *into)
{
    g_autoptr(GList) ids =
        g_list_sort(g_hash_table_get_keys(verification->physical_ids), (GCompareFunc)strcmp);

    for (const GList *id = ids; id; id = id->next) {
        VerifiedFunction *function = g_new0(VerifiedFunction, 1);

        function->logical_id = g_strdup(id->data);
        function->function_name =
            g_strdup(g_hash_table_lookup(verification->physical_ids, id->data));
        settle(function, VERDICT_DIFFERS, "the stack has it, and the commit does not");
        g_ptr_array_add(into, function);
    }
}

static void verification_clear(Verification *verification)
{
    g_hash_table_unref(verification->physical_ids);
    g_hash_table_unref(verification->rebuilt);
    if (verification->folder)
        g_rmdir(verification->folder);
    g_free(verification->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verification, verification_clear)

GPtrArray *verification_run(const VerificationRequest *request, GError **error)
{
    g_autoptr(GPtrArray) functions = g_ptr_array_new_with_free_func(verified_function_free);
    g_auto(Verification) verification = {
        .request = request,
        .physical_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .rebuilt = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };

    verification.folder = g_dir_make_tmp("driftless-verify-XXXXXX", error);
    if (!verification.folder || !read_stack(&verification, error) ||
        !verify_template(&verification, functions, error)) {
        g_prefix_error(error, "verify stack %s: ", request->stack_name);
        return NULL;
    }
    add_undeclared(&verification, functions);
    return g_steal_pointer(&functions);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text ? json_string(text) : json_null());
}

json_t *verification_to_json(const GPtrArray *functions)
{
    unsigned counts[VERDICT_UNKNOWN + 1] = {0};
    json_t *list = json_array();

    for (guint i = 0; i < functions->len; i++) {
        const VerifiedFunction *function = functions->pdata[i];
        json_t *item = json_object();

        set_text(item, "logicalId", function->logical_id);
        set_text(item, "function", function->function_name);
        set_text(item, "artifact", function->artifact);
        set_text(item, "verdict", verdict_name(function->verdict));
        set_text(item, "live", function->live);
        set_text(item, "rebuilt", function->rebuilt);
        set_text(item, "why", function->why);
        json_array_append_new(list, item);
        counts[function->verdict]++;
    }
    return json_pack("{s:o, s:i, s:i, s:i}", "functions", list, "equal", (int)counts[VERDICT_EQUAL],
                     "differs", (int)counts[VERDICT_DIFFERS], "unknown",
                     (int)counts[VERDICT_UNKNOWN]);
}
