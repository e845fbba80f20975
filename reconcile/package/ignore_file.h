/* reconcile/package/ignore_file.h
 *
 * `.slsignore` at the root of what is packaged: gitignore(5) syntax. What it ignores is never
 * shipped, whatever the patterns say. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct IgnoreFile IgnoreFile;

/* Lines that cannot be read are PACKAGE_ERROR_PATTERN with their number. An empty text ignores
 * nothing. */
G_GNUC_WARN_UNUSED_RESULT
IgnoreFile *ignore_file_parse(const char *text, size_t size, GError **error);
void ignore_file_free(IgnoreFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IgnoreFile, ignore_file_free)

/* Whether a line says so of this very path; a file in an ignored folder is its caller's to know
 * (git does not come back to what lies in one). */
bool ignore_file_ignores(IgnoreFile *file, const char *path, bool is_directory);
