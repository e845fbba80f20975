/* tests/reconcile/compile/variables_tree.h
 *
 * Files in memory as a SourceTree, for tests of what reads files. */
#pragma once
#include <string.h>

#include "reconcile/source/source_tree.h"

typedef struct {
    const char *path, *text;
} MemoryFile;

typedef struct {
    SourceTree tree;
    const MemoryFile *files; /* ends with path NULL */
} MemoryTree;

static inline bool memory_tree_read(SourceTree *tree, const char *path, uint64_t max_bytes,
                                    char **ret_data, size_t *ret_size, GError **error)
{
    for (const MemoryFile *file = ((MemoryTree *)tree)->files; file && file->path; file++) {
        if (strcmp(file->path, path) != 0 || strlen(file->text) > max_bytes)
            continue;
        *ret_data = g_strdup(file->text);
        *ret_size = strlen(file->text);
        return true;
    }
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such file", path);
    return false;
}

static const SourceTreeOps memory_tree_ops = {.read = memory_tree_read};

static inline MemoryTree memory_tree(const MemoryFile *files)
{
    return (MemoryTree){.tree = {&memory_tree_ops}, .files = files};
}
