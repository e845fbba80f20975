#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

typedef struct {
    const char *name;
    json_t *config;
    char *id;   /* LLambdaLayer, with the hash where old versions are retained */
    char *hash; /* hex */
    bool retain;
} Layer;

/* SHA-1 over the resource without its key and what stands for the content. The framework hashes the
 * zip's bytes, which need not exist yet here; both only ever say "the same as last time". */
static char *layer_hash(json_t *resource, const Artifact *artifact)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA1);
    json_t *copy = json_deep_copy(resource);
    json_t *content = json_object_get(json_object_get(copy, "Properties"), "Content");
    g_autofree char *text = NULL;

    json_object_del(content, "S3Key");
    text = json_text(copy, JSON_TEXT_COMPACT);
    json_decref(copy);
    g_checksum_update(checksum, (const guchar *)text, -1);
    if (artifact->content_hash)
        g_checksum_update(checksum, (const guchar *)artifact->content_hash, -1);
    return g_strdup(g_checksum_get_string(checksum));
}

static json_t *layer_properties(Compilation *compilation, const Layer *layer,
                                const ArtifactSpec *spec, const Artifact *artifact)
{
    static const char *const optional[][2] = {
        {"description", "Description"},
        {"licenseInfo", "LicenseInfo"},
        {"compatibleRuntimes", "CompatibleRuntimes"},
        {"compatibleArchitectures", "CompatibleArchitectures"}};
    json_t *name = json_object_get(layer->config, "name");
    json_t *content = json_object();
    json_t *properties;

    compilation_set_code(compilation, content, spec, artifact);
    properties = json_pack("{s:o,s:o}", "Content", content, "LayerName",
                           js_is_truthy(name) ? json_incref(name) : json_string(layer->name));
    for (size_t i = 0; i < G_N_ELEMENTS(optional); i++) {
        json_t *value = json_object_get(layer->config, optional[i][0]);

        if (js_is_truthy(value))
            json_object_set(properties, optional[i][1], value);
    }
    return properties;
}

/* "arn:…" of one account, or everybody ("*", spelled Wild in the id). Only the first star is
 * spelled, as in the framework. */
static void allow_account(Compilation *compilation, const Layer *layer, const char *account)
{
    const char *star = strchr(account, '*');
    g_autofree char *spelled =
        star ? g_strdup_printf("%.*sWild%s", (int)(star - account), account, star + 1)
             : g_strdup(account);
    g_autofree char *prefix = naming_normalize(layer->name);
    g_autofree char *id = g_strconcat(prefix, spelled, "LambdaLayerPermission",
                                      layer->retain ? layer->hash : "", NULL);
    json_t *resource = compilation_add_resource(
        compilation, id, "AWS::Lambda::LayerVersionPermission",
        json_pack("{s:s,s:{s:s},s:s}", "Action", "lambda:GetLayerVersion", "LayerVersionArn", "Ref",
                  layer->id, "Principal", account));

    if (layer->retain)
        json_object_set_new(resource, "DeletionPolicy", json_string("Retain"));
}

static void add_outputs(Compilation *compilation, const Layer *layer, json_t *key)
{
    g_autofree char *prefix = naming_normalize(layer->name);
    g_autofree char *arn = g_strconcat(prefix, "LambdaLayerQualifiedArn", NULL);
    g_autofree char *hash = g_strconcat(prefix, "LambdaLayerHash", NULL);
    g_autofree char *s3_key = g_strconcat(prefix, "LambdaLayerS3Key", NULL);

    compilation_add_output(compilation, arn, "Current Lambda layer version", json_ref(layer->id));
    compilation_add_output(compilation, hash, "Current Lambda layer hash",
                           json_string(layer->hash));
    compilation_add_output(compilation, s3_key, "Current Lambda layer S3Key", json_incref(key));
}

static void compile_layer(Compilation *compilation, Layer *layer, const ArtifactSpec *spec,
                          const Artifact *artifact)
{
    g_autofree char *prefix = naming_normalize(layer->name);
    json_t *properties = layer_properties(compilation, layer, spec, artifact);
    json_t *resource =
        json_pack("{s:s,s:O}", "Type", "AWS::Lambda::LayerVersion", "Properties", properties);
    json_t *account;
    size_t i;

    layer->retain = js_is_truthy(json_object_get(layer->config, "retain"));
    layer->hash = layer_hash(resource, artifact);
    layer->id = g_strconcat(prefix, "LambdaLayer", layer->retain ? layer->hash : "", NULL);
    json_decref(resource);

    resource =
        compilation_add_resource(compilation, layer->id, "AWS::Lambda::LayerVersion", properties);
    if (layer->retain)
        json_object_set_new(resource, "DeletionPolicy", json_string("Retain"));
    json_array_foreach(json_object_get(layer->config, "allowedAccounts"), i,
                       account) if (json_is_string(account))
        allow_account(compilation, layer, json_string_value(account));
    add_outputs(compilation, layer,
                json_object_get(json_object_get(properties, "Content"), "S3Key"));
    g_free(layer->hash);
    g_free(layer->id);
}

char *layer_pointer(const char *name)
{
    GString *pointer = g_string_new("/layers");

    pointer_append(pointer, name);
    return g_string_free(pointer, FALSE);
}

void compile_layers(Compilation *compilation)
{
    const char *name;
    json_t *config;

    json_object_foreach(json_object_get(compilation->config, "layers"), name, config)
    {
        g_autofree char *pointer = layer_pointer(name);
        Layer layer = {.name = name, .config = config};
        const ArtifactSpec *spec = NULL;
        const Artifact *artifact;

        compilation_set_maker(compilation, pointer);
        artifact = compilation_artifact(compilation, pointer, &spec);
        if (artifact)
            compile_layer(compilation, &layer, spec, artifact);
    }
    compilation_set_maker(compilation, NULL);
}
