#include "reconcile/compile/plugins/bundling.h"

#define HOW_TO_BUILD                                                                             \
    "let builds run: build: true of the service in driftless.yml (--build on a folder), with a " \
    "step like npm ci where node_modules is not committed"

#define HOW_TO_INSTALL                                                                               \
    "let it run in the sandbox: build: {network: [HOST, …]} of the service in driftless.yml with " \
    "the hosts that packages come from (--build --build-network HOST on a folder)"

static bool builds_are_on(const PluginTurn *turn, const char *program, const char *hint)
{
    if (!turn->options->builds)
        plugin_problem(turn, PROBLEM_ERROR, NULL, hint, "it runs %s, and builds are off", program);
    return turn->options->builds;
}

bool bundling_may_install(const PluginTurn *turn, const char *program)
{
    return builds_are_on(turn, program, HOW_TO_INSTALL);
}

bool bundling_allowed(const PluginTurn *turn, const char *program)
{
    g_autofree char *own = g_strconcat("the service's ", program, NULL);

    if (!builds_are_on(turn, own, HOW_TO_BUILD))
        return false;
    if (turn->service->bundle) {
        plugin_problem(turn, PROBLEM_ERROR, NULL, "keep one of them",
                       "another plugin makes the archives already");
        return false;
    }
    return true;
}

const char *bundling_runtime(const Service *service, json_t *function)
{
    const char *own = json_string_value(json_object_get(function, "runtime"));

    return own ? own : json_string_value(pointer_get(service->config, "/provider/runtime"));
}

bool bundling_is_node(const Service *service, json_t *function)
{
    const char *runtime = bundling_runtime(service, function);

    return json_is_string(json_object_get(function, "handler")) && runtime &&
           g_str_has_prefix(runtime, "nodejs");
}

bool bundling_is_file(const PluginTurn *turn, const char *path)
{
    g_autofree char *resolved = source_path_resolve(turn->service->path, path, NULL);
    SourceEntry entry = {0};

    return resolved && source_tree_entry(turn->tree, resolved, true, &entry, NULL) &&
           (entry.kind == SOURCE_FILE || entry.kind == SOURCE_EXECUTABLE);
}
