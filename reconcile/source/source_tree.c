#include "reconcile/source/source_tree.h"

#include "reconcile/source/symlinks.h"

#include <string.h>

GQuark source_error_quark(void)
{
    return g_quark_from_static_string("driftless-source-error");
}

bool source_tree_entry(SourceTree *tree, const char *path, bool follow, SourceEntry *ret,
                       GError **error)
{
    g_autofree char *normal = source_path_resolve("", path, error);

    return normal && tree->ops->entry(tree, normal, follow, ret, error);
}

bool source_tree_read(SourceTree *tree, const char *path, uint64_t max_bytes, char **ret_data,
                      size_t *ret_size, GError **error)
{
    g_autofree char *normal = source_path_resolve("", path, error);

    return normal && tree->ops->read(tree, normal, max_bytes, ret_data, ret_size, error);
}

bool source_tree_list(SourceTree *tree, const char *path, GPtrArray **ret_entries, GError **error)
{
    g_autofree char *normal = source_path_resolve("", path, error);

    return normal && tree->ops->list(tree, normal, ret_entries, error);
}

bool source_tree_read_link(SourceTree *tree, const char *path, char **ret_target, GError **error)
{
    g_autofree char *normal = source_path_resolve("", path, error);

    return normal && tree->ops->read_link(tree, normal, ret_target, error);
}

static bool look(SourceTree *tree, const char *path, SourceKind *ret_kind, char **ret_target,
                 GError **error)
{
    SourceEntry entry;

    if (!tree->ops->entry(tree, path, false, &entry, error))
        return false;
    *ret_kind = entry.kind;
    return entry.kind != SOURCE_SYMLINK || tree->ops->read_link(tree, path, ret_target, error);
}

char *source_tree_real(SourceTree *tree, const char *path, GError **error)
{
    g_autofree char *normal = source_path_resolve("", path, error);

    return normal ? symlinks_follow(tree, normal, true, look, error) : NULL;
}

void source_blob_clear(SourceBlob *blob)
{
    if (blob->release)
        blob->release(blob->held);
    *blob = (SourceBlob){0};
}

static bool read_copy(SourceTree *tree, const char *path, uint64_t max_bytes, SourceBlob *ret,
                      GError **error)
{
    char *data;
    size_t size;

    if (!tree->ops->read(tree, path, max_bytes, &data, &size, error))
        return false;
    *ret = (SourceBlob){.data = data, .size_bytes = size, .held = data, .release = g_free};
    return true;
}

bool source_tree_read_blob(SourceTree *tree, const char *path, const char *id, uint64_t max_bytes,
                           SourceBlob *ret, GError **error)
{
    g_autofree char *normal = source_path_resolve("", path, error);

    if (!normal)
        return false;
    return tree->ops->read_blob ? tree->ops->read_blob(tree, normal, id, max_bytes, ret, error)
                                : read_copy(tree, normal, max_bytes, ret, error);
}

SourceTree *source_tree_reopen(SourceTree *tree, GError **error)
{
    return tree->ops->reopen(tree, error);
}

void source_tree_free(SourceTree *tree)
{
    if (tree)
        tree->ops->free(tree);
}

/* Appends the segments of `path` to `joined`; false when they climb above the root. */
static bool append_segments(GString *joined, const char *path)
{
    while (*path) {
        size_t length = strcspn(path, "/");

        if (length == 2 && strncmp(path, "..", 2) == 0) {
            const char *slash;

            if (joined->len == 0)
                return false;
            slash = strrchr(joined->str, '/');
            g_string_truncate(joined, slash ? (gsize)(slash - joined->str) : 0);
        } else if (length && !(length == 1 && *path == '.')) {
            if (joined->len)
                g_string_append_c(joined, '/');
            g_string_append_len(joined, path, (gssize)length);
        }
        path += length;
        path += strspn(path, "/");
    }
    return true;
}

char *source_path_resolve(const char *base, const char *path, GError **error)
{
    g_autoptr(GString) joined = g_string_new(NULL);

    if (*path == '/') {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE,
                    "%s: an absolute path leads out of the source tree; write it relative", path);
        return NULL;
    }
    if (!append_segments(joined, base) || !append_segments(joined, path)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE,
                    "%s: leads out of the source tree (looked at from %s)", path,
                    *base ? base : "its root");
        return NULL;
    }
    return g_string_free(g_steal_pointer(&joined), FALSE);
}
