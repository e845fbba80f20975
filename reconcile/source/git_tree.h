/* reconcile/source/git_tree.h
 *
 * A commit's tree as a SourceTree, read from the mirror's objects. For this room alone:
 * repository_tree makes one. Trees that were walked stay parsed as long as the GitTree lives, so
 * that thousands of look-ups share them. */
#pragma once
#include "reconcile/source/git2_library.h"
#include "reconcile/source/source_tree.h"

/* `repository` is borrowed and must outlive the tree; `root` is taken over, also on failure. */
G_GNUC_WARN_UNUSED_RESULT
SourceTree *git_source_tree_new(git_repository *repository, git_tree *root, GError **error);

/* Sets `error` to what libgit2 said last, behind `subject`: a missing or damaged object is
 * SOURCE_ERROR_BROKEN with what to do about the mirror. Always false. */
bool git_source_error(GError **error, const char *subject);
