#include "controller/build/build_bundle.h"

#include "config/json_text.h"
#include "controller/build/build_steps.h"
#include "reconcile/package/package.h"
#include "reconcile/plan/redact.h"

#include <string.h>

extern const char bundler_esbuild_js[], bundler_typescript_js[], bundler_webpack_js[];

static const struct {
    const char *name, *script;
} bundlers[] = {{"esbuild", bundler_esbuild_js},
                {"typescript", bundler_typescript_js},
                {"webpack", bundler_webpack_js}};

/* The files that a list of patterns finds below the service, added to `files`. */
static bool find_files(const BuildRequest *request, const json_t *patterns, json_t *files,
                       GError **error)
{
    g_autoptr(ArtifactSpec) spec = artifact_spec_new("patterns", ARTIFACT_ZIP);
    g_autoptr(GPtrArray) paths = NULL;
    g_autoptr(GError) failure = NULL;
    bool searches = false;
    json_t *pattern;
    size_t i;

    spec->root = g_strdup(request->path);
    g_ptr_array_add(spec->patterns, g_strdup("!**"));
    json_array_foreach((json_t *)patterns, i, pattern)
    {
        searches |= *json_string_value(pattern) != '!';
        g_ptr_array_add(spec->patterns, g_strdup(json_string_value(pattern)));
    }
    if (!searches)
        return true;
    if (!package_list(request->tree, spec, &paths, &failure)) {
        if (g_error_matches(failure, PACKAGE_ERROR, PACKAGE_ERROR_EMPTY))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    for (guint j = 0; j < paths->len; j++)
        json_array_append_new(files, json_string(g_ptr_array_index(paths, j)));
    return true;
}

/* The options of the command line, as the framework hands them to plugins. A new reference. */
static json_t *command_line(const CompileOptions *options)
{
    json_t *line = json_object();
    GHashTableIter pairs;
    void *name, *value;

    if (options->options) {
        g_hash_table_iter_init(&pairs, options->options);
        while (g_hash_table_iter_next(&pairs, &name, &value))
            json_object_set(line, name, value);
    }
    if (options->stage)
        json_object_set_new(line, "stage", json_string(options->stage));
    if (options->region)
        json_object_set_new(line, "region", json_string(options->region));
    return line;
}

/* What ${env:…} may see, without secrets, by name: the same environment gives the same text. A new
 * reference. */
static json_t *environment(const CompileOptions *options)
{
    json_t *env = json_object();
    GList *names = options->env ? g_hash_table_get_keys(options->env) : NULL;

    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (const GList *name = names; name; name = name->next)
        if (!options->secret_env || !g_hash_table_contains(options->secret_env, name->data))
            json_object_set_new(env, name->data,
                                json_string(g_hash_table_lookup(options->env, name->data)));
    g_list_free(names);
    return env;
}

/* What a program that asks for the framework's own state is given: without secrets, since what it
 * makes and says is kept. */
static void add_service(const BuildRequest *request, const Service *service, json_t *input)
{
    json_object_set_new(input, "service",
                        redact_json(service_configuration(service), service_secrets(service)));
    json_object_set_new(input, "hidden",
                        service_secrets(service)->len ? json_string(REDACTED) : json_null());
    json_object_set_new(input, "stage", json_string(service_stage(service)));
    json_object_set_new(input, "region", json_string(service_region(service)));
    json_object_set_new(input, "options", command_line(request->options));
    json_object_set_new(input, "env", environment(request->options));
}

/* What the bundler's script reads: the request with files in place of patterns. A new reference. */
static json_t *script_input(const BuildRequest *request, const Service *service, GError **error)
{
    const json_t *bundle = service_bundle(service);
    json_t *input = json_deep_copy(bundle), *archive, *patterns;
    const char *name;
    size_t i;

    json_object_foreach(json_object_get(input, "archives"), name, archive)
    {
        json_t *extras = json_array();

        json_object_set_new(archive, "extras", extras);
        json_array_foreach(json_object_get(archive, "patterns"), i, patterns)
        {
            if (!find_files(request, patterns, extras, error)) {
                json_decref(input);
                return NULL;
            }
        }
        json_object_del(archive, "patterns");
    }
    if (json_is_true(json_object_get(input, "service")))
        add_service(request, service, input);
    return input;
}

static BuiltFolder *run(const BuildRequest *request, const Build *build, const char *name,
                        const char *script, const char *input, GError **error)
{
    const char *const arguments[] = {"node", "-e", script, NULL};
    const BuildCommand command = {.name = name, .arguments = arguments, .input = input};
    const BuiltRequest built = {.tree = request->tree,
                                .path = build->built_path,
                                .work_path = build_work_path(request, build->built_path),
                                .over = build->built,
                                .commands = &command,
                                .count = 1,
                                .ceilings = build_ceilings(request->builds->settings),
                                .cache = request->builds->cache,
                                .give_up = request->builds->give_up,
                                .started = request->builds->started,
                                .data = request->builds->data};

    return built_folder_make(&built, error);
}

bool build_run_bundler(const BuildRequest *request, Build *build, Problems *problems,
                       GError **error)
{
    const json_t *bundle = service_bundle(build->service);
    const char *name = json_string_value(json_object_get(bundle, "bundler"));
    const char *script = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;
    json_t *input;

    if (!bundle || !request->builds)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(bundlers); i++)
        if (!g_strcmp0(bundlers[i].name, name))
            script = bundlers[i].script;
    g_assert(script);
    if (!build->built && !build_export(request, build, problems, error))
        return false;
    input = script_input(request, build->service, &failure);
    if (input) {
        text = json_text(input, JSON_TEXT_COMPACT);
        json_decref(input);
        build->bundled = run(request, build, name, script, text, &failure);
    }
    if (!build->bundled)
        return build_tell_failure(request, failure, problems, error);
    build->bundled_path = g_strdup_printf("%s%s%s", request->path, *request->path ? "/" : "",
                                          json_string_value(json_object_get(bundle, "folder")));
    return true;
}
