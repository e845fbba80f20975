#include "reconcile/source/read_set.h"

#include <string.h>

/* Marks for what has no blob id. */
#define DIRECTORY_MARK "directory"
#define CHANGED_MARK "error" /* could not be looked at: never the same again */

struct ReadSet {
    GHashTable *files;   /* path → id, "+x" behind an executable's */
    GHashTable *links;   /* path → id of the symlink itself */
    GHashTable *missing; /* set of paths */
    GHashTable *lists;   /* path → digest */
    GHashTable *trees;   /* path → tree id */
    GHashTable *covered; /* set of folders whose noted list tells the id of every file in them */
    GHashTable *plain;   /* set of folders that no symlink leads to */
    bool linked; /* something was reached through a symlink, or may have been: names do not tell
                    where it lies */
};

typedef struct {
    SourceTree base;
    SourceTree *inner; /* borrowed */
    ReadSet *set;      /* borrowed */
} RecordingTree;

ReadSet *read_set_new(void)
{
    ReadSet *set = g_new0(ReadSet, 1);

    set->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    set->links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    set->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    set->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    set->trees = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    set->covered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    set->plain = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return set;
}

void read_set_free(ReadSet *set)
{
    if (!set)
        return;
    g_hash_table_unref(set->files);
    g_hash_table_unref(set->links);
    g_hash_table_unref(set->missing);
    g_hash_table_unref(set->lists);
    g_hash_table_unref(set->trees);
    g_hash_table_unref(set->covered);
    g_hash_table_unref(set->plain);
    g_free(set);
}

static void note(GHashTable *table, const char *path, const char *value)
{
    const char *known = g_hash_table_lookup(table, path);

    if (!known || strcmp(known, value) != 0)
        g_hash_table_replace(table, g_strdup(path), g_strdup(value));
}

void read_set_note_tree(ReadSet *set, const char *path, const char *id)
{
    note(set->trees, path, id);
}

/* What an entry is remembered as (transfer full); NULL for one that is missing. */
static char *mark_of(const SourceEntry *entry)
{
    switch (entry->kind) {
    case SOURCE_MISSING:
        return NULL;
    case SOURCE_DIRECTORY:
        return g_strdup(DIRECTORY_MARK);
    case SOURCE_EXECUTABLE:
        return g_strconcat(entry->id, "+x", NULL);
    case SOURCE_FILE:
    case SOURCE_SYMLINK:
    case SOURCE_SUBMODULE:
        return g_strdup(entry->id);
    }
    g_assert_not_reached();
}

/* An archive of thousands of files is noted by its folders, not file by file. */
static bool is_covered(const ReadSet *set, const char *path, bool follow, const SourceEntry *entry)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *folder = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");

    return !follow && (entry->kind == SOURCE_FILE || entry->kind == SOURCE_EXECUTABLE) &&
           g_hash_table_contains(set->covered, folder);
}

static void note_entry(ReadSet *set, const char *path, bool follow, const SourceEntry *entry)
{
    g_autofree char *mark = NULL;

    if (is_covered(set, path, follow, entry))
        return;
    mark = mark_of(entry);
    if (!mark)
        g_hash_table_add(set->missing, g_strdup(path));
    else
        note(!follow && entry->kind == SOURCE_SYMLINK ? set->links : set->files, path, mark);
}

/* Files count by their ids; what lies in a folder counts only when somebody looks into it. */
static char *list_digest(const GPtrArray *entries)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *digest;

    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);
        const unsigned char kind = (unsigned char)entry->kind;

        g_checksum_update(sum, &kind, 1);
        g_checksum_update(sum, (const guchar *)entry->name, (gssize)strlen(entry->name) + 1);
        if (entry->kind != SOURCE_DIRECTORY)
            g_checksum_update(sum, (const guchar *)entry->id, (gssize)strlen(entry->id) + 1);
    }
    digest = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return digest;
}

static void note_failure(ReadSet *set, const char *path, const GError *error)
{
    if (g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND))
        g_hash_table_add(set->missing, g_strdup(path));
    else
        note(set->files, path, CHANGED_MARK);
}

