#include "controller/build/limits.h"

#include "controller/build/entry_point.h"
#include "reconcile/package/folder_sizes.h"

#include <string.h>

/* One artifact by the S3 key that the template names. */
typedef struct {
    const ArtifactSpec *spec;
    const Artifact *artifact;
} Piece;

static GHashTable *pieces_by_key(const Service *service, const GPtrArray *artifacts,
                                 const Template *compiled)
{
    GHashTable *pieces = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    const GPtrArray *specs = service_artifacts(service);

    for (guint i = 0; i < specs->len && i < artifacts->len; i++) {
        const ArtifactSpec *spec = specs->pdata[i];
        const char *key = template_artifact_key(compiled, spec->name);
        Piece *piece = g_new0(Piece, 1);

        *piece = (Piece){.spec = spec, .artifact = artifacts->pdata[i]};
        if (key)
            g_hash_table_replace(pieces, (void *)key, piece);
        else
            g_free(piece);
    }
    return pieces;
}

static const Piece *piece_of(GHashTable *pieces, json_t *resource, const char *member)
{
    json_t *code = json_object_get(json_object_get(resource, "Properties"), member);
    const char *key = json_string_value(json_object_get(code, "S3Key"));

    return key ? g_hash_table_lookup(pieces, key) : NULL;
}

/* What a function is made of: its code, then layers of this stack. Piece*, borrowed. */
static GPtrArray *pieces_of(GHashTable *pieces, json_t *resources, json_t *function)
{
    GPtrArray *parts = g_ptr_array_new();
    const Piece *code = piece_of(pieces, function, "Code");
    json_t *layer;
    size_t i;

    if (code)
        g_ptr_array_add(parts, (void *)code);
    json_array_foreach(json_object_get(json_object_get(function, "Properties"), "Layers"), i, layer)
    {
        const char *id = json_string_value(json_object_get(layer, "Ref"));
        const Piece *piece =
            id ? piece_of(pieces, json_object_get(resources, id), "Content") : NULL;

        if (piece)
            g_ptr_array_add(parts, (void *)piece);
    }
    return parts;
}

char *limits_explain_size(SourceTree *tree, const ArtifactSpec *spec)
{
    g_autoptr(GPtrArray) sizes = NULL;
    g_autofree char *text = NULL;

    if (!folder_sizes(tree, spec, NULL, &sizes, NULL) || !sizes->len)
        return NULL;
    text = folder_sizes_to_text(sizes, FOLDER_SIZES_SHOWN);
    return g_strdup_printf("the largest folders of %s:\n%s", spec->name, text);
}

static char *explain(SourceTree *tree, const GPtrArray *parts)
{
    GString *hint = g_string_new("leave out what is not needed at run time with package.patterns");

    for (guint i = 0; i < parts->len; i++) {
        const Piece *piece = parts->pdata[i];
        g_autofree char *sizes = limits_explain_size(tree, piece->spec);

        if (sizes)
            g_string_append_printf(hint, "\n%s", sizes);
    }
    return g_string_free(hint, FALSE);
}

static bool check(const char *id, const GPtrArray *parts, const Service *service,
                  const Template *compiled, SourceTree *tree, Problems *problems)
{
    uint64_t total = 0;
    g_autofree char *size = NULL, *hint = NULL;
    Position at;

    for (guint i = 0; i < parts->len; i++)
        total += ((const Piece *)parts->pdata[i])->artifact->size_bytes;
    if (total <= LAMBDA_UNZIPPED_MAX_BYTES)
        return true;
    size = size_to_text(total);
    hint = explain(tree, parts);
    problems_add(problems, PROBLEM_ERROR,
                 template_resource_position(service, compiled, id, &at) ? &at : NULL, hint,
                 "%s has %s uncompressed%s; Lambda takes 250 MiB", id, size,
                 parts->len > 1 ? " with its layers" : "");
    return false;
}

static void check_entry_point(const char *id, json_t *function, const Piece *code,
                              const Service *service, const Template *compiled, Problems *problems)
{
    if (code)
        entry_point_check(id, function, code->spec, code->artifact, service, compiled, problems);
}

bool limits_check_code(const Service *service, const GPtrArray *artifacts, const Template *compiled,
                       SourceTree *tree, Problems *problems)
{
    g_autoptr(GHashTable) pieces = pieces_by_key(service, artifacts, compiled);
    json_t *resources = json_object_get(template_json(compiled), "Resources"), *resource;
    const char *id;
    bool fits = true;

    json_object_foreach(resources, id, resource)
    {
        g_autoptr(GPtrArray) parts = NULL;

        if (g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                      "AWS::Lambda::Function") != 0)
            continue;
        parts = pieces_of(pieces, resources, resource);
        check_entry_point(id, resource, piece_of(pieces, resource, "Code"), service, compiled,
                          problems);
        fits = check(id, parts, service, compiled, tree, problems) && fits;
    }
    return fits;
}
