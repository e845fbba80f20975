#include "reconcile/compile/events/custom_resource.h"
#include "reconcile/compile/events/event_bridge.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

#define ROLE_ID "IamRoleCustomResourcesLambdaExecution"
#define NAME_MAX_LENGTH 64
#define NAME_HEAD_LENGTH 32

static const struct {
    const char *type, *function, *handler;
} kinds[] = {
    [CUSTOM_S3] = {"Custom::S3", "custom-resource-existing-s3", "s3/handler.handler"},
    [CUSTOM_COGNITO_USER_POOL] = {"Custom::CognitoUserPool", "custom-resource-existing-cup",
                                  "cognito-user-pool/handler.handler"},
    [CUSTOM_API_GATEWAY_ROLE] = {"Custom::ApiGatewayAccountRole", "custom-resource-apigw-cw-role",
                                 "api-gateway-cloud-watch-role/handler.handler"},
    [CUSTOM_EVENT_BRIDGE] = {"Custom::EventBridge", "custom-resource-event-bridge",
                             "event-bridge/handler.handler"},
};

static char *kind_id(CustomResourceKind kind, const char *suffix)
{
    g_autofree char *name = naming_normalize(kinds[kind].function);

    return g_strconcat(name, suffix, NULL);
}

static bool is_on(json_t *logs, const char *key)
{
    json_t *value = json_object_get(logs, key);

    return js_is_truthy(logs) && (!js_is_present(value) || js_is_truthy(value));
}

/* Whether an event makes a custom resource; `logs` is provider.logs. */
static bool event_wants(json_t *event, json_t *logs, json_t *api)
{
    json_t *rest = json_object_get(logs, "restApi");
    bool ours = !js_is_truthy(json_object_get(rest, "roleManagedExternally"));

    if (js_is_truthy(json_object_get(json_object_get(event, "s3"), "existing")) ||
        js_is_truthy(json_object_get(json_object_get(event, "cognitoUserPool"), "existing")))
        return true;
    if (js_is_truthy(json_object_get(event, "http")))
        return ours && is_on(rest, "accessLogging");
    return js_is_truthy(json_object_get(event, "websocket")) && ours &&
           js_is_truthy(json_object_get(logs, "websocket")) &&
           !js_is_truthy(json_object_get(api, "websocketApiId"));
}

bool custom_resources_wanted(json_t *config)
{
    bool custom_rules = event_bridge_is_custom(config);
    json_t *logs = pointer_get(config, "/provider/logs");
    json_t *api = pointer_get(config, "/provider/apiGateway");
    json_t *function, *event;
    const char *key;
    size_t i;

    json_object_foreach(json_object_get(config, "functions"), key, function)
    {
        json_array_foreach(json_object_get(function, "events"), i, event)
        {
            if (event_wants(event, logs, api) ||
                (custom_rules && js_is_truthy(json_object_get(event, "eventBridge"))))
                return true;
        }
    }
    return false;
}

json_t *custom_resource_add(Compilation *compilation, CustomResourceKind kind, const char *id,
                            json_t *properties_new)
{
    g_autofree char *function = kind_id(kind, "LambdaFunction");
    json_t *resource = compilation_add_resource(compilation, id, kinds[kind].type, properties_new);

    json_object_set_new(resource, "Version", json_integer(1));
    json_object_set_new(properties_new, "ServiceToken", json_get_att(function, "Arn"));
    return resource;
}

json_t *custom_resource_add_for(Compilation *compilation, CustomResourceKind kind,
                                const Function *function, const char *suffix,
                                json_t *properties_new)
{
    g_autofree char *answering = kind_id(kind, "LambdaFunction");
    g_autofree char *id = function_id(function, suffix);
    json_t *resource = custom_resource_add(compilation, kind, id, properties_new);

    json_object_set_new(properties_new, "FunctionName", json_string(function->name));
    resource_depend_on(resource, function->logical_id);
    if (function->alias_id && !compilation->older) {
        json_object_set_new(properties_new, "FunctionQualifier", json_string(function->alias_name));
        resource_depend_on(resource, function->alias_id);
    }
    resource_depend_on(resource, answering);
    return resource;
}

void custom_resources_chain(Compilation *compilation, json_t *ids_of)
{
    const char *owner, *before = NULL;
    json_t *ids, *id;
    size_t i;

    js_order_keys(ids_of);
    json_object_foreach(ids_of, owner, ids)
    {
        if (compilation->older)
            before = NULL;
        json_array_foreach(ids, i, id)
        {
            resource_depend_on(json_object_get(compilation->resources, json_string_value(id)),
                               before);
            before = json_string_value(id);
        }
    }
}

/* Names of more than 64 characters are cut, and told apart by a digest. (transfer full) */
static char *function_name(const Compilation *compilation, CustomResourceKind kind)
{
    char *name =
        g_strdup_printf("%s-%s-%s", compilation->service, compilation->stage, kinds[kind].function);

    if (strlen(name) > NAME_MAX_LENGTH) {
        g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, name, -1);
        char *cut = g_strdup_printf("%.*s%s", NAME_HEAD_LENGTH, name, digest);

        g_free(name);
        name = cut;
    }
    return name;
}

static bool writes_logs(Compilation *compilation)
{
    return js_is_truthy(pointer_get(compilation->provider, "/logs/frameworkLambda"));
}

