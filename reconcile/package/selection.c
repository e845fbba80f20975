#include "reconcile/package/selection.h"

#include "reconcile/package/development.h"
#include "reconcile/package/ignore_file.h"
#include "reconcile/package/package.h"
#include "reconcile/package/rules.h"

#include <string.h>

#define FOLDERS_MAX 100000
#define IGNORE_FILE_MAX_BYTES (1 << 20)
#define LOCK_FILE_MAX_BYTES (32 << 20)
#define LINKS_DEPTH_MAX 8

typedef struct {
    SourceTree *tree;
    const ArtifactSpec *spec;
    Rules *rules;
    IgnoreFile *ignored;     /* NULL without .slsignore */
    GHashTable *development; /* set of paths that development packages have */
    GPtrArray *files;        /* SelectedFile* */
    unsigned folders;
} Walk;

static void selected_free(void *data)
{
    SelectedFile *file = data;

    g_free(file->path);
    g_free(file->location);
    g_free(file);
}

static void walk_clear(Walk *walk)
{
    rules_free(walk->rules);
    ignore_file_free(walk->ignored);
    g_clear_pointer(&walk->development, g_hash_table_unref);
    g_clear_pointer(&walk->files, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

bool selection_source_error(GError **error, GError *cause)
{
    if (cause->domain == PACKAGE_ERROR)
        g_propagate_error(error, cause);
    else {
        g_set_error_literal(error, PACKAGE_ERROR, PACKAGE_ERROR_SOURCE, cause->message);
        g_error_free(cause);
    }
    return false;
}

static char *join(const char *folder, const char *name)
{
    return *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
}

static char *in_tree(const Walk *walk, const char *path)
{
    const char *root = walk->spec->root ? walk->spec->root : "";

    return *path ? join(root, path) : g_strdup(root);
}

static bool read_ignore_file(Walk *walk, GError **error)
{
    g_autofree char *path = in_tree(walk, ".slsignore");
    g_autoptr(GError) cause = NULL;
    g_autofree char *text = NULL;
    size_t size;

    if (!source_tree_read(walk->tree, path, IGNORE_FILE_MAX_BYTES, &text, &size, &cause)) {
        if (g_error_matches(cause, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND))
            return true;
        return selection_source_error(error, g_steal_pointer(&cause));
    }
    walk->ignored = ignore_file_parse(text, size, error);
    if (!walk->ignored)
        g_prefix_error(error, "%s: ", path);
    return walk->ignored != NULL;
}

static bool is_dropped(const Walk *walk, const char *path, bool is_folder)
{
    return g_hash_table_contains(walk->development, path) ||
           (walk->ignored && ignore_file_ignores(walk->ignored, path, is_folder));
}

static bool add_file(Walk *walk, const char *path, SourceKind kind, const char *id, bool linked,
                     GError **error)
{
    SelectedFile *file;

    if (walk->files->len >= SELECTION_FILES_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than %d files; leave out what is not needed at run time with "
                    "package.patterns",
                    SELECTION_FILES_MAX);
        return false;
    }
    if (strlen(path) > SELECTION_NAME_MAX || !g_utf8_validate(path, -1, NULL)) {
        g_autofree char *shown = g_utf8_make_valid(path, -1);

        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_NAME,
                    "%.200s: a name in a zip is UTF-8 of at most %d bytes; rename the file or "
                    "exclude it with package.patterns",
                    shown, SELECTION_NAME_MAX);
        return false;
    }
    file = g_new0(SelectedFile, 1);
    file->path = g_strdup(path);
    file->location = in_tree(walk, path);
    file->is_linked = linked;
    file->is_executable = kind == SOURCE_EXECUTABLE;
    g_strlcpy(file->id, id, sizeof(file->id));
    g_ptr_array_add(walk->files, file);
    return true;
}

static bool walk_folder(Walk *walk, const RulesFolder *parent, const char *path, unsigned links,
                        GError **error);

/* Whether a folder whose content is not known would ship something. */
static bool takes_folder(Walk *walk, const RulesFolder *folder, const char *path)
{
    g_autofree char *inside = join(path, "index.js");
    g_autoptr(RulesFolder) entered = NULL;

    if (rules_skip_folder(walk->rules, path))
        return false;
    entered = rules_enter(walk->rules, folder, path);
    return rules_take(walk->rules, entered, inside);
}

