/* reconcile/package/glob.h
 *
 * Patterns over paths, as the framework's matcher reads them (micromatch 4 over picomatch 2, with
 * `dot: true`): `*` and `?` within a segment, `**` across, classes, braces as alternatives,
 * extglobs `@ ? * + !`, a leading `!` that turns the whole around. A pattern becomes an automaton
 * without backtracking, so that none takes longer than length of the path times length of the
 * pattern (once more times the path's length for `!(…)`).
 *
 * Paths are '/'-separated and normalised. A Glob belongs to one thread at a time (it keeps scratch
 * space). */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define GLOB_PATTERN_MAX 4096
#define GLOB_DEPTH_MAX 32

typedef enum {
    GLOB_FRAMEWORK,
    GLOB_IGNORE_FILE, /* a gitignore line's: only `*`, `?`, `**`, classes (with `!` too) and
                         backslashes */
} GlobSyntax;

typedef struct Glob Glob;

/* NULL with PACKAGE_ERROR_PATTERN for a pattern that is too long, too deep, or holds a regular
 * expression's "(?". */
G_GNUC_WARN_UNUSED_RESULT
Glob *glob_compile(const char *pattern, GlobSyntax syntax, GError **error);
void glob_free(Glob *glob);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Glob, glob_free)

bool glob_matches(Glob *glob, const char *path);

/* What every matching path starts with, borrowed; "" when nothing is known. */
const char *glob_prefix(const Glob *glob);

/* The folder that a search for the pattern starts in: the segments before the first one that is not
 * plain text; "" for the root. (transfer full) */
char *glob_base(const char *pattern);

/* Whether the pattern is plain text. */
bool glob_is_plain(const char *pattern);

/* {a,b} and {1..3} written out, as a shell does: GPtrArray of char* (transfer full). NULL with
 * PACKAGE_ERROR_PATTERN above 1,000. */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *glob_expand_braces(const char *pattern, GError **error);
