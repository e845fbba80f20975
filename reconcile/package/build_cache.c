#define _GNU_SOURCE
#include "reconcile/package/build_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_MAX_BYTES ((uint64_t)10 << 30)
#define LOGS_MAX 100
#define UNFINISHED "new-"

static bool cannot(GError **error, const char *what, const char *path)
{
    g_set_error(error, BUILD_ERROR, BUILD_ERROR_CACHE, "%s %s: %s", what, path, g_strerror(errno));
    return false;
}

static int open_lock(const char *folder, int flags, int operation)
{
    g_autofree char *path = g_build_filename(folder, "lock", NULL);
    int file = open(path, flags | O_RDWR | O_CLOEXEC, 0600);

    if (file >= 0 && flock(file, operation | LOCK_NB) < 0) {
        close(file);
        return -1;
    }
    return file;
}

static bool is_there(const char *folder)
{
    g_autofree char *tree = g_build_filename(folder, "tree", NULL);

    return g_file_test(tree, G_FILE_TEST_IS_DIR);
}

int build_cache_take(const char *cache, const char *key)
{
    g_autofree char *folder = g_build_filename(cache, key, NULL);
    int lock = open_lock(folder, 0, LOCK_SH);

    if (lock < 0)
        return -1;
    if (!is_there(folder)) { /* removed between the opening and the lock */
        close(lock);
        return -1;
    }
    utimensat(AT_FDCWD, folder, NULL, 0);
    return lock;
}

bool build_cache_begin(const char *cache, char **ret_folder, int *ret_lock, GError **error)
{
    g_autofree char *folder = g_build_filename(cache, UNFINISHED "XXXXXX", NULL);
    g_autofree char *tree = NULL;
    int lock;

    if (g_mkdir_with_parents(cache, 0700) < 0)
        return cannot(error, "make the cache of builds", cache);
    if (!g_mkdtemp_full(folder, 0700))
        return cannot(error, "make a folder for a build in", cache);
    lock = open_lock(folder, O_CREAT, LOCK_EX);
    tree = g_build_filename(folder, "tree", NULL);
    if (lock < 0 || mkdir(tree, 0755) < 0) {
        cannot(error, "make a folder for a build in", cache);
        if (lock >= 0)
            close(lock);
        return false;
    }
    *ret_folder = g_steal_pointer(&folder);
    *ret_lock = lock;
    return true;
}

static bool check_folder(int folder, const char *path, uint64_t *bytes, GError **error);

static bool check_entry(int folder, const char *name, const char *path, uint64_t *bytes,
                        GError **error)
{
    struct stat about;
    mode_t mode;
    int file;

    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) < 0 ||
        fchownat(folder, name, geteuid(), getegid(), AT_SYMLINK_NOFOLLOW) < 0)
        return cannot(error, "look at what was built:", path);
    *bytes += (uint64_t)about.st_blocks * 512;
    if (S_ISLNK(about.st_mode))
        return true; /* where it leads is seen to by whoever reads it */
    if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) {
        g_set_error(error, BUILD_ERROR, BUILD_ERROR_COMMAND,
                    "%s: the build left a %s here; leave files, folders and symlinks alone", path,
                    S_ISFIFO(about.st_mode)   ? "pipe"
                    : S_ISSOCK(about.st_mode) ? "socket"
                                              : "device");
        return false;
    }
    mode = S_ISDIR(about.st_mode) || (about.st_mode & S_IXUSR) ? 0755 : 0644;
    if ((about.st_mode & 07777) != mode && fchmodat(folder, name, mode, 0) < 0)
        return cannot(error, "set the mode of", path);
    if (S_ISREG(about.st_mode))
        return true;
    file = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return file < 0 ? cannot(error, "open", path) : check_folder(file, path, bytes, error);
}

/* Takes the descriptor. How deep it goes is the sandbox's ceiling. */
static bool check_folder(int folder, const char *path, uint64_t *bytes, GError **error)
{
    DIR *entries = fdopendir(folder);
    struct dirent *entry;
    bool fine = entries != NULL;

    if (!entries)
        close(folder);
    while (fine && (entry = readdir(entries))) {
        g_autofree char *below = NULL;

        if (g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, ".."))
            continue;
        below = *path ? g_strconcat(path, "/", entry->d_name, NULL) : g_strdup(entry->d_name);
        fine = check_entry(dirfd(entries), entry->d_name, below, bytes, error);
    }
    if (entries)
        closedir(entries);
    return fine;
}

