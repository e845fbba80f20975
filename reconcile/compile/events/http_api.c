#include "reconcile/compile/events/api_gateway.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/events/http_api_configuration.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* The API's id: of this stack or as provider.httpApi.id says. A new reference. */
static json_t *api_id(const HttpApiConfiguration *configuration)
{
    return configuration->external ? json_incref(json_object_get(configuration->config, "id"))
                                   : json_ref("HttpApi");
}

static json_t *api_name(Compilation *compilation, const HttpApiConfiguration *configuration)
{
    const char *name = property_string(configuration->config, "name");
    bool service_first =
        js_is_truthy(json_object_get(configuration->config, "shouldStartNameWithService"));

    if (name)
        return json_string(name);
    return json_sprintf("%s-%s", service_first ? compilation->service : compilation->stage,
                        service_first ? compilation->stage : compilation->service);
}

static void add_api(Compilation *compilation, const HttpApiConfiguration *configuration)
{
    json_t *disable = json_object_get(configuration->config, "disableDefaultEndpoint");
    json_t *properties = json_pack("{s:o,s:s}", "Name", api_name(compilation, configuration),
                                   "ProtocolType", "HTTP");

    property_copy_truthy(properties, "Description", configuration->config, "description");
    if (js_is_present(disable))
        json_object_set(properties, "DisableExecuteApiEndpoint", disable);
    property_copy_truthy(properties, "Tags", compilation->provider, "tags");
    property_set(properties, "CorsConfiguration", configuration->cors);
    compilation_add_resource(compilation, "HttpApi", "AWS::ApiGatewayV2::Api", properties);
}

static void add_stage(Compilation *compilation, const HttpApiConfiguration *configuration)
{
    json_t *metrics = json_object_get(configuration->config, "metrics");
    json_t *properties =
        json_pack("{s:{s:s},s:s,s:b,s:{s:o}}", "ApiId", "Ref", "HttpApi", "StageName", "$default",
                  "AutoDeploy", true, "DefaultRouteSettings", "DetailedMetricsEnabled",
                  js_is_truthy(metrics) ? json_incref(metrics) : json_false());
    json_t *stage;

    property_copy_truthy(properties, "Tags", compilation->provider, "tags");
    stage = compilation_add_resource(compilation, "HttpApiStage", "AWS::ApiGatewayV2::Stage",
                                     properties);
    if (configuration->log_format) {
        json_object_set_new(properties, "AccessLogSettings",
                            json_pack("{s:o,s:s}", "DestinationArn",
                                      json_get_att("HttpApiLogGroup", "Arn"), "Format",
                                      configuration->log_format));
        json_object_set_new(stage, "DependsOn", json_string("HttpApiLogGroup"));
    }
    compilation_add_output(compilation, "HttpApiId", "Id of the HTTP API", json_ref("HttpApi"));
    compilation_add_output(compilation, "HttpApiUrl", "URL of the HTTP API",
                           api_url("https://", json_ref("HttpApi"), NULL));
}

static json_t *authorizer_function_arn(const HttpApiAuthorizer *authorizer)
{
    return authorizer->function ? function_target_arn(authorizer->function)
                                : json_incref(json_object_get(authorizer->config, "functionArn"));
}

static void set_request_authorizer(json_t *properties, const HttpApiAuthorizer *authorizer)
{
    const char *version = property_string(authorizer->config, "payloadVersion");

    json_object_set_new(properties, "AuthorizerType", json_string("REQUEST"));
    property_copy(properties, "EnableSimpleResponses", authorizer->config, "enableSimpleResponses");
    property_copy(properties, "AuthorizerResultTtlInSeconds", authorizer->config,
                  "resultTtlInSeconds");
    json_object_set_new(properties, "AuthorizerPayloadFormatVersion",
                        json_string(version ? version : "2.0"));
    json_object_set_new(properties, "AuthorizerUri",
                        api_lambda_uri(authorizer_function_arn(authorizer)));
}

static void add_authorizer_permission(Compilation *compilation,
                                      const HttpApiConfiguration *configuration,
                                      const HttpApiAuthorizer *authorizer)
{
    g_autofree char *name = naming_normalize(authorizer->name);
    g_autofree char *id = g_strconcat(name, "LambdaAuthorizerPermissionHttpApi", NULL);
    json_t *permission = compilation_add_resource(
        compilation, id, "AWS::Lambda::Permission",
        json_pack("{s:o,s:s,s:s,s:o}", "FunctionName", authorizer_function_arn(authorizer),
                  "Action", "lambda:InvokeFunction", "Principal", "apigateway.amazonaws.com",
                  "SourceArn", api_execution_arn(api_id(configuration), "/*")));

    if (authorizer->function)
        resource_depend_on_alias(permission, authorizer->function);
}

