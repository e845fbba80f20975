/* reconcile/package/glob.h
 *
 * Patterns over paths, as the framework's matcher reads them (micromatch 4 over picomatch 2, with
 * `dot: true`): `*` and `?` within a segment, `**` across, classes, braces as alternatives,
 * extglobs `@ ? * + !`, a leading `!` that turns the whole around. A pattern becomes an automaton
 * without backtracking, so that none takes longer than length of the path times length of the
 * pattern (once more times the path's length for each of at most 64 `!(…)`).
 *
 * Paths are '/'-separated; segments ".." only where a pattern led there: no star enters them. A
 * Glob belongs to one thread at a time (it keeps count). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define GLOB_PATTERN_MAX 4096
#define GLOB_DEPTH_MAX 32

typedef enum {
    GLOB_MATCH,       /* where the framework matches found files: "[!a]" is a '!' or an 'a' */
    GLOB_SEARCH,      /* where it searches for files: "[!a]" is none of them */
    GLOB_IGNORE_FILE, /* a gitignore line's: only `*`, `?`, `**`, classes (with `!` too) and
                         backslashes */
} GlobSyntax;

typedef struct Glob Glob;

/* NULL with PACKAGE_ERROR_PATTERN for a pattern that is too long, too deep, or holds a regular
 * expression's "(?:" and the like. Brackets that nothing closes are text. */
G_GNUC_WARN_UNUSED_RESULT
Glob *glob_compile(const char *pattern, GlobSyntax syntax, GError **error);
void glob_free(Glob *glob);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Glob, glob_free)

bool glob_matches(Glob *glob, const char *path);

typedef enum { GLOB_NONE_BELOW, GLOB_SOME_BELOW, GLOB_ALL_BELOW } GlobBelow;

/* Whether what lies in a folder ("" is the root), however deep, can match: none of it, all of it,
 * or some, which also stands for what is not known. */
GlobBelow glob_below(Glob *glob, const char *folder);

/* How many steps its automaton has made so far. */
uint64_t glob_steps(const Glob *glob);

/* {a,b} and {1..3} written out, as a shell does: GPtrArray of char* (transfer full). NULL with
 * PACKAGE_ERROR_PATTERN above 1,000. */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *glob_expand_braces(const char *pattern, GError **error);
