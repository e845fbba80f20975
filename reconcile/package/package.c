#include "reconcile/package/package.h"

#include "reconcile/package/archive.h"
#include "reconcile/package/dependencies.h"
#include "reconcile/package/selection.h"
#include "reconcile/source/embedded_tree.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define UNCOMPRESSED_MAX_BYTES ((uint64_t)250 << 20)
#define POINTER_MIN_BYTES \
    100 /* the shortest pointer: its version line, an object id and a size of one digit */
#define POINTER_MAX_BYTES 1023
#define DIGEST_BYTES 32

GQuark package_error_quark(void)
{
    return g_quark_from_static_string("driftless-package-error");
}

static void name_artifact(GError **error, const ArtifactSpec *spec)
{
    g_prefix_error(error, "package %s: ", spec->name);
}

static char *hex(const unsigned char *digest)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < DIGEST_BYTES; i++)
        g_string_append_printf(text, "%02x", digest[i]);
    return g_string_free(text, FALSE);
}

/* git-lfs/docs/spec.md: pointers are below 1,024 bytes and start with the version line. */
static bool refuse_pointer(SourceTree *tree, const char *path, uint64_t size_bytes, GError **error)
{
    static const char version[] = "version https://git-lfs.github.com/spec/";
    g_autofree char *data = NULL;
    GError *cause = NULL;
    size_t size = 0;

    if (size_bytes < POINTER_MIN_BYTES || size_bytes > POINTER_MAX_BYTES)
        return true;
    if (!source_tree_read(tree, path, POINTER_MAX_BYTES, &data, &size, &cause))
        return selection_source_error(error, cause);
    if (!g_str_has_prefix(data, version))
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_LFS,
                "%s: is a Git LFS pointer, and its content is not in the repository; commit the "
                "file itself (git lfs untrack), exclude it with package.patterns, or let a build "
                "write the archive and name it in package.artifact",
                path);
    return false;
}

static bool check_size(const char *path, uint64_t size_bytes, GError **error)
{
    if (size_bytes <= ARCHIVE_BLOB_MAX_BYTES)
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                "%s: has %" G_GUINT64_FORMAT " bytes, and Lambda takes at most 250 MiB together; "
                "exclude it with package.patterns",
                path, size_bytes);
    return false;
}

/* Looks at one selected file: its size, whether it is what it seems, its line of the manifest. */
static bool identify_file(SourceTree *tree, const SelectedFile *file, EVP_MD_CTX *manifest,
                          uint64_t *total_bytes, GError **error)
{
    const char *path = file->location;
    g_autofree char *line = NULL;
    GError *cause = NULL;
    SourceEntry entry;

    /* without following where the walk saw a plain file: a ReadSet knows it from its folder's list
     * already */
    if (!source_tree_entry(tree, path, file->is_linked, &entry, &cause))
        return selection_source_error(error, cause);
    if (!check_size(path, entry.size_bytes, error) ||
        !refuse_pointer(tree, path, entry.size_bytes, error))
        return false;
    *total_bytes += entry.size_bytes;
    if (*total_bytes > UNCOMPRESSED_MAX_BYTES) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than 250 MiB uncompressed, which Lambda refuses; leave out what is not "
                    "needed at run time with package.patterns");
        return false;
    }
    line = g_strdup_printf("%s %s %s", file->is_executable ? "100755" : "100644", entry.id,
                           file->path);
    EVP_DigestUpdate(manifest, line, strlen(line) + 1);
    return true;
}

static GPtrArray *select_files(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) files = selection_new(tree, spec, error);

    if (!files)
        return NULL;
    if (files->len == 0) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_EMPTY,
                    "no file of %s matches; check package.patterns and .slsignore",
                    spec->root && *spec->root ? spec->root : "the repository");
        return NULL;
    }
    return g_steal_pointer(&files);
}

static EVP_MD_CTX *start_manifest(const char *kind)
{
    EVP_MD_CTX *manifest = EVP_MD_CTX_new();
    g_autofree char *start = g_strdup_printf("driftless %s %d", kind, PACKER_VERSION);

    EVP_DigestInit_ex(manifest, EVP_sha256(), NULL);
    EVP_DigestUpdate(manifest, start, strlen(start) + 1);
    return manifest;
}

