#include "reconcile/package/composition.h"

#include "reconcile/package/package.h"

#include <string.h>

static bool stays(const char *path)
{
    return g_str_has_prefix(path, "serverless_sdk/") ||
           (g_str_has_prefix(path, "s_") && strstr(path, ".py"));
}

/* What lies in the folder goes to the top, and wins over what stays there. */
static GPtrArray *lift(GPtrArray *selected, const char *folder)
{
    g_autofree char *prefix = g_strconcat(folder, "/", NULL);
    GPtrArray *lifted = g_ptr_array_new_with_free_func(selected_file_free);
    g_autoptr(GPtrArray) staying = g_ptr_array_new();

    g_ptr_array_set_free_func(selected, NULL);
    for (guint i = 0; i < selected->len; i++) {
        SelectedFile *file = g_ptr_array_index(selected, i);

        if (g_str_has_prefix(file->path, prefix)) {
            memmove(file->path, file->path + strlen(prefix),
                    strlen(file->path) - strlen(prefix) + 1);
            g_ptr_array_add(lifted, file);
        } else if (stays(file->path)) {
            g_ptr_array_add(staying, file);
        } else {
            selected_file_free(file);
        }
    }
    g_ptr_array_extend(lifted, staying, NULL, NULL);
    g_ptr_array_unref(selected);
    return lifted;
}

static GPtrArray *select_added(SourceTree *tree, const char *folder, GError **error)
{
    g_autoptr(ArtifactSpec) all = artifact_spec_new("added", ARTIFACT_ZIP);

    all->root = g_strdup(folder);
    g_ptr_array_add(all->patterns, g_strdup("**"));
    return selection_new(tree, all, error);
}

/* Those of `first`, and those of `others` whose names are not taken yet. Both are given away. */
static GPtrArray *join(GPtrArray *first, GPtrArray *others)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    g_ptr_array_set_free_func(others, NULL);
    for (guint i = 0; i < first->len; i++)
        g_hash_table_add(names, ((SelectedFile *)g_ptr_array_index(first, i))->path);
    for (guint i = 0; i < others->len; i++) {
        SelectedFile *file = g_ptr_array_index(others, i);

        if (g_hash_table_add(names, file->path))
            g_ptr_array_add(first, file);
        else
            selected_file_free(file);
    }
    g_ptr_array_unref(others);
    return first;
}

GPtrArray *composition_new(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) files = selection_new(tree, spec, error);
    GPtrArray *added;

    if (!files || (!spec->lifted && !spec->added))
        return g_steal_pointer(&files);
    if (spec->lifted)
        files = join(g_ptr_array_new_with_free_func(selected_file_free),
                     lift(g_steal_pointer(&files), spec->lifted));
    if (spec->added) {
        added = select_added(tree, spec->added, error);
        if (!added)
            return NULL;
        files = join(added, g_steal_pointer(&files));
    }
    if (files->len > SELECTION_FILES_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than %d files with the packages that were installed; leave out what is "
                    "not needed at run time with package.patterns",
                    SELECTION_FILES_MAX);
        return NULL;
    }
    selection_sort(files);
    return g_steal_pointer(&files);
}
