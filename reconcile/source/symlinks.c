#include "reconcile/source/symlinks.h"

#include <string.h>

/* What is walked: `done` is free of symlinks, `rest` is still to come. */
typedef struct {
    GString *done;
    char *rest;
    unsigned links;
} Walk;

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
}

static bool enter_link(Walk *walk, const char *asked, const char *target, GError **error)
{
    g_autofree char *folder = *target == '/' ? g_strdup("") : parent_of(walk->done->str);
    g_autofree char *whole = source_path_resolve(folder, target + strspn(target, "/"), NULL);

    if (++walk->links > SYMLINKS_MAX) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND,
                    "%s: more than %d symlinks on the way; they probably form a circle", asked,
                    SYMLINKS_MAX);
        return false;
    }
    if (!whole) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE,
                    "%s: the symlink %s leads to %s, out of the source tree", asked,
                    walk->done->str, target);
        return false;
    }
    if (*walk->rest) {
        char *joined = g_strconcat(whole, "/", walk->rest, NULL);

        g_free(walk->rest);
        walk->rest = joined;
    } else {
        g_free(walk->rest);
        walk->rest = g_steal_pointer(&whole);
    }
    g_string_truncate(walk->done, 0);
    return true;
}

static void take_segment(Walk *walk)
{
    size_t length = strcspn(walk->rest, "/");

    if (walk->done->len)
        g_string_append_c(walk->done, '/');
    g_string_append_len(walk->done, walk->rest, (gssize)length);
    length += strspn(walk->rest + length, "/");
    memmove(walk->rest, walk->rest + length, strlen(walk->rest + length) + 1);
}

static bool walk_all(Walk *walk, SourceTree *tree, const char *asked, bool follow_last,
                     SymlinkLook look, GError **error)
{
    while (*walk->rest) {
        g_autofree char *target = NULL;
        SourceKind kind;

        take_segment(walk);
        if (!*walk->rest && !follow_last)
            return true;
        if (!look(tree, walk->done->str, &kind, &target, error))
            return false;
        if (kind == SOURCE_SYMLINK) {
            if (!enter_link(walk, asked, target, error))
                return false;
        } else if (kind != SOURCE_DIRECTORY && *walk->rest) {
            g_string_append_c(walk->done, '/');
            g_string_append(walk->done, walk->rest);
            return true;
        }
    }
    return true;
}

char *symlinks_follow(SourceTree *tree, const char *path, bool follow_last, SymlinkLook look,
                      GError **error)
{
    Walk walk = {.done = g_string_new(NULL), .rest = g_strdup(path)};
    bool walked = walk_all(&walk, tree, path, follow_last, look, error);

    g_free(walk.rest);
    return g_string_free(walk.done, !walked);
}

bool symlinks_read(SourceTree *tree, const char *path, SymlinkLook look, char **ret_target,
                   GError **error)
{
    g_autofree char *real = symlinks_follow(tree, path, false, look, error);
    g_autofree char *target = NULL;
    SourceKind kind;

    if (!real || !look(tree, real, &kind, &target, error))
        return false;
    if (kind != SOURCE_SYMLINK) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND, "%s: no such symlink", path);
        return false;
    }
    *ret_target = g_steal_pointer(&target);
    return true;
}

static void list_entry_free(void *data)
{
    SourceListEntry *entry = data;

    g_free(entry->name);
    g_free(entry);
}

GPtrArray *source_list_new(void)
{
    return g_ptr_array_new_with_free_func(list_entry_free);
}

void source_list_add(GPtrArray *list, const char *name, SourceKind kind, const char *id)
{
    SourceListEntry *entry = g_new0(SourceListEntry, 1);

    entry->name = g_strdup(name);
    entry->kind = kind;
    g_strlcpy(entry->id, id, sizeof(entry->id));
    g_ptr_array_add(list, entry);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    const SourceListEntry *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

void source_list_sort(GPtrArray *list)
{
    g_ptr_array_sort(list, by_name);
}
