#include "reconcile/package/package.h"
#include "config/crypto_library.h"

#include "reconcile/package/archive.h"
#include "reconcile/package/deflater.h"
#include "reconcile/package/dependencies.h"
#include "reconcile/source/embedded_tree.h"

#include <libdeflate.h>
#include <string.h>
#include <zip.h>

#define DIGEST_BYTES 32

GQuark package_error_quark(void)
{
    return g_quark_from_static_string("driftless-package-error");
}

char *package_packer(void)
{
    return g_strdup_printf("packer %d, libdeflate %s, libzip %s", PACKER_VERSION,
                           LIBDEFLATE_VERSION_STRING, LIBZIP_VERSION);
}

static void name_artifact(GError **error, const ArtifactSpec *spec)
{
    g_prefix_error(error, "package %s: ", spec->name);
}

/* glib's digest and not OpenSSL's: an id is made of little text, and setting up OpenSSL takes
 * longer than all else when a service is compiled. */
static GChecksum *start_manifest(const char *kind)
{
    GChecksum *manifest = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *packer = package_packer();
    g_autofree char *start = g_strdup_printf("driftless %s %s", kind, packer);

    g_checksum_update(manifest, (const guchar *)start, (gssize)strlen(start) + 1);
    return manifest;
}

static void finish_manifest(GChecksum *manifest, Artifact *artifact)
{
    unsigned char digest[DIGEST_BYTES];
    gsize size = sizeof digest;

    artifact->manifest_id = g_strdup(g_checksum_get_string(manifest));
    g_checksum_get_digest(manifest, digest, &size);
    if (!artifact->content_hash)
        artifact->content_hash = g_base64_encode(digest, DIGEST_BYTES);
    g_checksum_free(manifest);
}

static void add_to_manifest(GChecksum *digest, const ManifestFile *file)
{
    g_autofree char *line =
        g_strdup_printf("%s %s %s", file->selected->is_executable ? "100755" : "100644", file->id,
                        file->selected->path);

    g_checksum_update(digest, (const guchar *)line, (gssize)strlen(line) + 1);
}

static void free_manifest(void *manifest)
{
    manifest_free(manifest);
}

static bool identify_zip(SourceTree *tree, const ArtifactSpec *spec, PackageCache *cache,
                         Artifact *artifact, GError **error)
{
    g_autoptr(Manifest) manifest = NULL;
    GChecksum *digest;

    if (!dependencies_check(tree, spec, error))
        return false;
    manifest = manifest_new(tree, spec, cache, error);
    if (!manifest)
        return false;
    digest = start_manifest("zip");
    for (guint i = 0; i < manifest->files->len; i++) {
        const ManifestFile *file = &g_array_index(manifest->files, ManifestFile, i);

        add_to_manifest(digest, file);
        artifact->cached_files += file->is_cached;
    }
    artifact->files = manifest->files->len;
    artifact->size_bytes = manifest->size_bytes;
    finish_manifest(digest, artifact);
    artifact->manifest = g_steal_pointer(&manifest);
    artifact->manifest_free = free_manifest;
    return true;
}

static char *sha256_base64(const void *data, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    crypto()->EVP_Digest(data, size, digest, NULL, crypto()->EVP_sha256(), NULL);
    return g_base64_encode(digest, DIGEST_BYTES);
}

static void identify_bytes(Artifact *artifact, const char *kind, const void *data, size_t size)
{
    GChecksum *manifest = start_manifest(kind);

    artifact->content_hash = sha256_base64(data, size);
    artifact->size_bytes = size;
    artifact->files = 1;
    g_checksum_update(manifest, (const guchar *)artifact->content_hash, -1);
    finish_manifest(manifest, artifact);
}

