/* What CreateChangeSet gets beside the template, by CloudFormation's names. */
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
