#include "reconcile/source/remembering_tree.h"

typedef struct {
    SourceTree base;
    SourceTree *asked;
    GHashTable *lists;    /* path → GPtrArray* of SourceListEntry* */
    GHashTable *entries;  /* path → SourceEntry*: behind all symlinks */
    GHashTable *unlinked; /* the same of the path itself */
    guint remembered;
} RememberingTree;

static bool remembering_entry(SourceTree *base, const char *path, bool follow, SourceEntry *ret,
                              GError **error)
{
    RememberingTree *tree = (RememberingTree *)base;
    GHashTable *entries = follow ? tree->entries : tree->unlinked;
    const SourceEntry *known = g_hash_table_lookup(entries, path);

    if (known) {
        *ret = *known;
        return true;
    }
    if (!source_tree_entry(tree->asked, path, follow, ret, error))
        return false;
    if (tree->remembered < REMEMBERED_MAX) {
        g_hash_table_insert(entries, g_strdup(path), g_memdup2(ret, sizeof(*ret)));
        tree->remembered++;
    }
    return true;
}

static bool remembering_list(SourceTree *base, const char *path, GPtrArray **ret_entries,
                             GError **error)
{
    RememberingTree *tree = (RememberingTree *)base;
    GPtrArray *known = g_hash_table_lookup(tree->lists, path);

    if (known) {
        *ret_entries = g_ptr_array_ref(known);
        return true;
    }
    if (!source_tree_list(tree->asked, path, ret_entries, error))
        return false;
    if (tree->remembered < REMEMBERED_MAX) {
        g_hash_table_insert(tree->lists, g_strdup(path), g_ptr_array_ref(*ret_entries));
        tree->remembered += (*ret_entries)->len + 1;
    }
    return true;
}

static bool remembering_read(SourceTree *base, const char *path, uint64_t max_bytes,
                             char **ret_data, size_t *ret_size, GError **error)
{
    return source_tree_read(((RememberingTree *)base)->asked, path, max_bytes, ret_data, ret_size,
                            error);
}

static bool remembering_read_link(SourceTree *base, const char *path, char **ret_target,
                                  GError **error)
{
    return source_tree_read_link(((RememberingTree *)base)->asked, path, ret_target, error);
}

static bool remembering_read_blob(SourceTree *base, const char *path, const char *id,
                                  uint64_t max_bytes, SourceBlob *ret, GError **error)
{
    return source_tree_read_blob(((RememberingTree *)base)->asked, path, id, max_bytes, ret, error);
}

static SourceTree *remembering_reopen(SourceTree *base, GError **error)
{
    return source_tree_reopen(((RememberingTree *)base)->asked, error);
}

static void remembering_free(SourceTree *base)
{
    RememberingTree *tree = (RememberingTree *)base;

    g_hash_table_unref(tree->lists);
    g_hash_table_unref(tree->entries);
    g_hash_table_unref(tree->unlinked);
    g_free(tree);
}

static void list_unref(void *list)
{
    g_ptr_array_unref(list);
}

SourceTree *remembering_tree_new(SourceTree *base)
{
    static const SourceTreeOps ops = {
        .entry = remembering_entry,
        .read = remembering_read,
        .list = remembering_list,
        .read_link = remembering_read_link,
        .read_blob = remembering_read_blob,
        .reopen = remembering_reopen,
        .free = remembering_free,
    };
    RememberingTree *tree = g_new0(RememberingTree, 1);

    tree->base.ops = &ops;
    tree->asked = base;
    tree->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_unref);
    tree->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    tree->unlinked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return &tree->base;
}
