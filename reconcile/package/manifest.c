#include "reconcile/package/manifest.h"

#include "reconcile/package/composition.h"
#include "reconcile/package/deflater.h"
#include "reconcile/package/package.h"

#include <string.h>

#define UNCOMPRESSED_MAX_BYTES ((uint64_t)250 << 20)
#define POINTER_MIN_BYTES \
    100 /* the shortest pointer: its version line, an object id and a size of one digit */
#define POINTER_MAX_BYTES 1023

static bool check_size(const char *path, uint64_t size_bytes, GError **error)
{
    if (size_bytes <= DEFLATER_BLOB_MAX_BYTES)
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                "%s: has %" G_GUINT64_FORMAT " bytes, and Lambda takes at most 250 MiB together; "
                "exclude it with package.patterns",
                path, size_bytes);
    return false;
}

/* git-lfs/docs/spec.md: pointers are below 1,024 bytes and start with the version line. */
static bool refuse_pointer(SourceTree *tree, const char *path, const char *id, uint64_t size_bytes,
                           GError **error)
{
    static const char version[] = "version https://git-lfs.github.com/spec/";
    g_auto(SourceBlob) blob = {0};
    GError *cause = NULL;

    if (size_bytes < POINTER_MIN_BYTES || size_bytes > POINTER_MAX_BYTES)
        return true;
    if (!source_tree_read_blob(tree, path, id, POINTER_MAX_BYTES, &blob, &cause))
        return selection_source_error(error, cause);
    if (blob.size_bytes < sizeof(version) || memcmp(blob.data, version, sizeof(version) - 1) != 0)
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_LFS,
                "%s: is a Git LFS pointer, and its content is not in the repository; commit the "
                "file itself (git lfs untrack), exclude it with package.patterns, or let a build "
                "write the archive and name it in package.artifact",
                path);
    return false;
}

bool manifest_check_file(SourceTree *tree, const char *path, uint64_t size_bytes, GError **error)
{
    return check_size(path, size_bytes, error) && refuse_pointer(tree, path, "", size_bytes, error);
}

/* Fills in id and size, and checks what no cache vouches for. */
static bool look_at(SourceTree *tree, PackageCache *cache, ManifestFile *file, GError **error)
{
    const SelectedFile *selected = file->selected;
    GError *cause = NULL;
    SourceEntry entry;

    /* A ReadSet knows a file that was not reached through a symlink from its folder's list. */
    if (cache && *selected->id && !selected->is_linked &&
        package_cache_knows(cache, selected->id, &file->size_bytes)) {
        memcpy(file->id, selected->id, sizeof(file->id));
        file->is_cached = true;
        return true;
    }
    if (!source_tree_entry(tree, selected->location, selected->is_linked, &entry, &cause))
        return selection_source_error(error, cause);
    memcpy(file->id, entry.id, sizeof(file->id));
    file->size_bytes = entry.size_bytes;
    file->is_cached = cache && package_cache_knows(cache, entry.id, &file->size_bytes);
    return file->is_cached ||
           (check_size(selected->location, entry.size_bytes, error) &&
            refuse_pointer(tree, selected->location, selected->is_linked ? "" : entry.id,
                           entry.size_bytes, error));
}

static bool add(Manifest *manifest, SourceTree *tree, PackageCache *cache,
                const SelectedFile *selected, GError **error)
{
    ManifestFile file = {.selected = selected};

    if (!look_at(tree, cache, &file, error))
        return false;
    manifest->size_bytes += file.size_bytes;
    if (manifest->size_bytes > UNCOMPRESSED_MAX_BYTES) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than 250 MiB uncompressed, which Lambda refuses; leave out what is not "
                    "needed at run time with package.patterns");
        return false;
    }
    g_array_append_val(manifest->files, file);
    return true;
}

GPtrArray *manifest_select(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) selected = composition_new(tree, spec, error);

    if (!selected || selected->len)
        return g_steal_pointer(&selected);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_EMPTY,
                "no file of %s matches; check package.patterns and .slsignore",
                spec->root && *spec->root ? spec->root : "the repository");
    return NULL;
}

Manifest *manifest_new(SourceTree *tree, const ArtifactSpec *spec, PackageCache *cache,
                       GError **error)
{
    g_autoptr(Manifest) manifest = g_new0(Manifest, 1);
    bool added = true;

    manifest->files = g_array_new(FALSE, FALSE, sizeof(ManifestFile));
    manifest->selected = manifest_select(tree, spec, error);
    if (!manifest->selected)
        return NULL;
    for (guint i = 0; i < manifest->selected->len && added; i++)
        added = add(manifest, tree, cache, g_ptr_array_index(manifest->selected, i), error);
    if (cache)
        package_cache_flush(cache);
    return added ? g_steal_pointer(&manifest) : NULL;
}

void manifest_free(Manifest *manifest)
{
    if (!manifest)
        return;
    g_clear_pointer(&manifest->selected, g_ptr_array_unref);
    g_array_unref(manifest->files);
    g_free(manifest);
}
