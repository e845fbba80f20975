#include "reconcile/compile/plugins/step_functions/api.h"

#include "reconcile/compile/javascript.h"
#include "reconcile/compile/merge.h"
#include "reconcile/compile/variables/variables.h"
#include <string.h>

#define API_ID "ApiGatewayRestApi"

void api_merge_resource(Compilation *compilation, const char *id, json_t *resource_new)
{
    json_t *merged, *resources = compilation->resources;
    const char *type = json_string_value(json_object_get(resource_new, "Type"));

    if (!json_object_get(resources, id))
        compilation_add_resource(compilation, id, type, NULL);
    merged = json_pack("{s:o}", id, resource_new);
    merge_values(resources, merged);
    json_decref(merged);
}

/* What provider.apiGateway says, or provider itself as it used to be. */
static json_t *setting(const RestApi *api, const char *key)
{
    json_t *value = json_object_get(api->config, key);

    return js_is_truthy(value) ? value : provider_get(api->compilation, key);
}

static void add_rest_api(RestApi *api)
{
    json_t *policy = setting(api, "resourcePolicy"), *properties;

    if (js_is_truthy(json_object_get(api->config, "restApiId")))
        return;
    properties = rest_api_identity(api);
    if (json_array_size(policy) > 0)
        json_object_set_new(properties, "Policy",
                            json_pack("{s:s,s:O}", "Version", "2012-10-17", "Statement", policy));
    api_merge_resource(
        api->compilation, API_ID,
        json_pack("{s:s,s:o}", "Type", "AWS::ApiGateway::RestApi", "Properties", properties));
}

/* One answer for all methods of a path: lists are joined, the latest of all else wins. */
static void join_preflight(RestApi *api, const ApiEvent *event)
{
    static const char *const lists[] = {"headers", "methods", "origins"};
    json_t *cors = json_object_get(api->preflights, event->endpoint->path), *joined, *item,
           *origin = json_object_get(event->cors, "origin");
    size_t at;

    if (!cors) {
        cors = json_pack("{s:s}", "pointer", event->endpoint->pointer);
        json_object_set_new(api->preflights, event->endpoint->path, cors);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        json_t *latest = json_object_get(event->cors, lists[i]);

        joined = latest ? unique_list(latest) : json_array();
        json_array_foreach(json_object_get(cors, lists[i]), at, item) append_unique(joined, item);
        json_object_set_new(cors, lists[i], joined);
    }
    json_object_set_new(cors, "origin",
                        js_is_truthy(origin) ? json_incref(origin) : json_string("*"));
    if (!js_is_truthy(json_object_get(cors, "allowCredentials")))
        property_copy(cors, "allowCredentials", event->cors, "allowCredentials");
    property_copy(cors, "maxAge", event->cors, "maxAge");
}

static char *quoted_list(json_t *list)
{
    GString *text = g_string_new("'");
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item) g_string_append_printf(
        text, "%s%s", i ? "," : "", json_is_string(item) ? json_string_value(item) : "");
    g_string_append_c(text, '\'');
    return g_string_free(text, FALSE);
}

/* ANY is no method that a browser knows. */
static char *allowed_methods(json_t *methods)
{
    g_autofree char *text = quoted_list(methods);
    json_auto_t *any = json_string("ANY");
    GString *result = g_string_new(text);
    json_t *method;
    size_t i;

    json_array_foreach(methods, i, method) if (json_equal(method, any))
    {
        g_string_replace(result, "ANY", "DELETE,GET,HEAD,PATCH,POST,PUT", 1);
        break;
    }
    return g_string_free(result, FALSE);
}

