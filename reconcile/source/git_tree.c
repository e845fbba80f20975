#include "reconcile/source/git_tree.h"

#include "reconcile/source/symlinks.h"

#include <string.h>

#define LINK_TARGET_MAX 4096

typedef struct {
    SourceTree base;
    git_repository *repository; /* borrowed unless `own` */
    bool own;
    git_odb *objects;
    git_tree *root;
    GHashTable *folders; /* path → git_tree*, without "" */
} GitTree;

bool git_source_error(GError **error, const char *subject)
{
    const git_error *last = git2()->error_last();

    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_BROKEN,
                "%s: %s; the mirror is damaged or incomplete: remove its folder, and the next "
                "fetch makes a new one",
                subject, last && last->message ? last->message : "unreadable");
    return false;
}

static const char *shown(const char *path)
{
    return *path ? path : ".";
}

static SourceKind kind_of(const git_tree_entry *entry)
{
    switch (git2()->tree_entry_filemode(entry)) {
    case GIT_FILEMODE_TREE:
        return SOURCE_DIRECTORY;
    case GIT_FILEMODE_BLOB:
        return SOURCE_FILE;
    case GIT_FILEMODE_BLOB_EXECUTABLE:
        return SOURCE_EXECUTABLE;
    case GIT_FILEMODE_LINK:
        return SOURCE_SYMLINK;
    case GIT_FILEMODE_COMMIT:
        return SOURCE_SUBMODULE;
    case GIT_FILEMODE_UNREADABLE:
        break;
    }
    return SOURCE_MISSING;
}

/* Finds what is at `path` without looking through symlinks. *ret is NULL when nothing is, or at the
 * root. */
static bool find(GitTree *tree, const char *path, const git_tree_entry **ret, GError **error);

/* The folder at `path`, borrowed; *ret is NULL when there is none. */
static bool find_folder(GitTree *tree, const char *path, git_tree **ret, GError **error)
{
    const git_tree_entry *entry;
    git_tree *folder;

    if (!*path) {
        *ret = tree->root;
        return true;
    }
    folder = g_hash_table_lookup(tree->folders, path);
    if (!folder) {
        if (!find(tree, path, &entry, error))
            return false;
        if (entry && kind_of(entry) == SOURCE_DIRECTORY) {
            if (git2()->tree_lookup(&folder, tree->repository, git2()->tree_entry_id(entry)) < 0)
                return git_source_error(error, path);
            g_hash_table_insert(tree->folders, g_strdup(path), folder);
        }
    }
    *ret = folder;
    return true;
}

static bool find(GitTree *tree, const char *path, const git_tree_entry **ret, GError **error)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    git_tree *folder;

    if (!find_folder(tree, parent, &folder, error))
        return false;
    *ret = folder ? git2()->tree_entry_byname(folder, slash ? slash + 1 : path) : NULL;
    return true;
}

static bool check_size(const char *path, uint64_t size, uint64_t max_bytes, GError **error)
{
    if (size <= max_bytes)
        return true;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                "%s: has %" G_GUINT64_FORMAT " bytes; at most %" G_GUINT64_FORMAT " are read here",
                path, size, max_bytes);
    return false;
}

static bool read_header(GitTree *tree, const git_oid *id, const char *path, uint64_t *ret_size,
                        GError **error)
{
    git_object_t type;
    size_t size;

    if (git2()->odb_read_header(&size, &type, tree->objects, id) < 0)
        return git_source_error(error, path);
    if (type != GIT_OBJECT_BLOB) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_BROKEN,
                    "%s: its tree names an object that is no file's content; the commit was not "
                    "made by git",
                    path);
        return false;
    }
    *ret_size = size;
    return true;
}

static void release_object(void *held)
{
    git2()->odb_object_free(held);
}

static bool read_object(GitTree *tree, const git_oid *id, const char *path, uint64_t max_bytes,
                        SourceBlob *ret, GError **error)
{
    git_odb_object *object;
    uint64_t size;

    if (!read_header(tree, id, path, &size, error) || !check_size(path, size, max_bytes, error))
        return false;
    if (git2()->odb_read(&object, tree->objects, id) < 0)
        return git_source_error(error, path);
    *ret = (SourceBlob){.data = git2()->odb_object_data(object),
                        .size_bytes = git2()->odb_object_size(object),
                        .held = object,
                        .release = release_object};
    return true;
}

