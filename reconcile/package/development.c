#include "reconcile/package/development.h"

#include "reconcile/package/package.h"
#include "reconcile/package/selection.h"

#include <jansson.h>
#include <string.h>

#define MANIFEST_MAX_BYTES (4 << 20)
#define FOLDERS_MAX 100000
#define LINKS_DEPTH_MAX 8

/* A package as the tree has it: at `path`, behind links at `real`. */
typedef struct {
    char *path, *real;
    json_t *manifest; /* package.json; NULL: none that can be read */
    bool is_link;
} Package;

struct Development {
    SourceTree *tree;
    char *root;             /* with a '/' behind it unless it is empty */
    GHashTable *folders;    /* folder → names in its node_modules: GHashTable of char* */
    GHashTable *packages;   /* path → Package* */
    GPtrArray *projects;    /* char*: folders with a package.json outside node_modules */
    GHashTable *reached[2]; /* sets of paths (the packages'), of all and of production */
    GHashTable *held;       /* set of paths relative to the root */
    unsigned walked;
};

/* One `npm ls`: packages still to be looked at, each once. */
typedef struct {
    Development *development;
    const char *project;
    const char *top;     /* the project, or the one that has it as a workspace */
    GHashTable *reached; /* set of paths, borrowed from packages */
    GHashTable *needed;  /* what has not been reached at all is extraneous; NULL: take none of it */
    GPtrArray *waiting;  /* Package* */
    bool production;
} Listing;

static void package_free(void *data)
{
    Package *package = data;

    g_free(package->path);
    g_free(package->real);
    json_decref(package->manifest);
    g_free(package);
}

static char *join(const char *folder, const char *name)
{
    return *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
}

/* Only damage and the disk are errors; what is not there, too large or no JSON is nothing. */
static bool is_nothing(const GError *cause)
{
    return cause->domain == SOURCE_ERROR && cause->code != SOURCE_ERROR_BROKEN &&
           cause->code != SOURCE_ERROR_READ;
}

static bool read_manifest(Development *development, const char *folder, json_t **ret,
                          GError **error)
{
    g_autofree char *path = join(folder, "package.json"), *text = NULL;
    g_autoptr(GError) cause = NULL;
    size_t size;

    *ret = NULL;
    if (!source_tree_read(development->tree, path, MANIFEST_MAX_BYTES, &text, &size, &cause))
        return is_nothing(cause) || selection_source_error(error, g_steal_pointer(&cause));
    *ret = json_loadb(text, size, 0, NULL);
    return true;
}

static bool list(Development *development, const char *folder, GPtrArray **ret, GError **error)
{
    g_autoptr(GError) cause = NULL;

    *ret = NULL;
    if (source_tree_list(development->tree, folder, ret, &cause))
        return true;
    return is_nothing(cause) || selection_source_error(error, g_steal_pointer(&cause));
}

static bool add_names(Development *development, const char *folder, const char *scope,
                      GHashTable *names, GError **error)
{
    g_autofree char *path = scope ? join(folder, scope) : g_strdup(folder);
    g_autoptr(GPtrArray) entries = NULL;

    if (!list(development, path, &entries, error))
        return false;
    for (guint i = 0; entries && i < entries->len; i++) {
        const char *name = ((const SourceListEntry *)g_ptr_array_index(entries, i))->name;

        if (*name == '.')
            continue;
        if (*name == '@' && !scope) {
            if (!add_names(development, folder, name, names, error))
                return false;
            continue;
        }
        g_hash_table_add(names, scope ? join(scope, name) : g_strdup(name));
    }
    return true;
}

/* The names of the packages in a folder's node_modules, borrowed; NULL with an error. */
static GHashTable *names_in(Development *development, const char *folder, GError **error)
{
    GHashTable *names = g_hash_table_lookup(development->folders, folder);
    g_autofree char *path = NULL;

    if (names)
        return names;
    names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(development->folders, g_strdup(folder), names);
    path = join(folder, "node_modules");
    return add_names(development, path, NULL, names, error) ? names : NULL;
}

