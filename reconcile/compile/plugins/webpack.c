/* serverless-webpack 5.16 (MIT), and serverless-bundle 6.3 (MIT), which is the same with settings
 * of its own: the service's own webpack bundles every Node function as its webpack.config.js says.
 * What is to be bundled is said here; it is run by whoever packages, in the sandbox. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/bundling.h"
#include <string.h>

#define FOLDER ".webpack"

typedef struct {
    const PluginTurn *turn;
    const char *custom;    /* the key of its settings */
    json_t *written;       /* those settings; borrowed, or NULL */
    const char *file;      /* webpack's configuration; NULL: the plugin brings it */
    bool individually;     /* of the service: a function's own has no effect */
    json_t *exclude_files; /* borrowed */
    json_t *archives, *functions;
    GHashTable *listed, *names; /* sets of folders, and of their files without endings */
} Webpack;

/* Whether the plugin bundles a function: one that Node runs, out of a folder and not of an image.
 */
static bool is_bundled(const Webpack *webpack, json_t *function)
{
    const char *runtime = bundling_runtime(webpack->turn->service, function);

    return !json_object_get(function, "image") && (!runtime || strstr(runtime, "node"));
}

/* What a handler is looked for as: its path without the function's name. (transfer full), NULL:
 * none. */
static char *file_of(json_t *function)
{
    json_t *entry = json_object_get(function, "entrypoint");
    const char *handler =
        json_string_value(js_is_truthy(entry) ? entry : json_object_get(function, "handler"));
    const char *dot = handler ? strrchr(handler, '.') : NULL;

    return dot && dot > handler ? g_strndup(handler, (gsize)(dot - handler)) : NULL;
}

/* What is in a folder, under its names without one, two, … endings; once a folder. */
static void list_folder(Webpack *webpack, const char *folder)
{
    g_autoptr(GPtrArray) entries = NULL;

    if (!g_hash_table_add(webpack->listed, g_strdup(folder)) ||
        !source_tree_list(webpack->turn->tree, folder, &entries, NULL))
        return;
    for (guint i = 0; i < entries->len; i++) {
        const char *name = ((SourceListEntry *)g_ptr_array_index(entries, i))->name;

        for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'))
            g_hash_table_add(webpack->names,
                             g_strdup_printf("%s/%.*s", folder, (int)(dot - name), name));
    }
}

/* Whether there is a file of that name with any ending. */
static bool is_there(Webpack *webpack, const char *file)
{
    g_autofree char *path = source_path_resolve(webpack->turn->service->path, file, NULL);
    const char *slash = path ? strrchr(path, '/') : NULL;
    g_autofree char *folder = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    g_autofree char *name = path ? g_strconcat(folder, "/", slash ? slash + 1 : path, NULL) : NULL;

    if (!path)
        return false;
    list_folder(webpack, folder);
    return g_hash_table_contains(webpack->names, name);
}

/* Where the files of a handler are searched, without those that settings leave out. A new
 * reference.
 */
static json_t *candidates_of(const Webpack *webpack, const char *file)
{
    g_autofree char *normal = source_path_resolve("", file, NULL);
    g_autofree char *pattern = g_strconcat(normal ? normal : file, ".*", NULL);
    json_t *patterns = json_pack("[s]", pattern), *list, *item;
    size_t i;

    list = json_is_string(webpack->exclude_files) ? json_pack("[O]", webpack->exclude_files)
                                                  : json_incref(webpack->exclude_files);
    json_array_foreach(list, i, item)
    {
        g_autofree char *without = g_strconcat("!", json_string_value(item), NULL);

        if (json_is_string(item))
            json_array_append_new(patterns, json_string(without));
    }
    json_decref(list);
    return patterns;
}

static void add_function(Webpack *webpack, const char *key, json_t *function)
{
    const PluginTurn *turn = webpack->turn;
    g_autofree char *pointer = g_strdup_printf("/functions/%s/handler", key);
    g_autofree char *file = file_of(function);
    const char *name = webpack->individually ? key : turn->service->name;
    const char *handler = json_string_value(json_object_get(function, "handler"));
    json_t *archive = json_object_get(webpack->archives, name);

    if (!file || !is_there(webpack, file)) {
        plugin_problem(turn, PROBLEM_ERROR, pointer, NULL, "function %s: no file of handler %s",
                       key, handler ? handler : "(none)");
        return;
    }
    if (!archive) {
        archive = json_pack("{s:[]}", "patterns");
        json_object_set_new(webpack->archives, name, archive);
    }
    json_array_append_new(json_object_get(archive, "patterns"), candidates_of(webpack, file));
    json_object_set_new(webpack->functions, key,
                        json_pack("{s:s, s:s}", "file", file, "archive", name));
    json_object_del(function, "package"); /* the plugin puts its archive there */
}

static void add_functions(Webpack *webpack)
{
    const PluginTurn *turn = webpack->turn;
    json_t *function;
    const char *key, *other = NULL;

    json_object_foreach(json_object_get(turn->service->config, "functions"), key, function)
    {
        if (is_bundled(webpack, function))
            add_function(webpack, key, function);
        else if (!json_object_get(function, "image"))
            other = key;
    }
    if (other && !webpack->individually && json_object_size(webpack->archives)) {
        g_autofree char *pointer = g_strdup_printf("/functions/%s", other);

        plugin_problem(turn, PROBLEM_ERROR, pointer, "set package.individually: true",
                       "function %s would share the archive of what is bundled for Node", other);
    }
}