static bool read_copy(GitTree *tree, const git_oid *id, const char *path, uint64_t max_bytes,
                      char **ret_data, size_t *ret_size, GError **error)
{
    g_auto(SourceBlob) blob = {0};
    char *data;

    if (!read_object(tree, id, path, max_bytes, &blob, error))
        return false;
    data = g_malloc(blob.size_bytes + 1);
    if (blob.size_bytes)
        memcpy(data, blob.data, blob.size_bytes);
    data[blob.size_bytes] = '\0';
    *ret_data = data;
    *ret_size = blob.size_bytes;
    return true;
}

static bool look(SourceTree *base, const char *path, SourceKind *ret_kind, char **ret_target,
                 GError **error)
{
    GitTree *tree = (GitTree *)base;
    const git_tree_entry *entry = NULL;
    uint64_t size = 0;
    size_t read = 0;

    if (!find(tree, path, &entry, error))
        return false;
    *ret_kind = entry ? kind_of(entry) : SOURCE_MISSING;
    if (*ret_kind != SOURCE_SYMLINK)
        return true;
    if (!read_header(tree, git2()->tree_entry_id(entry), path, &size, error))
        return false;
    if (size > LINK_TARGET_MAX) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                    "%s: a symlink's target has %" G_GUINT64_FORMAT " bytes; at most %d are read",
                    path, size, LINK_TARGET_MAX);
        return false;
    }
    if (!read_copy(tree, git2()->tree_entry_id(entry), path, LINK_TARGET_MAX, ret_target, &read,
                   error))
        return false;
    if (**ret_target == '/') { /* a commit has no place in a file system: absolute is outside */
        char *outside = g_strconcat("/..", *ret_target, NULL);

        g_free(*ret_target);
        *ret_target = outside;
    }
    return true;
}

/* The entry at `path` with symlinks looked through; NULL with true when nothing is, or for the root
 * (*ret_root). */
static bool find_followed(GitTree *tree, const char *path, bool follow, const git_tree_entry **ret,
                          bool *ret_root, GError **error)
{
    const git_tree_entry *entry = NULL;
    g_autofree char *real = NULL;

    *ret_root = !*path;
    *ret = NULL;
    if (!*path)
        return true;
    if (!find(tree, path, &entry, error))
        return false;
    if (entry && (!follow || kind_of(entry) != SOURCE_SYMLINK)) {
        *ret = entry;
        return true;
    }
    real = symlinks_follow(&tree->base, path, follow, look, error);
    if (!real)
        return false;
    *ret_root = !*real;
    return !*real || find(tree, real, ret, error);
}

static bool git_entry(SourceTree *base, const char *path, bool follow, SourceEntry *ret,
                      GError **error)
{
    GitTree *tree = (GitTree *)base;
    const git_tree_entry *found;
    SourceEntry entry = {0};
    bool root;

    if (!find_followed(tree, path, follow, &found, &root, error))
        return false;
    if (root) {
        entry.kind = SOURCE_DIRECTORY;
        git2()->oid_tostr(entry.id, sizeof(entry.id), git2()->tree_id(tree->root));
    } else if (found) {
        entry.kind = kind_of(found);
        git2()->oid_tostr(entry.id, sizeof(entry.id), git2()->tree_entry_id(found));
        if (entry.kind != SOURCE_DIRECTORY && entry.kind != SOURCE_SUBMODULE &&
            !read_header(tree, git2()->tree_entry_id(found), path, &entry.size_bytes, error))
            return false;
    }
    *ret = entry;
    return true;
}

static bool find_file(GitTree *tree, const char *path, const git_oid **ret, GError **error)
{
    const git_tree_entry *found;
    bool root;

    if (!find_followed(tree, path, true, &found, &root, error))
        return false;
    if (!found || (kind_of(found) != SOURCE_FILE && kind_of(found) != SOURCE_EXECUTABLE)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: %s", shown(path),
                    found || root ? "is not a file" : "no such file");
        return false;
    }
    *ret = git2()->tree_entry_id(found);
    return true;
}

static bool git_read(SourceTree *base, const char *path, uint64_t max_bytes, char **ret_data,
                     size_t *ret_size, GError **error)
{
    GitTree *tree = (GitTree *)base;
    const git_oid *id;

    return find_file(tree, path, &id, error) &&
           read_copy(tree, id, path, max_bytes, ret_data, ret_size, error);
}