/* {header: value}: a new reference. */
static json_t *preflight_headers(RestApi *api, json_t *cors)
{
    g_autofree char *origin = api_cors_origin(cors),
                    *headers = quoted_list(json_object_get(cors, "headers")),
                    *methods = allowed_methods(json_object_get(cors, "methods"));
    json_t *age = json_object_get(cors, "maxAge"), *result;

    result =
        json_pack("{s:o,s:s,s:s,s:s}", "Access-Control-Allow-Origin", json_sprintf("'%s'", origin),
                  "Access-Control-Allow-Headers", headers, "Access-Control-Allow-Methods", methods,
                  "Access-Control-Allow-Credentials",
                  js_is_truthy(json_object_get(cors, "allowCredentials")) ? "'true'" : "'false'");
    if (json_is_integer(age) && json_integer_value(age) > 0)
        json_object_set_new(result, "Access-Control-Max-Age",
                            json_sprintf("'%" JSON_INTEGER_FORMAT "'", json_integer_value(age)));
    else if (age)
        compilation_problem(api->compilation, PROBLEM_ERROR,
                            json_string_value(json_object_get(cors, "pointer")),
                            "give whole seconds, more than 0", "maxAge of cors is no such number");
    return result;
}

static void add_preflight(RestApi *api, const char *path, json_t *cors)
{
    g_autofree char *name = naming_path(path);
    g_autofree char *id = g_strconcat("ApiGatewayMethod", name, "Options", NULL);
    json_t *headers = preflight_headers(api, cors), *sent = json_object(), *values = json_object(),
           *value;
    const char *header;

    json_object_foreach(headers, header, value)
    {
        g_autofree char *key = g_strconcat("method.response.header.", header, NULL);

        json_object_set_new(sent, key, json_true());
        json_object_set(values, key, value);
    }
    json_decref(headers);
    api_merge_resource(
        api->compilation, id,
        json_pack("{s:s,s:{s:s,s:s,s:[{s:s,s:o,s:{}}],s:{},s:{s:s,s:{s:s},s:s,s:[{s:s,s:o,s:{s:s}}]"
                  "},s:o,s:o}}",
                  "Type", "AWS::ApiGateway::Method", "Properties", "AuthorizationType", "NONE",
                  "HttpMethod", "OPTIONS", "MethodResponses", "StatusCode", "200",
                  "ResponseParameters", sent, "ResponseModels", "RequestParameters", "Integration",
                  "Type", "MOCK", "RequestTemplates", "application/json", "{statusCode:200}",
                  "ContentHandling", "CONVERT_TO_TEXT", "IntegrationResponses", "StatusCode", "200",
                  "ResponseParameters", values, "ResponseTemplates", "application/json", "",
                  "ResourceId", rest_api_resource(api, path), "RestApiId", rest_api_id(api)));
}

static void add_preflights(RestApi *api, const GArray *events)
{
    const char *path;
    json_t *cors;

    for (guint i = 0; i < events->len; i++)
        if (g_array_index(events, ApiEvent, i).cors)
            join_preflight(api, &g_array_index(events, ApiEvent, i));
    json_object_foreach(api->preflights, path, cors)
    {
        compilation_set_maker(api->compilation,
                              json_string_value(json_object_get(cors, "pointer")));
        add_preflight(api, path, cors);
    }
}

/* API Gateway may call the function that decides. The plugin lets it for all authorizers of type
 * TOKEN in the template, those of functions' events included, and for none of type REQUEST. */
static void add_permissions(RestApi *api)
{
    json_t *resource, *function, *parts, *part;
    const char *authorizer, *text;
    void *next;
    size_t i;

    json_object_foreach_safe(api->compilation->resources, next, authorizer, resource)
    {
        const char *type = json_string_value(pointer_get(resource, "/Properties/Type"));
        g_autofree char *id = NULL;

        if (g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                      "AWS::ApiGateway::Authorizer") != 0 ||
            (g_strcmp0(type, "TOKEN") != 0 && g_strcmp0(type, "CUSTOM") != 0))
            continue;
        parts = json_array_get(pointer_get(resource, "/Properties/AuthorizerUri/Fn::Join"), 1);
        function = NULL;
        json_array_foreach(parts, i, part) if (!function) function =
            json_array_get(json_object_get(part, "Fn::GetAtt"), 0);
        text = json_string_value(function ? function
                                          : json_array_get(parts, json_array_size(parts) - 2));
        if (!text)
            continue;
        id = g_strconcat(g_str_has_prefix(text, "arn:") ? "function" : text, "LambdaPermission",
                         NULL);
        compilation_add_resource(api->compilation, id, "AWS::Lambda::Permission",
                                 json_pack("{s:o,s:s,s:{s:s}}", "FunctionName",
                                           g_str_has_prefix(text, "arn:")
                                               ? json_string(text)
                                               : json_get_att(text, "Arn"),
                                           "Action", "lambda:InvokeFunction", "Principal",
                                           "Fn::Sub", "apigateway.${AWS::URLSuffix}"));
    }
}

