/* reconcile/source/symlinks.h
 *
 * How symlinks of a tree are followed, for those who implement one: segment by segment, never by
 * the operating system, so that none leads out of the root. For this room alone. */
#pragma once
#include "reconcile/source/source_tree.h"

#define SYMLINKS_MAX 40

/* What is at `path`, whose folders are known to be real ones. Of a symlink also its target
 * (transfer full), relative to the link's own folder or, with a leading '/', to the root. */
typedef bool (*SymlinkLook)(SourceTree *tree, const char *path, SourceKind *ret_kind,
                            char **ret_target, GError **error);

/* The path without symlinks in it (transfer full); the last segment is looked through when
 * `follow_last`. Where something on the way is missing, a path at which nothing is. */
G_GNUC_WARN_UNUSED_RESULT
char *symlinks_follow(SourceTree *tree, const char *path, bool follow_last, SymlinkLook look,
                      GError **error);

/* The target of the symlink at `path`, whose folders may lie behind symlinks themselves. */
G_GNUC_WARN_UNUSED_RESULT
bool symlinks_read(SourceTree *tree, const char *path, SymlinkLook look, char **ret_target,
                   GError **error);

/* Entries of a list, as source_tree_list promises them. */
GPtrArray *source_list_new(void);
void source_list_add(GPtrArray *list, const char *name, SourceKind kind, const char *id);
void source_list_sort(GPtrArray *list);
