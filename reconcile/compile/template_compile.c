/* A serverless.yml's template: all parts in the framework's order. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/plugins/plugins.h"
#include "reconcile/compile/service.h"
#include <string.h>

json_t *provider_get(Compilation *compilation, const char *key)
{
    json_t *value = json_object_get(compilation->provider, key);

    return js_is_present(value) ? value : NULL;
}

const Artifact *compilation_artifact(Compilation *compilation, const char *pointer,
                                     const ArtifactSpec **ret_spec)
{
    const ArtifactSpec *spec = g_hash_table_lookup(compilation->source->spec_of, pointer);
    guint at;

    if (!spec || !g_ptr_array_find(compilation->source->specs, spec, &at) ||
        at >= compilation->artifacts->len)
        return NULL;
    *ret_spec = spec;
    return compilation->artifacts->pdata[at];
}

void compilation_set_code(Compilation *compilation, json_t *code, const ArtifactSpec *spec,
                          const Artifact *artifact)
{
    g_autofree char *key = service_artifact_key(compilation->source, spec, artifact);
    json_t *bucket;

    if (spec->kind == ARTIFACT_S3)
        bucket = json_string_nocheck(artifact->s3_bucket);
    else if (compilation->deployment_bucket)
        bucket = json_string_nocheck(compilation->deployment_bucket);
    else
        bucket = json_ref("ServerlessDeploymentBucket");
    json_object_set_new_nocheck(code, "S3Bucket", bucket);
    json_object_set_new_nocheck(code, "S3Key", json_string_nocheck(key));
}

static void function_free(void *pointer)
{
    Function *function = pointer;

    g_free((char *)function->name);
    g_free((char *)function->logical_id);
    g_free((char *)function->alias_id);
    g_free(function);
}

/* Callers use an alias where one is kept: durable before provisioned before snapstart. */
static void set_alias(Function *function)
{
    static const char *const aliases[][3] = {
        {"durableConfig", "DurableLambdaAlias", "durable"},
        {"provisionedConcurrency", "ProvConcLambdaAlias", "provisioned"},
        {"snapStart", "SnapStartLambdaAlias", "snapstart"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++)
        if (js_is_truthy(json_object_get(function->config, aliases[i][0]))) {
            function->alias_id = function_id(function, aliases[i][1]);
            function->alias_name = aliases[i][2];
            return;
        }
}

static void add_function(Compilation *compilation, const char *key, json_t *config)
{
    Function *function = g_new0(Function, 1);
    json_t *name = json_object_get(config, "name");
    json_t *events = json_object_get(config, "events");

    function->key = key;
    function->config = config;
    function->name = js_is_truthy(name) && json_is_string(name)
                         ? g_strdup(json_string_value(name))
                         : g_strjoin("-", compilation->service, compilation->stage, key, NULL);
    function->logical_id = function_id(function, "LambdaFunction");
    function->events = json_is_array(events) ? events : NULL;
    set_alias(function);
    g_ptr_array_add(compilation->functions, function);
}

static void compilation_start(Compilation *compilation, const Service *service,
                              const GPtrArray *artifacts, Problems *problems)
{
    const char *key;
    json_t *config;

    *compilation = (Compilation){
        .options = &service->options,
        .problems = problems,
        .origins = service->origins,
        .service = service->name,
        .stage = service->stage,
        .region = service->region,
        .stack_name = service->stack_name,
        .config = service->config,
        .provider = json_object_get(service->config, "provider"),
        .functions = g_ptr_array_new_with_free_func(function_free),
        .template = json_object(),
        .older = service->older,
        .source = service,
        .artifacts = artifacts,
        .makers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    json_object_foreach(json_object_get(service->config, "functions"), key, config)
        add_function(compilation, key, config);
}

static void compilation_clear(Compilation *compilation)
{
    g_ptr_array_unref(compilation->functions);
    g_hash_table_unref(compilation->makers);
    g_free(compilation->maker);
    json_decref(compilation->template);
}

static const EventType *find_event_type(const char *name)
{
    for (const EventType *type = event_types; type->type; type++)
        if (strcmp(type->type, name) == 0)
            return type;
    return NULL;
}

static void check_event(Compilation *compilation, const Function *function, size_t index,
                        const char *name)
{
    const EventType *type = find_event_type(name);
    g_autofree char *below = NULL, *pointer = NULL;

    if (type && type->compile)
        return;
    below = g_strdup_printf("/events/%zu", index);
    pointer = function_pointer(function, below);
    if (type)
        compilation_problem(compilation, PROBLEM_ERROR, pointer, NULL,
                            "function %s: %s events are not supported by this version of Driftless",
                            function->key, name);
    else
        compilation_problem(compilation, PROBLEM_WARNING, pointer, NULL,
                            "function %s: no event type is called %s; nothing is made of it",
                            function->key, name);
}

static void check_events(Compilation *compilation)
{
    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];
        json_t *event, *value;
        const char *name;
        size_t index;

        json_array_foreach(function->events, index, event)
        {
            if (json_is_string(event))
                check_event(compilation, function, index, json_string_value(event));
            json_object_foreach(event, name, value) check_event(compilation, function, index, name);
        }
    }
}

static void compile_events(Compilation *compilation)
{
    check_events(compilation);
    for (const EventType *type = event_types; type->type; type++)
        if (type->compile)
            type->compile(compilation);
}

Template *template_compile(const Service *service, const GPtrArray *artifacts, Problems *problems)
{
    Template *compiled = template_new();
    Compilation compilation;

    compilation_start(&compilation, service, artifacts, problems);
    compiled->bootstrap = compile_core(&compilation);
    compile_log_groups(&compilation);
    compile_role(&compilation);
    compile_layers(&compilation);
    compile_functions(&compilation);
    compile_events(&compilation);
    plugins_compile(&compilation);
    compile_resources(&compilation);
    plugins_finish(&compilation);
    compile_deployment_id(&compilation);

    compiled->json = json_incref(compilation.template);
    compiled->bucket = g_strdup(compilation.deployment_bucket);
    template_note_keys(compiled, service, artifacts);
    g_hash_table_unref(compiled->makers);
    compiled->makers = g_hash_table_ref(compilation.makers);
    compilation_clear(&compilation);
    return compiled;
}
