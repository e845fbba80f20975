/* serverless-iam-roles-per-function 3.2.0 (MIT): a function with iamRoleStatements gets a role of
 * its own, made after the default one. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

#define NAME "serverless-iam-roles-per-function"
#define DEFAULT_ROLE "IamRoleLambdaExecution"
#define MAX_ROLE_NAME 64 /* IAM, CreateRole */

static void function_error(Compilation *compilation, const Function *function, const char *below,
                           const char *hint, const char *message)
{
    g_autofree char *pointer = function_pointer(function, below);

    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "function %s: %s", function->key,
                        message);
}

/* As lodash's isEmpty: what has no members is empty, numbers and booleans included. */
static bool is_empty(json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) == 0;
    return json_is_array(value) ? json_array_size(value) == 0 : json_object_size(value) == 0;
}

static bool check_statements(Compilation *compilation, const Function *function, json_t *statements)
{
    static const char *const needed[][2] = {
        {"Effect", NULL}, {"Action", "NotAction"}, {"Resource", "NotResource"}};
    json_t *statement;
    size_t i;

    if (is_empty(statements))
        return true;
    if (!json_is_array(statements)) {
        function_error(compilation, function, "/iamRoleStatements", NULL,
                       "iamRoleStatements has to be a list of statements");
        return false;
    }
    json_array_foreach(statements, i, statement)
    {
        for (size_t j = 0; j < G_N_ELEMENTS(needed); j++) {
            const char *other = needed[j][1] ? needed[j][1] : needed[j][0];
            g_autofree char *below = NULL, *message = NULL;

            if (js_is_truthy(json_object_get(statement, needed[j][0])) ||
                js_is_truthy(json_object_get(statement, other)))
                continue;
            below = g_strdup_printf("/iamRoleStatements/%zu", i);
            message = g_strdup_printf("the statement has no %s", needed[j][0]);
            function_error(compilation, function, below, NULL, message);
            return false;
        }
    }
    return true;
}

static json_t *allow(const char *const *actions, json_t *resource_new)
{
    json_t *list = json_array();

    for (; *actions; actions++)
        json_array_append_new(list, json_string(*actions));
    return json_pack("{s:s,s:o,s:o}", "Effect", "Allow", "Action", list, "Resource", resource_new);
}

/* The sources' ARNs of the function's events of one type; streams of `kind` only. A new reference,
 * NULL when there are none. */
static json_t *event_arns(const Function *function, const char *type, const char *kind)
{
    json_t *arns = json_array(), *event;
    size_t i;

    json_array_foreach(function->events, i, event)
    {
        json_t *value = json_object_get(event, type);
        json_t *arn =
            js_is_truthy(json_object_get(value, "arn")) ? json_object_get(value, "arn") : value;
        const char *written = json_string_value(json_object_get(value, "type"));

        if (!js_is_truthy(value))
            continue;
        if (kind && !written && json_is_string(arn)) {
            g_auto(GStrv) parts = g_strsplit(json_string_value(arn), ":", 4);

            if (g_strv_length(parts) > 2 && strcmp(parts[2], kind) == 0)
                json_array_append(arns, arn);
        } else if (!kind || g_strcmp0(written, kind) == 0) {
            json_array_append(arns, arn);
        }
    }
    if (json_array_size(arns) > 0)
        return arns;
    json_decref(arns);
    return NULL;
}

