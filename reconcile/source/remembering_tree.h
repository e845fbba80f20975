/* reconcile/source/remembering_tree.h
 *
 * A tree that is asked for the same folders and entries again and again, as by the artifacts of one
 * service: what its base told once is told again without asking. For the length of one piece of
 * work, during which the base stays as it was; contents are always the base's own. */
#pragma once
#include "reconcile/source/source_tree.h"

/* More than that is asked for again: some 30 MB. */
#define REMEMBERED_MAX 200000

/* `base` is borrowed and must outlive it. A list that it gives is shared and is not to be changed.
 * (transfer full) */
SourceTree *remembering_tree_new(SourceTree *base);
