#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

#define STEP_FUNCTIONS "/stepFunctions"

bool step_functions_is_intrinsic(const json_t *value)
{
    const char *key;
    json_t *item;

    json_object_foreach((json_t *)value, key, item) if (g_str_has_prefix(key, "Fn::") ||
                                                        strcmp(key, "Ref") == 0) return true;
    return false;
}

static char *function_logical_id(Compilation *compilation, const char *key)
{
    g_autofree char *normal = NULL;

    if (json_object_get(compilation->resources, key) ||
        !json_object_get(json_object_get(compilation->config, "functions"), key))
        return g_strdup(key);
    normal = naming_normalize(key);
    return g_strconcat(normal, "LambdaFunction", NULL);
}

json_t *step_functions_translate(Compilation *compilation, json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "Ref"));
    json_t *attribute = json_object_get(value, "Fn::GetAtt");
    const char *resource = json_string_value(json_array_get(attribute, 0));
    g_autofree char *id = NULL;

    if (!reference && !resource)
        return json_incref(value);
    id = function_logical_id(compilation, reference ? reference : resource);
    if (reference)
        return json_ref(id);
    return json_pack("{s:[s,O]}", "Fn::GetAtt", id, json_array_get(attribute, 1));
}

const char *step_functions_function_name(Compilation *compilation, const json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "Ref"));

    for (guint i = 0; reference && i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];

        if (strcmp(function->key, reference) == 0 || strcmp(function->logical_id, reference) == 0)
            return function->name;
    }
    return NULL;
}

const char *step_functions_machine_name(const StateMachine *machine)
{
    const char *name = json_string_value(json_object_get(machine->config, "name"));

    return name && *name ? name : machine->key;
}

bool step_functions_is_arn(json_t *value, StepFunctionsArn kind)
{
    static const char *const functions[] = {"Ref",     "Fn::GetAtt",      "Fn::Join",
                                            "Fn::Sub", "Fn::ImportValue", NULL};
    const char *function = json_object_iter_key(json_object_iter(value));

    if (json_is_string(value))
        return *json_string_value(value) != '\0';
    if (json_object_size(value) != 1 || !g_strv_contains(functions, function))
        return false;
    return kind == STEP_FUNCTIONS_ARN_ANY ||
           (strcmp(function, "Fn::Sub") != 0 && strcmp(function, "Fn::ImportValue") != 0);
}

void step_functions_finish_role(Compilation *compilation, json_t *properties, bool with_boundary)
{
    json_t *boundary = provider_get(compilation, "rolePermissionsBoundary");
    json_t *path = pointer_get(compilation->provider, "/iam/role/path");

    if (with_boundary && js_is_truthy(boundary))
        json_object_set(properties, "PermissionsBoundary", boundary);
    if (js_is_truthy(path))
        json_object_set(properties, "Path", path);
}

/* (Value || '').toString () */
static void add_tags(json_t *tags, json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach(from, key, value)
    {
        g_autofree char *text = NULL;

        if (json_is_string(value))
            text = g_strdup(json_string_value(value));
        else if (js_is_truthy(value)) {
            char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

            text = g_strdup(dumped);
            free(dumped);
        }
        json_array_append_new(tags, json_pack("{s:s,s:s}", "Key", key, "Value", text ? text : ""));
    }
}

static void set_logging(json_t *properties, json_t *config)
{
    json_t *level = json_object_get(config, "level"), *all, *arn, *logging, *destinations;
    size_t i;

    if (!json_is_object(config))
        return;
    all = json_object_get(config, "includeExecutionData");
    logging = json_pack("{s:s,s:b}", "Level", level ? json_string_value(level) : "OFF",
                        "IncludeExecutionData", json_is_true(all));
    if (json_array_size(json_object_get(config, "destinations"))) {
        destinations = json_array();
        json_array_foreach(json_object_get(config, "destinations"), i, arn) json_array_append_new(
            destinations, json_pack("{s:{s:O}}", "CloudWatchLogsLogGroup", "LogGroupArn", arn));
        json_object_set_new(logging, "Destinations", destinations);
    }
    json_object_set_new(properties, "LoggingConfiguration", logging);
}

static void set_encryption(json_t *properties, json_t *config)
{
    json_t *period = json_object_get(config, "KmsDataKeyReusePeriodSeconds"),
           *key = json_object_get(config, "KmsKeyId"), *type = json_object_get(config, "Type");

    if (!json_is_object(config))
        return;
    json_object_set_new(
        properties, "EncryptionConfiguration",
        json_pack("{s:o,s:{s:s},s:s}", "KmsDataKeyReusePeriodSeconds",
                  period ? json_incref(period) : json_integer(900), "KmsKeyId", "Fn::Sub",
                  json_is_string(key) ? json_string_value(key) : "", "Type",
                  json_is_string(type) ? json_string_value(type) : "AWS_OWNED_KEY"));
}

static json_t *depends_on(const StateMachine *machine, const char *role_id)
{
    json_t *written = json_object_get(machine->config, "dependsOn"), *depends = json_array();

    if (role_id)
        json_array_append_new(depends, json_string(role_id));
    if (json_is_array(written))
        json_array_extend(depends, written);
    else if (js_is_truthy(written))
        json_array_append(depends, written);
    return depends;
}

static void add_output(Compilation *compilation, const char *id, const char *output_id)
{
    if (!json_is_true(pointer_get(compilation->config, STEP_FUNCTIONS "/noOutput")))
        compilation_add_output(compilation, output_id, "Current StateMachine Arn", json_ref(id));
}

