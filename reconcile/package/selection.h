/* reconcile/package/selection.h
 *
 * The files of a tree that an ArtifactSpec of kind ZIP selects, each with the id of its content. */
#pragma once
#include "reconcile/source/artifact.h"
#include "reconcile/source/source_tree.h"

#define SELECTION_FILES_MAX 100000
#define SELECTION_NAME_MAX 4096

typedef struct {
    char *path;     /* the name in the zip */
    char *location; /* where it lies in the tree */
    bool is_linked; /* reached through a symlink */
    bool is_executable;
    char id[SOURCE_ID_SIZE]; /* "" in a directory tree */
} SelectedFile;

/* GPtrArray of SelectedFile* (transfer full), sorted by the bytes of their paths. Errors as
 * package.h says: of the tree PACKAGE_ERROR_SOURCE, too many files, names, patterns, selected
 * submodules; an empty selection is none. */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *selection_new(SourceTree *tree, const ArtifactSpec *spec, GError **error);

/* For lists that are put together of such files: by the bytes of their paths. */
void selection_sort(GPtrArray *files);
void selected_file_free(void *file);

/* Takes out of `paths` (relative to the spec's root) the files that would not be selected if they
 * were there and no development dependencies. */
G_GNUC_WARN_UNUSED_RESULT
bool selection_would_take(SourceTree *tree, const ArtifactSpec *spec, GPtrArray *paths,
                          GError **error);

/* Makes any error one of this room's: what the tree said is PACKAGE_ERROR_SOURCE. Always false. */
bool selection_source_error(GError **error, GError *cause);
