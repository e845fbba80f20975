/* reconcile/source/layered_tree.h
 *
 * A tree in which one folder is another tree's: a revision whose service folder is what its build
 * made of it. Symlinks of either stay within it. */
#pragma once
#include "reconcile/source/source_tree.h"

/* `base` (borrowed, must outlive it) with `layer` (transfer full) in place of what is at `path`, ""
 * being all of it. NULL for both: `base` alone, for whoever has a layer in some cases only. */
SourceTree *layered_tree_new(SourceTree *base, const char *path, SourceTree *layer);

/* The same tree, which from now on frees its base: for layers upon layers. */
SourceTree *layered_tree_own_base(SourceTree *layered);