static void add_authorizer(Compilation *compilation, const HttpApiConfiguration *configuration,
                           const HttpApiAuthorizer *authorizer)
{
    g_autofree char *name = naming_normalize(authorizer->name);
    g_autofree char *id = g_strconcat("HttpApiAuthorizer", name, NULL);
    json_t *source = json_object_get(authorizer->config, "identitySource");
    json_t *properties =
        json_pack("{s:o,s:s}", "ApiId", api_id(configuration), "Name", authorizer->name);
    json_t *resource;

    json_object_set_new(properties, "IdentitySource",
                        json_is_array(source)  ? json_incref(source)
                        : js_is_truthy(source) ? json_pack("[O]", source)
                                               : json_array());
    if (authorizer->is_request) {
        set_request_authorizer(properties, authorizer);
    } else {
        json_t *jwt = json_object();

        json_object_set_new(jwt, "Audience",
                            unique_list(json_object_get(authorizer->config, "audience")));
        property_copy(jwt, "Issuer", authorizer->config, "issuerUrl");
        json_object_set_new(properties, "AuthorizerType", json_string("JWT"));
        json_object_set_new(properties, "JwtConfiguration", jwt);
    }
    if (authorizer->is_request &&
        !js_is_truthy(json_object_get(authorizer->config, "managedExternally")))
        add_authorizer_permission(compilation, configuration, authorizer);
    resource =
        compilation_add_resource(compilation, id, "AWS::ApiGatewayV2::Authorizer", properties);
    if (authorizer->function)
        resource_depend_on_alias(resource, authorizer->function);
}

static void add_integration(Compilation *compilation, const HttpApiConfiguration *configuration,
                            const Function *function, const char *id)
{
    const char *payload = property_string(json_object_get(function->config, "httpApi"), "payload");
    json_t *properties;

    if (!payload)
        payload = property_string(configuration->config, "payload");
    properties =
        json_pack("{s:o,s:s,s:o,s:s,s:i}", "ApiId", api_id(configuration), "IntegrationType",
                  "AWS_PROXY", "IntegrationUri", function_target_arn(function),
                  "PayloadFormatVersion", payload ? payload : "2.0", "TimeoutInMillis", 30000);
    resource_depend_on_alias(
        compilation_add_resource(compilation, id, "AWS::ApiGatewayV2::Integration", properties),
        function);
}

static void add_route(Compilation *compilation, const HttpApiConfiguration *configuration,
                      const HttpApiRoute *route)
{
    bool catch_all = strcmp(route->key, "*") == 0;
    g_autofree char *function = naming_normalize(route->function->key);
    g_autofree char *permission = g_strconcat(function, "LambdaPermissionHttpApi", NULL);
    g_autofree char *integration = g_strconcat("HttpApiIntegration", function, NULL);
    g_autofree char *path = catch_all ? g_strdup("Default") : naming_path(route->key);
    g_autofree char *id = g_strconcat("HttpApiRoute", path, NULL);
    json_t *properties =
        json_pack("{s:o,s:s,s:o}", "ApiId", api_id(configuration), "RouteKey",
                  catch_all ? "$default" : route->key, "Target",
                  json_join("/", json_pack("[s,{s:s}]", "integrations", "Ref", integration)));
    json_t *resource;

    compilation_add_permission(compilation, permission, route->function, "apigateway.amazonaws.com",
                               api_execution_arn(api_id(configuration), "/*"));
    add_integration(compilation, configuration, route->function, integration);
    if (route->authorization)
        json_object_set_new(properties, "AuthorizationType", json_string(route->authorization));
    property_set(properties, "AuthorizerId", route->authorizer_id);
    property_set(properties, "AuthorizationScopes", route->scopes);
    resource = compilation_add_resource(compilation, id, "AWS::ApiGatewayV2::Route", properties);
    json_object_set_new(resource, "DependsOn", json_string(integration));
}

void http_api_compile(Compilation *compilation)
{
    size_t errors = problems_count(compilation->problems, PROBLEM_ERROR);
    g_autoptr(HttpApiConfiguration) configuration = http_api_configuration_read(compilation);

    if (configuration->routes->len == 0 ||
        problems_count(compilation->problems, PROBLEM_ERROR) > errors)
        return;
    compilation_set_maker(compilation, "/provider/httpApi");
    if (!configuration->external)
        add_api(compilation, configuration);
    if (configuration->log_format) {
        g_autofree char *name = g_strconcat("/aws/http-api/", compilation->stack_name, NULL);

        api_add_log_group(compilation, "HttpApiLogGroup", name);
    }
    if (!configuration->external)
        add_stage(compilation, configuration);
    for (guint i = 0; i < configuration->authorizers->len; i++)
        add_authorizer(compilation, configuration, configuration->authorizers->pdata[i]);
    for (guint i = 0; i < configuration->routes->len; i++) {
        const HttpApiRoute *route = configuration->routes->pdata[i];

        compilation_set_maker(compilation, route->pointer);
        add_route(compilation, configuration, route);
    }
    compilation_set_maker(compilation, NULL);
}
