/* compile_directory [--stage S] [--region R] [--bucket B] [--settings]: compiles the service in the
 * current directory and prints its template (or what goes beside it), problems on standard error.
 * For the corpus and golden folders: the room alone, with code that is a file identified by that
 * file. */
#include "config/json_text.h"
#include "reconcile/compile/compile.h"
#include "reconcile/source/directory_tree.h"
#include <stdio.h>
#include <string.h>

static void read_environment(GHashTable *env)
{
    g_auto(GStrv) names = g_listenv();

    for (char **name = names; *name; name++)
        g_hash_table_insert(env, g_strdup(*name), g_strdup(g_getenv(*name)));
}

/* The tests' own packer: only files can be code. */
static Artifact *identify(SourceTree *tree, const ArtifactSpec *spec)
{
    Artifact *artifact = g_new0(Artifact, 1);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    guint8 digest[32];
    gsize size = 0, digest_size = sizeof digest;

    if (spec->kind == ARTIFACT_FILE &&
        !source_tree_read(tree, spec->file, 256u << 20, &data, &size, &error))
        g_error("%s: %s", spec->file, error->message);
    g_checksum_update(checksum, (const guchar *)(data ? data : spec->name),
                      data ? (gssize)size : -1);
    artifact->name = g_strdup(spec->name);
    artifact->manifest_id = g_strdup(g_checksum_get_string(checksum));
    g_checksum_reset(checksum);
    g_checksum_update(checksum, (const guchar *)(data ? data : spec->name),
                      data ? (gssize)size : -1);
    g_checksum_get_digest(checksum, digest, &digest_size);
    artifact->content_hash = g_base64_encode(digest, digest_size);
    return artifact;
}

static void print_problems(Problems *problems)
{
    g_autofree char *text = problems_to_text(problems, false);

    fputs(text, stderr);
}

static json_t *compile(SourceTree *tree, const char *path, const CompileOptions *options,
                       bool settings, Problems *problems)
{
    g_autoptr(GPtrArray) artifacts = g_ptr_array_new_with_free_func((GDestroyNotify)artifact_free);
    g_autoptr(Template) compiled = NULL;
    g_autoptr(Service) service = NULL;
    GPtrArray *requests = NULL;

    service = compile_service(tree, path, options, NULL, problems, &requests);
    if (requests) {
        InputRequest *request = requests->pdata[0];

        fprintf(stderr, "needs an input: %s\n", request->address);
        g_ptr_array_unref(requests);
    }
    if (!service)
        return NULL;
    for (guint i = 0; i < service_artifacts(service)->len; i++)
        g_ptr_array_add(artifacts, identify(tree, service_artifacts(service)->pdata[i]));
    compiled = compile_template(service, artifacts, problems);
    if (!compiled)
        return NULL;
    return json_incref(settings ? service_stack_settings(service) : template_json(compiled));
}

int main(int count, char **arguments)
{
    g_autoptr(GHashTable) env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) cli =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_decref);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_get_current_dir();
    g_autofree char *path = NULL;
    CompileOptions options = {.env = env, .options = cli};
    bool settings = false;
    SourceTree *tree;
    json_t *result;

    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--settings") == 0)
            settings = true;
        else if (i + 1 == count)
            return 2;
        else if (strcmp(arguments[i], "--stage") == 0)
            options.stage = arguments[++i];
        else if (strcmp(arguments[i], "--region") == 0)
            options.region = arguments[++i];
        else if (strcmp(arguments[i], "--bucket") == 0)
            options.artifact_bucket = arguments[++i];
    }
    if (options.stage)
        g_hash_table_insert(cli, g_strdup("stage"), json_string(options.stage));
    if (options.region)
        g_hash_table_insert(cli, g_strdup("region"), json_string(options.region));
    read_environment(env);
    tree = directory_tree_new_for_service(folder, &path, &error);
    if (!tree)
        g_error("%s", error->message);
    result = compile(tree, path, &options, settings, problems);
    print_problems(problems);
    if (result) {
        g_autofree char *text = json_text(result, JSON_TEXT_INDENT);

        puts(text);
    }
    source_tree_free(tree);
    json_decref(result);
    return result ? 0 : 1;
}