/* Looks for symlinks on the way to `path` and, where they are followed, at its end. */
static void note_links(RecordingTree *tree, const char *path, bool follow)
{
    ReadSet *set = tree->set;

    for (const char *end = path; !set->linked && *end; end++) {
        g_autofree char *part = NULL;
        SourceEntry entry;

        end += strcspn(end, "/");
        if (!*end && !follow)
            return;
        part = g_strndup(path, (gsize)(end - path));
        if (!g_hash_table_contains(set->plain, part)) {
            set->linked = !tree->inner->ops->entry(tree->inner, part, false, &entry, NULL) ||
                          entry.kind == SOURCE_SYMLINK;
            if (!set->linked && entry.kind == SOURCE_DIRECTORY)
                g_hash_table_add(set->plain, g_steal_pointer(&part));
        }
        if (!*end)
            return;
    }
}

static bool recording_entry(SourceTree *base, const char *path, bool follow, SourceEntry *ret,
                            GError **error)
{
    RecordingTree *tree = (RecordingTree *)base;
    g_autoptr(GError) failure = NULL;
    SourceEntry entry;

    note_links(tree, path, follow);
    if (!tree->inner->ops->entry(tree->inner, path, follow, &entry, &failure)) {
        note(tree->set->files, path, CHANGED_MARK);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    note_entry(tree->set, path, follow, &entry);
    *ret = entry;
    return true;
}

static bool recording_read(SourceTree *base, const char *path, uint64_t max_bytes, char **ret_data,
                           size_t *ret_size, GError **error)
{
    RecordingTree *tree = (RecordingTree *)base;
    SourceEntry entry;

    if ((!tree->inner->ops->entry(tree->inner, path, false, &entry, NULL) ||
         !is_covered(tree->set, path, false, &entry)) &&
        !recording_entry(base, path, true, &entry, error))
        return false;
    return tree->inner->ops->read(tree->inner, path, max_bytes, ret_data, ret_size, error);
}

static bool tells_all_ids(const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);

        if (entry->kind != SOURCE_DIRECTORY && !*entry->id)
            return false;
    }
    return true;
}

