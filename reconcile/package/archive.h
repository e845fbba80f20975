/* reconcile/package/archive.h
 *
 * A manifest's files as a zip (zip_writer.h): what a cache holds is copied, the rest deflated on
 * all cores and added to it. */
#pragma once
#include "reconcile/package/manifest.h"
#include "reconcile/package/package.h"

/* Writes to `path`, replaced only when everything succeeded. `tree` is the manifest's; `cache` and
 * `progress` may be NULL. ret_sha256: base64 (transfer full). Errors: PACKAGE_ERROR_SOURCE,
 * _TOO_LARGE, _WRITE. */
G_GNUC_WARN_UNUSED_RESULT
bool archive_write(SourceTree *tree, const Manifest *manifest, PackageCache *cache,
                   const PackageProgress *progress, const char *path, uint64_t *ret_size_bytes,
                   char **ret_sha256, GError **error);
