/* serverless-esbuild 1.54 (MIT): bundles every Node function with the service's own esbuild. What
 * is bundled, and with which options, is said here; it is run by whoever packages, in the sandbox.
 */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/bundling.h"
#include <string.h>

/* Of custom.esbuild, but not esbuild's; what has no effect on what is packaged is passed over. */
static const char *const own_options[] = {"concurrency",
                                          "zipConcurrency",
                                          "exclude",
                                          "nativeZip",
                                          "packager",
                                          "packagePath",
                                          "watch",
                                          "keepOutputDirectory",
                                          "packagerOptions",
                                          "installExtraArgs",
                                          "outputFileExtension",
                                          "outputBuildFolder",
                                          "outputWorkFolder",
                                          "skipRebuild",
                                          "disposeContext",
                                          "skipBuildExcludeFns",
                                          "stripEntryResolveExtensions",
                                          "skipBuild",
                                          "nodeExternals",
                                          "config",
                                          "plugins",
                                          NULL};

static const struct {
    const char *option, *why;
} refused[] = {
    {"config", "it is a program that makes the options; write them into custom.esbuild"},
    {"plugins", "esbuild's plugins are programs; run esbuild in a build step"},
    {"nodeExternals",
     "packages that stay outside of the bundle are not installed here; bundle them"},
    {"skipBuild", "it packages an earlier build; deliver that as package.artifact"},
    {"stripEntryResolveExtensions", "it renames what was built; run esbuild in a build step"},
};

/* The file of a handler, as the plugin looks for it; (transfer full), NULL: none. */
static char *entry_of(const PluginTurn *turn, json_t *extensions, const char *handler)
{
    const char *base = strrchr(handler, '/');
    const char *dot = strrchr(base ? base : handler, '.');
    g_autofree char *file = g_strndup(handler, dot ? (gsize)(dot - handler) : strlen(handler));
    g_autofree char *normal = source_path_resolve("", file, NULL);
    json_t *extension;
    size_t i;

    json_array_foreach(extensions, i, extension)
    {
        const char *text = json_string_value(extension);
        g_autofree char *direct = normal && text ? g_strconcat(normal, text, NULL) : NULL;
        g_autofree char *index = direct ? g_strconcat(normal, "/index", text, NULL) : NULL;

        if (direct && bundling_is_file(turn, direct))
            return g_steal_pointer(&direct);
        if (index && bundling_is_file(turn, index))
            return g_steal_pointer(&index);
    }
    return NULL;
}

/* esbuild's options: the plugin's defaults, what is written, without what is not esbuild's. A new
 * reference. */
static json_t *options_of(const PluginTurn *turn, json_t *written)
{
    const char *runtime =
        json_string_value(pointer_get(turn->service->config, "/provider/runtime"));
    g_autofree char *target = g_strdup("node18");
    json_t *options = json_object(), *external = json_array(), *item;
    json_t *exclude = json_object_get(written, "exclude");
    bool exclude_all = false;
    size_t i;

    if (runtime && g_str_has_prefix(runtime, "nodejs")) {
        g_free(target);
        target = g_strdup_printf("node%.*s", (int)strspn(runtime + 6, "0123456789"), runtime + 6);
    }
    json_object_set_new(options, "bundle", json_true());
    json_object_set_new(options, "target", json_string(target));
    json_object_set_new(options, "platform", json_string("node"));
    json_object_update(options, written);
    for (i = 0; own_options[i]; i++)
        json_object_del(options, own_options[i]);
    json_array_foreach(exclude, i, item) exclude_all |= !g_strcmp0(json_string_value(item), "*");
    exclude_all |= !g_strcmp0(json_string_value(exclude), "*");
    if (!exclude)
        json_array_append_new(external, json_string("aws-sdk"));
    else if (json_is_string(exclude) && !exclude_all)
        json_array_append(external, exclude);
    else if (json_is_array(exclude) && !exclude_all)
        json_array_extend(external, exclude);
    json_object_set_new(options, "external", external);
    return options;
}

