#include "reconcile/compile/plugins/plugins.h"
#include "reconcile/compile/merge.h"
#include "reconcile/compile/plugins/known.h"
#include <stdarg.h>
#include <string.h>

static const Plugin *const plugins[] = {
    &plugin_api_gateway_throttling,
    &plugin_associate_waf,
    &plugin_bundle,
    &plugin_conditional_functions,
    &plugin_dependson,
    &plugin_deployment_bucket,
    &plugin_dotenv,
    &plugin_esbuild,
    &plugin_iam_roles_per_function,
    &plugin_ifelse,
    &plugin_lambda_dead_letter,
    &plugin_lambda_insights,
    &plugin_log_retention,
    &plugin_prune,
    &plugin_pseudo_parameters,
    &plugin_python_requirements,
    &plugin_resource_tagging,
    &plugin_stack_termination_protection,
    &plugin_step_functions,
    &plugin_tracing,
    &plugin_typescript,
    &plugin_webpack,
};

/* One that the service lists. */
typedef struct {
    const Plugin *plugin;
    char pointer[]; /* "/plugins/0" */
} ListedPlugin;

static const Plugin *find_plugin(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++)
        if (strcmp(plugins[i]->name, name) == 0)
            return plugins[i];
    return NULL;
}

static bool is_ignored(const CompileOptions *options, const char *name)
{
    const GPtrArray *ignored = options->plugins_ignored;

    for (guint i = 0; ignored && i < ignored->len; i++)
        if (strcmp(ignored->pdata[i], name) == 0)
            return true;
    return false;
}

static void refuse(const Service *service, Problems *problems, const char *pointer,
                   const char *name)
{
    const KnownPlugin *known = known_plugin(name);
    g_autofree char *pass_over = g_strdup_printf(
        "or, if the template does without, set plugins: {ignore: [%s]} in driftless.yml", name);
    g_autofree char *hint = known && known->hint ? g_strdup_printf("%s; %s", known->hint, pass_over)
                                                 : g_strdup(pass_over + strlen("or, "));

    origins_problem(service->origins, problems, PROBLEM_ERROR, pointer, false, hint,
                    "plugin %s is not supported%s%s", name, known ? ": " : "",
                    known ? known->work : "");
}

static void list_plugin(Service *service, const Plugin *plugin, const char *pointer)
{
    size_t size = strlen(pointer) + 1;
    ListedPlugin *listed;

    for (guint i = 0; i < service->plugins->len; i++)
        if (((ListedPlugin *)service->plugins->pdata[i])->plugin == plugin)
            return; /* listed twice, it would do its work twice; the framework refuses its schema */
    listed = g_malloc(sizeof *listed + size);
    listed->plugin = plugin;
    memcpy(listed->pointer, pointer, size);
    g_ptr_array_add(service->plugins, listed);
}

static void find_one(Service *service, const CompileOptions *options, Problems *problems,
                     const char *name, const char *pointer)
{
    const Plugin *plugin = find_plugin(name);

    if (known_plugin_is_for_development(name))
        origins_problem(service->origins, problems, PROBLEM_NOTICE, pointer, false, NULL,
                        "plugin %s is passed over: it is for development only", name);
    else if (is_ignored(options, name))
        origins_problem(service->origins, problems, PROBLEM_NOTICE, pointer, false, NULL,
                        "plugin %s is passed over, as driftless.yml says", name);
    else if (plugin)
        list_plugin(service, plugin, pointer);
    else
        refuse(service, problems, pointer, name);
}

void plugins_find(Service *service, const CompileOptions *options, Problems *problems)
{
    json_t *written = json_object_get(service->config, "plugins"), *item;
    json_t *list = json_is_object(written) ? json_object_get(written, "modules") : written;
    size_t i;

    json_array_foreach(list, i, item)
    {
        g_autofree char *pointer =
            g_strdup_printf(list == written ? "/plugins/%zu" : "/plugins/modules/%zu", i);

        if (json_is_string(item))
            find_one(service, options, problems, json_string_value(item), pointer);
    }
}

json_t *plugins_schema(const Service *service)
{
    json_t *all = json_object();

    for (guint i = 0; i < service->plugins->len; i++) {
        const ListedPlugin *listed = service->plugins->pdata[i];
        json_t *schema;

        if (!listed->plugin->schema)
            continue;
        schema = json_loads(listed->plugin->schema, 0, NULL);
        g_assert(schema);
        merge_values(all, schema);
        json_decref(schema);
    }
    return all;
}

void plugins_configure(Service *service, PluginMoment moment, SourceTree *tree,
                       const CompileOptions *options, Problems *problems)
{
    for (guint i = 0; i < service->plugins->len; i++) {
        const ListedPlugin *listed = service->plugins->pdata[i];
        PluginTurn turn = {.plugin = listed->plugin,
                           .service = service,
                           .tree = tree,
                           .options = options,
                           .problems = problems,
                           .pointer = listed->pointer};

        if (listed->plugin->configure[moment])
            listed->plugin->configure[moment](&turn);
    }
}

void plugins_settings(const Service *service, json_t *settings)
{
    for (guint i = 0; i < service->plugins->len; i++) {
        const ListedPlugin *listed = service->plugins->pdata[i];

        if (listed->plugin->settings)
            listed->plugin->settings(service, settings);
    }
}

void plugins_compile(Compilation *compilation)
{
    for (guint i = 0; i < compilation->source->plugins->len; i++) {
        const ListedPlugin *listed = compilation->source->plugins->pdata[i];

        if (listed->plugin->compile)
            listed->plugin->compile(compilation);
    }
    compilation_set_maker(compilation, NULL);
}

void plugins_finish(Compilation *compilation)
{
    for (guint i = 0; i < compilation->source->plugins->len; i++) {
        const ListedPlugin *listed = compilation->source->plugins->pdata[i];

        if (listed->plugin->finish)
            listed->plugin->finish(compilation);
    }
}

json_t *plugin_custom(const Service *service, const char *key)
{
    return json_object_get(json_object_get(service->config, "custom"), key);
}

void plugin_problem(const PluginTurn *turn, ProblemSeverity severity, const char *pointer,
                    const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    origins_problem(turn->service->origins, turn->problems, severity,
                    pointer ? pointer : turn->pointer, pointer != NULL, hint, "plugin %s: %s",
                    turn->plugin->name, message);
}