static void finish_manifest(EVP_MD_CTX *manifest, Artifact *artifact)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_DigestFinal_ex(manifest, digest, NULL);
    EVP_MD_CTX_free(manifest);
    artifact->manifest_id = hex(digest);
    if (!artifact->content_hash)
        artifact->content_hash = g_base64_encode(digest, DIGEST_BYTES);
}

static bool identify_zip(SourceTree *tree, const ArtifactSpec *spec, Artifact *artifact,
                         GError **error)
{
    g_autoptr(GPtrArray) files = NULL;
    EVP_MD_CTX *manifest;
    bool identified = true;

    if (!dependencies_check(tree, spec, error))
        return false;
    files = select_files(tree, spec, error);
    if (!files)
        return false;
    manifest = start_manifest("zip");
    for (guint i = 0; i < files->len && identified; i++)
        identified = identify_file(tree, g_ptr_array_index(files, i), manifest,
                                   &artifact->size_bytes, error);
    artifact->files = files->len;
    finish_manifest(manifest, artifact);
    return identified;
}

static char *sha256_base64(const void *data, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL);
    return g_base64_encode(digest, DIGEST_BYTES);
}

static void identify_bytes(Artifact *artifact, const char *kind, const void *data, size_t size)
{
    EVP_MD_CTX *manifest = start_manifest(kind);

    artifact->content_hash = sha256_base64(data, size);
    artifact->size_bytes = size;
    artifact->files = 1;
    EVP_DigestUpdate(manifest, artifact->content_hash, strlen(artifact->content_hash));
    finish_manifest(manifest, artifact);
}

static bool read_file(SourceTree *tree, const ArtifactSpec *spec, char **ret_data, size_t *ret_size,
                      GError **error)
{
    GError *cause = NULL;
    SourceEntry entry;

    if (!source_tree_entry(tree, spec->file, true, &entry, &cause))
        return selection_source_error(error, cause);
    if (!check_size(spec->file, entry.size_bytes, error) ||
        ((entry.kind == SOURCE_FILE || entry.kind == SOURCE_EXECUTABLE) &&
         !refuse_pointer(tree, spec->file, entry.size_bytes, error)))
        return false;
    if (!source_tree_read(tree, spec->file, ARCHIVE_BLOB_MAX_BYTES, ret_data, ret_size, &cause))
        return selection_source_error(error, cause);
    return true;
}

static bool identify_file_artifact(SourceTree *tree, const ArtifactSpec *spec, Artifact *artifact,
                                   GError **error)
{
    g_autofree char *data = NULL;
    size_t size = 0;

    if (!read_file(tree, spec, &data, &size, error))
        return false;
    identify_bytes(artifact, "file", data, size);
    return true;
}

/* What lies on S3 already is not read: its address stands for it. */
static bool identify_s3(const ArtifactSpec *spec, Artifact *artifact, GError **error)
{
    const char *bucket = spec->file + strlen("s3://");
    const char *slash = g_str_has_prefix(spec->file, "s3://") ? strchr(bucket, '/') : NULL;

    if (!slash || slash == bucket || !slash[1]) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_NAME,
                    "%s: is not the address of an object; write s3://BUCKET/KEY", spec->file);
        return false;
    }
    identify_bytes(artifact, "s3", spec->file, strlen(spec->file));
    artifact->size_bytes = 0;
    artifact->s3_bucket = g_strndup(bucket, (gsize)(slash - bucket));
    artifact->s3_key = g_strdup(slash + 1);
    return true;
}

static bool identify_embedded(const ArtifactSpec *spec, Artifact *artifact, GError **error)
{
    g_autoptr(SourceTree) tree = embedded_tree_new(spec->embedded);

    return identify_zip(tree, spec, artifact, error);
}

Artifact *package_identify(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_autoptr(Artifact) artifact = g_new0(Artifact, 1);
    bool identified = false;

    artifact->name = g_strdup(spec->name);
    switch (spec->kind) {
    case ARTIFACT_ZIP:
        identified = identify_zip(tree, spec, artifact, error);
        break;
    case ARTIFACT_FILE:
        identified = identify_file_artifact(tree, spec, artifact, error);
        break;
    case ARTIFACT_TEXT:
        identify_bytes(artifact, "file", spec->file, strlen(spec->file));
        identified = true;
        break;
    case ARTIFACT_EMBEDDED:
        identified = identify_embedded(spec, artifact, error);
        break;
    case ARTIFACT_S3:
        identified = identify_s3(spec, artifact, error);
        break;
    }
    if (identified)
        return g_steal_pointer(&artifact);
    name_artifact(error, spec);
    return NULL;
}

