#include "reconcile/package/selection.h"

#include "reconcile/package/development.h"
#include "reconcile/package/ignore_file.h"
#include "reconcile/package/package.h"
#include "reconcile/package/rules.h"
#include "reconcile/package/search.h"

#include <string.h>

#define FOLDERS_MAX 100000
#define IGNORE_FILE_MAX_BYTES (1 << 20)
#define LINKS_DEPTH_MAX 8
#define STEPS_MAX ((uint64_t)1000 * 1000 * 1000) /* some ten seconds */

typedef struct {
    SourceTree *tree;
    const ArtifactSpec *spec;
    Search *search;
    Rules *rules;
    IgnoreFile *ignored;      /* NULL without .slsignore */
    Development *development; /* NULL until it is asked for */
    SearchTask *task;         /* the walk's */
    GPtrArray *files;         /* SelectedFile* */
    GHashTable *named;        /* path → SelectedFile*, of `files` */
    unsigned folders;
} Walk;

/* Something found: `path` as the patterns write it. */
typedef struct {
    const char *path;
    SourceKind kind;
    const char *id;
    bool is_linked;
} Found;

void selected_file_free(void *data)
{
    SelectedFile *file = data;

    g_free(file->path);
    g_free(file->location);
    g_free(file);
}

static void walk_clear(Walk *walk)
{
    search_free(walk->search);
    rules_free(walk->rules);
    ignore_file_free(walk->ignored);
    development_free(walk->development);
    g_clear_pointer(&walk->named, g_hash_table_unref);
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

/* Where a path lies in the tree; NULL with PACKAGE_ERROR_PATTERN out of it. */
static char *in_tree(const Walk *walk, const char *path, GError **error)
{
    char *location = source_path_resolve(walk->spec->root ? walk->spec->root : "", path, NULL);

    if (!location)
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN,
                    "a pattern leads to %s, out of the repository; move or copy what is there into "
                    "it",
                    path);
    return location;
}

static bool read_ignore_file(Walk *walk, GError **error)
{
    g_autofree char *path = join(walk->spec->root ? walk->spec->root : "", ".slsignore");
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

/* What a path is called in the archive: normalised, without what leads out of the service. */
static char *archive_name(const char *path)
{
    if (*path != '.' && *path != '/' && !strstr(path, "/.") && !strstr(path, "//") &&
        !g_str_has_suffix(path, "/"))
        return g_strdup(path);

    GString *name = g_string_new(NULL);
    g_auto(GStrv) segments = g_strsplit(path, "/", -1);

    for (char **segment = segments; *segment; segment++) {
        if (strcmp(*segment, "..") == 0) {
            const char *slash = strrchr(name->str, '/');

            g_string_truncate(name, slash ? (gsize)(slash - name->str) : 0);
        } else if (**segment && strcmp(*segment, ".") != 0) {
            g_string_append_printf(name, "%s%s", name->len ? "/" : "", *segment);
        }
    }
    return g_string_free(name, FALSE);
}

/* What a place in the tree is called as seen from a folder of it, without what leads out. */
static char *name_from(const char *folder, const char *location)
{
    size_t same = 0;

    for (size_t i = 0;; i++) {
        const bool ends[] = {!folder[i] || folder[i] == '/', !location[i] || location[i] == '/'};

        if (ends[0] && ends[1])
            same = i + (location[i] == '/');
        if (!folder[i] || !location[i] || folder[i] != location[i])
            return g_strdup(location + same);
    }
}

static bool leads_out(const char *path)
{
    return g_str_has_prefix(path, "../") || strstr(path, "/../") || strcmp(path, "..") == 0;
}

/* Whether .slsignore or the development dependencies leave out this very path. */
static bool is_dropped_itself(Walk *walk, const char *path, bool is_folder, bool *ret,
                              GError **error)
{
    *ret = walk->ignored && ignore_file_ignores(walk->ignored, path, is_folder);
    if (*ret || !walk->spec->exclude_dev_dependencies || !strstr(path, "node_modules"))
        return true;
    if (!walk->development) {
        walk->development = development_new(walk->tree, walk->spec->root, error);
        if (!walk->development)
            return false;
    }
    *ret = development_holds(walk->development, path);
    return true;
}

/* The same of the path and the folders that it lies in, those that the walk has come through
 * excepted. What lies beside the service is never dropped. */
static bool is_dropped(Walk *walk, const char *path, bool is_folder, bool *ret, GError **error)
{
    g_autofree char *name = archive_name(path);

    *ret = false;
    if (leads_out(path))
        return true;
    if (!search_task_base(walk->task) || *search_task_base(walk->task))
        for (char *slash = strchr(name, '/'); slash && !*ret; slash = strchr(slash + 1, '/')) {
            *slash = '\0';
            if (!is_dropped_itself(walk, name, true, ret, error))
                return false;
            *slash = '/';
        }
    return *ret || is_dropped_itself(walk, name, is_folder, ret, error);
}

static bool check_name(const Walk *walk, const char *name, GError **error)
{
    if (walk->files->len >= SELECTION_FILES_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than %d files; leave out what is not needed at run time with "
                    "package.patterns",
                    SELECTION_FILES_MAX);
        return false;
    }
    if (strlen(name) > SELECTION_NAME_MAX || !g_utf8_validate(name, -1, NULL)) {
        g_autofree char *shown = g_utf8_make_valid(name, -1);

        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_NAME,
                    "%.200s: a name in a zip is UTF-8 of at most %d bytes; rename the file or "
                    "exclude it with package.patterns",
                    shown, SELECTION_NAME_MAX);
        return false;
    }
    return true;
}

