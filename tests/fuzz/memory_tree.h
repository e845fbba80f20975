/* tests/fuzz/memory_tree.h
 *
 * Files in memory as a SourceTree, made of one text: a line "#: PATH" starts the file PATH, and
 * what comes before the first such line is the file that the target names. */
#pragma once
#include "reconcile/source/source_tree.h"

#include <string.h>

typedef struct {
    SourceTree tree;
    GHashTable *files; /* path → GString* */
} FuzzTree;

static inline void fuzz_tree_free_text(void *text)
{
    g_string_free(text, TRUE);
}

static inline bool fuzz_tree_entry(SourceTree *tree, const char *path, bool follow,
                                   SourceEntry *ret, GError **error)
{
    const FuzzTree *self = (const FuzzTree *)tree;
    const GString *text = g_hash_table_lookup(self->files, path);
    const size_t length = strlen(path);
    GHashTableIter files;
    void *name;

    (void)follow, (void)error;
    *ret = (SourceEntry){.kind = length ? SOURCE_MISSING : SOURCE_DIRECTORY};
    if (text) {
        *ret = (SourceEntry){.kind = SOURCE_FILE, .size_bytes = text->len};
        g_snprintf(ret->id, sizeof ret->id, "%040x", g_str_hash(path));
        return true;
    }
    g_hash_table_iter_init(&files, self->files);
    while (g_hash_table_iter_next(&files, &name, NULL))
        if (g_str_has_prefix(name, path) && ((const char *)name)[length] == '/')
            ret->kind = SOURCE_DIRECTORY;
    return true;
}

static inline bool fuzz_tree_read(SourceTree *tree, const char *path, uint64_t max_bytes,
                                  char **ret_data, size_t *ret_size, GError **error)
{
    const GString *text = g_hash_table_lookup(((const FuzzTree *)tree)->files, path);

    if (!text || text->len > max_bytes) {
        g_set_error(error, SOURCE_ERROR, text ? SOURCE_ERROR_TOO_LARGE : SOURCE_ERROR_NOT_FOUND,
                    "%s: cannot be read", path);
        return false;
    }
    *ret_data = g_memdup2(text->str, text->len + 1);
    *ret_size = text->len;
    return true;
}

static inline void fuzz_tree_free_entry(void *data)
{
    SourceListEntry *entry = data;

    g_free(entry->name);
    g_free(entry);
}

static inline int fuzz_tree_compare(const void *a, const void *b)
{
    const SourceListEntry *const *first = a, *const *second = b;

    return strcmp((*first)->name, (*second)->name);
}

static inline bool fuzz_tree_list(SourceTree *tree, const char *path, GPtrArray **ret,
                                  GError **error)
{
    const FuzzTree *self = (const FuzzTree *)tree;
    const size_t length = strlen(path);
    GPtrArray *entries = g_ptr_array_new_with_free_func(fuzz_tree_free_entry);
    g_autoptr(GHashTable) listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter files;
    void *key;

    (void)error;
    g_hash_table_iter_init(&files, self->files);
    while (g_hash_table_iter_next(&files, &key, NULL)) {
        const char *name = key;
        SourceListEntry *entry;

        if (length && (!g_str_has_prefix(name, path) || name[length] != '/'))
            continue;
        name += length ? length + 1 : 0;
        if (!*name || !g_hash_table_add(listed, g_strndup(name, strcspn(name, "/"))))
            continue;
        entry = g_new0(SourceListEntry, 1);
        entry->name = g_strndup(name, strcspn(name, "/"));
        entry->kind = strchr(name, '/') ? SOURCE_DIRECTORY : SOURCE_FILE;
        g_snprintf(entry->id, sizeof entry->id, "%040x", g_str_hash(key));
        g_ptr_array_add(entries, entry);
    }
    g_ptr_array_sort(entries, fuzz_tree_compare);
    *ret = entries;
    return true;
}

static inline void fuzz_tree_free(SourceTree *tree)
{
    (void)tree;
}

static const SourceTreeOps fuzz_tree_ops = {.entry = fuzz_tree_entry,
                                            .read = fuzz_tree_read,
                                            .list = fuzz_tree_list,
                                            .free = fuzz_tree_free};

static inline void fuzz_tree_add(FuzzTree *tree, const char *path, const char *text, size_t size)
{
    g_autofree char *normal = source_path_resolve("", path, NULL);

    if (normal && *normal && g_utf8_validate(normal, -1, NULL))
        g_hash_table_replace(tree->files, g_steal_pointer(&normal),
                             g_string_new_len(text, (gssize)size));
}

static inline void fuzz_tree_init(FuzzTree *tree, const char *first_path, const uint8_t *data,
                                  size_t size)
{
    static const char mark[] = "\n#: ";
    const char *at = (const char *)data, *end = at + size;
    g_autofree char *path = g_strdup(first_path);

    *tree = (FuzzTree){.tree = {&fuzz_tree_ops}};
    tree->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, fuzz_tree_free_text);
    for (;;) {
        const char *next = size ? memmem(at, (size_t)(end - at), mark, strlen(mark)) : NULL,
                   *line_end;

        fuzz_tree_add(tree, path, at, next ? (size_t)(next + 1 - at) : (size_t)(end - at));
        if (!next)
            return;
        next += strlen(mark);
        line_end = memchr(next, '\n', (size_t)(end - next));
        if (!line_end)
            return;
        g_free(path);
        path = g_strndup(next, (gsize)(line_end - next));
        at = line_end + 1;
        size = (size_t)(end - at);
    }
}

static inline void fuzz_tree_clear(FuzzTree *tree)
{
    g_hash_table_unref(tree->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FuzzTree, fuzz_tree_clear)