static bool write_failed(GError **error, const char *path, const char *message)
{
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE, "write %s: %s", path, message);
    return false;
}

static bool write_bytes(const char *path, const char *data, size_t size, GError **error)
{
    g_autoptr(GError) cause = NULL;

    return g_file_set_contents(path, data, (gssize)size, &cause) ||
           write_failed(error, path, cause->message);
}

static bool write_zip(SourceTree *tree, const ArtifactSpec *spec, const char *path, GError **error)
{
    g_autoptr(GPtrArray) files = select_files(tree, spec, error);

    return files && archive_write(tree, files, path, error);
}

static bool write_file(SourceTree *tree, const ArtifactSpec *spec, const char *path, GError **error)
{
    g_autofree char *data = NULL;
    size_t size = 0;

    return read_file(tree, spec, &data, &size, error) && write_bytes(path, data, size, error);
}

static bool write_embedded(const ArtifactSpec *spec, const char *path, GError **error)
{
    g_autoptr(SourceTree) tree = embedded_tree_new(spec->embedded);

    return write_zip(tree, spec, path, error);
}

static bool write_kind(SourceTree *tree, const ArtifactSpec *spec, const char *path, GError **error)
{
    switch (spec->kind) {
    case ARTIFACT_ZIP:
        return write_zip(tree, spec, path, error);
    case ARTIFACT_FILE:
        return write_file(tree, spec, path, error);
    case ARTIFACT_TEXT:
        return write_bytes(path, spec->file, strlen(spec->file), error);
    case ARTIFACT_EMBEDDED:
        return write_embedded(spec, path, error);
    case ARTIFACT_S3:
        break;
    }
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE,
                "%s lies on S3 already; there is nothing to write", spec->file);
    return false;
}

/* Over what is on the disk, so that the digest tells of the bytes that are uploaded. */
static bool digest_file(const char *path, uint64_t *ret_size, char **ret_sha256, GError **error)
{
    FILE *file = fopen(path, "rbe");
    EVP_MD_CTX *hash;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char block[65536];
    uint64_t total = 0;
    size_t got;
    bool failed;

    if (!file)
        return write_failed(error, path, g_strerror(errno));
    hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    while ((got = fread(block, 1, sizeof(block), file)) > 0) {
        EVP_DigestUpdate(hash, block, got);
        total += got;
    }
    failed = ferror(file);
    fclose(file);
    EVP_DigestFinal_ex(hash, digest, NULL);
    EVP_MD_CTX_free(hash);
    if (failed)
        return write_failed(error, path, "cannot be read back");
    *ret_size = total;
    *ret_sha256 = g_base64_encode(digest, DIGEST_BYTES);
    return true;
}

bool package_write(SourceTree *tree, const ArtifactSpec *spec, const char *path,
                   uint64_t *ret_size_bytes, char **ret_sha256, GError **error)
{
    if (write_kind(tree, spec, path, error) && digest_file(path, ret_size_bytes, ret_sha256, error))
        return true;
    name_artifact(error, spec);
    return false;
}

bool package_list(SourceTree *tree, const ArtifactSpec *spec, GPtrArray **ret_paths, GError **error)
{
    g_autoptr(SourceTree) embedded =
        spec->kind == ARTIFACT_EMBEDDED ? embedded_tree_new(spec->embedded) : NULL;
    g_autoptr(GPtrArray) files = NULL;
    GPtrArray *paths;

    if (spec->kind == ARTIFACT_ZIP || embedded) {
        files = select_files(embedded ? embedded : tree, spec, error);
        if (!files) {
            name_artifact(error, spec);
            return false;
        }
    }
    paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; files && i < files->len; i++)
        g_ptr_array_add(paths, g_strdup(((const SelectedFile *)g_ptr_array_index(files, i))->path));
    if (spec->kind == ARTIFACT_FILE)
        g_ptr_array_add(paths, g_strdup(spec->file));
    *ret_paths = paths;
    return true;
}