static bool add_file(Walk *walk, const Found *found, GError **error)
{
    g_autofree char *location = in_tree(walk, found->path, error);
    g_autofree char *name = NULL;
    const SelectedFile *known;
    SelectedFile *file;

    if (!location)
        return false;
    name = walk->spec->is_layer && leads_out(found->path) ? name_from(walk->spec->root, location)
                                                          : archive_name(found->path);
    if (!check_name(walk, name, error))
        return false;
    known = g_hash_table_lookup(walk->named, name);
    if (known && strcmp(known->location, location) == 0)
        return true;
    if (known) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_NAME,
                    "%s and %s would both be %s in the archive; exclude one of them with "
                    "package.patterns, or rename it",
                    known->location, location, name);
        return false;
    }
    file = g_new0(SelectedFile, 1);
    file->path = g_steal_pointer(&name);
    file->location = g_steal_pointer(&location);
    file->is_linked = found->is_linked;
    file->is_executable = found->kind == SOURCE_EXECUTABLE;
    g_strlcpy(file->id, found->id, sizeof(file->id));
    g_ptr_array_add(walk->files, file);
    g_hash_table_insert(walk->named, file->path, file);
    return true;
}

static bool takes(Walk *walk, const char *path)
{
    return search_task_finds(walk->task, path) && rules_take(walk->rules, path);
}

static bool consider_file(Walk *walk, const Found *found, GError **error)
{
    bool dropped;

    if (!takes(walk, found->path))
        return true;
    return is_dropped(walk, found->path, false, &dropped, error) &&
           (dropped || add_file(walk, found, error));
}

static bool walk_folder(Walk *walk, const char *path, unsigned links, GError **error);

static bool enters(Walk *walk, const char *path)
{
    return search_task_enters(walk->task, path) && !rules_skip_folder(walk->rules, path);
}

static bool consider_folder(Walk *walk, const char *path, unsigned links, GError **error)
{
    bool dropped;

    if (!enters(walk, path))
        return true;
    return is_dropped(walk, path, true, &dropped, error) &&
           (dropped || walk_folder(walk, path, links, error));
}