static bool recording_list(SourceTree *base, const char *path, GPtrArray **ret_entries,
                           GError **error)
{
    RecordingTree *tree = (RecordingTree *)base;
    g_autoptr(GError) failure = NULL;
    g_autofree char *digest = NULL;
    GPtrArray *entries;

    note_links(tree, path, true);
    if (!tree->inner->ops->list(tree->inner, path, &entries, &failure)) {
        SourceEntry entry;

        /* a file where a folder was looked for is not missing */
        if (!tree->inner->ops->entry(tree->inner, path, true, &entry, NULL) ||
            entry.kind == SOURCE_MISSING)
            note_failure(tree->set, path, failure);
        else
            note_entry(tree->set, path, true, &entry);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    digest = list_digest(entries);
    note(tree->set->lists, path, digest);
    if (tells_all_ids(entries))
        g_hash_table_add(tree->set->covered, g_strdup(path));
    *ret_entries = entries;
    return true;
}

static bool recording_read_link(SourceTree *base, const char *path, char **ret_target,
                                GError **error)
{
    SourceEntry entry;

    return recording_entry(base, path, false, &entry, error) &&
           ((RecordingTree *)base)
               ->inner->ops->read_link(((RecordingTree *)base)->inner, path, ret_target, error);
}

static SourceTree *recording_reopen(SourceTree *base, GError **error)
{
    return source_tree_reopen(((RecordingTree *)base)->inner, error);
}

static void recording_free(SourceTree *base)
{
    g_free(base);
}

static const SourceTreeOps recording_ops = {
    .entry = recording_entry,
    .read = recording_read,
    .list = recording_list,
    .read_link = recording_read_link,
    .reopen = recording_reopen,
    .free = recording_free,
};

SourceTree *read_set_tree(SourceTree *inner, ReadSet *set)
{
    RecordingTree *tree = g_new0(RecordingTree, 1);

    tree->base.ops = &recording_ops;
    tree->inner = inner;
    tree->set = set;
    return &tree->base;
}

static bool file_holds(SourceTree *tree, const char *path, const char *mark, bool follow)
{
    g_autofree char *now = NULL;
    SourceEntry entry;

    if (!source_tree_entry(tree, path, follow, &entry, NULL))
        return false;
    if (!follow && entry.kind != SOURCE_SYMLINK)
        return false;
    now = mark_of(&entry);
    return g_strcmp0(now, mark) == 0;
}

static bool followed_holds(SourceTree *tree, const char *path, const char *mark)
{
    return file_holds(tree, path, mark, true);
}

static bool link_holds(SourceTree *tree, const char *path, const char *mark)
{
    return file_holds(tree, path, mark, false);
}

static bool missing_holds(SourceTree *tree, const char *path, const char *mark)
{
    SourceEntry entry;

    (void)mark;
    return source_tree_entry(tree, path, true, &entry, NULL) && entry.kind == SOURCE_MISSING;
}

static bool list_holds(SourceTree *tree, const char *path, const char *mark)
{
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *now = NULL;

    if (!source_tree_list(tree, path, &entries, NULL))
        return false;
    now = list_digest(entries);
    return strcmp(now, mark) == 0;
}

static bool tree_holds(SourceTree *tree, const char *path, const char *mark)
{
    SourceEntry entry;

    return source_tree_entry(tree, path, true, &entry, NULL) && entry.kind == SOURCE_DIRECTORY &&
           strcmp(entry.id, mark) == 0;
}

static bool is_below(const char *path, const char *folder)
{
    const size_t length = strlen(folder);

    return length == 0 ||
           (strncmp(path, folder, length) == 0 && (!path[length] || path[length] == '/'));
}

/* What lies below `except` (NULL: nothing) is not looked at. */
static bool table_holds(GHashTable *table, SourceTree *tree, const char *except,
                        bool (*holds)(SourceTree *, const char *, const char *), char **ret_changed)
{
    GHashTableIter each;
    void *path, *mark;

    g_hash_table_iter_init(&each, table);
    while (g_hash_table_iter_next(&each, &path, &mark)) {
        if ((except && is_below(path, except)) || holds(tree, path, mark))
            continue;
        if (ret_changed)
            *ret_changed = g_strdup(path);
        return false;
    }
    return true;
}

bool read_set_holds(const ReadSet *set, SourceTree *tree, const char *unchanged, char **ret_changed)
{
    const char *except = set->linked ? NULL : unchanged;

    return table_holds(set->trees, tree, except, tree_holds, ret_changed) &&
           table_holds(set->files, tree, except, followed_holds, ret_changed) &&
           table_holds(set->links, tree, except, link_holds, ret_changed) &&
           table_holds(set->lists, tree, except, list_holds, ret_changed) &&
           table_holds(set->missing, tree, except, missing_holds, ret_changed);
}

/* JSON holds no names outside UTF-8; a set with one is kept as one that never holds ("" is never
 * missing). */
static void add_table(json_t *json, const char *name, GHashTable *table, json_t *missing)
{
    json_t *object = json_object();
    GHashTableIter each;
    void *path, *mark;

    g_hash_table_iter_init(&each, table);
    while (g_hash_table_iter_next(&each, &path, &mark))
        if (json_object_set_new(object, path, json_string(mark)) < 0)
            json_array_append_new(missing, json_string(""));
    json_object_set_new(json, name, object);
}

json_t *read_set_to_json(const ReadSet *set)
{
    json_t *json = json_object();
    json_t *missing = json_array();
    GHashTableIter each;
    void *path;

    g_hash_table_iter_init(&each, set->missing);
    while (g_hash_table_iter_next(&each, &path, NULL))
        if (json_array_append_new(missing, json_string(path)) < 0)
            json_array_append_new(missing, json_string(""));
    add_table(json, "files", set->files, missing);
    add_table(json, "links", set->links, missing);
    add_table(json, "lists", set->lists, missing);
    add_table(json, "trees", set->trees, missing);
    json_object_set_new(json, "missing", missing);
    json_object_set_new(json, "linked", json_boolean(set->linked));
    return json;
}

static void read_table(GHashTable *table, const json_t *object)
{
    const char *path;
    json_t *mark;

    json_object_foreach((json_t *)object, path, mark)
    {
        if (json_is_string(mark))
            note(table, path, json_string_value(mark));
    }
}

ReadSet *read_set_from_json(const json_t *json)
{
    ReadSet *set = read_set_new();
    const json_t *missing = json_object_get(json, "missing");

    set->linked = !json_is_false(json_object_get(json, "linked"));
    read_table(set->files, json_object_get(json, "files"));
    read_table(set->links, json_object_get(json, "links"));
    read_table(set->lists, json_object_get(json, "lists"));
    read_table(set->trees, json_object_get(json, "trees"));
    for (size_t i = 0; i < json_array_size(missing); i++)
        if (json_is_string(json_array_get(missing, i)))
            g_hash_table_add(set->missing, g_strdup(json_string_value(json_array_get(missing, i))));
    return set;
}