/* What the function's own event sources ask for, in the plugin's order. */
static void allow_events(const Function *function, json_t *statements)
{
    static const struct {
        const char *type, *kind, *actions[5];
    } rows[] = {
        {"stream",
         "dynamodb",
         {"dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream",
          "dynamodb:ListStreams"}},
        {"stream",
         "kinesis",
         {"kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream",
          "kinesis:ListStreams"}},
        {"sqs", NULL, {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_t *arns = event_arns(function, rows[i].type, rows[i].kind);

        if (arns)
            json_array_append_new(statements, allow(rows[i].actions, arns));
    }
}

/* provider.iam.role.statements where there is provider.iam at all, else the older place. */
static json_t *provider_statements(Compilation *compilation)
{
    json_t *iam = json_object_get(compilation->provider, "iam");

    if (js_is_truthy(iam))
        return json_object_get(json_object_get(iam, "role"), "statements");
    return json_object_get(compilation->provider, "iamRoleStatements");
}

static bool inherits(Compilation *compilation, const Function *function)
{
    json_t *own = json_object_get(function->config, "iamRoleStatementsInherit");
    json_t *shared = json_object_get(plugin_custom(compilation->source, NAME), "defaultInherit");

    return js_is_truthy(own) || (js_is_truthy(shared) && !json_is_false(own));
}

static json_t *role_statements(Compilation *compilation, const Function *function)
{
    static const char *const logs[] = {"logs:CreateLogStream", "logs:CreateLogGroup",
                                       "logs:PutLogEvents", NULL};
    static const char *const publish[] = {"sns:Publish", NULL};
    json_t *group = json_sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}"
                             ":log-group:/aws/lambda/%s:*:*",
                             function->name);
    json_t *statements = json_pack("[o]", allow(logs, json_pack("[o]", group)));
    json_t *own = json_object_get(function->config, "iamRoleStatements");
    json_t *on_error = json_object_get(function->config, "onError");
    json_t *shared = provider_statements(compilation);

    allow_events(function, statements);
    if (!is_empty(on_error))
        json_array_append_new(statements, allow(publish, json_incref(on_error)));
    if (inherits(compilation, function) && json_is_array(shared))
        json_array_extend(statements, shared);
    if (json_is_array(own))
        json_array_extend(statements, own);
    return statements;
}

/* service-stage-function-region-lambdaRole, without the last part where that is too long. NULL with
 * an error where it still is. A new reference. */
static json_t *role_name(Compilation *compilation, const Function *function)
{
    json_t *own = json_object_get(function->config, "iamRoleStatementsName");
    json_t *role = json_object_get(provider_get(compilation, "iam"), "role");
    size_t length = strlen(compilation->service) + strlen(compilation->stage) +
                    strlen(function->key) + strlen(compilation->region) + 3;
    json_t *parts;

    if (js_is_truthy(own))
        return json_incref(own);
    if (js_is_truthy(json_object_get(role, "name"))) {
        function_error(compilation, function, "/iamRoleStatements", "set iamRoleStatementsName",
                       "with a name given to the default role this one needs a name too");
        return NULL;
    }
    if (length > MAX_ROLE_NAME) {
        function_error(compilation, function, "/iamRoleStatements", "set iamRoleStatementsName",
                       "the name made for its role is longer than 64 characters");
        return NULL;
    }
    parts = json_pack("[s,s,s,{s:s}]", compilation->service, compilation->stage, function->key,
                      "Ref", "AWS::Region");
    if (length + strlen("-lambdaRole") <= MAX_ROLE_NAME)
        json_array_append_new(parts, json_string("lambdaRole"));
    return json_join("-", parts);
}

static void set_boundaries(Compilation *compilation, const Function *function, json_t *shared_role,
                           json_t *properties)
{
    json_t *own = json_object_get(function->config, "iamPermissionsBoundary");
    json_t *all =
        json_object_get(plugin_custom(compilation->source, NAME), "iamGlobalPermissionsBoundary");

    if (js_is_truthy(own) || js_is_truthy(all))
        json_object_set(properties, "PermissionsBoundary", js_is_truthy(own) ? own : all);
    if (js_is_truthy(all))
        json_object_set(json_object_get(shared_role, "Properties"), "PermissionsBoundary", all);
}