/* Whether a folder whose content is not known would ship something. */
static bool takes_folder(Walk *walk, const char *path)
{
    g_autofree char *inside = join(path, "index.js");

    return enters(walk, path) && takes(walk, inside);
}

/* A symlink that leads out of the tree is an error only where it would ship. */
static bool walk_link(Walk *walk, const char *path, unsigned links, GError **error)
{
    g_autofree char *location = in_tree(walk, path, error);
    g_autoptr(GError) cause = NULL;
    SourceEntry entry;
    bool dropped;

    if (!location)
        return false;
    if (!source_tree_entry(walk->tree, location, true, &entry, &cause)) {
        if (!takes(walk, path) && !takes_folder(walk, path))
            return true;
        return is_dropped(walk, path, false, &dropped, error) &&
               (dropped || selection_source_error(error, g_steal_pointer(&cause)));
    }
    if (entry.kind == SOURCE_DIRECTORY)
        return consider_folder(walk, path, links + 1, error);
    if (entry.kind != SOURCE_FILE && entry.kind != SOURCE_EXECUTABLE)
        return true; /* leads nowhere: the framework passes over it, too */
    return consider_file(walk, &(Found){path, entry.kind, entry.id, true}, error);
}

static bool walk_submodule(Walk *walk, const char *path, GError **error)
{
    bool dropped;

    if (!takes_folder(walk, path))
        return true;
    if (!is_dropped(walk, path, true, &dropped, error) || dropped)
        return dropped;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_SUBMODULE,
                "%s: is a git submodule, whose files are not in this repository; copy them in, or "
                "exclude it with package.patterns: [\"!%s/**\"]",
                path, path);
    return false;
}

static bool walk_entry(Walk *walk, const char *path, const SourceListEntry *entry, unsigned links,
                       GError **error)
{
    switch (entry->kind) {
    case SOURCE_DIRECTORY:
        return consider_folder(walk, path, links, error);
    case SOURCE_SYMLINK:
        return walk_link(walk, path, links, error);
    case SOURCE_SUBMODULE:
        return walk_submodule(walk, path, error);
    case SOURCE_FILE:
    case SOURCE_EXECUTABLE:
        return consider_file(
            walk,
            &(Found){path, entry->kind, entry->id, links > 0 || *search_task_base(walk->task)},
            error);
    case SOURCE_MISSING:
        break;
    }
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
    if (search_steps(walk->search) + rules_steps(walk->rules) > STEPS_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN,
                    "the patterns are too many or too complicated for so many files; write fewer "
                    "or simpler ones");
        return false;
    }
    return true;
}

static bool walk_folder(Walk *walk, const char *path, unsigned links, GError **error)
{
    g_autofree char *location = in_tree(walk, path, error);
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) cause = NULL;

    if (!location || !may_enter(walk, path, links, error))
        return false;
    if (!source_tree_list(walk->tree, location, &entries, &cause))
        return selection_source_error(error, g_steal_pointer(&cause));
    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);
        g_autofree char *inside = join(path, entry->name);

        if (!walk_entry(walk, inside, entry, links, error))
            return false;
    }
    return true;
}

/* The folder that a task starts in; without it the task finds nothing. */
static bool run_walk(Walk *walk, const char *base, GError **error)
{
    g_autofree char *location = NULL;
    g_autoptr(GError) cause = NULL;
    SourceEntry entry;

    if (!*base)
        return !enters(walk, base) || walk_folder(walk, base, 0, error);
    location = in_tree(walk, base, error);
    if (!location)
        return false;
    if (!source_tree_entry(walk->tree, location, true, &entry, &cause))
        return !enters(walk, base) || selection_source_error(error, g_steal_pointer(&cause));
    return entry.kind != SOURCE_DIRECTORY || consider_folder(walk, base, 0, error);
}

