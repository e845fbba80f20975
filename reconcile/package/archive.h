/* reconcile/package/archive.h
 *
 * Selected files as a zip: in the order given, dated 1980-01-01 00:00 (DOS time, which knows no
 * time zone), mode 0644 or 0755, deflated by libdeflate at one level. One file's content is in
 * memory at a time. */
#pragma once
#include "reconcile/package/selection.h"

#define ARCHIVE_BLOB_MAX_BYTES ((uint64_t)256 << 20)

/* Writes to `path`, replaced only when everything succeeded. Errors: PACKAGE_ERROR_SOURCE,
 * _TOO_LARGE, _WRITE. */
G_GNUC_WARN_UNUSED_RESULT
bool archive_write(SourceTree *tree, const GPtrArray *files, const char *path, GError **error);
