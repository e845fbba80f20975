#include "reconcile/package/folder_sizes.h"

#include "reconcile/package/composition.h"
#include "reconcile/package/manifest.h"
#include "reconcile/source/embedded_tree.h"

#include <string.h>

static void folder_size_free(void *data)
{
    FolderSize *size = data;

    g_free(size->path);
    g_free(size);
}

/* The end of one more name, or of `from` where there is none. */
static const char *past_name(const char *from)
{
    const char *slash = strchr(from, '/');

    return slash ? slash + 1 : from;
}

/* The folder that a file counts for. (transfer full) */
static char *folder_of(const char *path)
{
    static const char modules[] = "node_modules/";
    const char *from = path, *module = strstr(path, modules);
    const char *end;

    if (module && (module == path || module[-1] == '/')) {
        from = module + strlen(modules);
        end = past_name(from);
        if (*from == '@')
            end = past_name(end);
        if (end == from)
            return g_strndup(path, (gsize)(from - path - 1));
    } else {
        end = past_name(past_name(from));
        if (end == from)
            return g_strdup("");
    }
    return g_strndup(path, (gsize)(end - path - 1));
}

static void count(GHashTable *by_folder, const char *path, uint64_t size_bytes)
{
    g_autofree char *folder = folder_of(path);
    FolderSize *size = g_hash_table_lookup(by_folder, folder);

    if (!size) {
        size = g_new0(FolderSize, 1);
        size->path = g_steal_pointer(&folder);
        g_hash_table_insert(by_folder, size->path, size);
    }
    size->size_bytes += size_bytes;
    size->files++;
}

static int largest_first(const void *a, const void *b)
{
    const FolderSize *first = *(FolderSize *const *)a, *second = *(FolderSize *const *)b;

    if (first->size_bytes != second->size_bytes)
        return first->size_bytes < second->size_bytes ? 1 : -1;
    return strcmp(first->path, second->path);
}

static void count_manifest(GHashTable *by_folder, const Manifest *manifest)
{
    for (guint i = 0; i < manifest->files->len; i++) {
        const ManifestFile *file = &g_array_index(manifest->files, ManifestFile, i);

        count(by_folder, file->selected->path, file->size_bytes);
    }
}

/* What is too large to have a manifest. */
static bool count_selection(GHashTable *by_folder, SourceTree *tree, const ArtifactSpec *spec,
                            GError **error)
{
    g_autoptr(GPtrArray) files = composition_new(tree, spec, error);

    for (guint i = 0; files && i < files->len; i++) {
        const SelectedFile *file = files->pdata[i];
        SourceEntry entry = {0};

        if (source_tree_entry(tree, file->location, file->is_linked, &entry, NULL))
            count(by_folder, file->path, entry.size_bytes);
    }
    return files != NULL;
}

bool folder_sizes(SourceTree *tree, const ArtifactSpec *spec, const Artifact *artifact,
                  GPtrArray **ret, GError **error)
{
    g_autoptr(SourceTree) embedded =
        spec->kind == ARTIFACT_EMBEDDED ? embedded_tree_new(spec->embedded) : NULL;
    g_autoptr(GHashTable) by_folder = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *sizes = g_ptr_array_new_with_free_func(folder_size_free);
    GHashTableIter each;
    void *size;

    if (artifact && artifact->manifest) {
        count_manifest(by_folder, artifact->manifest);
    } else if ((spec->kind == ARTIFACT_ZIP || embedded) &&
               !count_selection(by_folder, embedded ? embedded : tree, spec, error)) {
        g_ptr_array_unref(sizes);
        return false;
    }
    g_hash_table_iter_init(&each, by_folder);
    while (g_hash_table_iter_next(&each, NULL, &size))
        g_ptr_array_add(sizes, size);
    g_ptr_array_sort(sizes, largest_first);
    *ret = sizes;
    return true;
}

char *size_to_text(uint64_t bytes)
{
    g_autofree char *text = g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_auto(GStrv) parts = g_strsplit(text, "\u00a0", -1);

    return g_strjoinv(" ", parts);
}

char *folder_sizes_to_text(const GPtrArray *sizes, unsigned shown)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < MIN(sizes->len, shown); i++) {
        const FolderSize *size = sizes->pdata[i];
        g_autofree char *amount = size_to_text(size->size_bytes);

        g_string_append_printf(text, "%s%10s  %s", i ? "\n" : "", amount,
                               *size->path ? size->path : "(files at the top)");
    }
    return g_string_free(text, FALSE);
}