/* A file that a pattern names in full. */
static bool look_for(Walk *walk, const char *path, GError **error)
{
    g_autofree char *location = NULL;
    g_autoptr(GError) cause = NULL;
    SourceEntry entry;

    if (!takes(walk, path))
        return true;
    location = in_tree(walk, path, error);
    if (!location)
        return false;
    if (!source_tree_entry(walk->tree, location, true, &entry, &cause))
        return selection_source_error(error, g_steal_pointer(&cause));
    if (entry.kind != SOURCE_FILE && entry.kind != SOURCE_EXECUTABLE)
        return true;
    return consider_file(walk, &(Found){path, entry.kind, entry.id, true}, error);
}

static bool run_tasks(Walk *walk, GError **error)
{
    const GPtrArray *tasks = search_tasks(walk->search);

    for (guint i = 0; i < tasks->len; i++) {
        const GPtrArray *names;

        walk->task = g_ptr_array_index(tasks, i);
        names = search_task_names(walk->task);
        if (search_task_base(walk->task) && !run_walk(walk, search_task_base(walk->task), error))
            return false;
        for (guint j = 0; j < names->len; j++)
            if (!look_for(walk, g_ptr_array_index(names, j), error))
                return false;
    }
    return true;
}

static int by_path(gconstpointer a, gconstpointer b)
{
    const SelectedFile *const *left = a, *const *right = b;

    return strcmp((*left)->path, (*right)->path);
}

void selection_sort(GPtrArray *files)
{
    g_ptr_array_sort(files, by_path);
}

static bool walk_init(Walk *walk, SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    walk->tree = tree;
    walk->spec = spec;
    walk->search = search_new(spec->patterns, error);
    if (!walk->search)
        return false;
    walk->rules = rules_new(spec->exclusions, spec->patterns, error);
    walk->named = g_hash_table_new(g_str_hash, g_str_equal);
    walk->files = g_ptr_array_new_with_free_func(selected_file_free);
    return walk->rules && read_ignore_file(walk, error);
}

GPtrArray *selection_new(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_auto(Walk) walk = {0};

    if (!walk_init(&walk, tree, spec, error) || !run_tasks(&walk, error))
        return NULL;
    selection_sort(walk.files);
    return g_steal_pointer(&walk.files);
}

/* Whether the task's walk comes to the file, or it is one of its names. */
static bool would_come_to(Walk *walk, const char *path)
{
    g_autofree char *folder = g_strdup(path);
    const char *base = search_task_base(walk->task);

    if (!base)
        return g_ptr_array_find_with_equal_func((GPtrArray *)search_task_names(walk->task), path,
                                                g_str_equal, NULL);
    if (*base ? !g_str_has_prefix(path, base) || path[strlen(base)] != '/' : !enters(walk, ""))
        return false;
    for (char *slash = strchr(folder + strlen(base), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (*folder && !enters(walk, folder))
            return false;
        *slash = '/';
    }
    return true;
}

static bool is_ignored(const Walk *walk, const char *path)
{
    g_autofree char *folder = g_strdup(path);

    for (char *slash = strchr(folder, '/'); walk->ignored && slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (ignore_file_ignores(walk->ignored, folder, true))
            return true;
        *slash = '/';
    }
    return walk->ignored && ignore_file_ignores(walk->ignored, path, false);
}

static bool would_take(Walk *walk, const char *path)
{
    for (guint i = 0; i < search_tasks(walk->search)->len; i++) {
        walk->task = g_ptr_array_index(search_tasks(walk->search), i);
        if (takes(walk, path) && would_come_to(walk, path))
            return !is_ignored(walk, path);
    }
    return false;
}

bool selection_would_take(SourceTree *tree, const ArtifactSpec *spec, GPtrArray *paths,
                          GError **error)
{
    g_auto(Walk) walk = {0};

    if (!walk_init(&walk, tree, spec, error))
        return false;
    for (guint i = paths->len; i > 0; i--)
        if (!would_take(&walk, g_ptr_array_index(paths, i - 1)))
            g_ptr_array_remove_index(paths, i - 1);
    return true;
}
