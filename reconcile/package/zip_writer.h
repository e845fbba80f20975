/* reconcile/package/zip_writer.h
 *
 * A zip as a stream: members one after the other as they are given, then the directory, hashed on
 * the way. Nothing in it depends on clock, time zone, locale or the version of a library: dated
 * 1980-01-01 00:00 (DOS time, which knows no time zone), modes 0644 and 0755, names UTF-8, Zip64
 * records only where there are more than 65,534 members (APPNOTE.TXT 6.3.10, 4.4.1.4).
 *
 * The archive is spooled beside its place and moved there when it is whole. Errors:
 * PACKAGE_ERROR_WRITE. A writer belongs to one thread at a time. */
#pragma once
#include "reconcile/package/deflated.h"
#include <glib.h>
#include <stdbool.h>

typedef struct ZipWriter ZipWriter;

G_GNUC_WARN_UNUSED_RESULT
ZipWriter *zip_writer_new(const char *path, GError **error);

/* Frees the writer; what is not finished is removed. */
void zip_writer_free(ZipWriter *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipWriter, zip_writer_free)

/* `name` is borrowed until the archive is finished or given up. */
G_GNUC_WARN_UNUSED_RESULT
bool zip_writer_add(ZipWriter *zip, const char *name, bool is_executable, const Deflated *content,
                    GError **error);

/* Writes the directory and moves the archive to its place. ret_sha256: base64 (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool zip_writer_finish(ZipWriter *zip, uint64_t *ret_size_bytes, char **ret_sha256, GError **error);