static Package *package_at(Development *development, const char *path, GError **error)
{
    Package *package = g_hash_table_lookup(development->packages, path);
    g_autoptr(GError) cause = NULL;

    if (package)
        return package;
    if (g_hash_table_size(development->packages) >= DEVELOPMENT_PACKAGES_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "more than %d packages in node_modules; set package.excludeDevDependencies: "
                    "false, or exclude what is not needed",
                    DEVELOPMENT_PACKAGES_MAX);
        return NULL;
    }
    package = g_new0(Package, 1);
    package->path = g_strdup(path);
    package->real = source_tree_real(development->tree, path, &cause);
    if (!package->real && is_nothing(cause)) /* leads out of the tree: nothing is known of it */
        package->real = g_strdup(path);
    else if (!package->real)
        selection_source_error(error, g_steal_pointer(&cause));
    package->is_link = package->real && strcmp(package->real, path) != 0;
    if (package->real && read_manifest(development, package->real, &package->manifest, error)) {
        g_hash_table_insert(development->packages, package->path, package);
        return package;
    }
    package_free(package);
    return NULL;
}

/* The folder above; NULL for the tree's root. */
static char *parent_of(const char *folder)
{
    const char *slash = strrchr(folder, '/');

    if (!*folder)
        return NULL;
    return slash ? g_strndup(folder, (gsize)(slash - folder)) : g_strdup("");
}

static bool is_modules_folder(const char *folder)
{
    return strcmp(folder, "node_modules") == 0 || g_str_has_suffix(folder, "/node_modules");
}

static bool is_within(const char *path, const char *folder)
{
    const size_t length = strlen(folder);

    return !length ||
           (strncmp(path, folder, length) == 0 && (!path[length] || path[length] == '/'));
}

/* The package that `name` means to one that lies in `from`: in the nearest node_modules upwards,
 * but not above what it has in common with the top of the listing. *ret is NULL where there is
 * none. */
static bool resolve(const Listing *listing, const char *from, const char *name, Package **ret,
                    GError **error)
{
    g_autofree char *folder = g_strdup(from);

    *ret = NULL;
    while (folder) {
        char *above = is_within(listing->top, folder) ? NULL : parent_of(folder);
        GHashTable *names =
            is_modules_folder(folder) ? NULL : names_in(listing->development, folder, error);

        if (!names && !is_modules_folder(folder)) {
            g_free(above);
            return false;
        }
        if (names && g_hash_table_contains(names, name)) {
            g_autofree char *modules = join(folder, "node_modules");
            g_autofree char *path = join(modules, name);

            g_free(above);
            *ret = package_at(listing->development, path, error);
            return *ret != NULL;
        }
        g_free(folder);
        folder = above;
    }
    return true;
}

static void reach(Listing *listing, Package *package)
{
    if (g_hash_table_add(listing->reached, package->path))
        g_ptr_array_add(listing->waiting, package);
}

static bool follow(Listing *listing, const char *from, const char *name, GError **error)
{
    Package *package;

    if (!*name || *name == '.' || strstr(name, ".."))
        return true;
    if (!resolve(listing, from, name, &package, error))
        return false;
    if (package)
        reach(listing, package);
    return true;
}

static bool follow_all(Listing *listing, const Package *package, const char *kind, GError **error)
{
    const char *name;
    json_t *version;

    json_object_foreach(json_object_get(package->manifest, kind), name, version)
    {
        if (!follow(listing, package->real, name, error))
            return false;
    }
    return true;
}

/* A folder of its own, not one that was installed beside the others: the project, a workspace, what
 * a file: link names, and in pnpm's layout all that a link leads to. Of these npm knows the
 * development dependencies, and takes them where they are there. */
static bool is_top(const Package *package)
{
    return package->is_link || !strstr(package->real, "node_modules/");
}

/* What is declared for development is that alone, whatever else it is declared for. */
static bool follow_production(Listing *listing, const Package *package, GError **error)
{
    static const char *const kinds[] = {"peerDependencies", "dependencies", "optionalDependencies"};
    json_t *development = json_object_get(package->manifest, "devDependencies");

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *name;
        json_t *version;

        json_object_foreach(json_object_get(package->manifest, kinds[i]), name, version)
        {
            if (!json_object_get(development, name) && !follow(listing, package->real, name, error))
                return false;
        }
    }
    return true;
}

/* A folder outside node_modules that a link in the project's leads to, where there are workspaces:
 * it is part of the project. */
static bool is_workspace(const Listing *listing, const Package *package)
{
    const Package *top = g_hash_table_lookup(listing->development->packages, listing->top);

    return package->is_link && !strstr(package->real, "node_modules/") && top &&
           json_object_get(top->manifest, "workspaces");
}

