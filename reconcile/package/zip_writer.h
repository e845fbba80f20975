/* reconcile/package/zip_writer.h
 *
 * A zip by libzip, of contents that are deflated already: names first, then their contents, asked
 * for one after the other while the archive is written. Nothing in it depends on clock, time zone
 * or locale: dated 1980-01-01 00:00 (DOS time, which knows no time zone), modes 0644 and 0755,
 * names UTF-8, Zip64 records only where they are needed. The version of libzip does: see
 * package_packer. Errors: PACKAGE_ERROR_WRITE, _NAME. A writer belongs to one thread at a time. */
#pragma once
#include "reconcile/package/deflated.h"
#include <glib.h>
#include <stdbool.h>

typedef struct ZipWriter ZipWriter;

/* Gives the next member's content, valid until the next call, in the order of zip_writer_add. */
typedef bool (*ZipContent)(void *data, Deflated *ret, GError **error);

G_GNUC_WARN_UNUSED_RESULT
ZipWriter *zip_writer_new(const char *path, unsigned members, GError **error);

/* Frees the writer; what is not finished is removed. */
void zip_writer_free(ZipWriter *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipWriter, zip_writer_free)

/* At most as many as were announced. */
G_GNUC_WARN_UNUSED_RESULT
bool zip_writer_add(ZipWriter *zip, const char *name, bool is_executable, GError **error);

/* Writes the archive and moves it to its place. ret_sha256: base64 (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool zip_writer_finish(ZipWriter *zip, ZipContent content, void *data, uint64_t *ret_size_bytes,
                       char **ret_sha256, GError **error);
