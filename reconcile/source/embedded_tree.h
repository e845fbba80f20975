/* reconcile/source/embedded_tree.h
 *
 * Files that come with Driftless as a SourceTree, so that they are listed, identified and packed by
 * the same code as a repository's. Their ids are those git would give them.
 *
 * The files are the caller's and outlive the tree; nothing is copied. A tree belongs to one thread
 * at a time, as every SourceTree; the files may be shared. */
#pragma once
#include "reconcile/source/source_tree.h"

typedef struct EmbeddedFile {
    const char *path; /* '/'-separated, normalised; NULL ends the list */
    const char *data, *end;
} EmbeddedFile;

/* `files` ends with a path of NULL. (transfer full) */
SourceTree *embedded_tree_new(const EmbeddedFile *files);
