/* What CreateChangeSet gets beside the template, by CloudFormation's names. */
#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/service.h"
#include <string.h>

/* STAGE, unless provider.stackTags spells it in any case, then those. */
static json_t *stack_tags(const Service *service, json_t *provider)
{
    json_t *written = json_object_get(provider, "stackTags"), *value;
    json_t *tags = json_object();
    bool has_stage = false;
    const char *key;

    json_object_foreach(written, key, value) has_stage =
        has_stage || g_ascii_strcasecmp(key, "STAGE") == 0;
    if (!has_stage)
        json_object_set_new(tags, "STAGE", json_string(service->stage));
    if (json_is_object(written))
        json_object_update(tags, written);
    return tags;
}

/* [{ParameterKey, ParameterValue}] as a map; UsePreviousValue needs no value of ours. */
static json_t *stack_parameters(json_t *provider)
{
    json_t *parameters = json_object(), *item;
    size_t i;

    json_array_foreach(json_object_get(provider, "stackParameters"), i, item)
    {
        const char *key = json_string_value(json_object_get(item, "ParameterKey"));
        json_t *value = json_object_get(item, "ParameterValue");

        if (key && js_is_present(value))
            json_object_set(parameters, key, value);
    }
    return parameters;
}

/* Whether the template runs macros: user resources may bring a Transform. */
static bool has_transform(const Service *service)
{
    if (service->kind == SERVICE_SERVERLESS)
        return json_object_get(json_object_get(service->config, "resources"), "Transform") != NULL;
    return json_object_get(service->config, "Transform") != NULL;
}

