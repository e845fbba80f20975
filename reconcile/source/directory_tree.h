/* reconcile/source/directory_tree.h
 *
 * A directory of the file system as a SourceTree: what a verb run on a folder reads. File ids are
 * git's (SHA-1 over "blob SIZE\0" and the content), computed when an entry is asked for and
 * remembered. `.git` is never listed. */
#pragma once
#include "reconcile/source/file_ids.h"

/* `root` must be a directory. Reading outside root is refused as everywhere; to let a caller's own
 * `../` paths be read (a verb on a directory may read what its caller may), open the tree at a
 * parent folder: directory_tree_new_for_service opens the git work tree's top (or, without one, the
 * file system's root) and gives the service's path within it. */
G_GNUC_WARN_UNUSED_RESULT
SourceTree *directory_tree_new(const char *root, GError **error);

G_GNUC_WARN_UNUSED_RESULT
SourceTree *directory_tree_new_for_service(const char *folder, char **ret_path, GError **error);

/* The ids of its files, borrowed: to teach it those of an earlier run, and to keep those of this.
 * `tree` is one of the two above. */
FileIds *directory_tree_file_ids(SourceTree *tree);

/* The folder it stands on, absolute and without symlinks, borrowed: "" for the file system's root.
 * NULL for a tree that stands on none. */
const char *directory_tree_root(SourceTree *tree);
