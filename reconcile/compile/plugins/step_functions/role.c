/* The role that a state machine acts in: one statement a resource. */
#include "config/json_text.h"
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

#define LOGGING                                                                                 \
    "logs:CreateLogDelivery,logs:GetLogDelivery,logs:UpdateLogDelivery,logs:DeleteLogDelivery," \
    "logs:ListLogDeliveries,logs:PutResourcePolicy,logs:DescribeResourcePolicies,"              \
    "logs:DescribeLogGroups"
#define TRACING                                                             \
    "xray:PutTraceSegments,xray:PutTelemetryRecords,xray:GetSamplingRules," \
    "xray:GetSamplingTargets"

static void allow(json_t *permissions, const char *action, json_t *resource_new)
{
    json_array_append_new(permissions,
                          json_pack("{s:s,s:o}", "action", action, "resource", resource_new));
}

static void add_own(json_t *permissions, json_t *config)
{
    json_t *keys = json_object_get(config, "kmsKeyArns"),
           *key = pointer_get(config, "/encryptionConfig/KmsKeyId");

    if (js_is_truthy(json_object_get(config, "loggingConfig")))
        allow(permissions, LOGGING, json_string("*"));
    if (js_is_truthy(json_object_get(config, "tracingConfig")))
        allow(permissions, TRACING, json_string("*"));
    if (json_array_size(keys))
        allow(permissions,
              "kms:Decrypt,kms:Encrypt,kms:ReEncrypt*,kms:GenerateDataKey*,kms:DescribeKey",
              json_incref(keys));
    if (js_is_truthy(key))
        allow(permissions, "kms:Decrypt,kms:Encrypt", json_pack("{s:O}", "Fn::Sub", key));
}

static void append_once(json_t *list, json_t *value)
{
    json_t *present;
    size_t i;

    json_array_foreach(list, i, present) if (json_equal(present, value)) return;
    json_array_append(list, value);
}

/* {action: [resource, …]} in order of the actions. */
static json_t *by_action(json_t *permissions)
{
    json_t *actions = json_object(), *permission, *resource;
    size_t i, at;

    json_array_foreach(permissions, i, permission)
    {
        const char *action = json_string_value(json_object_get(permission, "action"));
        json_t *resources = json_object_get(actions, action),
               *added = json_object_get(permission, "resource");

        if (!resources) {
            resources = json_array();
            json_object_set_new(actions, action, resources);
        }
        if (!json_is_array(added))
            append_once(resources, added);
        json_array_foreach(added, at, resource) append_once(resources, resource);
    }
    return actions;
}

static bool holds_everything(json_t *resources)
{
    json_t *resource;
    size_t i;

    json_array_foreach(resources, i,
                       resource) if (g_strcmp0(json_string_value(resource), "*") == 0) return true;
    return false;
}

/* {resource as JSON: statement}: the actions of the same resources together, each once. */
static json_t *by_resource(json_t *actions)
{
    json_t *statements = json_object(), *resources;
    const char *action;

    json_object_foreach(actions, action, resources)
    {
        json_auto_t *everything = NULL;
        g_auto(GStrv) names = g_strsplit(action, ",", -1);
        json_t *statement, *list;
        g_autofree char *key = NULL;

        everything = holds_everything(resources) ? json_string("*") : json_incref(resources);
        key = json_text(everything, JSON_TEXT_COMPACT);
        statement = json_object_get(statements, key);
        if (!statement) {
            statement =
                json_pack("{s:s,s:[],s:O}", "Effect", "Allow", "Action", "Resource", everything);
            json_object_set_new(statements, key, statement);
        }
        list = json_object_get(statement, "Action");
        for (char **name = names; *name; name++) {
            json_auto_t *text = json_string(*name);

            append_once(list, text);
        }
    }
    return statements;
}

static json_t *statements_of(Compilation *compilation, const StateMachine *machine)
{
    json_t *permissions = step_functions_permissions(
        compilation, machine,
        json_object_get(json_object_get(machine->config, "definition"), "States"));
    json_t *written = json_object_get(machine->config, "iamRoleStatements"), *actions, *resources,
           *statements = json_array(), *statement;
    const char *key;

    add_own(permissions, machine->config);
    actions = by_action(permissions);
    resources = by_resource(actions);
    json_object_foreach(resources, key, statement) json_array_append(statements, statement);
    json_array_extend(statements, written);
    if (json_array_size(statements) == 0)
        json_array_append_new(statements, json_pack("{s:s,s:s,s:s}", "Effect", "Deny", "Action",
                                                    "*", "Resource", "*"));
    json_decref(permissions);
    json_decref(actions);
    json_decref(resources);
    return statements;
}

void step_functions_add_role(Compilation *compilation, const StateMachine *machine)
{
    g_autofree char *id = g_strconcat(machine->id, "Role", NULL);
    g_autofree char *policy =
        g_strdup_printf("%s-%s-statemachine", compilation->stage, compilation->service);
    json_t *properties;

    if (js_is_truthy(json_object_get(machine->config, "role")))
        return;
    properties =
        json_pack("{s:{s:s,s:[{s:s,s:{s:{s:s}},s:s}]},s:[{s:s,s:{s:s,s:o}}]}",
                  "AssumeRolePolicyDocument", "Version", "2012-10-17", "Statement", "Effect",
                  "Allow", "Principal", "Service", "Fn::Sub", "states.${AWS::Region}.amazonaws.com",
                  "Action", "sts:AssumeRole", "Policies", "PolicyName", policy, "PolicyDocument",
                  "Version", "2012-10-17", "Statement", statements_of(compilation, machine));
    step_functions_finish_role(compilation, properties, true);
    compilation_add_resource(compilation, id, "AWS::IAM::Role", properties);
}