/* Settings are of the wrong kind, or ask for what cannot be done. */
static bool refuse(const Webpack *webpack, const char *setting, const char *hint, const char *why)
{
    g_autofree char *pointer = g_strdup_printf("/custom/%s/%s", webpack->custom, setting);

    plugin_problem(webpack->turn, PROBLEM_ERROR, pointer, hint, "%s", why);
    return false;
}

static bool check_settings(const Webpack *webpack)
{
    json_t *packager = json_object_get(webpack->written, "packager");
    json_t *modules = json_object_get(webpack->written, "includeModules");
    json_t *options = json_object_get(webpack->written, "packagerOptions");
    const char *name = json_string_value(packager);
    bool installs = js_is_truthy(modules) || g_str_equal(webpack->custom, "bundle");
    bool fine = true;

    if (js_is_truthy(json_object_get(webpack->written, "noBuild")))
        fine = refuse(webpack, "noBuild", "deliver that as package.artifact",
                      "noBuild is not done here: it packages an earlier build");
    if (installs && packager && g_strcmp0(name, "npm") && g_strcmp0(name, "yarn"))
        fine = refuse(webpack, "packager",
                      "take npm or yarn: packages come from what is installed in node_modules",
                      "the plugin knows the packagers npm and yarn");
    if (installs && js_is_truthy(json_object_get(options, "noInstall")))
        fine = refuse(webpack, "packagerOptions/noInstall", "leave it out",
                      "packages that stay outside of the bundle have to be installed");
    if (webpack->file && !bundling_is_file(webpack->turn, webpack->file)) {
        g_autofree char *why =
            g_strdup_printf("there is no file %s with webpack's configuration", webpack->file);

        if (json_object_get(webpack->written, "webpackConfig"))
            fine = refuse(webpack, "webpackConfig", NULL, why);
        else
            plugin_problem(webpack->turn, PROBLEM_ERROR, NULL, NULL, "%s", why);
        fine = false;
    }
    return fine;
}

static bool check(const Webpack *webpack)
{
    const PluginTurn *turn = webpack->turn;

    if (!bundling_allowed(turn, "webpack"))
        return false;
    if (js_is_truthy(pointer_get(turn->service->config, "/package/artifact"))) {
        plugin_problem(turn, PROBLEM_ERROR, "/package/artifact", "keep one of them",
                       "a finished archive takes the place of what is bundled");
        return false;
    }
    return check_settings(webpack);
}

static void bundle(Webpack *webpack)
{
    Service *service = webpack->turn->service;
    json_t *individually = pointer_get(service->config, "/package/individually");

    webpack->individually = js_is_truthy(individually);
    webpack->exclude_files = json_object_get(webpack->written, "excludeFiles");
    webpack->archives = json_object();
    webpack->functions = json_object();
    webpack->listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    webpack->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (check(webpack))
        add_functions(webpack);
    if (json_object_size(webpack->archives))
        service->bundle =
            json_pack("{s:s, s:s, s:s, s:b, s:O, s:O, s:b}", "bundler", "webpack", "folder", FOLDER,
                      "plugin", webpack->turn->plugin->name, "individually", webpack->individually,
                      "archives", webpack->archives, "functions", webpack->functions, "service", 1);
    json_decref(webpack->archives);
    json_decref(webpack->functions);
    g_hash_table_unref(webpack->listed);
    g_hash_table_unref(webpack->names);
}

static void package_by_webpack(PluginTurn *turn)
{
    json_t *written = plugin_custom(turn->service, "webpack");
    json_t *file = json_is_string(written) ? written : json_object_get(written, "webpackConfig");
    const char *path = json_string_value(file);
    Webpack webpack = {.turn = turn, .custom = "webpack", .written = written};

    if (!js_is_truthy(json_object_get(written, "config")))
        webpack.file = path ? path : "webpack.config.js";
    bundle(&webpack);
}

static void package_by_bundle(PluginTurn *turn)
{
    Webpack webpack = {
        .turn = turn, .custom = "bundle", .written = plugin_custom(turn->service, "bundle")};

    if (plugin_custom(turn->service, "webpack")) {
        plugin_problem(turn, PROBLEM_ERROR, "/custom/webpack", "say it under custom.bundle",
                       "it makes custom.webpack itself");
        return;
    }
    bundle(&webpack);
}

#define ENTRYPOINT "{\"service/function\":{\"properties\":{\"entrypoint\":{\"type\":\"string\"}}}}"

const Plugin plugin_webpack = {
    .name = "serverless-webpack",
    .schema = ENTRYPOINT,
    .configure = {[PLUGIN_PACKAGE] = package_by_webpack},
};

const Plugin plugin_bundle = {
    .name = "serverless-bundle",
    .schema = ENTRYPOINT,
    .configure = {[PLUGIN_PACKAGE] = package_by_bundle},
};