static bool is_extraneous(const Listing *listing, const Package *package)
{
    return !g_hash_table_contains(listing->needed, package->path);
}

/* Those in the package's own node_modules that nothing has to declare: the workspaces of a project,
 * and what nobody needs. */
static bool reach_undeclared(Listing *listing, const Package *package,
                             bool (*wanted)(const Listing *, const Package *), GError **error)
{
    GHashTable *names = names_in(listing->development, package->real, error);
    g_autofree char *modules = join(package->real, "node_modules");
    GHashTableIter all;
    void *name;

    if (!names)
        return false;
    g_hash_table_iter_init(&all, names);
    while (g_hash_table_iter_next(&all, &name, NULL)) {
        g_autofree char *path = join(modules, name);
        Package *other = package_at(listing->development, path, error);

        if (!other)
            return false;
        if (wanted(listing, other))
            reach(listing, other);
    }
    return true;
}

static bool follow_everything(Listing *listing, const Package *package, GError **error)
{
    return follow_all(listing, package, "peerDependencies", error) &&
           follow_all(listing, package, "dependencies", error) &&
           follow_all(listing, package, "optionalDependencies", error) &&
           (!is_top(package) || follow_all(listing, package, "devDependencies", error));
}

static bool visit(Listing *listing, const Package *package, GError **error)
{
    const bool is_project = strcmp(package->path, listing->project) == 0;
    const bool for_production =
        listing->production && (is_project || is_workspace(listing, package));

    if (is_project && json_object_get(package->manifest, "workspaces") &&
        !reach_undeclared(listing, package, is_workspace, error))
        return false;
    if (for_production ? !follow_production(listing, package, error)
                       : !follow_everything(listing, package, error))
        return false;
    return !listing->needed || reach_undeclared(listing, package, is_extraneous, error);
}

/* `needed`: what a listing without anything extraneous has reached, or NULL to be that one. */
static bool run_listing(Development *development, const char *project, const char *root,
                        bool production, GHashTable *needed, GHashTable *reached, GError **error)
{
    Listing listing = {.development = development,
                       .project = project,
                       .top = root,
                       .production = production,
                       .needed = needed,
                       .reached = g_hash_table_new(g_str_hash, g_str_equal),
                       .waiting = g_ptr_array_new()};
    Package *first = package_at(development, project, error);
    bool listed = first != NULL;
    GHashTableIter all;
    void *path;

    if (first)
        reach(&listing, first);
    for (guint i = 0; i < listing.waiting->len && listed; i++)
        listed = visit(&listing, g_ptr_array_index(listing.waiting, i), error);
    g_hash_table_iter_init(&all, listing.reached);
    while (g_hash_table_iter_next(&all, &path, NULL))
        g_hash_table_add(reached, path);
    g_ptr_array_unref(listing.waiting);
    g_hash_table_unref(listing.reached);
    return listed;
}

/* Whether one of the links in the folder's node_modules leads to the project. */
static bool has_workspace(Development *development, const char *folder, const char *project,
                          bool *ret, GError **error)
{
    const Package *package = package_at(development, folder, error);
    g_autofree char *modules = join(folder, "node_modules");
    GHashTable *names;
    GHashTableIter all;
    void *name;

    *ret = false;
    if (!package || !json_object_get(package->manifest, "workspaces"))
        return package != NULL;
    names = names_in(development, folder, error);
    if (!names)
        return false;
    g_hash_table_iter_init(&all, names);
    while (!*ret && g_hash_table_iter_next(&all, &name, NULL)) {
        g_autofree char *path = join(modules, name);

        package = package_at(development, path, error);
        if (!package)
            return false;
        *ret = strcmp(package->real, project) == 0;
    }
    return true;
}

/* The project that `npm` works on in a folder: that which has the folder as a workspace, or the
 * folder itself. NULL with an error. */
static char *find_top(Development *development, const char *project, GError **error)
{
    g_autofree char *folder = parent_of(project);
    bool found = false;

    while (folder) {
        char *above;

        if (!has_workspace(development, folder, project, &found, error))
            return NULL;
        if (found)
            return g_steal_pointer(&folder);
        above = parent_of(folder);
        g_free(folder);
        folder = above;
    }
    return g_strdup(project);
}

