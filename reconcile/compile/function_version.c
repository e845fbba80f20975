#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/older/older.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/service.h"
#include <string.h>

/* A layer of this service that the function uses. */
typedef struct {
    const char *name;
    const char *path; /* as the framework knows the artifact, which decides the order */
    const Artifact *artifact;
} UsedLayer;

static int compare_paths(const void *first, const void *second)
{
    return strcmp(((const UsedLayer *)first)->path, ((const UsedLayer *)second)->path);
}

/* Finds the layer whose resource has that id: the id is its normalised name, perhaps with a hash
 * behind. */
static const char *layer_name(Compilation *compilation, const char *id)
{
    const char *name;
    json_t *config;

    json_object_foreach(json_object_get(compilation->config, "layers"), name, config)
    {
        g_autofree char *normalised = naming_normalize(name);
        g_autofree char *prefix = g_strconcat(normalised, "LambdaLayer", NULL);

        if (strcmp(id, prefix) == 0 ||
            (js_is_truthy(json_object_get(config, "retain")) && g_str_has_prefix(id, prefix)))
            return name;
    }
    return NULL;
}

/* {name, ref, properties without the key} of each layer that the function refers to; the layers'
 * hashes go into `used`. */
static json_t *layer_configurations(Compilation *compilation, json_t *layers, GArray *used)
{
    json_t *list = json_array(), *layer;
    size_t i;

    json_array_foreach(layers, i, layer)
    {
        const char *id = json_string_value(json_object_get(layer, "Ref"));
        json_t *resource = id ? json_object_get(compilation->resources, id) : NULL;
        const char *name = resource ? layer_name(compilation, id) : NULL;
        g_autofree char *pointer = name ? layer_pointer(name) : NULL;
        const ArtifactSpec *spec = NULL;
        const Artifact *artifact = name ? compilation_artifact(compilation, pointer, &spec) : NULL;
        json_t *properties;
        UsedLayer row;

        if (!artifact)
            continue;
        properties = json_deep_copy(json_object_get(resource, "Properties"));
        json_object_del(json_object_get(properties, "Content"), "S3Key");
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:o}", "name", name, "ref", id, "properties", properties));
        row = (UsedLayer){name, spec->file ? spec->file : spec->name, artifact};
        g_array_append_val(used, row);
    }
    return list;
}

static json_t *hashed_properties(const Function *function, json_t *properties, json_t *layers_new)
{
    json_t *copy = json_copy(properties);

    if (!js_is_truthy(json_object_get(function->config, "image")))
        json_object_del(copy, "Code");
    json_object_del(copy, "ReservedConcurrentExecutions");
    json_object_del(copy, "Tags");
    json_object_set_new(copy, "layerConfigurations", layers_new);
    return copy;
}

/* Layers by their names in place of a list, and only the first level of keys in order. */
static char *text_first_way(json_t *hashed)
{
    json_t *layers = json_object(), *layer, *copy = json_copy(hashed), *sorted;
    char *text;
    size_t i;

    json_array_foreach(json_object_get(hashed, "layerConfigurations"), i, layer)
        json_object_set_new(layers, json_string_value(json_object_get(layer, "name")),
                            js_sorted_keys(json_object_get(layer, "properties")));
    js_order_keys(layers);
    json_object_set_new(copy, "layerConfigurations", layers);
    sorted = js_sorted_keys(copy);
    text = json_text(sorted, JSON_TEXT_COMPACT);
    json_decref(sorted);
    json_decref(copy);
    return text;
}

/* What the hash starts with: the code. In the first way its very bytes, where the archive is given;
 * one that is made here has other bytes anyway. */
static GChecksum *start_hash(const Artifact *artifact, const char *code_hash)
{
    GChecksum *checksum;

    if (artifact && artifact->content_state)
        return g_checksum_copy(artifact->content_state);
    checksum = g_checksum_new(G_CHECKSUM_SHA256);
    if (code_hash)
        g_checksum_update(checksum, (const guchar *)code_hash, -1);
    return checksum;
}

/* The framework's own hash: an unchanged function keeps its version id when a stack is taken over.
 * Base64 of SHA-256 over the code's hash, those of the layers and the properties as JSON with
 * sorted keys, all as text. */
static char *version_hash(Compilation *compilation, const Function *function, json_t *properties,
                          const Artifact *artifact, const char *code_hash)
{
    g_autoptr(GChecksum) checksum = start_hash(artifact, code_hash);
    g_autoptr(GArray) used = g_array_new(FALSE, FALSE, sizeof(UsedLayer));
    json_t *layers = layer_configurations(compilation, json_object_get(properties, "Layers"), used);
    json_t *hashed = hashed_properties(function, properties, layers);
    g_autofree char *text = older_hashes_first_way(compilation->source)
                                ? text_first_way(hashed)
                                : json_text_ordered(hashed, js_compare_keys);
    guint8 digest[32];
    gsize size = sizeof digest;

    g_array_sort(used, compare_paths);
    for (guint i = 0; i < used->len; i++) {
        const Artifact *layer = g_array_index(used, UsedLayer, i).artifact;

        if (layer->content_hash)
            g_checksum_update(checksum, (const guchar *)layer->content_hash, -1);
    }
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, digest, &size);
    json_decref(hashed);
    return g_base64_encode(digest, size);
}