static bool read_file(SourceTree *tree, const ArtifactSpec *spec, char **ret_data, size_t *ret_size,
                      GError **error)
{
    GError *cause = NULL;
    SourceEntry entry;

    if (!source_tree_entry(tree, spec->file, true, &entry, &cause))
        return selection_source_error(error, cause);
    if ((entry.kind == SOURCE_FILE || entry.kind == SOURCE_EXECUTABLE) &&
        !manifest_check_file(tree, spec->file, entry.size_bytes, error))
        return false;
    if (!source_tree_read(tree, spec->file, DEFLATER_BLOB_MAX_BYTES, ret_data, ret_size, &cause))
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
    if (spec->keeps_bytes_hash) {
        artifact->content_state = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(artifact->content_state, (const guchar *)data, (gssize)size);
    }
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

static bool identify_embedded(const ArtifactSpec *spec, PackageCache *cache, Artifact *artifact,
                              GError **error)
{
    g_autoptr(SourceTree) tree = embedded_tree_new(spec->embedded);

    return identify_zip(tree, spec, cache, artifact, error);
}

Artifact *package_identify(SourceTree *tree, const ArtifactSpec *spec, PackageCache *cache,
                           GError **error)
{
    g_autoptr(Artifact) artifact = g_new0(Artifact, 1);
    bool identified = false;

    artifact->name = g_strdup(spec->name);
    switch (spec->kind) {
    case ARTIFACT_ZIP:
        identified = identify_zip(tree, spec, cache, artifact, error);
        break;
    case ARTIFACT_FILE:
        identified = identify_file_artifact(tree, spec, artifact, error);
        break;
    case ARTIFACT_TEXT:
        identify_bytes(artifact, "file", spec->file, strlen(spec->file));
        identified = true;
        break;
    case ARTIFACT_EMBEDDED:
        identified = identify_embedded(spec, cache, artifact, error);
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

/* What package_write makes, and of what. */
typedef struct {
    SourceTree *tree;
    const ArtifactSpec *spec;
    const Manifest *known; /* NULL: to be made */
    PackageCache *cache;
    const PackageProgress *progress;
    const char *path;
    uint64_t size_bytes;
    char *sha256;
} Writing;

static bool write_bytes(Writing *writing, const char *data, size_t size, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (!g_file_set_contents(writing->path, data, (gssize)size, &cause))
        return write_failed(error, writing->path, cause->message);
    writing->size_bytes = size;
    writing->sha256 = sha256_base64(data, size);
    return true;
}

static bool write_zip(Writing *writing, SourceTree *tree, GError **error)
{
    g_autoptr(Manifest) made = NULL;
    const Manifest *manifest = writing->known;

    if (!manifest)
        manifest = made = manifest_new(tree, writing->spec, writing->cache, error);
    return manifest && archive_write(tree, manifest, writing->cache, writing->progress,
                                     writing->path, &writing->size_bytes, &writing->sha256, error);
}

static bool write_file(Writing *writing, GError **error)
{
    g_autofree char *data = NULL;
    size_t size = 0;

    return read_file(writing->tree, writing->spec, &data, &size, error) &&
           write_bytes(writing, data, size, error);
}

static bool write_embedded(Writing *writing, GError **error)
{
    g_autoptr(SourceTree) tree = embedded_tree_new(writing->spec->embedded);

    return write_zip(writing, tree, error);
}

static bool write_kind(Writing *writing, GError **error)
{
    const ArtifactSpec *spec = writing->spec;

    switch (spec->kind) {
    case ARTIFACT_ZIP:
        return write_zip(writing, writing->tree, error);
    case ARTIFACT_FILE:
        return write_file(writing, error);
    case ARTIFACT_TEXT:
        return write_bytes(writing, spec->file, strlen(spec->file), error);
    case ARTIFACT_EMBEDDED:
        return write_embedded(writing, error);
    case ARTIFACT_S3:
        break;
    }
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE,
                "%s lies on S3 already; there is nothing to write", spec->file);
    return false;
}

bool package_write(SourceTree *tree, const ArtifactSpec *spec, const Artifact *artifact,
                   PackageCache *cache, const PackageProgress *progress, const char *path,
                   uint64_t *ret_size_bytes, char **ret_sha256, GError **error)
{
    Writing writing = {.tree = tree,
                       .spec = spec,
                       .known = artifact ? artifact->manifest : NULL,
                       .cache = cache,
                       .progress = progress,
                       .path = path};

    if (!write_kind(&writing, error)) {
        name_artifact(error, spec);
        return false;
    }
    *ret_size_bytes = writing.size_bytes;
    *ret_sha256 = writing.sha256;
    return true;
}

/* Whether a name starts with it; names are sorted. */
static bool has_prefix(const GArray *files, const char *prefix)
{
    guint low = 0, high = files->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;

        if (strcmp(g_array_index(files, ManifestFile, middle).selected->path, prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < files->len &&
           g_str_has_prefix(g_array_index(files, ManifestFile, low).selected->path, prefix);
}

bool package_may_hold(const Artifact *artifact, const char *stem)
{
    const Manifest *manifest = artifact->manifest;
    g_autofree char *with_ending = g_strconcat(stem, ".", NULL);
    g_autofree char *folder = g_strconcat(stem, "/", NULL);

    return !manifest || has_prefix(manifest->files, with_ending) ||
           has_prefix(manifest->files, folder);
}

bool package_list(SourceTree *tree, const ArtifactSpec *spec, GPtrArray **ret_paths, GError **error)
{
    g_autoptr(SourceTree) embedded =
        spec->kind == ARTIFACT_EMBEDDED ? embedded_tree_new(spec->embedded) : NULL;
    g_autoptr(GPtrArray) files = NULL;
    GPtrArray *paths;

    if (spec->kind == ARTIFACT_ZIP || embedded) {
        files = manifest_select(embedded ? embedded : tree, spec, error);
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