/* The role in which API Gateway starts machines, where an event has none of its own. */
static void add_role(RestApi *api, const GArray *events)
{
    json_t *actions = json_pack("[s]", "states:StartExecution"), *properties;
    bool needed = false;

    for (guint i = 0; i < events->len; i++) {
        json_t *http = g_array_index(events, ApiEvent, i).endpoint->http;
        const char *action = json_string_value(json_object_get(http, "action"));
        json_auto_t *name = action ? json_sprintf("states:%s", action) : NULL;

        needed |= !json_object_get(http, "iamRole");
        if (name)
            append_unique(actions, name);
    }
    properties = json_pack("{s:{s:s,s:[{s:s,s:{s:s},s:s}]},s:[{s:s,s:{s:s,s:[{s:s,s:o,s:s}]}}]}",
                           "AssumeRolePolicyDocument", "Version", "2012-10-17", "Statement",
                           "Effect", "Allow", "Principal", "Service", "apigateway.amazonaws.com",
                           "Action", "sts:AssumeRole", "Policies", "PolicyName",
                           "apigatewaytostepfunctions", "PolicyDocument", "Version", "2012-10-17",
                           "Statement", "Effect", "Allow", "Action", actions, "Resource", "*");
    step_functions_finish_role(api->compilation, properties, true);
    if (needed)
        compilation_add_resource(api->compilation, API_ROLE_ID, "AWS::IAM::Role", properties);
    else
        json_decref(properties);
}

/* The deployment of functions' events waits for these methods too. */
static void add_deployment(RestApi *api)
{
    g_autofree char *path = g_strconcat("/", api->compilation->stage, NULL);
    json_t *resource;
    const char *id;

    json_object_foreach(api->compilation->resources, id, resource)
    {
        if (g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                      "AWS::ApiGateway::Deployment") != 0)
            continue;
        api->deployment_id = g_strdup(id);
        json_array_extend(json_object_get(resource, "DependsOn"), api->method_ids);
        return;
    }
    api->deployment_id = g_strconcat("ApiGatewayDeployment", VARIABLES_INSTANCE_ID, NULL);
    resource = compilation_add_resource(api->compilation, api->deployment_id,
                                        "AWS::ApiGateway::Deployment",
                                        json_pack("{s:o,s:s}", "RestApiId", rest_api_id(api),
                                                  "StageName", api->compilation->stage));
    json_object_set(resource, "DependsOn", api->method_ids);
    compilation_add_output(api->compilation, "ServiceEndpoint", "URL of the service endpoint",
                           api_url("https://", rest_api_id(api), path));
}

static void merge_waiting(RestApi *api, const char *id, const char *type, json_t *properties_new)
{
    api_merge_resource(api->compilation, id,
                       json_pack("{s:s,s:o,s:s}", "Type", type, "Properties", properties_new,
                                 "DependsOn", api->deployment_id));
}

