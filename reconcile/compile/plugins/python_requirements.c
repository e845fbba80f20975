/* serverless-python-requirements 6.1 (MIT): has pip install what a service's requirements name,
 * into its archives, a zip in them or a layer. What is installed, and how it is laid out, is said
 * here; it is done by whoever packages, in the sandbox. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/bundling.h"
#include "reconcile/compile/plugins/requirement_files.h"
#include <string.h>

#define OPTIONS "/custom/pythonRequirements"

static bool is_text(json_t *value, const char *text)
{
    return !g_strcmp0(json_string_value(value), text);
}

static bool is_python(const Service *service, json_t *function)
{
    const char *runtime = bundling_runtime(service, function);

    return runtime && g_str_has_prefix(runtime, "python") &&
           !js_is_truthy(json_object_get(function, "image"));
}

/* The folder below the service that a function is packaged from; NULL where it leads out of it.
 * (transfer full) */
static char *module_of(json_t *function)
{
    const char *module = json_string_value(json_object_get(function, "module"));

    return source_path_resolve("", module ? module : "", NULL);
}

/* Words of command lines, each text split at its blanks. A new reference. */
static json_t *words_of(json_t *texts)
{
    json_t *words = json_array(), *text;
    size_t i;

    json_array_foreach(texts, i, text)
    {
        g_auto(GStrv) split =
            g_strsplit_set(json_is_string(text) ? json_string_value(text) : "", " \t\n", -1);

        for (char **word = split; *word; word++)
            if (**word)
                json_array_append_new(words, json_string(*word));
    }
    return words;
}

/* The texts of a list, or of one text. A new reference. */
static json_t *texts_of(json_t *value)
{
    json_t *texts = json_array(), *text;
    size_t i;

    if (json_is_string(value) && *json_string_value(value))
        json_array_append(texts, value);
    json_array_foreach(value, i, text)
    {
        if (json_is_string(text))
            json_array_append(texts, text);
    }
    return texts;
}

static const char *layout_of(json_t *options)
{
    return js_is_truthy(json_object_get(options, "layer")) ? "layer"
           : js_is_truthy(json_object_get(options, "zip")) ? "zip"
                                                           : "beside";
}

/* The Python that is asked for by name: the runtime's, unless the service says one. */
static char *python_of(const Service *service, json_t *options)
{
    const char *own = json_string_value(json_object_get(options, "pythonBin"));
    const char *runtime = json_string_value(pointer_get(service->config, "/provider/runtime"));

    if (own)
        return g_strdup(own);
    return g_strdup(runtime && g_str_has_prefix(runtime, "python") ? runtime : "python3");
}

/* The machines that the service's Python functions run on. A new reference. */
static json_t *architectures_of(const Service *service)
{
    json_t *shared = pointer_get(service->config, "/provider/architecture"), *function;
    bool x86 = false, arm = false;
    const char *key;

    json_object_foreach(json_object_get(service->config, "functions"), key, function)
    {
        json_t *own = json_object_get(function, "architecture");
        bool is_arm = is_text(own ? own : shared, "arm64");

        if (!is_python(service, function))
            continue;
        arm |= is_arm;
        x86 |= !is_arm;
    }
    return arm && x86 ? json_pack("[s, s]", "x86_64", "arm64")
                      : json_pack("[s]", arm ? "arm64" : "x86_64");
}

static json_t *poetry_groups_of(json_t *options)
{
    return json_pack("{s:o, s:o, s:o}", "with",
                     texts_of(json_object_get(options, "poetryWithGroups")), "without",
                     texts_of(json_object_get(options, "poetryWithoutGroups")), "only",
                     texts_of(json_object_get(options, "poetryOnlyGroups")));
}

/* What is said in options for every module. A new reference. */
static json_t *shared_input(const Service *service, json_t *options)
{
    json_t *slim = json_object_get(options, "slim"), *strip = json_object_get(options, "strip");
    json_t *defaults = json_object_get(options, "slimPatternsAppendDefaults");
    json_t *cached = json_object_get(options, "useStaticCache");
    bool slims = slim && !json_is_false(slim) && !is_text(slim, "false");
    bool strips = slims && !json_is_false(strip) && !is_text(strip, "false");
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"layout", json_string(layout_of(options))},
        {"architectures", architectures_of(service)},
        {"pip", words_of(json_object_get(options, "pipCmdExtraArgs"))},
        {"noDeploy", texts_of(json_object_get(options, "noDeploy"))},
        {"strip", json_boolean(strips)},
        {"slim", json_boolean(json_is_true(slim) || is_text(slim, "true"))},
        {"slimDefaults", json_boolean(!json_is_false(defaults) && !is_text(defaults, "false"))},
        {"slimPatterns", texts_of(json_object_get(options, "slimPatterns"))},
        {"marker", json_boolean(!cached || js_is_truthy(cached))},
        {"poetryGroups", poetry_groups_of(options)},
    };
    json_t *input = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        json_object_set_new(input, members[i].name, members[i].value);
    return input;
}

