#include "reconcile/source/directory_tree.h"

#include "reconcile/source/blob_id.h"
#include "reconcile/source/symlinks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    SourceTree base;
    char *root; /* without symlinks; "" for the file system's root */
    FileIds *ids;
    GHashTable *real; /* paths of folders that are no symlinks */
    BlobHash *hash;
} DirectoryTree;

static char *full_path(const DirectoryTree *tree, const char *path)
{
    return *path || !*tree->root ? g_strconcat(tree->root, "/", path, NULL) : g_strdup(tree->root);
}

static bool set_errno(GError **error, const char *path, const char *attempt)
{
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_READ, "%s: %s: %s", *path ? path : ".", attempt,
                g_strerror(errno));
    return false;
}

static SourceKind kind_of_mode(mode_t mode)
{
    if (S_ISREG(mode))
        return mode & S_IXUSR ? SOURCE_EXECUTABLE : SOURCE_FILE;
    if (S_ISDIR(mode))
        return SOURCE_DIRECTORY;
    return S_ISLNK(mode) ? SOURCE_SYMLINK
                         : SOURCE_MISSING; /* git holds no sockets, pipes or devices */
}

static bool read_link(const char *full, const char *path, char **ret, GError **error)
{
    char *target = g_file_read_link(full, NULL);

    if (!target)
        return set_errno(error, path, "read symlink");
    *ret = target;
    return true;
}

/* A target below the root that is written absolute is as good as a relative one. */
static char *target_within(const DirectoryTree *tree, const char *target)
{
    size_t length = strlen(tree->root);

    if (*target != '/')
        return g_strdup(target);
    if (strncmp(target, tree->root, length) == 0 && (target[length] == '/' || !target[length]))
        return g_strconcat("/", target + length, NULL);
    return g_strconcat("/../", target, NULL); /* refused as what it is: outside */
}

static bool look(SourceTree *base, const char *path, SourceKind *ret_kind, char **ret_target,
                 GError **error)
{
    DirectoryTree *tree = (DirectoryTree *)base;
    g_autofree char *full = NULL, *target = NULL;
    struct stat status;

    if (g_hash_table_contains(tree->real, path)) {
        *ret_kind = SOURCE_DIRECTORY;
        return true;
    }
    full = full_path(tree, path);
    if (lstat(full, &status) < 0) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
            return set_errno(error, path, "look");
        *ret_kind = SOURCE_MISSING;
        return true;
    }
    *ret_kind = kind_of_mode(status.st_mode);
    if (*ret_kind == SOURCE_DIRECTORY)
        g_hash_table_add(tree->real, g_strdup(path));
    if (*ret_kind != SOURCE_SYMLINK)
        return true;
    if (!read_link(full, path, &target, error))
        return false;
    *ret_target = target_within(tree, target);
    return true;
}

static bool hash_descriptor(int file, BlobHash *hash, const char *path, uint64_t size,
                            GError **error)
{
    char block[65536];
    uint64_t seen = 0;
    ssize_t got;

    while ((got = read(file, block, sizeof(block))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return set_errno(error, path, "read");
        blob_hash_add(hash, block, (size_t)got);
        seen += (uint64_t)got;
    }
    if (seen == size)
        return true;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_READ,
                "%s: changed while it was read; run the command again", path);
    return false;
}

static bool hash_file(DirectoryTree *tree, const char *full, const char *path, uint64_t size,
                      char *ret, GError **error)
{
    int file = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool hashed;

    if (file < 0)
        return set_errno(error, path, "open");
    blob_hash_start(tree->hash, size);
    hashed = hash_descriptor(file, tree->hash, path, size, error);
    if (hashed)
        blob_hash_finish(tree->hash, ret);
    close(file);
    return hashed;
}

static bool hash_link(DirectoryTree *tree, const char *full, const char *path, SourceEntry *entry,
                      GError **error)
{
    g_autofree char *target = NULL;

    if (!read_link(full, path, &target, error))
        return false;
    entry->size_bytes = strlen(target);
    blob_hash_whole(tree->hash, target, strlen(target), entry->id);
    return true;
}

static bool file_id(DirectoryTree *tree, const char *full, const char *path,
                    const struct stat *status, char *ret, GError **error)
{
    const char *known = file_ids_find(tree->ids, path, status);

    if (known) {
        memcpy(ret, known, SOURCE_ID_SIZE);
        return true;
    }
    if (!hash_file(tree, full, path, (uint64_t)status->st_size, ret, error))
        return false;
    file_ids_add(tree->ids, path, status, ret);
    return true;
}