/* Keys are "name" or {name, value}; the plugin knows one plan. */
static void add_keys(RestApi *api)
{
    json_t *key;
    size_t i;

    json_array_foreach(setting(api, "apiKeys"), i, key)
    {
        g_autofree char *id = g_strdup_printf("ApiGatewayApiKey%zu", i + 1);
        g_autofree char *plan_key = g_strdup_printf("ApiGatewayUsagePlanKey%zu", i + 1);
        json_t *properties =
            json_pack("{s:b,s:[{s:o,s:s}]}", "Enabled", true, "StageKeys", "RestApiId",
                      rest_api_id(api), "StageName", api->compilation->stage);

        if (json_is_string(key))
            json_object_set(properties, "Name", key);
        property_copy(properties, "Name", key, "name");
        property_copy(properties, "Value", key, "value");
        merge_waiting(api, id, "AWS::ApiGateway::ApiKey", properties);
        api_merge_resource(api->compilation, plan_key,
                           json_pack("{s:s,s:{s:o,s:s,s:o}}", "Type",
                                     "AWS::ApiGateway::UsagePlanKey", "Properties", "KeyId",
                                     json_ref(id), "KeyType", "API_KEY", "UsagePlanId",
                                     json_ref("ApiGatewayUsagePlan")));
    }
}

static void set_limits(json_t *properties, const char *name, json_t *limits,
                       const char *const (*fields)[2], size_t count)
{
    json_t *result;

    if (!json_is_object(limits))
        return;
    result = json_object();
    for (size_t i = 0; i < count; i++)
        property_copy(result, fields[i][0], limits, fields[i][1]);
    json_object_set_new(properties, name, result);
}

static void add_plan(RestApi *api)
{
    static const char *const quota[][2] = {
        {"Limit", "limit"}, {"Offset", "offset"}, {"Period", "period"}};
    static const char *const throttle[][2] = {{"BurstLimit", "burstLimit"},
                                              {"RateLimit", "rateLimit"}};
    const Compilation *compilation = api->compilation;
    json_t *plan = setting(api, "usagePlan"), *properties;

    if (!js_is_truthy(plan) && !js_is_truthy(setting(api, "apiKeys")))
        return;
    properties = json_pack(
        "{s:[{s:o,s:s}],s:o,s:o}", "ApiStages", "ApiId", rest_api_id(api), "Stage",
        compilation->stage, "Description",
        json_sprintf("Usage plan for %s %s stage", compilation->service, compilation->stage),
        "UsagePlanName", json_sprintf("%s-%s", compilation->service, compilation->stage));
    set_limits(properties, "Quota", json_object_get(plan, "quota"), quota, G_N_ELEMENTS(quota));
    set_limits(properties, "Throttle", json_object_get(plan, "throttle"), throttle,
               G_N_ELEMENTS(throttle));
    merge_waiting(api, "ApiGatewayUsagePlan", "AWS::ApiGateway::UsagePlan", properties);
}

static void add_all(RestApi *api, const GArray *events)
{
    const size_t errors = problems_count(api->compilation->problems, PROBLEM_ERROR);

    compilation_set_maker(api->compilation, "/provider/apiGateway");
    add_rest_api(api);
    rest_api_add_resources(api);
    if (problems_count(api->compilation->problems, PROBLEM_ERROR) > errors)
        return;
    for (guint i = 0; i < events->len; i++) {
        const ApiEvent *event = &g_array_index(events, ApiEvent, i);

        compilation_set_maker(api->compilation, event->endpoint->pointer);
        api_add_method(api, event);
    }
    rest_api_add_validators(api);
    rest_api_add_authorizers(api);
    compilation_set_maker(api->compilation, "/provider/apiGateway");
    add_permissions(api);
    add_preflights(api, events);
    compilation_set_maker(api->compilation, "/provider/apiGateway");
    add_role(api, events);
    add_deployment(api);
    add_keys(api);
    add_plan(api);
}

void step_functions_add_api(Compilation *compilation, const GPtrArray *machines)
{
    const size_t errors = problems_count(compilation->problems, PROBLEM_ERROR);
    g_autoptr(GArray) events = NULL;
    g_auto(RestApi) api = {0};

    rest_api_init(&api, compilation);
    events = api_events_read(compilation, machines, api.endpoints);
    if (events->len == 0 || problems_count(compilation->problems, PROBLEM_ERROR) > errors)
        return;
    add_all(&api, events);
}