bool build_cache_check(const char *tree, uint64_t *ret_bytes, GError **error)
{
    int folder = open(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    uint64_t bytes = 0;

    if (folder < 0 || fchown(folder, geteuid(), getegid()) < 0 || fchmod(folder, 0755) < 0) {
        if (folder >= 0)
            close(folder);
        return cannot(error, "look at what was built:", tree);
    }
    if (!check_folder(folder, "", &bytes, error))
        return false;
    *ret_bytes = bytes;
    return true;
}

static void run_quietly(const char *const *arguments)
{
    g_spawn_sync(NULL, (char **)arguments, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                 NULL, NULL, NULL, NULL, NULL, NULL);
}

void build_cache_remove(const char *folder)
{
    const char *const open_up[] = {"chmod", "-R", "u+rwX", "--", folder, NULL};
    const char *const remove_all[] = {"rm", "-rf", "--", folder, NULL};

    run_quietly(remove_all);
    if (!g_file_test(folder, G_FILE_TEST_EXISTS))
        return;
    run_quietly(open_up); /* a folder that its owner may not read */
    run_quietly(remove_all);
}

typedef struct {
    char *folder;
    uint64_t bytes;
    int64_t used;
} Entry;

static void entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->folder);
    g_free(entry);
}

static int by_use(gconstpointer a, gconstpointer b)
{
    const Entry *const *left = a, *const *right = b;

    return (*left)->used < (*right)->used ? -1 : (*left)->used > (*right)->used;
}

/* Removes the entry unless somebody stands on it, or makes it. */
static bool evict(const char *folder)
{
    g_autofree char *tree = g_build_filename(folder, "tree", NULL);
    g_autofree char *gone = g_build_filename(folder, "gone", NULL);
    int lock = open_lock(folder, O_CREAT, LOCK_EX);

    if (lock < 0)
        return false;
    if (g_rename(tree, gone) < 0 && errno != ENOENT) {
        close(lock);
        return false;
    }
    build_cache_remove(folder);
    close(lock);
    return true;
}

static uint64_t size_of(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "size", NULL);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? g_ascii_strtoull(text, NULL, 10) : 0;
}

static void prune(const char *cache)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GDir) folder = g_dir_open(cache, 0, NULL);
    uint64_t bytes = 0;
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *path = g_build_filename(cache, name, NULL);
        struct stat about;
        Entry *entry;

        if (g_str_has_prefix(name, UNFINISHED)) /* of a process that was killed, if it can be had */
            evict(path);
        else if (!g_str_equal(name, "logs") && stat(path, &about) == 0) {
            entry = g_new0(Entry, 1);
            *entry =
                (Entry){g_strdup(path), size_of(path),
                        (int64_t)about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1000000};
            bytes += entry->bytes;
            g_ptr_array_add(entries, entry);
        }
    }
    g_ptr_array_sort(entries, by_use);
    for (guint i = 0; i < entries->len && bytes > CACHE_MAX_BYTES; i++) {
        const Entry *entry = g_ptr_array_index(entries, i);

        if (evict(entry->folder))
            bytes -= entry->bytes;
    }
}

bool build_cache_finish(const char *cache, const char *key, const char *folder, uint64_t bytes,
                        GError **error)
{
    g_autofree char *to = g_build_filename(cache, key, NULL);
    g_autofree char *size = g_build_filename(folder, "size", NULL);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n", bytes);
    int root = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (!g_file_set_contents(size, text, -1, error)) {
        if (root >= 0)
            close(root);
        return false;
    }
    if (root >= 0) { /* whole on the disk before it has its name */
        syncfs(root);
        close(root);
    }
    if (g_rename(folder, to) < 0 && !is_there(to)) { /* else somebody made the same meanwhile */
        evict(to);                                   /* whose removal a killed process began */
        if (g_rename(folder, to) < 0)
            return cannot(error, "keep what was built as", to);
    }
    prune(cache);
    return true;
}

static void prune_logs(const char *folder)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GDir) logs = g_dir_open(folder, 0, NULL);
    const char *name;

    while (logs && (name = g_dir_read_name(logs))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat about;
        Entry *entry;

        if (stat(path, &about) < 0)
            continue;
        entry = g_new0(Entry, 1);
        *entry = (Entry){g_strdup(path), 0, (int64_t)about.st_mtim.tv_sec};
        g_ptr_array_add(entries, entry);
    }
    g_ptr_array_sort(entries, by_use);
    for (guint i = 0; i + LOGS_MAX < entries->len; i++)
        g_unlink(((const Entry *)g_ptr_array_index(entries, i))->folder);
}

char *build_cache_keep_log(const char *cache, const char *key, const char *text)
{
    g_autofree char *folder = g_build_filename(cache, "logs", NULL);
    g_autofree char *name = g_strdup_printf("%.16s.log", key);
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (g_mkdir_with_parents(folder, 0700) < 0 || !g_file_set_contents(path, text, -1, NULL))
        return NULL;
    prune_logs(folder);
    return g_steal_pointer(&path);
}
