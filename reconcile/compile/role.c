#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

#define LOG_GROUP \
    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"

bool role_is_existing(const json_t *role)
{
    const char *key;
    json_t *value;

    if (json_is_string(role))
        return true;
    json_object_foreach((json_t *)role, key, value) if (strstr(key, "::")) return true;
    return false;
}

json_t *function_custom_role(Compilation *compilation, const Function *function)
{
    json_t *own = json_object_get(function->config, "role");
    json_t *shared = json_object_get(provider_get(compilation, "iam"), "role");

    if (js_is_truthy(own))
        return own;
    if (role_is_existing(shared))
        return shared;
    return json_object_get(compilation->provider, "role");
}

/* No function would use it: there are none, or each has a role of its own, or one is given for all.
 */
static bool role_is_needed(Compilation *compilation)
{
    if (role_is_existing(json_object_get(provider_get(compilation, "iam"), "role")) ||
        json_object_get(compilation->provider, "role"))
        return false;
    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];

        if (!json_object_get(function->config, "role"))
            return true;
    }
    return false;
}

static json_t *role_name(Compilation *compilation, json_t *role)
{
    json_t *name = json_object_get(role, "name");

    if (js_is_truthy(name))
        return json_incref(name);
    return json_pack("{s:[s,[s,s,{s:s},s]]}", "Fn::Join", "-", compilation->service,
                     compilation->stage, "Ref", "AWS::Region", "lambdaRole");
}

static json_t *log_statement(const char *action, const char *second, const char *third)
{
    json_t *actions = json_pack("[s]", action);

    if (second) {
        json_array_append_new(actions, json_string(second));
        json_array_append_new(actions, json_string(third));
    }
    return json_pack("{s:s,s:o,s:[]}", "Effect", "Allow", "Action", actions, "Resource");
}

static json_t *role_properties(Compilation *compilation, json_t *role)
{
    json_t *path = json_object_get(role, "path");
    json_t *trust = json_pack("{s:s,s:[{s:s,s:{s:[s]},s:[s]}]}", "Version", "2012-10-17",
                              "Statement", "Effect", "Allow", "Principal", "Service",
                              "lambda.amazonaws.com", "Action", "sts:AssumeRole");
    json_t *policy_name = json_pack("{s:[s,[s,s,s]]}", "Fn::Join", "-", compilation->service,
                                    compilation->stage, "lambda");
    json_t *document =
        json_pack("{s:s,s:[o,o]}", "Version", "2012-10-17", "Statement",
                  log_statement("logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"),
                  log_statement("logs:PutLogEvents", NULL, NULL));

    return json_pack("{s:o,s:[{s:o,s:o}],s:o,s:o}", "AssumeRolePolicyDocument", trust, "Policies",
                     "PolicyName", policy_name, "PolicyDocument", document, "Path",
                     js_is_truthy(path) ? json_incref(path) : json_string("/"), "RoleName",
                     role_name(compilation, role));
}

static void apply_tags_and_boundary(Compilation *compilation, json_t *role, json_t *properties)
{
    json_t *boundaries[] = {json_object_get(role, "permissionsBoundary"),
                            json_object_get(role, "permissionBoundary"),
                            json_object_get(compilation->provider, "rolePermissionsBoundary")};
    json_t *tags = json_object_get(role, "tags"), *list, *value;
    const char *key;

    if (js_is_truthy(tags)) {
        list = json_array();
        json_object_foreach(tags, key, value)
            json_array_append_new(list, json_pack("{s:s,s:O}", "Key", key, "Value", value));
        json_object_set_new(properties, "Tags", list);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(boundaries); i++)
        if (js_is_truthy(boundaries[i])) {
            json_object_set(properties, "PermissionsBoundary", boundaries[i]);
            return;
        }
}

static void allow_log_group(json_t *statements, const char *name, const char *wildcard)
{
    json_t *create = json_object_get(json_array_get(statements, 0), "Resource");
    json_t *put = json_object_get(json_array_get(statements, 1), "Resource");

    json_array_append_new(create, json_sub(LOG_GROUP "%s%s:*", name, wildcard));
    json_array_append_new(put, json_sub(LOG_GROUP "%s%s:*:*", name, wildcard));
}

/* One wildcard covers all functions named service-stage…; others are named one by one; under the
 * wildcard, functions whose logs are disabled are denied. */
