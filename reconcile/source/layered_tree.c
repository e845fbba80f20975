#include "reconcile/source/layered_tree.h"

#include <string.h>

typedef struct {
    SourceTree base;
    SourceTree *below, *layer;
    SourceTree *own_below; /* where it is this tree's to free; NULL otherwise */
    char *path;
} LayeredTree;

/* The tree that `path` is looked up in; what it is called there in *path. */
static SourceTree *tree_of(SourceTree *base, const char **path)
{
    LayeredTree *tree = (LayeredTree *)base;
    size_t length;

    if (!tree->layer)
        return tree->below;
    length = strlen(tree->path);
    if (length &&
        (strncmp(*path, tree->path, length) != 0 || ((*path)[length] && (*path)[length] != '/')))
        return tree->below;
    *path += length;
    *path += **path == '/';
    return tree->layer;
}

static bool layered_entry(SourceTree *base, const char *path, bool follow, SourceEntry *ret,
                          GError **error)
{
    SourceTree *tree = tree_of(base, &path);

    return tree->ops->entry(tree, path, follow, ret, error);
}

static bool layered_read(SourceTree *base, const char *path, uint64_t max_bytes, char **ret_data,
                         size_t *ret_size, GError **error)
{
    SourceTree *tree = tree_of(base, &path);

    return tree->ops->read(tree, path, max_bytes, ret_data, ret_size, error);
}

static bool layered_list(SourceTree *base, const char *path, GPtrArray **ret_entries,
                         GError **error)
{
    SourceTree *tree = tree_of(base, &path);

    return tree->ops->list(tree, path, ret_entries, error);
}

static bool layered_read_link(SourceTree *base, const char *path, char **ret_target, GError **error)
{
    SourceTree *tree = tree_of(base, &path);

    return tree->ops->read_link(tree, path, ret_target, error);
}

static bool layered_read_blob(SourceTree *base, const char *path, const char *id,
                              uint64_t max_bytes, SourceBlob *ret, GError **error)
{
    SourceTree *tree = tree_of(base, &path);

    return source_tree_read_blob(tree, path, id, max_bytes, ret, error);
}

/* The reopened one has both trees to itself. */
static SourceTree *layered_reopen(SourceTree *base, GError **error)
{
    LayeredTree *tree = (LayeredTree *)base;
    g_autoptr(SourceTree) below = source_tree_reopen(tree->below, error);
    g_autoptr(SourceTree) layer = NULL;
    LayeredTree *reopened;

    if (!below || !tree->layer)
        return g_steal_pointer(&below);
    layer = source_tree_reopen(tree->layer, error);
    if (!layer)
        return NULL;
    reopened = (LayeredTree *)layered_tree_new(below, tree->path, g_steal_pointer(&layer));
    reopened->own_below = g_steal_pointer(&below);
    return &reopened->base;
}

static void layered_free(SourceTree *base)
{
    LayeredTree *tree = (LayeredTree *)base;

    source_tree_free(tree->layer);
    source_tree_free(tree->own_below);
    g_free(tree->path);
    g_free(tree);
}

static const SourceTreeOps layered_ops = {
    .entry = layered_entry,
    .read = layered_read,
    .list = layered_list,
    .read_link = layered_read_link,
    .read_blob = layered_read_blob,
    .reopen = layered_reopen,
    .free = layered_free,
};

SourceTree *layered_tree_new(SourceTree *base, const char *path, SourceTree *layer)
{
    LayeredTree *tree = g_new0(LayeredTree, 1);

    tree->base.ops = &layered_ops;
    tree->below = base;
    tree->layer = layer;
    tree->path = g_strdup(path);
    return &tree->base;
}

SourceTree *layered_tree_own_base(SourceTree *layered)
{
    LayeredTree *tree = (LayeredTree *)layered;

    tree->own_below = tree->below;
    return layered;
}