static bool list_project(Development *development, const char *project, GError **error)
{
    g_autoptr(GHashTable) needed = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *top = find_top(development, project, error);
    GHashTable *const *reached = development->reached;

    return top && run_listing(development, project, top, false, NULL, needed, error) &&
           run_listing(development, project, top, false, needed, reached[false], error) &&
           run_listing(development, project, top, true, needed, reached[true], error);
}

static bool find_projects(Development *development, const char *folder, unsigned links,
                          GError **error);

static bool look_into(Development *development, const char *path, const SourceListEntry *entry,
                      unsigned links, GError **error)
{
    SourceEntry behind = {.kind = entry->kind};
    g_autoptr(GError) cause = NULL;

    if (entry->kind == SOURCE_SYMLINK &&
        !source_tree_entry(development->tree, path, true, &behind, &cause))
        return is_nothing(cause) || selection_source_error(error, g_steal_pointer(&cause));
    if (behind.kind != SOURCE_DIRECTORY)
        return true;
    return find_projects(development, path, links + (entry->kind == SOURCE_SYMLINK), error);
}

static bool find_projects(Development *development, const char *folder, unsigned links,
                          GError **error)
{
    g_autoptr(GPtrArray) entries = NULL;

    if (links > LINKS_DEPTH_MAX || ++development->walked > FOLDERS_MAX)
        return true;
    if (!list(development, folder, &entries, error))
        return false;
    for (guint i = 0; entries && i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);
        g_autofree char *path = join(folder, entry->name);

        if (strstr(entry->name, "node_modules"))
            continue;
        if (strcmp(entry->name, "package.json") == 0)
            g_ptr_array_add(development->projects, g_strdup(folder));
        else if (!look_into(development, path, entry, links, error))
            return false;
    }
    return true;
}

/* What the framework leaves out of a package: its folder, and its commands in the .bin beside it (a
 * scoped one's it looks for within the scope, and so never finds). */
static void hold(Development *development, const Package *package)
{
    const char *item = package->path + strlen(development->root);
    const char *name = strrchr(item, '/') + 1;
    json_t *commands = json_object_get(package->manifest, "bin"), *target;
    const char *command;

    if (json_is_null(commands))
        return;
    g_hash_table_add(development->held, g_strdup(item));
    if (json_is_string(commands))
        g_hash_table_add(development->held,
                         g_strdup_printf("%.*s.bin/%s", (int)(name - item), item, name));
    json_object_foreach(commands, command, target)
    {
        g_hash_table_add(development->held,
                         g_strdup_printf("%.*s.bin/%s", (int)(name - item), item, command));
    }
}

static void hold_all(Development *development)
{
    GHashTableIter all;
    void *path;

    g_hash_table_iter_init(&all, development->reached[false]);
    while (g_hash_table_iter_next(&all, &path, NULL)) {
        const Package *package = g_hash_table_lookup(development->packages, path);

        if (!g_hash_table_contains(development->reached[true], path) &&
            g_str_has_prefix(path, development->root) && package->manifest &&
            strstr((char *)path + strlen(development->root), "node_modules/"))
            hold(development, package);
    }
}

Development *development_new(SourceTree *tree, const char *root, GError **error)
{
    g_autoptr(Development) development = g_new0(Development, 1);

    root = root ? root : "";
    development->tree = tree;
    development->root = *root ? g_strconcat(root, "/", NULL) : g_strdup("");
    development->folders =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    development->packages = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, package_free);
    development->projects = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < G_N_ELEMENTS(development->reached); i++)
        development->reached[i] = g_hash_table_new(g_str_hash, g_str_equal);
    development->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!find_projects(development, root, 0, error))
        return NULL;
    for (guint i = 0; i < development->projects->len; i++)
        if (!list_project(development, g_ptr_array_index(development->projects, i), error))
            return NULL;
    hold_all(development);
    return g_steal_pointer(&development);
}

void development_free(Development *development)
{
    if (!development)
        return;
    g_hash_table_unref(development->held);
    for (unsigned i = 0; i < G_N_ELEMENTS(development->reached); i++)
        g_hash_table_unref(development->reached[i]);
    g_ptr_array_unref(development->projects);
    g_hash_table_unref(development->packages);
    g_hash_table_unref(development->folders);
    g_free(development->root);
    g_free(development);
}

bool development_holds(const Development *development, const char *path)
{
    return g_hash_table_contains(development->held, path);
}