/* A symlink that leads out of the tree is an error only where it would ship. */
static bool walk_link(Walk *walk, const RulesFolder *folder, const char *path, unsigned links,
                      GError **error)
{
    g_autofree char *full = in_tree(walk, path);
    g_autoptr(GError) cause = NULL;
    SourceEntry entry;

    if (!source_tree_entry(walk->tree, full, true, &entry, &cause)) {
        if (!rules_take(walk->rules, folder, path) && !takes_folder(walk, folder, path))
            return true;
        return selection_source_error(error, g_steal_pointer(&cause));
    }
    if (entry.kind == SOURCE_DIRECTORY)
        return rules_skip_folder(walk->rules, path) || is_dropped(walk, path, true) ||
               walk_folder(walk, folder, path, links + 1, error);
    if (entry.kind != SOURCE_FILE && entry.kind != SOURCE_EXECUTABLE)
        return true; /* leads nowhere: the framework passes over it, too */
    if (!rules_take(walk->rules, folder, path) || is_dropped(walk, path, false))
        return true;
    return add_file(walk, path, entry.kind, entry.id, true, error);
}

static bool walk_submodule(Walk *walk, const RulesFolder *folder, const char *path, GError **error)
{
    if (!takes_folder(walk, folder, path) || is_dropped(walk, path, true))
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_SUBMODULE,
                "%s: is a git submodule, whose files are not in this repository; copy them in, or "
                "exclude it with package.patterns: [\"!%s/**\"]",
                path, path);
    return false;
}

static bool walk_entry(Walk *walk, const RulesFolder *folder, const char *path,
                       const SourceListEntry *entry, unsigned links, GError **error)
{
    switch (entry->kind) {
    case SOURCE_DIRECTORY:
        return rules_skip_folder(walk->rules, path) || is_dropped(walk, path, true) ||
               walk_folder(walk, folder, path, links, error);
    case SOURCE_SYMLINK:
        return walk_link(walk, folder, path, links, error);
    case SOURCE_SUBMODULE:
        return walk_submodule(walk, folder, path, error);
    case SOURCE_FILE:
    case SOURCE_EXECUTABLE:
        return !rules_take(walk->rules, folder, path) || is_dropped(walk, path, false) ||
               add_file(walk, path, entry->kind, entry->id, links > 0, error);
    case SOURCE_MISSING:
        break;
    }
    return true;
}

static bool holds(const GPtrArray *entries, const char *name)
{
    for (guint i = 0; i < entries->len; i++)
        if (strcmp(((const SourceListEntry *)g_ptr_array_index(entries, i))->name, name) == 0)
            return true;
    return false;
}

/* A lock file beside a node_modules tells what in it is for development only. */
static bool read_lock_file(Walk *walk, const char *path, const GPtrArray *entries, GError **error)
{
    g_autofree char *lock = NULL, *full = NULL, *text = NULL;
    g_autoptr(GError) cause = NULL;
    size_t size;

    if (!walk->spec->exclude_dev_dependencies || strstr(path, "node_modules") ||
        !holds(entries, "node_modules") || !holds(entries, "package-lock.json"))
        return true;
    lock = join(path, "package-lock.json");
    full = in_tree(walk, lock);
    if (!source_tree_read(walk->tree, full, LOCK_FILE_MAX_BYTES, &text, &size, &cause))
        return g_error_matches(cause, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND) ||
               selection_source_error(error, g_steal_pointer(&cause));
    development_add(walk->development, path, text, size);
    return true;
}

static bool may_enter(Walk *walk, const char *path, unsigned links, GError **error)
{
    if (links > LINKS_DEPTH_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_SOURCE,
                    "%s: more than %d symlinked folders within one another; one probably leads "
                    "above itself: exclude it with package.patterns",
                    path, LINKS_DEPTH_MAX);
        return false;
    }
    if (++walk->folders > FOLDERS_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than %d folders; exclude what is not needed with package.patterns",
                    FOLDERS_MAX);
        return false;
    }
    return true;
}

static bool walk_folder(Walk *walk, const RulesFolder *parent, const char *path, unsigned links,
                        GError **error)
{
    g_autoptr(RulesFolder) folder = NULL;
    g_autofree char *full = in_tree(walk, path);
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) cause = NULL;

    if (!may_enter(walk, path, links, error))
        return false;
    if (!source_tree_list(walk->tree, full, &entries, &cause))
        return selection_source_error(error, g_steal_pointer(&cause));
    if (!read_lock_file(walk, path, entries, error))
        return false;
    folder = rules_enter(walk->rules, parent, path);
    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);
        g_autofree char *inside = join(path, entry->name);

        if (!walk_entry(walk, folder, inside, entry, links, error))
            return false;
    }
    return true;
}

static int by_path(gconstpointer a, gconstpointer b)
{
    const SelectedFile *const *left = a, *const *right = b;

    return strcmp((*left)->path, (*right)->path);
}

GPtrArray *selection_new(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_auto(Walk) walk = {.tree = tree, .spec = spec};

    walk.rules = rules_new(spec->patterns, error);
    walk.development = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    walk.files = g_ptr_array_new_with_free_func(selected_free);
    if (!walk.rules || !read_ignore_file(&walk, error) || !walk_folder(&walk, NULL, "", 0, error))
        return NULL;
    g_ptr_array_sort(walk.files, by_path);
    return g_steal_pointer(&walk.files);
}
