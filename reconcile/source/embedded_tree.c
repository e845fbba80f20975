#include "reconcile/source/embedded_tree.h"

#include "reconcile/source/blob_id.h"

#include <string.h>

typedef struct {
    SourceTree base;
    const EmbeddedFile *files;
} EmbeddedTree;

static size_t size_of(const EmbeddedFile *file)
{
    return (size_t)(file->end - file->data);
}

static const EmbeddedFile *find(SourceTree *base, const char *path)
{
    for (const EmbeddedFile *file = ((EmbeddedTree *)base)->files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

static void blob_id(const EmbeddedFile *file, char *ret)
{
    g_autoptr(BlobHash) hash = blob_hash_new();

    blob_hash_whole(hash, file->data, size_of(file), ret);
}

/* What follows `folder/` in `path`, "" being the root; NULL where `path` is not below it. */
static const char *below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    if (length == 0)
        return path;
    return strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static bool is_folder(SourceTree *base, const char *path)
{
    for (const EmbeddedFile *file = ((EmbeddedTree *)base)->files; file->path; file++)
        if (below(file->path, path))
            return true;
    return *path == '\0';
}

static bool embedded_entry(SourceTree *base, const char *path, bool follow, SourceEntry *ret,
                           GError **error)
{
    const EmbeddedFile *file = find(base, path);
    SourceEntry entry = {.kind = is_folder(base, path) ? SOURCE_DIRECTORY : SOURCE_MISSING};

    (void)follow;
    (void)error;
    if (file) {
        entry = (SourceEntry){.kind = SOURCE_FILE, .size_bytes = size_of(file)};
        blob_id(file, entry.id);
    }
    *ret = entry;
    return true;
}

static bool embedded_read(SourceTree *base, const char *path, uint64_t max_bytes, char **ret_data,
                          size_t *ret_size, GError **error)
{
    const EmbeddedFile *file = find(base, path);
    char *data;

    if (!file) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such file", path);
        return false;
    }
    if (size_of(file) > max_bytes) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE, "%s: has %zu bytes", path,
                    size_of(file));
        return false;
    }
    data = g_malloc(size_of(file) + 1);
    memcpy(data, file->data, size_of(file));
    data[size_of(file)] = '\0';
    *ret_data = data;
    *ret_size = size_of(file);
    return true;
}

static void list_entry_free(void *data)
{
    SourceListEntry *entry = data;

    g_free(entry->name);
    g_free(entry);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp((*(const SourceListEntry *const *)left)->name,
                  (*(const SourceListEntry *const *)right)->name);
}

static bool embedded_list(SourceTree *base, const char *path, GPtrArray **ret_entries,
                          GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *entries;

    if (!is_folder(base, path)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such folder", path);
        return false;
    }
    entries = g_ptr_array_new_with_free_func(list_entry_free);
    for (const EmbeddedFile *file = ((EmbeddedTree *)base)->files; file->path; file++) {
        const char *rest = below(file->path, path);
        size_t length = rest ? strcspn(rest, "/") : 0;
        SourceListEntry *entry;

        if (!rest || !g_hash_table_add(seen, g_strndup(rest, length)))
            continue;
        entry = g_new0(SourceListEntry, 1);
        entry->name = g_strndup(rest, length);
        entry->kind = rest[length] ? SOURCE_DIRECTORY : SOURCE_FILE;
        if (entry->kind == SOURCE_FILE)
            blob_id(file, entry->id);
        g_ptr_array_add(entries, entry);
    }
    g_ptr_array_sort(entries, compare_names);
    *ret_entries = entries;
    return true;
}

static bool embedded_read_link(SourceTree *base, const char *path, char **ret_target,
                               GError **error)
{
    (void)base;
    (void)ret_target;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such symlink", path);
    return false;
}

static SourceTree *embedded_reopen(SourceTree *base, GError **error)
{
    (void)error;
    return embedded_tree_new(((EmbeddedTree *)base)->files);
}

static void embedded_free(SourceTree *base)
{
    g_free(base);
}

SourceTree *embedded_tree_new(const EmbeddedFile *files)
{
    static const SourceTreeOps ops = {.entry = embedded_entry,
                                      .read = embedded_read,
                                      .list = embedded_list,
                                      .read_link = embedded_read_link,
                                      .reopen = embedded_reopen,
                                      .free = embedded_free};
    EmbeddedTree *tree = g_new0(EmbeddedTree, 1);

    tree->base.ops = &ops;
    tree->files = files;
    return &tree->base;
}