static bool git_read_blob(SourceTree *base, const char *path, const char *text, uint64_t max_bytes,
                          SourceBlob *ret, GError **error)
{
    GitTree *tree = (GitTree *)base;
    const git_oid *id = NULL;
    git_oid told;

    if (*text && git2()->oid_fromstr(&told, text) == 0)
        id = &told;
    else if (!find_file(tree, path, &id, error))
        return false;
    return read_object(tree, id, path, max_bytes, ret, error);
}

/* git itself never writes such names; who crafts them wants to get out of a folder. */
static bool name_is_hostile(const char *name)
{
    return !*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..");
}

static bool list_folder(git_tree *folder, const char *path, GPtrArray *entries, GError **error)
{
    for (size_t i = 0; i < git2()->tree_entrycount(folder); i++) {
        const git_tree_entry *entry = git2()->tree_entry_byindex(folder, i);
        const char *name = git2()->tree_entry_name(entry);
        char id[SOURCE_ID_SIZE];

        if (name_is_hostile(name)) {
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_BROKEN,
                        "%s: holds an entry named \"%s\", which no file may be called", shown(path),
                        name);
            return false;
        }
        if (!strcmp(name, ".git") || kind_of(entry) == SOURCE_MISSING)
            continue;
        git2()->oid_tostr(id, sizeof(id), git2()->tree_entry_id(entry));
        source_list_add(entries, name, kind_of(entry), id);
    }
    return true;
}

static bool git_list(SourceTree *base, const char *path, GPtrArray **ret_entries, GError **error)
{
    GitTree *tree = (GitTree *)base;
    g_autoptr(GPtrArray) entries = source_list_new();
    g_autofree char *real = NULL;
    git_tree *folder = NULL;

    if (!find_folder(tree, path, &folder, error))
        return false;
    if (!folder) {
        real = symlinks_follow(base, path, true, look, error);
        if (!real || !find_folder(tree, real, &folder, error))
            return false;
    }
    if (!folder) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such directory", path);
        return false;
    }
    if (!list_folder(folder, path, entries, error))
        return false;
    source_list_sort(entries);
    *ret_entries = g_steal_pointer(&entries);
    return true;
}

static bool git_read_link(SourceTree *base, const char *path, char **ret_target, GError **error)
{
    return symlinks_read(base, path, look, ret_target, error);
}

static SourceTree *git_reopen(SourceTree *base, GError **error)
{
    GitTree *tree = (GitTree *)base;
    const char *folder = git2()->repository_path(tree->repository);
    git_repository *repository = NULL;
    SourceTree *reopened;
    git_tree *root;

    if (git2()->repository_open_ext(&repository, folder,
                                    GIT_REPOSITORY_OPEN_BARE | GIT_REPOSITORY_OPEN_NO_SEARCH,
                                    NULL) < 0 ||
        git2()->tree_lookup(&root, repository, git2()->tree_id(tree->root)) < 0) {
        git_source_error(error, folder);
        git2()->repository_free(repository);
        return NULL;
    }
    reopened = git_source_tree_new(repository, root, error);
    if (reopened)
        ((GitTree *)reopened)->own = true;
    else
        git2()->repository_free(repository);
    return reopened;
}

static void git_free(SourceTree *base)
{
    GitTree *tree = (GitTree *)base;

    g_hash_table_unref(tree->folders);
    git2()->tree_free(tree->root);
    git2()->odb_free(tree->objects);
    if (tree->own)
        git2()->repository_free(tree->repository);
    g_free(tree);
}

static const SourceTreeOps git_ops = {
    .entry = git_entry,
    .read = git_read,
    .list = git_list,
    .read_link = git_read_link,
    .read_blob = git_read_blob,
    .reopen = git_reopen,
    .free = git_free,
};

static void folder_free(void *data)
{
    git2()->tree_free(data);
}

SourceTree *git_source_tree_new(git_repository *repository, git_tree *root, GError **error)
{
    git_odb *objects;
    GitTree *tree;

    if (git2()->repository_odb(&objects, repository) < 0) {
        git_source_error(error, git2()->repository_path(repository));
        git2()->tree_free(root);
        return NULL;
    }
    tree = g_new0(GitTree, 1);
    tree->base.ops = &git_ops;
    tree->repository = repository;
    tree->objects = objects;
    tree->root = root;
    tree->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, folder_free);
    return &tree->base;
}
