/* reconcile/package/zip_spool.h
 *
 * The file that libzip writes an archive to. libzip goes back to the header of every member when
 * its data is written; what was written last stays in memory, so that this costs no system call.
 *
 * The file is spooled beside its place and moved there when it is whole. Errors:
 * PACKAGE_ERROR_WRITE. A spool belongs to one thread at a time. */
#pragma once
#include "reconcile/package/zip_library.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ZipSpool ZipSpool;

G_GNUC_WARN_UNUSED_RESULT
ZipSpool *zip_spool_new(const char *path, GError **error);

/* What is not finished is removed. */
void zip_spool_free(ZipSpool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipSpool, zip_spool_free)

/* A zip_source_callback; `data` is the spool, which the source borrows. */
zip_int64_t zip_spool_source(void *data, void *buffer, zip_uint64_t size, zip_source_cmd_t command);

/* Whether writing is what failed; says why then. */
bool zip_spool_failed(const ZipSpool *spool, GError **error);

/* After libzip closed the archive: moves it to its place. ret_sha256: base64 (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool zip_spool_finish(ZipSpool *spool, uint64_t *ret_size_bytes, char **ret_sha256, GError **error);