static json_t *log_statement(Compilation *compilation, json_t *actions_new, const char *tail)
{
    return json_pack("{s:s,s:o,s:[o]}", "Effect", "Allow", "Action", actions_new, "Resource",
                     json_sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}"
                              ":log-group:/aws/lambda/%s-%s*:%s",
                              compilation->service, compilation->stage, tail));
}

static json_t *role_statements(Compilation *compilation)
{
    json_t *statements = json_array(), *role, *policy_name;

    if (writes_logs(compilation)) {
        json_array_append_new(statements,
                              log_statement(compilation,
                                            json_pack("[s,s,s]", "logs:CreateLogStream",
                                                      "logs:CreateLogGroup", "logs:TagResource"),
                                            "*"));
        json_array_append_new(
            statements, log_statement(compilation, json_pack("[s]", "logs:PutLogEvents"), "*:*"));
    }
    policy_name = json_join("-", json_pack("[s,s,s]", compilation->stage, compilation->service,
                                           "custom-resources-lambda"));
    role = json_pack("{s:{s:s,s:[{s:s,s:{s:[s]},s:[s]}]},s:[{s:o,s:{s:s,s:O}}]}",
                     "AssumeRolePolicyDocument", "Version", "2012-10-17", "Statement", "Effect",
                     "Allow", "Principal", "Service", "lambda.amazonaws.com", "Action",
                     "sts:AssumeRole", "Policies", "PolicyName", policy_name, "PolicyDocument",
                     "Version", "2012-10-17", "Statement", statements);
    compilation_add_resource(compilation, ROLE_ID, "AWS::IAM::Role", role);
    json_decref(statements);
    return statements;
}

/* The framework compares by JavaScript's ===: of resources only texts can be equal. */
static bool has_resource(json_t *statements, json_t *statement)
{
    json_t *resource = json_object_get(statement, "Resource"), *earlier;
    size_t i;

    json_array_foreach(statements, i, earlier)
    {
        if (json_is_string(resource) && json_equal(json_object_get(earlier, "Resource"), resource))
            return true;
    }
    return false;
}

static void add_to_role(Compilation *compilation, json_t *added)
{
    json_t *statements = pointer_get(compilation->resources,
                                     "/" ROLE_ID "/Properties/Policies/0/PolicyDocument/Statement");
    json_t *statement;
    size_t i;

    if (!statements)
        statements = role_statements(compilation);
    json_array_foreach(added, i, statement)
    {
        if (!has_resource(statements, statement))
            json_array_append(statements, statement);
    }
}

static void add_log_group(Compilation *compilation, CustomResourceKind kind, const char *name,
                          json_t *function)
{
    g_autofree char *id = kind_id(kind, "LogGroup");
    json_t *properties = json_object();

    json_object_set_new(properties, "LogGroupName", json_sprintf("/aws/lambda/%s", name));
    property_copy(properties, "RetentionInDays", compilation->provider, "logRetentionInDays");
    property_copy(properties, "DataProtectionPolicy", compilation->provider,
                  "logDataProtectionPolicy");
    compilation_add_resource(compilation, id, "AWS::Logs::LogGroup", properties);
    resource_depend_on(function, id);
}

static json_t *function_properties(Compilation *compilation, CustomResourceKind kind,
                                   const char *name)
{
    const char *shared = property_string(compilation->provider, "runtime");
    const char *runtime = shared && g_str_has_prefix(shared, "nodejs") ? shared : "nodejs24.x";
    json_t *architecture = json_object_get(compilation->provider, "architecture");
    json_t *code = json_object();
    json_t *properties =
        json_pack("{s:o,s:s,s:s,s:i,s:s,s:i}", "Code", code, "FunctionName", name, "Handler",
                  kinds[kind].handler, "MemorySize", 1024, "Runtime", runtime, "Timeout", 180);
    const ArtifactSpec *spec;
    const Artifact *artifact = compilation_artifact(compilation, CUSTOM_RESOURCES_POINTER, &spec);

    if (artifact)
        compilation_set_code(compilation, code, spec, artifact);
    if (js_is_truthy(architecture))
        json_object_set_new(properties, "Architectures", json_pack("[O]", architecture));
    return properties;
}

void custom_resource_add_function(Compilation *compilation, CustomResourceKind kind,
                                  json_t *statements_new)
{
    json_t *own = pointer_get(compilation->provider, "/iam/deploymentRole");
    json_t *deployment_role = own ? own : json_object_get(compilation->provider, "cfnRole");
    g_autofree char *id = kind_id(kind, "LambdaFunction");
    g_autofree char *name = function_name(compilation, kind);
    json_t *properties = function_properties(compilation, kind, name), *function;

    if (!js_is_truthy(deployment_role))
        add_to_role(compilation, statements_new);
    function = compilation_add_resource(compilation, id, "AWS::Lambda::Function", properties);
    json_object_set_new(function, "DependsOn", json_array());
    if (js_is_truthy(deployment_role)) {
        json_object_set(properties, "Role", deployment_role);
    } else {
        json_object_set_new(properties, "Role", json_get_att(ROLE_ID, "Arn"));
        resource_depend_on(function, ROLE_ID);
    }
    if (writes_logs(compilation))
        add_log_group(compilation, kind, name, function);
    json_decref(statements_new);
}
