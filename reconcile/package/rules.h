/* reconcile/package/rules.h
 *
 * Which files an artifact takes: the framework's default exclusions, then the patterns in their
 * order, the last that matches decides. As in the framework the patterns work twice. First they are
 * globs that find files: "!folder" without stars keeps the search out of the folder, until a later
 * pattern names something in it. Then they are matched against each file found: there
 * "!folder" says nothing of what is in it. A file ships when it was found and was not excluded.
 *
 * Pure. A Rules belongs to one thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct Rules Rules;

/* What the rules know of a folder that a walk is in; handed down from parent to child. */
typedef struct RulesFolder RulesFolder;

/* PACKAGE_ERROR_PATTERN for patterns that cannot be read and for those that reach out of the root.
 */
G_GNUC_WARN_UNUSED_RESULT
Rules *rules_new(const GPtrArray *patterns, GError **error);
void rules_free(Rules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rules, rules_free)

/* `path` is "" (with parent NULL) for the root. (transfer full) */
RulesFolder *rules_enter(Rules *rules, const RulesFolder *parent, const char *path);
void rules_folder_free(RulesFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RulesFolder, rules_folder_free)

/* Whether nothing below the folder at `path` can ship, so that it need not be looked into. */
bool rules_skip_folder(Rules *rules, const char *path);

/* Whether the file `path`, which lies in `folder`, ships. */
bool rules_take(Rules *rules, const RulesFolder *folder, const char *path);
