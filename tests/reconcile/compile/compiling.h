/* tests/reconcile/compile/compiling.h
 *
 * Compiles a service from files in memory, with artifacts whose identity is made of their specs
 * alone: the room without the packer. */
#pragma once
#include "reconcile/compile/compile.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *path, *text;
} CompiledFile;

typedef struct {
    SourceTree tree;
    const CompiledFile *files; /* ends with path NULL */
} CompiledTree;

static inline bool compiled_tree_read(SourceTree *tree, const char *path, uint64_t max_bytes,
                                      char **ret_data, size_t *ret_size, GError **error)
{
    for (const CompiledFile *file = ((CompiledTree *)tree)->files; file->path; file++) {
        if (strcmp(file->path, path) != 0 || strlen(file->text) > max_bytes)
            continue;
        *ret_data = g_strdup(file->text);
        *ret_size = strlen(file->text);
        return true;
    }
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such file", path);
    return false;
}

static inline bool compiled_tree_entry(SourceTree *tree, const char *path, bool follow,
                                       SourceEntry *ret, GError **error)
{
    size_t length = strlen(path);

    (void)follow;
    (void)error;
    *ret = (SourceEntry){.kind = length == 0 ? SOURCE_DIRECTORY : SOURCE_MISSING};
    for (const CompiledFile *file = ((CompiledTree *)tree)->files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            *ret = (SourceEntry){.kind = SOURCE_FILE, .size_bytes = strlen(file->text)};
        else if (g_str_has_prefix(file->path, path) && file->path[length] == '/')
            ret->kind = SOURCE_DIRECTORY;
    return true;
}

static const SourceTreeOps compiled_tree_ops = {.read = compiled_tree_read,
                                                .entry = compiled_tree_entry};

typedef struct {
    Problems *problems;
    Service *service;
    Template *compiled; /* NULL where there are errors */
    json_t *json;       /* of compiled, borrowed */
} Compiled;

static inline char *base64_sha256(const char *text)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;

    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, digest, &size);
    return g_base64_encode(digest, size);
}

/* As the packer would say, but for the numbers: the manifest id is the spec's name. */
static inline Artifact *compiled_artifact(SourceTree *tree, const ArtifactSpec *spec)
{
    Artifact *artifact = g_new0(Artifact, 1);
    g_autofree char *data = NULL;
    size_t size;

    artifact->name = g_strdup(spec->name);
    artifact->manifest_id = g_strdup_printf("id-of-%s", spec->name);
    if (spec->kind == ARTIFACT_S3) {
        g_auto(GStrv) parts = g_strsplit(spec->file + strlen("s3://"), "/", 2);

        artifact->s3_bucket = g_strdup(parts[0]);
        artifact->s3_key = g_strdup(parts[1]);
    } else if (spec->kind == ARTIFACT_FILE &&
               source_tree_read(tree, spec->file, 1u << 20, &data, &size, NULL)) {
        artifact->content_hash = base64_sha256(data);
        if (spec->keeps_bytes_hash) {
            artifact->content_state = g_checksum_new(G_CHECKSUM_SHA256);
            g_checksum_update(artifact->content_state, (const guchar *)data, (gssize)size);
        }
    } else {
        artifact->content_hash = base64_sha256(spec->name);
    }
    return artifact;
}

static inline Compiled compile_tree(SourceTree *tree, const char *path,
                                    const CompileOptions *options)
{
    g_autoptr(GPtrArray) artifacts = g_ptr_array_new_with_free_func((GDestroyNotify)artifact_free);
    Compiled result = {.problems = problems_new()};
    GPtrArray *requests = NULL;

    result.service = compile_service(tree, path, options, NULL, result.problems, &requests);
    if (requests)
        g_ptr_array_unref(requests);
    if (!result.service)
        return result;
    for (guint i = 0; i < service_artifacts(result.service)->len; i++) {
        service_write_text(result.service, i, artifacts);
        g_ptr_array_add(artifacts,
                        compiled_artifact(tree, service_artifacts(result.service)->pdata[i]));
    }
    result.compiled = compile_template(result.service, artifacts, result.problems);
    result.json = result.compiled ? template_json(result.compiled) : NULL;
    return result;
}

static inline Compiled compile_files(const CompiledFile *files, const char *path,
                                     const CompileOptions *options)
{
    CompiledTree tree = {.tree = {&compiled_tree_ops}, .files = files};

    return compile_tree(&tree.tree, path, options);
}

/* A serverless.yml alone, in the folder `service`, with `handler.js` beside it. */
static inline Compiled compile_text(const char *text, const CompileOptions *options)
{
    const CompiledFile files[] = {{"service/serverless.yml", text},
                                  {"service/handler.js", "exports.main = 1"},
                                  {"service/code.zip", "zip"},
                                  {NULL, NULL}};

    return compile_files(files, "service", options);
}

static inline void compiled_clear(Compiled *result)
{
    template_free(result->compiled);
    service_free(result->service);
    problems_free(result->problems);
}

/* The value at a pointer of the template as text, for comparisons: "" where there is none. */
static inline char *compiled_at(const Compiled *result, const char *pointer)
{
    json_t *value = result->json ? pointer_get(result->json, pointer) : NULL;

    return value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("");
}