static bool names_files(const PluginTurn *turn, json_t *words)
{
    json_t *word;
    size_t i;

    json_array_foreach(words, i, word)
    {
        if (requirement_files_has(turn, json_string_value(word)))
            return true;
    }
    return false;
}

static bool is_locked(const PluginTurn *turn, const RequirementFiles *files)
{
    json_t *lock = json_object_get(files->read, "lock");
    bool poetry = json_object_get(files->read, "pyproject");

    if (!lock || !json_is_null(lock))
        return true;
    plugin_problem(turn, PROBLEM_ERROR, NULL,
                   poetry ? "commit it (poetry lock), or set usePoetry: false and commit a "
                            "requirements.txt"
                          : "commit it (pipenv lock), or set usePipenv: false and commit a "
                            "requirements.txt",
                   "%s has no %s beside it, and nothing is resolved here: the same commit would "
                   "give other packages tomorrow",
                   files->name, poetry ? "poetry.lock" : "Pipfile.lock");
    return false;
}

/* Where uv.lock is all there is, the plugin installs nothing and says nothing. */
static void refuse_uv(const PluginTurn *turn, const char *module)
{
    g_autofree char *lock = g_strconcat(module, *module ? "/" : "", "uv.lock", NULL);

    if (bundling_is_file(turn, lock))
        plugin_problem(turn, PROBLEM_ERROR, NULL,
                       "commit what uv export --no-dev --format requirements-txt gives as "
                       "requirements.txt, or make it in a build step",
                       "%s is not read, and there are no other requirements", lock);
}

/* Folders that are copied over what was installed: the service's, then the function's. */
static json_t *vendors_of(json_t *options, json_t *function)
{
    json_t *vendors = texts_of(json_object_get(options, "vendor"));
    json_t *own = texts_of(json_object_get(function, "vendor"));

    json_array_extend(vendors, own);
    json_decref(own);
    return vendors;
}

static bool check_vendors(const PluginTurn *turn, json_t *vendors)
{
    json_t *vendor;
    size_t i;

    json_array_foreach(vendors, i, vendor)
    {
        if (requirement_files_has(turn, json_string_value(vendor)))
            continue;
        plugin_problem(turn, PROBLEM_ERROR, NULL, NULL, "vendor: there is no folder %s",
                       json_string_value(vendor));
        return false;
    }
    return true;
}

/* Adds the module that a function is of (NULL: the service's only one), unless it is there or needs
 * nothing. */
static void add_module(const PluginTurn *turn, json_t *options, json_t *function,
                       const char *module, json_t *modules)
{
    g_auto(RequirementFiles) files = {0};
    g_autofree char *folder = NULL;
    json_t *input, *vendors;

    if (json_object_get(modules, module))
        return;
    if (!requirement_files_find(turn, module, options, &files)) {
        refuse_uv(turn, module);
        return;
    }
    if (!is_locked(turn, &files))
        return;
    vendors = vendors_of(options, function);
    if (!check_vendors(turn, vendors)) {
        json_decref(vendors);
        return;
    }
    input = shared_input(turn->service, options);
    files.local |= json_array_size(vendors) || names_files(turn, json_object_get(input, "pip"));
    json_object_update(input, files.read);
    json_object_set_new(input, "vendor", vendors);
    folder = g_strdup_printf("%zu", json_object_size(modules));
    json_object_set_new(modules, module,
                        json_pack("{s:s, s:s, s:b, s:o}", "folder", folder, "name", files.name,
                                  "local", files.local, "input", input));
}