static json_t *managed_policies(Compilation *compilation, const Function *function)
{
    if (is_empty(json_object_get(function->config, "vpc")) &&
        is_empty(json_object_get(compilation->provider, "vpc")))
        return json_array();
    return json_pack("[{s:[s,[s,{s:s},s]]}]", "Fn::Join", "", "arn:", "Ref", "AWS::Partition",
                     ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole");
}

/* The function waits for its own role and not for the shared one. */
static void use_role(Compilation *compilation, const Function *function, const char *role_id)
{
    json_t *resource = json_object_get(compilation->resources, function->logical_id);
    json_t *old = json_object_get(resource, "DependsOn"), *item;
    json_t *depends = json_pack("[s]", role_id);
    size_t i;

    json_array_foreach(old, i, item) if (g_strcmp0(json_string_value(item), DEFAULT_ROLE) != 0)
        json_array_append(depends, item);
    json_object_set_new(resource, "DependsOn", depends);
    json_object_set_new(json_object_get(resource, "Properties"), "Role",
                        json_get_att(role_id, "Arn"));
}

static void set_event_source_mappings(Compilation *compilation, const Function *function,
                                      const char *role_id)
{
    const char *id;
    json_t *resource;

    json_object_foreach(compilation->resources, id, resource)
    {
        json_t *name = json_object_get(json_object_get(resource, "Properties"), "FunctionName");
        json_t *getter = json_object_get(name, "Fn::GetAtt");

        if (g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                      "AWS::Lambda::EventSourceMapping") == 0 &&
            g_strcmp0(json_string_value(json_array_get(getter, 0)), function->logical_id) == 0)
            json_object_set_new(resource, "DependsOn", json_string(role_id));
    }
}

static bool check_function(Compilation *compilation, const Function *function, json_t *shared_role)
{
    if (js_is_truthy(json_object_get(function->config, "role"))) {
        function_error(compilation, function, "/iamRoleStatements", "remove one of them",
                       "has both role and iamRoleStatements");
        return false;
    }
    if (!shared_role) {
        function_error(compilation, function, "/iamRoleStatements",
                       "remove provider.iam.role, or set functions.*.role instead",
                       "iamRoleStatements build on the default role, which this service has not");
        return false;
    }
    return check_statements(compilation, function,
                            json_object_get(function->config, "iamRoleStatements"));
}

static void give_role(Compilation *compilation, const Function *function)
{
    json_t *shared = json_object_get(compilation->resources, DEFAULT_ROLE), *properties, *name,
           *policy;
    g_autofree char *role_id = function_id(function, DEFAULT_ROLE);
    g_autofree char *pointer = function_pointer(function, "/iamRoleStatements");

    if (!json_object_get(function->config, "iamRoleStatements") ||
        !check_function(compilation, function, shared))
        return;
    name = role_name(compilation, function);
    if (!name)
        return;
    compilation_set_maker(compilation, pointer);
    properties = json_deep_copy(json_object_get(shared, "Properties"));
    policy = json_array_get(json_object_get(properties, "Policies"), 0);
    json_object_set_new(json_object_get(policy, "PolicyDocument"), "Statement",
                        role_statements(compilation, function));
    json_object_set_new(properties, "ManagedPolicyArns", managed_policies(compilation, function));
    set_boundaries(compilation, function, shared, properties);
    json_object_set_new(properties, "RoleName", name);
    compilation_add_resource(compilation, role_id, "AWS::IAM::Role", properties);
    use_role(compilation, function, role_id);
    set_event_source_mappings(compilation, function, role_id);
}

static void compile(Compilation *compilation)
{
    for (guint i = 0; i < compilation->functions->len; i++)
        give_role(compilation, compilation->functions->pdata[i]);
}

const Plugin plugin_iam_roles_per_function = {
    .name = NAME,
    .schema = "{\"root\":{\"properties\":{\"custom\":{\"properties\":{\"" NAME "\":"
              "{\"type\":\"object\",\"properties\":{\"defaultInherit\":{\"type\":\"boolean\"},"
              "\"iamGlobalPermissionsBoundary\":{\"$ref\":\"#/definitions/awsArn\"}},"
              "\"additionalProperties\":false}}}}},"
              "\"service/function\":{\"properties\":{"
              "\"iamRoleStatementsInherit\":{\"type\":\"boolean\"},"
              "\"iamRoleStatementsName\":{\"type\":\"string\"},"
              "\"iamPermissionsBoundary\":{\"$ref\":\"#/definitions/awsArn\"},"
              "\"iamRoleStatements\":{\"$ref\":\"#/definitions/awsIamPolicyStatements\"}}}}",
    .compile = compile,
};
