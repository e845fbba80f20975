/* reconcile/package/rules.h
 *
 * The second use of package patterns (the first is search.h): of the files that were found, the
 * last pattern that matches decides; without one a file ships. Before the patterns stand the
 * framework's own exclusions and those of the service (its file, plugins, layers).
 *
 * Pure. A Rules belongs to one thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Rules Rules;

/* `exclusions`: char*, what is left out unless a pattern brings it back; `patterns`: char*, "!x"
 * excludes. PACKAGE_ERROR_PATTERN for those that cannot be read. */
G_GNUC_WARN_UNUSED_RESULT
Rules *rules_new(const GPtrArray *exclusions, const GPtrArray *patterns, GError **error);
void rules_free(Rules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rules, rules_free)

/* Whether nothing below the folder at `path` can ship, so that it need not be looked into. */
bool rules_skip_folder(Rules *rules, const char *path);

/* Whether the file at `path` ships, having been found. */
bool rules_take(Rules *rules, const char *path);

/* The steps that all its patterns have made (glob_steps). */
uint64_t rules_steps(const Rules *rules);