static bool directory_entry(SourceTree *base, const char *path, bool follow, SourceEntry *ret,
                            GError **error)
{
    DirectoryTree *tree = (DirectoryTree *)base;
    g_autofree char *real = symlinks_follow(base, path, follow, look, error);
    g_autofree char *full = NULL;
    SourceEntry entry = {0};
    struct stat status;

    if (!real)
        return false;
    full = full_path(tree, real);
    if (lstat(full, &status) < 0) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
            return set_errno(error, path, "look");
        *ret = entry;
        return true;
    }
    entry.kind = kind_of_mode(status.st_mode);
    if (entry.kind == SOURCE_FILE || entry.kind == SOURCE_EXECUTABLE) {
        entry.size_bytes = (uint64_t)status.st_size;
        if (!file_id(tree, full, real, &status, entry.id, error))
            return false;
    } else if (entry.kind == SOURCE_SYMLINK && !hash_link(tree, full, path, &entry, error)) {
        return false;
    }
    *ret = entry;
    return true;
}

/* Opens a regular file and knows its size, both of the same file. */
static int open_regular(const char *full, const char *path, uint64_t *ret_size, GError **error)
{
    int file = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    if (file < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such file", path);
        return -1;
    }
    if (file < 0 || fstat(file, &status) < 0) {
        set_errno(error, path, "open");
        if (file >= 0)
            close(file);
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        close(file);
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: is not a file", path);
        return -1;
    }
    *ret_size = (uint64_t)status.st_size;
    return file;
}

static bool read_whole(int file, const char *path, uint64_t size, char **ret_data, size_t *ret_size,
                       GError **error)
{
    g_autofree char *data = g_malloc((gsize)size + 1);
    size_t have = 0;

    while (have < size) {
        ssize_t got = read(file, data + have, (size_t)size - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return set_errno(error, path, "read");
        if (got == 0)
            break;
        have += (size_t)got;
    }
    data[have] = '\0';
    *ret_data = g_steal_pointer(&data);
    *ret_size = have;
    return true;
}

static bool directory_read(SourceTree *base, const char *path, uint64_t max_bytes, char **ret_data,
                           size_t *ret_size, GError **error)
{
    DirectoryTree *tree = (DirectoryTree *)base;
    g_autofree char *real = symlinks_follow(base, path, true, look, error);
    g_autofree char *full = NULL;
    uint64_t size = 0;
    bool done;
    int file;

    if (!real)
        return false;
    full = full_path(tree, real);
    file = open_regular(full, path, &size, error);
    if (file < 0)
        return false;
    if (size > max_bytes) {
        close(file);
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                    "%s: has %" G_GUINT64_FORMAT " bytes; at most %" G_GUINT64_FORMAT
                    " are read here",
                    path, size, max_bytes);
        return false;
    }
    done = read_whole(file, path, size, ret_data, ret_size, error);
    close(file);
    return done;
}

static bool directory_read_blob(SourceTree *base, const char *path, const char *id,
                                uint64_t max_bytes, SourceBlob *ret, GError **error)
{
    char now[SOURCE_ID_SIZE];
    char *data;
    size_t size;

    if (!directory_read(base, path, max_bytes, &data, &size, error))
        return false;
    if (*id) {
        blob_hash_whole(((DirectoryTree *)base)->hash, data, size, now);
        if (strcmp(now, id) != 0) {
            g_free(data);
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_READ,
                        "%s: changed after it was first looked at; run the command again when "
                        "nothing writes to the folder",
                        path);
            return false;
        }
    }
    *ret = (SourceBlob){.data = data, .size_bytes = size, .held = data, .release = g_free};
    return true;
}

/* What readdir tells costs nothing; a file's mode has to be asked for, and tells its id with that
 * when it is known from an earlier run. */