static void add_machine(Compilation *compilation, const StateMachine *machine)
{
    json_t *config = machine->config, *role = json_object_get(config, "role"),
           *tracing = json_object_get(config, "tracingConfig"),
           *name = json_object_get(config, "name"), *type = json_object_get(config, "type");
    json_t *properties = json_object(), *tags = json_array(), *resource;
    g_autofree char *role_id = g_strconcat(machine->id, "Role", NULL);
    g_autofree char *output = g_strconcat(machine->id, "Arn", NULL);

    json_object_set_new(properties, "DefinitionString",
                        step_functions_definition(compilation, machine));
    json_object_set_new(properties, "RoleArn",
                        js_is_truthy(role) ? json_incref(role) : json_get_att(role_id, "Arn"));
    if (type)
        json_object_set(properties, "StateMachineType", type);
    set_logging(properties, json_object_get(config, "loggingConfig"));
    if (json_is_object(tracing))
        json_object_set_new(
            properties, "TracingConfiguration",
            json_pack("{s:b}", "Enabled", json_is_true(json_object_get(tracing, "enabled"))));
    set_encryption(properties, json_object_get(config, "encryptionConfig"));
    if (!json_is_false(json_object_get(config, "inheritGlobalTags")))
        add_tags(tags, provider_get(compilation, "tags"));
    add_tags(tags, json_object_get(config, "tags"));
    if (json_array_size(tags))
        json_object_set(properties, "Tags", tags);
    json_decref(tags);
    if (js_is_truthy(name))
        json_object_set(properties, "StateMachineName", name);
    resource = compilation_add_resource(compilation, machine->id,
                                        "AWS::StepFunctions::StateMachine", properties);
    json_object_set_new(resource, "DependsOn",
                        depends_on(machine, js_is_truthy(role) ? NULL : role_id));
    if (js_is_truthy(json_object_get(config, "retain")))
        json_object_set_new(resource, "DeletionPolicy", json_string("Retain"));
    add_output(compilation, machine->id, output);
}

static void add_activities(Compilation *compilation)
{
    json_t *activity;
    size_t i;

    compilation_set_maker(compilation, STEP_FUNCTIONS "/activities");
    json_array_foreach(pointer_get(compilation->config, STEP_FUNCTIONS "/activities"), i, activity)
    {
        g_autofree char *normal = NULL, *id = NULL, *arn = NULL;

        if (!json_is_string(activity)) {
            g_autofree char *pointer = g_strdup_printf(STEP_FUNCTIONS "/activities/%zu", i);

            compilation_problem(compilation, PROBLEM_ERROR, pointer,
                                "write its name; another goes under resources as "
                                "AWS::StepFunctions::Activity",
                                "an activity is no text");
            continue;
        }
        normal = naming_normalize(json_string_value(activity));
        id = g_strconcat(normal, "StepFunctionsActivity", NULL);
        arn = g_strconcat(id, "Arn", NULL);
        compilation_add_resource(compilation, id, "AWS::StepFunctions::Activity",
                                 json_pack("{s:O}", "Name", activity));
        compilation_add_output(compilation, arn, "Current StateMachine Arn", json_ref(id));
    }
}

static char *logical_id(const char *key, json_t *config)
{
    json_t *id = json_object_get(config, "id"), *name = json_object_get(config, "name");
    const char *own = js_is_truthy(id) ? json_string_value(id) : json_string_value(name);
    g_autofree char *normal = NULL;

    if (own && *own)
        return naming_normalize(own);
    normal = naming_normalize(key);
    return g_strconcat(normal, "StepFunctionsStateMachine", NULL);
}

static void free_machine(void *data)
{
    StateMachine *machine = data;

    g_free(machine->pointer);
    g_free(machine->id);
    g_free(machine);
}

static GPtrArray *read_machines(Compilation *compilation)
{
    GPtrArray *machines = g_ptr_array_new_with_free_func(free_machine);
    const char *key;
    json_t *config;

    json_object_foreach(pointer_get(compilation->config, STEP_FUNCTIONS "/stateMachines"), key,
                        config)
    {
        GString *pointer = g_string_new(STEP_FUNCTIONS "/stateMachines");
        StateMachine *machine = g_new0(StateMachine, 1);

        pointer_append(pointer, key);
        *machine = (StateMachine){.key = key,
                                  .config = config,
                                  .pointer = g_string_free(pointer, FALSE),
                                  .id = logical_id(key, config)};
        if (step_functions_check(compilation, machine))
            g_ptr_array_add(machines, machine);
        else
            free_machine(machine);
    }
    return machines;
}

static void compile(Compilation *compilation)
{
    g_autoptr(GPtrArray) machines = read_machines(compilation);
    json_t *shared = json_object();

    for (guint i = 0; i < machines->len; i++) {
        const StateMachine *machine = machines->pdata[i];

        compilation_set_maker(compilation, machine->pointer);
        step_functions_add_role(compilation, machine);
        add_machine(compilation, machine);
        step_functions_add_starts(compilation, machine);
        step_functions_add_alarms(compilation, machine);
        step_functions_add_notifications(compilation, machine, shared);
    }
    add_activities(compilation);
    step_functions_add_api(compilation, machines);
    compilation_set_maker(compilation, NULL);
    json_decref(shared);
}

const Plugin plugin_step_functions = {
    .name = "serverless-step-functions",
    .schema = "{\"root\":{\"properties\":{\"stepFunctions\":{\"type\":\"object\",\"properties\":{"
              "\"stateMachines\":{\"type\":\"object\"},\"validate\":{\"type\":\"boolean\"},"
              "\"noOutput\":{\"type\":\"boolean\"},\"activities\":{\"type\":\"array\"}},"
              "\"required\":[\"stateMachines\"]}}}}",
    .compile = compile,
};