static void allow_logs(Compilation *compilation, json_t *statements)
{
    g_autofree char *prefix = g_strconcat(compilation->service, "-", compilation->stage, NULL);
    json_t *denied = json_array();
    bool wildcard = false;

    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];
        bool disabled = js_is_truthy(json_object_get(function->config, "disableLogs"));

        if (!g_str_has_prefix(function->name, prefix)) {
            if (!disabled)
                allow_log_group(statements, function->name, "");
        } else if (disabled) {
            json_array_append_new(denied, json_sub(LOG_GROUP "%s:*", function->name));
        } else {
            wildcard = true;
        }
    }
    if (wildcard)
        allow_log_group(statements, prefix, "*");
    if (wildcard && json_array_size(denied) > 0)
        json_array_append_new(statements, json_pack("{s:s,s:s,s:O}", "Effect", "Deny", "Action",
                                                    "logs:PutLogEvents", "Resource", denied));
    json_decref(denied);
}

static void add_managed_policies(Compilation *compilation, json_t *role, json_t *properties)
{
    json_t *own = json_object_get(role, "managedPolicies");
    json_t *legacy = json_object_get(compilation->provider, "iamManagedPolicies");
    json_t *chosen = js_is_truthy(own) ? own : legacy;
    json_t *policies = json_array();
    bool vpc = js_is_truthy(json_object_get(compilation->provider, "vpc"));

    if (json_is_array(chosen))
        json_array_extend(policies, chosen);
    for (guint i = 0; i < compilation->functions->len && !vpc; i++) {
        const Function *function = compilation->functions->pdata[i];

        vpc = json_object_get(function->config, "vpc") != NULL;
    }
    if (vpc)
        json_array_append_new(
            policies,
            json_pack("{s:[s,[s,{s:s},s]]}", "Fn::Join", "", "arn:", "Ref", "AWS::Partition",
                      ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"));
    if (json_array_size(policies) > 0)
        json_object_set(properties, "ManagedPolicyArns", policies);
    json_decref(policies);
}

/* Whether the function runs under IamRoleLambdaExecution. */
static bool uses_default_role(Compilation *compilation, const Function *function)
{
    json_t *role = function_custom_role(compilation, function);
    json_t *getter = json_object_get(role, "Fn::GetAtt");
    const char *name = json_string_value(role);

    if (!js_is_truthy(role))
        return true;
    if (json_is_array(getter) && json_array_size(getter) == 2 &&
        g_strcmp0(json_string_value(json_array_get(getter, 1)), "Arn") == 0)
        name = json_string_value(json_array_get(getter, 0));
    return g_strcmp0(name, "IamRoleLambdaExecution") == 0;
}

static void allow_durable_executions(Compilation *compilation, json_t *statements)
{
    json_t *resources = json_array();

    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];

        if (js_is_truthy(json_object_get(function->config, "durableConfig")) &&
            uses_default_role(compilation, function))
            json_array_append_new(
                resources,
                json_sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
                         "%s:*/durable-execution/*/*",
                         function->name));
    }
    if (json_array_size(resources) > 0)
        json_array_append_new(statements,
                              json_pack("{s:s,s:[s,s],s:O}", "Effect", "Allow", "Action",
                                        "lambda:CheckpointDurableExecution",
                                        "lambda:GetDurableExecutionState", "Resource", resources));
    json_decref(resources);
}

void compile_role(Compilation *compilation)
{
    json_t *role = json_object_get(provider_get(compilation, "iam"), "role");
    json_t *own = json_object_get(role, "statements");
    json_t *legacy = json_object_get(compilation->provider, "iamRoleStatements");
    json_t *properties, *statements;

    if (compilation->functions->len == 0 || !role_is_needed(compilation))
        return;
    compilation_set_maker(compilation, "/provider/iam");
    properties = role_properties(compilation, role);
    compilation_add_resource(compilation, "IamRoleLambdaExecution", "AWS::IAM::Role", properties);
    compilation_set_maker(compilation, NULL);
    compilation->has_default_role = true;
    apply_tags_and_boundary(compilation, role, properties);

    statements = compilation_iam_statements(compilation);
    allow_logs(compilation, statements);
    if (js_is_truthy(own) || json_is_array(legacy))
        json_array_extend(statements, js_is_truthy(own) ? own : legacy);
    add_managed_policies(compilation, role, properties);
    allow_durable_executions(compilation, statements);
}