static json_t *extensions_of(json_t *written)
{
    json_t *own = json_object_get(written, "resolveExtensions");

    return json_is_array(own) ? json_incref(own)
                              : json_pack("[s,s,s,s]", ".ts", ".js", ".jsx", ".tsx");
}

static bool check(const PluginTurn *turn, json_t *written)
{
    bool fine = bundling_allowed(turn, "esbuild");

    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *pointer = g_strconcat("/custom/esbuild/", refused[i].option, NULL);

        if (!js_is_truthy(json_object_get(written, refused[i].option)))
            continue;
        plugin_problem(turn, PROBLEM_ERROR, pointer, NULL, "%s is not done here: %s",
                       refused[i].option, refused[i].why);
        fine = false;
    }
    if (json_array_size(json_object_get(written, "external"))) {
        plugin_problem(
            turn, PROBLEM_ERROR, "/custom/esbuild/external",
            "bundle them, name what the runtime has under exclude, or bring them as a layer",
            "external is not done here: packages that stay outside of "
            "the bundle would have to be installed");
        fine = false;
    }
    return fine;
}

static json_t *archive_of(json_t *archives, const char *name, json_t *service_patterns)
{
    json_t *archive = json_object_get(archives, name);

    if (archive)
        return archive;
    archive = json_pack("{s:[], s:[]}", "entries", "patterns");
    if (json_array_size(service_patterns))
        json_array_append(json_object_get(archive, "patterns"), service_patterns);
    json_object_set_new(archives, name, archive);
    return archive;
}

static void add_function(const PluginTurn *turn, const char *key, json_t *function,
                         json_t *extensions, json_t *archives)
{
    json_t *package = json_object_get(turn->service->config, "package");
    json_t *patterns = pointer_get(function, "/package/patterns");
    bool individually = json_is_true(json_object_get(package, "individually"));
    const char *handler = json_string_value(json_object_get(function, "handler"));
    g_autofree char *entry = entry_of(turn, extensions, handler);
    json_t *archive;

    if (!entry) {
        g_autofree char *pointer = g_strdup_printf("/functions/%s/handler", key);

        plugin_problem(turn, PROBLEM_ERROR, pointer, NULL,
                       "function %s: no file of handler %s with the ending .ts, .js, .jsx or .tsx",
                       key, handler);
        return;
    }
    archive = archive_of(archives, individually ? key : turn->service->name,
                         json_object_get(package, "patterns"));
    json_array_append_new(json_object_get(archive, "entries"), json_string(entry));
    if (json_array_size(patterns))
        json_array_append(json_object_get(archive, "patterns"), patterns);
}

static void package(PluginTurn *turn)
{
    json_t *written = plugin_custom(turn->service, "esbuild"), *function;
    json_t *archives = json_object(), *extensions = extensions_of(written);
    const char *extension = json_string_value(json_object_get(written, "outputFileExtension"));
    const char *key;

    if (check(turn, written))
        json_object_foreach(json_object_get(turn->service->config, "functions"), key, function)
        {
            if (bundling_is_node(turn->service, function) &&
                !json_is_true(json_object_get(function, "skipEsbuild")))
                add_function(turn, key, function, extensions, archives);
        }
    json_decref(extensions);
    if (json_object_size(archives) == 0) {
        json_decref(archives);
        return;
    }
    turn->service->bundle = json_pack(
        "{s:s, s:s, s:o, s:o, s:s}", "bundler", "esbuild", "folder", ".esbuild/.build", "archives",
        archives, "options", options_of(turn, written), "extension", extension ? extension : ".js");
}

const Plugin plugin_esbuild = {
    .name = "serverless-esbuild",
    .schema = "{\"service/function\":{\"properties\":{\"skipEsbuild\":{\"type\":\"boolean\"}}}}",
    .configure = {[PLUGIN_PACKAGE] = package},
};
