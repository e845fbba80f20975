#include "reconcile/source/export.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((uint64_t)256 << 20) /* as for what is packaged */
#define DEPTH_MAX 200

typedef struct {
    SourceTree *tree;
    const char *root; /* in the tree */
    const ExportCeilings *ceilings;
    uint64_t bytes;
    unsigned files;
} Export;

static bool disk(GError **error, const char *path)
{
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_READ, "%s: write it for the build: %s", path,
                g_strerror(errno));
    return false;
}

static char *join(const char *folder, const char *name)
{
    return *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
}

static bool write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t some = write(file, data, size);

        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return false;
        data += some;
        size -= (size_t)some;
    }
    return true;
}

static bool make_folder(const char *target)
{
    return mkdir(target, 0755) == 0 && chmod(target, 0755) == 0; /* whatever the umask */
}

static bool export_file(Export *export, const char *path, const char *target, SourceKind kind,
                        GError **error)
{
    g_autofree char *data = NULL;
    size_t size = 0;
    bool written;
    int file;

    if (!source_tree_read(export->tree, path, FILE_MAX_BYTES, &data, &size, error))
        return false;
    export->bytes += size;
    if (export->bytes > export->ceilings->bytes) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                    "%s: more than %" G_GUINT64_FORMAT " MiB would be built; build a folder with "
                    "less in it, or raise build.disk",
                    *export->root ? export->root : ".", export->ceilings->bytes >> 20);
        return false;
    }
    file = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return disk(error, path);
    written =
        write_all(file, data, size) && fchmod(file, kind == SOURCE_EXECUTABLE ? 0755 : 0644) == 0;
    return (close(file) == 0 && written) || disk(error, path);
}

/* What `path` is below the exported folder; NULL where it is not in it. */
static const char *below_root(const Export *export, const char *path)
{
    size_t length = strlen(export->root);

    if (length == 0)
        return path;
    if (strncmp(path, export->root, length) != 0 || (path[length] && path[length] != '/'))
        return NULL;
    return path[length] ? path + length + 1 : path + length;
}

static bool export_link(Export *export, const char *path, const char *target, GError **error)
{
    g_autofree char *leads = NULL, *folder = g_path_get_dirname(path), *whole = NULL;
    g_autoptr(GString) relative = g_string_new(NULL);
    const char *inside;

    if (!source_tree_read_link(export->tree, path, &leads, error))
        return false;
    whole = source_path_resolve(*leads == '/' || g_str_equal(folder, ".") ? "" : folder,
                                leads + strspn(leads, "/"), NULL);
    inside = whole ? below_root(export, whole) : NULL;
    if (!inside) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE,
                    "%s: the symlink leads to %s, out of what is built; set build.folder to a "
                    "folder that holds both",
                    path, leads);
        return false;
    }
    if (*leads == '/') { /* the tree's root is no place on the disk */
        for (const char *at = below_root(export, path); at && (at = strchr(at, '/')); at++)
            g_string_append(relative, "../");
        g_string_append(relative, *inside ? inside : ".");
    } else
        g_string_append(relative, leads);
    return symlink(relative->str, target) == 0 || disk(error, path);
}

static bool is_name(const char *name)
{
    return *name && !g_str_equal(name, ".") && !g_str_equal(name, "..") && !strchr(name, '/');
}

static bool export_folder(Export *export, const char *path, const char *target, int depth,
                          GError **error);

static bool export_entry(Export *export, const char *folder, const char *target_folder,
                         const SourceListEntry *entry, int depth, GError **error)
{
    g_autofree char *path = join(folder, entry->name);
    g_autofree char *target = g_strconcat(target_folder, "/", entry->name, NULL);

    if (!is_name(entry->name)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_BROKEN, "%s: holds \"%s\", no name of a file",
                    *folder ? folder : ".", entry->name);
        return false;
    }
    if (++export->files > export->ceilings->files) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                    "%s: more than %u files would be built; build a folder with less in it",
                    *export->root ? export->root : ".", export->ceilings->files);
        return false;
    }
    switch (entry->kind) {
    case SOURCE_FILE:
    case SOURCE_EXECUTABLE:
        return export_file(export, path, target, entry->kind, error);
    case SOURCE_SYMLINK:
        return export_link(export, path, target, error);
    case SOURCE_DIRECTORY:
        return (make_folder(target) || disk(error, path)) &&
               export_folder(export, path, target, depth + 1, error);
    case SOURCE_SUBMODULE: /* an empty folder, as in a clone without submodules */
        return make_folder(target) || disk(error, path);
    case SOURCE_MISSING: /* a pipe, socket or device of a directory */
        return true;
    }
    g_assert_not_reached();
}

static bool export_folder(Export *export, const char *path, const char *target, int depth,
                          GError **error)
{
    g_autoptr(GPtrArray) entries = NULL;

    if (depth > DEPTH_MAX) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                    "%s: folders nested deeper than %d are not built", path, DEPTH_MAX);
        return false;
    }
    if (!source_tree_list(export->tree, path, &entries, error))
        return false;
    for (guint i = 0; i < entries->len; i++)
        if (!export_entry(export, path, target, g_ptr_array_index(entries, i), depth, error))
            return false;
    return true;
}

bool source_export(SourceTree *tree, const char *path, const char *folder,
                   const ExportCeilings *ceilings, GError **error)
{
    g_autofree char *root = source_path_resolve("", path, error);
    Export export = {.tree = tree, .root = root, .ceilings = ceilings};

    return root && export_folder(&export, root, folder, 0, error);
}