static void list_one(DirectoryTree *tree, int folder, const char *path, const struct dirent *listed,
                     GPtrArray *entries)
{
    const char *id = NULL;
    struct stat status;
    SourceKind kind;

    if (listed->d_type == DT_DIR || listed->d_type == DT_LNK) {
        kind = listed->d_type == DT_DIR ? SOURCE_DIRECTORY : SOURCE_SYMLINK;
    } else if (fstatat(folder, listed->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        g_autofree char *full =
            *path ? g_strconcat(path, "/", listed->d_name, NULL) : g_strdup(listed->d_name);

        kind = kind_of_mode(status.st_mode);
        if (kind == SOURCE_FILE || kind == SOURCE_EXECUTABLE)
            id = file_ids_find_learned(tree->ids, full, &status);
    } else {
        return;
    }
    if (kind != SOURCE_MISSING)
        source_list_add(entries, listed->d_name, kind, id ? id : "");
}

static bool directory_list(SourceTree *base, const char *path, GPtrArray **ret_entries,
                           GError **error)
{
    DirectoryTree *tree = (DirectoryTree *)base;
    g_autofree char *real = symlinks_follow(base, path, true, look, error);
    g_autoptr(GPtrArray) entries = source_list_new();
    g_autofree char *full = NULL;
    const struct dirent *listed;
    DIR *folder;

    if (!real)
        return false;
    full = full_path(tree, real);
    folder = opendir(full);
    if (!folder && (errno == ENOENT || errno == ENOTDIR)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such directory",
                    *path ? path : tree->root);
        return false;
    }
    if (!folder)
        return set_errno(error, path, "list");
    while ((listed = readdir(folder))) {
        if (strcmp(listed->d_name, ".") != 0 && strcmp(listed->d_name, "..") != 0 &&
            strcmp(listed->d_name, ".git") != 0)
            list_one(tree, dirfd(folder), real, listed, entries);
    }
    closedir(folder);
    source_list_sort(entries);
    *ret_entries = g_steal_pointer(&entries);
    return true;
}

static bool directory_read_link(SourceTree *base, const char *path, char **ret_target,
                                GError **error)
{
    return symlinks_read(base, path, look, ret_target, error);
}

static void directory_free(SourceTree *base)
{
    DirectoryTree *tree = (DirectoryTree *)base;

    g_free(tree->root);
    file_ids_free(tree->ids);
    g_hash_table_unref(tree->real);
    blob_hash_free(tree->hash);
    g_free(tree);
}

/* Takes `root` over. */
static SourceTree *tree_of(char *root);

static SourceTree *directory_reopen(SourceTree *base, GError **error)
{
    (void)error;
    return tree_of(g_strdup(((DirectoryTree *)base)->root));
}

static SourceTree *tree_of(char *root)
{
    static const SourceTreeOps ops = {
        .entry = directory_entry,
        .read = directory_read,
        .list = directory_list,
        .read_blob = directory_read_blob,
        .read_link = directory_read_link,
        .reopen = directory_reopen,
        .free = directory_free,
    };
    DirectoryTree *tree = g_new0(DirectoryTree, 1);

    tree->base.ops = &ops;
    tree->root = root;
    tree->ids = file_ids_new();
    tree->real = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    tree->hash = blob_hash_new();
    return &tree->base;
}

static char *real_folder(const char *folder, GError **error)
{
    char *resolved = realpath(folder, NULL);
    char *copy;

    if (!resolved || !g_file_test(resolved, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: %s", folder,
                    resolved ? "is not a directory" : g_strerror(errno));
        free(resolved);
        return NULL;
    }
    copy = g_strdup(strcmp(resolved, "/") ? resolved : "");
    free(resolved);
    return copy;
}

SourceTree *directory_tree_new(const char *root, GError **error)
{
    char *real = real_folder(root, error);

    return real ? tree_of(real) : NULL;
}

SourceTree *directory_tree_new_for_service(const char *folder, char **ret_path, GError **error)
{
    g_autofree char *service = real_folder(folder, error);
    g_autofree char *top = NULL;
    SourceTree *tree;

    if (!service)
        return NULL;
    top = g_strdup(service);
    while (*top) {
        g_autofree char *git = g_build_filename(top, ".git", NULL);

        if (g_file_test(git, G_FILE_TEST_EXISTS))
            break;
        *strrchr(top, '/') = '\0';
    }
    tree = directory_tree_new(*top ? top : "/", error);
    if (tree)
        *ret_path = g_strdup(service + strlen(top) + (service[strlen(top)] == '/'));
    return tree;
}

FileIds *directory_tree_file_ids(SourceTree *base)
{
    return ((DirectoryTree *)base)->ids;
}

const char *directory_tree_root(SourceTree *base)
{
    return base->ops->free == directory_free ? ((DirectoryTree *)base)->root : NULL;
}