static json_t *capabilities(const Service *service)
{
    json_t *list = json_pack("[s,s]", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM");

    if (has_transform(service))
        json_array_append_new(list, json_string("CAPABILITY_AUTO_EXPAND"));
    return list;
}

static void copy_present(json_t *settings, const char *name, json_t *value)
{
    if (js_is_truthy(value))
        json_object_set(settings, name, value);
}

/* provider.deletionProtection: a boolean, or the stages that have it. */
static void set_protection(const Service *service, json_t *provider, json_t *settings)
{
    json_t *protection = json_object_get(provider, "deletionProtection"), *stage;
    bool listed = false;
    size_t i;

    if (json_is_boolean(protection))
        json_object_set(settings, "TerminationProtection", protection);
    if (!json_is_object(protection))
        return;
    json_array_foreach(json_object_get(protection, "stages"), i, stage) listed =
        listed || g_strcmp0(json_string_value(stage), service->stage) == 0;
    json_object_set_new(settings, "TerminationProtection", json_boolean(listed));
}

static void set_flag(json_t *settings, const char *path, json_t *value)
{
    json_object_set_new(settings, path, json_string(js_is_truthy(value) ? "true" : "false"));
}

/* What the framework takes where provider.logs.restApi does not say. */
static const char access_log_format[] =
    "requestId: $context.requestId, ip: $context.identity.sourceIp, caller: "
    "$context.identity.caller, user: $context.identity.user, requestTime: $context.requestTime, "
    "httpMethod: $context.httpMethod, resourcePath: $context.resourcePath, status: "
    "$context.status, protocol: $context.protocol, responseLength: $context.responseLength";

/* Absent is on. */
static bool is_on(json_t *logs, const char *key)
{
    json_t *value = json_object_get(logs, key);

    return !js_is_present(value) || js_is_truthy(value);
}

static void set_stage_logs(const Service *service, json_t *logs, json_t *stage, json_t *settings)
{
    json_t *format = json_object_get(logs, "format"), *level = json_object_get(logs, "level");
    const bool on = js_is_truthy(logs);
    const char *wanted = js_is_truthy(level) ? json_string_value(level) : "INFO";

    json_object_set_new(settings, "/*/*/logging/dataTrace",
                        json_string(on && is_on(logs, "fullExecutionData") ? "true" : "false"));
    json_object_set_new(
        settings, "/*/*/logging/loglevel",
        json_string(on && is_on(logs, "executionLogging") && wanted ? wanted : "OFF"));
    if (!on)
        return;
    if (!is_on(logs, "accessLogging")) {
        json_object_set_new(stage, "AccessLogGroup", json_false());
        return;
    }
    json_object_set_new(settings, "/accessLogSettings/format",
                        js_is_truthy(format) && json_is_string(format)
                            ? json_incref(format)
                            : json_string(access_log_format));
    /* the group that the template makes */
    json_object_set_new(stage, "AccessLogGroup",
                        json_sprintf("/aws/api-gateway/%s-%s", service->name, service->stage));
}

static void add_texts(json_t *texts, json_t *values)
{
    const char *key;
    json_t *value;

    json_object_foreach(values, key, value)
    {
        g_autofree char *text = json_is_string(value) ? g_strdup(json_string_value(value))
                                                      : json_text(value, JSON_TEXT_COMPACT);

        json_object_set_new(texts, key, json_string(text));
    }
}

json_t *service_stage_settings(const Service *service, json_t *settings)
{
    json_t *stage = json_object_get(settings, "RestApiStage"),
           *name = pointer_get(service->config, "/provider/apiGateway/stage");

    if (!stage) {
        stage = json_pack("{s:o,s:{}}", "StageName",
                          js_is_truthy(name) ? json_incref(name) : json_string(service->stage),
                          "Settings");
        json_object_set_new(settings, "RestApiStage", stage);
    }
    return json_object_get(stage, "Settings");
}

/* The stage of the REST API, which its deployment makes: nothing of this is in the template (osls
 * 4.3.1, events/api-gateway/lib/hack/update-stage.js). */
static void set_rest_api_stage(const Service *service, json_t *provider, json_t *settings)
{
    json_t *api = json_object_get(provider, "apiGateway"),
           *tracing = pointer_get(provider, "/tracing/apiGateway"),
           *metrics = json_object_get(api, "metrics"),
           *logs = pointer_get(provider, "/logs/restApi"), *own = json_object_get(provider, "tags"),
           *of_stack = json_object_get(provider, "stackTags"), *values, *stage, *tags;
    const bool tagged = js_is_present(own) || js_is_present(of_stack);

    if (js_is_truthy(json_object_get(api, "restApiId")) ||
        !(tagged || js_is_present(tracing) || js_is_present(metrics) || js_is_present(logs)))
        return;
    values = service_stage_settings(service, settings);
    stage = json_object_get(settings, "RestApiStage");
    if (js_is_present(tracing))
        set_flag(values, "/tracingEnabled", tracing);
    if (js_is_present(metrics))
        set_flag(values, "/*/*/metrics/enabled", metrics);
    if (js_is_present(logs))
        set_stage_logs(service, logs, stage, values);
    if (tagged) {
        tags = json_object();
        add_texts(tags, of_stack);
        add_texts(tags, own);
        json_object_set_new(stage, "Tags", tags);
    }
}

static void add_provider_settings(const Service *service, json_t *settings)
{
    json_t *provider = json_object_get(service->config, "provider");
    json_t *iam_role = json_object_get(json_object_get(provider, "iam"), "deploymentRole");
    json_t *policy = json_object_get(provider, "stackPolicy");

    json_object_set_new(settings, "Tags", stack_tags(service, provider));
    json_object_set_new(settings, "Parameters", stack_parameters(provider));
    copy_present(settings, "RoleARN", iam_role ? iam_role : json_object_get(provider, "cfnRole"));
    copy_present(settings, "NotificationARNs", json_object_get(provider, "notificationArns"));
    copy_present(settings, "RollbackConfiguration",
                 json_object_get(provider, "rollbackConfiguration"));
    if (js_is_truthy(json_object_get(provider, "disableRollback")))
        json_object_set_new(settings, "DisableRollback", json_true());
    if (json_array_size(policy) > 0)
        json_object_set_new(settings, "StackPolicy", json_pack("{s:O}", "Statement", policy));
    set_protection(service, provider, settings);
    set_rest_api_stage(service, provider, settings);
}

/* A template's parameters come from params; one without a default that nobody gives is an error
 * before AWS says it. */
static void add_template_settings(const Service *service, const CompileOptions *options,
                                  json_t *settings, Problems *problems)
{
    json_t *parameters = json_object(), *declared = json_object_get(service->config, "Parameters"),
           *one;
    const char *key;
    GHashTableIter iterator;
    void *name, *value;

    if (options->params) {
        g_hash_table_iter_init(&iterator, options->params);
        while (g_hash_table_iter_next(&iterator, &name, &value)) {
            if (json_object_get(declared, name))
                json_object_set_new(parameters, name, json_string(value));
            else
                problems_add(problems, PROBLEM_ERROR, NULL,
                             "remove it, or declare it under Parameters", "%s has no parameter %s",
                             service->file, (const char *)name);
        }
    }
    json_object_foreach(declared, key, one)
    {
        g_autoptr(GString) pointer = g_string_new("/Parameters");

        pointer_append(pointer, key);
        if (!json_object_get(parameters, key) && !json_object_get(one, "Default"))
            origins_problem(service->origins, problems, PROBLEM_ERROR, pointer->str, true,
                            "give it under params, or a Default",
                            "parameter %s has neither a value nor a Default", key);
    }
    json_object_set_new(settings, "Parameters", parameters);
    json_object_set_new(settings, "Tags", json_object());
}

json_t *service_settings_of(const Service *service, const CompileOptions *options,
                            Problems *problems)
{
    json_t *settings = json_pack("{s:s}", "StackName", service->stack_name);

    if (service->kind == SERVICE_SERVERLESS)
        add_provider_settings(service, settings);
    else
        add_template_settings(service, options, settings, problems);
    json_object_set_new(settings, "Capabilities", capabilities(service));
    return settings;
}