/* Fills both: what is to be installed, and the module of each function that has an archive. */
static void find_modules(const PluginTurn *turn, json_t *options, json_t *modules,
                         json_t *functions)
{
    json_t *function;
    const char *key;

    if (!js_is_truthy(pointer_get(turn->service->config, "/package/individually"))) {
        add_module(turn, options, NULL, "", modules);
        return;
    }
    json_object_foreach(json_object_get(turn->service->config, "functions"), key, function)
    {
        g_autofree char *module = NULL;
        g_autofree char *pointer = g_strdup_printf("/functions/%s/module", key);

        if (!is_python(turn->service, function))
            continue;
        module = module_of(function);
        if (!module) {
            plugin_problem(turn, PROBLEM_ERROR, pointer, "name a folder below the service",
                           "function %s: its module leads out of the service", key);
            continue;
        }
        json_object_set_new(functions, key, json_string(module));
        add_module(turn, options, function, module, modules);
    }
}

/* The layer, as if it were written under layers. */
static void add_layer(const PluginTurn *turn, json_t *options)
{
    json_t *config = turn->service->config, *layers = json_object_get(config, "layers");
    json_t *runtime = pointer_get(config, "/provider/runtime"), *layer, *own;
    g_autofree char *name =
        g_strdup_printf("%s-%s-python-requirements", turn->service->name, turn->service->stage);

    if (!json_is_object(layers)) {
        layers = json_object();
        json_object_set_new(config, "layers", layers);
    }
    layer = json_pack("{s:s, s:s}", "name", name, "description",
                      "Python requirements generated by serverless-python-requirements.");
    if (json_is_string(runtime))
        json_object_set_new(layer, "compatibleRuntimes", json_pack("[O]", runtime));
    own = json_object_get(options, "layer");
    if (json_is_object(own))
        json_object_update(layer, own);
    json_object_set_new(layers, INSTALLED_LAYER, layer);
}

static bool any_local(json_t *modules)
{
    const char *module;
    json_t *about;

    json_object_foreach(modules, module, about)
    {
        if (json_is_true(json_object_get(about, "local")))
            return true;
    }
    return false;
}

static void tell_docker(const PluginTurn *turn, json_t *options)
{
    static const char *const asked[] = {"dockerizePip", "dockerImage", "dockerFile", "dockerSsh",
                                        "dockerPrivateKey"};

    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
        json_t *value = json_object_get(options, asked[i]);
        g_autofree char *pointer = g_strconcat(OPTIONS "/", asked[i], NULL);

        if (!js_is_truthy(value) || is_text(value, "non-linux"))
            continue;
        plugin_problem(turn, PROBLEM_NOTICE, pointer, NULL,
                       "%s is passed over: pip runs in the sandbox, with the Python of this "
                       "machine",
                       asked[i]);
        return;
    }
}

static bool check(const PluginTurn *turn, json_t *options, json_t *modules)
{
    bool layer = g_str_equal(layout_of(options), "layer");

    if (layer && !json_object_get(modules, "") && !problems_have_errors(turn->problems)) {
        plugin_problem(turn, PROBLEM_ERROR, OPTIONS "/layer",
                       "add a requirements.txt beside serverless.yml",
                       "there is nothing to make a layer of: the service's own folder has no "
                       "requirements");
        return false;
    }
    return json_object_size(modules) == 0 || bundling_may_install(turn, "pip");
}

static void package(PluginTurn *turn)
{
    json_t *options = plugin_custom(turn->service, "pythonRequirements");
    json_t *modules, *functions;
    g_autofree char *python = NULL;

    if (options && !json_is_object(options)) {
        plugin_problem(turn, PROBLEM_ERROR, OPTIONS, NULL,
                       "pythonRequirements is to be a map of options");
        return;
    }
    modules = json_object();
    functions = json_object();
    tell_docker(turn, options);
    find_modules(turn, options, modules, functions);
    if (check(turn, options, modules) && g_str_equal(layout_of(options), "layer"))
        add_layer(turn, options);
    python = python_of(turn->service, options);
    turn->service->installs =
        json_pack("{s:s, s:s, s:s, s:b, s:o, s:o}", "folder", ".serverless/requirements", "layout",
                  layout_of(options), "python", python, "local", any_local(modules), "modules",
                  modules, "functions", functions);
}

const Plugin plugin_python_requirements = {
    .name = "serverless-python-requirements",
    .schema = "{\"service/function\":{\"properties\":{\"module\":{\"type\":\"string\"}}}}",
    .configure = {[PLUGIN_PACKAGE] = package},
};