/* ret_known: the zip's own hash, which Lambda holds against the code; NULL where it is not made yet
 * or unknown; ret_artifact: the zip, or NULL. Returns what stands for the code in the version's id.
 */
static const char *code_hash(Compilation *compilation, const Function *function,
                             const char **ret_known, const Artifact **ret_artifact)
{
    g_autofree char *pointer = function_pointer(function, NULL);
    json_t *image = json_object_get(function->config, "image");
    json_t *resource = json_object_get(compilation->resources, function->logical_id);
    const char *uri = json_string_value(pointer_get(resource, "/Properties/Code/ImageUri"));
    const char *digest = uri ? strstr(uri, "@sha256:") : NULL;
    const ArtifactSpec *spec = NULL;
    const Artifact *artifact;

    *ret_known = NULL;
    *ret_artifact = NULL;
    if (js_is_truthy(image)) {
        *ret_known = digest ? digest + strlen("@sha256:") : NULL;
        return NULL;
    }
    artifact = compilation_artifact(compilation, pointer, &spec);
    if (!artifact)
        return NULL;
    *ret_artifact = artifact;
    if (spec->kind == ARTIFACT_FILE)
        *ret_known = artifact->content_hash;
    return artifact->content_hash ? artifact->content_hash : artifact->manifest_id;
}

static void add_alias(Compilation *compilation, const Function *function, const char *version_id)
{
    json_t *concurrency = json_object_get(function->config, "provisionedConcurrency");
    json_t *alias =
        compilation_add_resource(compilation, function->alias_id, "AWS::Lambda::Alias",
                                 json_pack("{s:{s:s},s:{s:[s,s]},s:s}", "FunctionName", "Ref",
                                           function->logical_id, "FunctionVersion", "Fn::GetAtt",
                                           version_id, "Version", "Name", function->alias_name));

    if (js_is_truthy(concurrency))
        json_object_set_new(json_object_get(alias, "Properties"), "ProvisionedConcurrencyConfig",
                            json_pack("{s:O}", "ProvisionedConcurrentExecutions", concurrency));
    json_object_set_new(alias, "DependsOn", json_string(function->logical_id));
    function_apply_condition(compilation, function, alias);
}

static bool check_concurrency(Compilation *compilation, const Function *function)
{
    g_autofree char *pointer = function_pointer(function, "/snapStart");

    if (!js_is_truthy(json_object_get(function->config, "provisionedConcurrency")) ||
        !js_is_truthy(json_object_get(function->config, "snapStart")))
        return true;
    compilation_problem(compilation, PROBLEM_ERROR, pointer, "remove one of them",
                        "function %s: snapStart and provisionedConcurrency exclude each other",
                        function->key);
    return false;
}

/* Versions outlive the stack's updates (Retain) unless they are there for an alias only. */
static bool is_retained(Compilation *compilation, const Function *function)
{
    json_t *own = json_object_get(function->config, "versionFunction");
    json_t *shared = json_object_get(compilation->provider, "versionFunctions");

    if (js_is_truthy(json_object_get(function->config, "durableConfig")))
        return true;
    if (js_is_present(own))
        return js_is_truthy(own);
    return !js_is_present(shared) || js_is_truthy(shared);
}

void compile_function_version(Compilation *compilation, const Function *function,
                              json_t *properties)
{
    const Artifact *artifact;
    const char *known;
    const char *code = code_hash(compilation, function, &known, &artifact);
    g_autofree char *hash = version_hash(compilation, function, properties, artifact, code);
    g_autofree char *prefix = function_id(function, "LambdaVersion");
    g_autofree char *output_id = g_strconcat(function->logical_id, "QualifiedArn", NULL);
    GString *id = g_string_new(prefix);
    json_t *description = json_object_get(function->config, "description");
    json_t *resource, *output;

    for (const char *at = hash; *at; at++)
        if (g_ascii_isalnum(*at))
            g_string_append_c(id, *at);
    resource = compilation_add_resource(compilation, id->str, "AWS::Lambda::Version",
                                        json_pack("{s:{s:s},s:s*}", "FunctionName", "Ref",
                                                  function->logical_id, "CodeSha256", known));
    if (is_retained(compilation, function))
        json_object_set_new(resource, "DeletionPolicy", json_string("Retain"));
    if (js_is_truthy(description))
        json_object_set(json_object_get(resource, "Properties"), "Description", description);
    function_apply_condition(compilation, function, resource);

    output = compilation_add_output(compilation, output_id, "Current Lambda function version",
                                    json_ref(id->str));
    function_apply_condition(compilation, function, output);
    if (check_concurrency(compilation, function) && function->alias_id)
        add_alias(compilation, function, id->str);
    g_string_free(id, TRUE);
}
