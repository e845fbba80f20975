/* reconcile/package/manifest.h
 *
 * What goes into a zip: the selected files, each with the id and size of its content, checked
 * against the ceilings and for Git LFS pointers. What a cache holds was checked when it got there,
 * so that a tree of git objects is known by its folders alone. */
#pragma once
#include "reconcile/package/package_cache.h"
#include "reconcile/package/selection.h"

typedef struct {
    const SelectedFile *selected; /* borrowed from the manifest */
    char id[SOURCE_ID_SIZE];
    uint64_t size_bytes;
    bool is_cached; /* when it was looked at */
} ManifestFile;

typedef struct {
    GPtrArray *selected; /* SelectedFile* */
    GArray *files;       /* ManifestFile, in the order of their names */
    uint64_t size_bytes; /* uncompressed, together */
} Manifest;

/* composition_new where an empty archive is PACKAGE_ERROR_EMPTY. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *manifest_select(SourceTree *tree, const ArtifactSpec *spec, GError **error);

/* `cache` may be NULL. (transfer full) Errors: as package_identify says. */
G_GNUC_WARN_UNUSED_RESULT
Manifest *manifest_new(SourceTree *tree, const ArtifactSpec *spec, PackageCache *cache,
                       GError **error);
void manifest_free(Manifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manifest, manifest_free)

/* Whether a file may be shipped as it is: not above the ceiling, no Git LFS pointer. `path` lies in
 * the tree. */
G_GNUC_WARN_UNUSED_RESULT
bool manifest_check_file(SourceTree *tree, const char *path, uint64_t size_bytes, GError **error);
