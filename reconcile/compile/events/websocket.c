#include "config/json_text.h"
#include "reconcile/compile/events/api_gateway.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

static const char api_logical_id[] = "WebsocketsApi";

typedef struct {
    const Function *function;
    char *pointer;
    const char *route;       /* as written (borrowed) */
    char *route_id;          /* "SconnectWebsocketsRoute" */
    bool responds;           /* the route answers what the function returns */
    char *authorizer;        /* name, or NULL */
    const Function *decider; /* the authorizer's function in this service, or NULL */
    json_t *decider_arn;     /* owned; its ARN */
    json_t *identity_source; /* owned */
} Route;

typedef struct {
    Compilation *compilation;
    json_t *external_id; /* provider.apiGateway.websocketApiId (borrowed), or NULL */
    const char *description;
    GPtrArray *routes;
} WebsocketApi;

static void route_free(gpointer data)
{
    Route *route = data;

    g_free(route->pointer);
    g_free(route->route_id);
    g_free(route->authorizer);
    json_decref(route->decider_arn);
    json_decref(route->identity_source);
    g_free(route);
}

/* $ / - _ . are spelt out; the first letter stays as it is. */
static char *route_logical_id(const char *route)
{
    static const struct {
        char character;
        const char *word;
    } words[] = {{'$', "S"}, {'/', "Slash"}, {'-', "Dash"}, {'_', "Underscore"}, {'.', "Period"}};
    GString *id = g_string_new(NULL);

    for (const char *at = route; *at; at++) {
        size_t i = 0;

        while (i < G_N_ELEMENTS(words) && words[i].character != *at)
            i++;
        if (i < G_N_ELEMENTS(words))
            g_string_append(id, words[i].word);
        else
            g_string_append_c(id, *at);
    }
    g_string_append(id, "WebsocketsRoute");
    return g_string_free(id, FALSE);
}

static bool use_arn(Compilation *compilation, const EventCursor *cursor, Route *route, json_t *arn,
                    const char *name)
{
    const char *text = json_string_value(arn);

    if (text)
        name = strrchr(text, ':') ? strrchr(text, ':') + 1 : text;
    route->authorizer = g_strdup(name);
    route->decider_arn = json_incref(arn);
    if (name)
        return true;
    event_error(compilation, cursor, "websocket", "/authorizer", "Add a name to the authorizer",
                "websocket event of function \"%s\": an authorizer whose ARN is not plain text "
                "needs a name",
                cursor->function->key);
    return false;
}

static bool use_function(Compilation *compilation, const EventCursor *cursor, Route *route,
                         const char *name)
{
    route->decider = name ? compilation_function(compilation, name) : NULL;
    if (!route->decider) {
        event_error(compilation, cursor, "websocket", "/authorizer",
                    "Name a key under functions, or give the ARN of a function elsewhere",
                    "websocket event of function \"%s\" names authorizer \"%s\", which is no "
                    "function of this service",
                    cursor->function->key, name ? name : "");
        return false;
    }
    route->authorizer = g_strdup(name);
    route->decider_arn = function_target_arn(route->decider);
    return true;
}

static bool read_authorizer(Compilation *compilation, const EventCursor *cursor, Route *route)
{
    json_t *written = json_object_get(cursor->event, "authorizer");
    const char *text = json_string_value(written);
    json_t *arn = json_object_get(written, "arn");
    json_t *source = json_object_get(written, "identitySource");
    const char *name = property_string(written, "name");

    if (!js_is_truthy(written))
        return true;
    route->identity_source =
        js_is_truthy(source) ? json_incref(source) : json_pack("[s]", "route.request.header.Auth");
    if (text && strchr(text, ':'))
        return use_arn(compilation, cursor, route, written, NULL);
    if (text)
        return use_function(compilation, cursor, route, text);
    if (js_is_truthy(arn))
        return use_arn(compilation, cursor, route, arn, name);
    return use_function(compilation, cursor, route, name);
}

static void read_routes(WebsocketApi *api)
{
    EventCursor cursor = {0};

    api->routes = g_ptr_array_new_with_free_func(route_free);
    while (compilation_next_event(api->compilation, "websocket", &cursor)) {
        Route *route = g_new0(Route, 1);

        route->function = cursor.function;
        route->pointer = event_pointer(&cursor, "websocket", NULL);
        route->route = event_string(api->compilation, &cursor, "websocket", "route");
        route->route_id = route->route ? route_logical_id(route->route) : NULL;
        route->responds =
            js_is_truthy(json_object_get(cursor.event, "routeResponseSelectionExpression"));
        if (route->route && read_authorizer(api->compilation, &cursor, route))
            g_ptr_array_add(api->routes, route);
        else
            route_free(route);
    }
}

static json_t *api_id(const WebsocketApi *api)
{
    return api->external_id ? json_incref(api->external_id) : json_ref(api_logical_id);
}

static void add_api(WebsocketApi *api)
{
    Compilation *compilation = api->compilation;
    const char *name = property_string(compilation->provider, "websocketsApiName");
    const char *expression =
        property_string(compilation->provider, "websocketsApiRouteSelectionExpression");
    json_t *properties =
        json_pack("{s:o,s:s,s:s,s:s}", "Name",
                  name ? json_string(name)
                       : json_sprintf("%s-%s-websockets", compilation->stage, compilation->service),
                  "RouteSelectionExpression", expression ? expression : "$request.body.action",
                  "Description", api->description, "ProtocolType", "WEBSOCKET");

    if (!compilation->older ||
        js_is_truthy(pointer_get(compilation->provider, "/websocket/useProviderTags")))
        property_copy_truthy(properties, "Tags", compilation->provider, "tags");
    compilation_add_resource(compilation, api_logical_id, "AWS::ApiGatewayV2::Api", properties);
    compilation_add_iam_statement(
        compilation, json_pack("{s:s,s:[s],s:[{s:s}]}", "Effect", "Allow", "Action",
                               "execute-api:ManageConnections", "Resource", "Fn::Sub",
                               "arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"));
}

static char *integration_id(const Route *route)
{
    g_autofree char *function = naming_normalize(route->function->key);

    return g_strconcat(function, "WebsocketsIntegration", NULL);
}

static char *authorizer_id(const Route *route)
{
    g_autofree char *name = naming_normalize(route->authorizer);

    return g_strconcat(name, "WebsocketsAuthorizer", NULL);
}

static void add_integration(WebsocketApi *api, const Route *route)
{
    g_autofree char *id = integration_id(route);
    json_t *properties =
        json_pack("{s:o,s:s,s:o}", "ApiId", api_id(api), "IntegrationType", "AWS_PROXY",
                  "IntegrationUri", api_lambda_uri(function_target_arn(route->function)));

    resource_depend_on_alias(compilation_add_resource(api->compilation, id,
                                                      "AWS::ApiGatewayV2::Integration", properties),
                             route->function);
}

static void add_response(WebsocketApi *api, const Route *route)
{
    g_autofree char *id = g_strconcat(route->route_id, "Response", NULL);

    if (route->responds)
        compilation_add_resource(api->compilation, id, "AWS::ApiGatewayV2::RouteResponse",
                                 json_pack("{s:o,s:o,s:s}", "ApiId", api_id(api), "RouteId",
                                           json_ref(route->route_id), "RouteResponseKey",
                                           "$default"));
}

static void add_authorizer(WebsocketApi *api, const Route *route)
{
    g_autofree char *id = route->authorizer ? authorizer_id(route) : NULL;
    json_t *properties;
    json_t *resource;

    if (!id)
        return;
    properties = json_pack("{s:o,s:s,s:s,s:o,s:O}", "ApiId", api_id(api), "Name", route->authorizer,
                           "AuthorizerType", "REQUEST", "AuthorizerUri",
                           api_lambda_uri(json_incref(route->decider_arn)), "IdentitySource",
                           route->identity_source);
    resource =
        compilation_add_resource(api->compilation, id, "AWS::ApiGatewayV2::Authorizer", properties);
    if (route->decider)
        resource_depend_on_alias(resource, route->decider);
}

static void add_permission(WebsocketApi *api, const char *name, json_t *function_new,
                           json_t *dependencies_new)
{
    g_autofree char *normalized = naming_normalize(name);
    g_autofree char *id = g_strconcat(normalized, "LambdaPermissionWebsockets", NULL);
    json_t *resource = compilation_add_resource(
        api->compilation, id, "AWS::Lambda::Permission",
        json_pack("{s:o,s:s,s:s}", "FunctionName", function_new, "Action", "lambda:InvokeFunction",
                  "Principal", "apigateway.amazonaws.com"));

    json_object_set_new(resource, "DependsOn", dependencies_new);
}

static json_t *dependencies(const WebsocketApi *api, const char *first, const char *second)
{
    json_t *list = json_array();
    json_t *referred = json_object_get(api->external_id, "Ref");

    if (!api->external_id)
        json_array_append_new(list, json_string(api_logical_id));
    else if (js_is_truthy(referred))
        json_array_append(list, referred);
    if (first)
        json_array_append_new(list, json_string(first));
    if (second)
        json_array_append_new(list, json_string(second));
    return list;
}

/* The order of members counts: the deployment's id is a hash of the text. */
static json_t *authorizer_permission_properties(const Route *route)
{
    return json_pack("{s:s,s:s,s:O}", "Action", "lambda:InvokeFunction", "Principal",
                     "apigateway.amazonaws.com", "FunctionName", route->decider_arn);
}

static void add_permissions(WebsocketApi *api, const Route *route)
{
    const Function *function = route->function;
    g_autofree char *name = route->authorizer ? naming_normalize(route->authorizer) : NULL;
    g_autofree char *id = g_strconcat(name ? name : "", "LambdaPermissionWebsockets", NULL);

    add_permission(
        api, function->key, function_target_arn(function),
        dependencies(api, function->alias_id ? function->alias_id : function->logical_id, NULL));
    if (!name)
        return;
    json_object_set_new(compilation_add_resource(api->compilation, id, "AWS::Lambda::Permission",
                                                 authorizer_permission_properties(route)),
                        "DependsOn",
                        dependencies(api, route->decider ? route->decider->logical_id : NULL,
                                     route->decider ? route->decider->alias_id : NULL));
}

static void add_route(WebsocketApi *api, const Route *route)
{
    g_autofree char *integration = integration_id(route);
    json_t *properties =
        json_pack("{s:o,s:s,s:s,s:o}", "ApiId", api_id(api), "RouteKey", route->route,
                  "AuthorizationType", "NONE", "Target",
                  json_join("/", json_pack("[s,{s:s}]", "integrations", "Ref", integration)));

    if (route->responds)
        json_object_set_new(properties, "RouteResponseSelectionExpression",
                            json_string("$default"));
    if (route->authorizer) {
        g_autofree char *authorizer = authorizer_id(route);

        json_object_set_new(properties, "AuthorizationType", json_string("CUSTOM"));
        json_object_set_new(properties, "AuthorizerId", json_ref(authorizer));
    }
    compilation_add_resource(api->compilation, route->route_id, "AWS::ApiGatewayV2::Route",
                             properties);
}

static bool is_on(json_t *logs, const char *key)
{
    json_t *value = json_object_get(logs, key);

    return !js_is_present(value) || js_is_truthy(value);
}

static const char default_log_format[] =
    "$context.identity.sourceIp $context.identity.caller $context.identity.user "
    "[$context.requestTime] \"$context.eventType $context.routeKey $context.connectionId\" "
    "$context.requestId";

static void set_logs(WebsocketApi *api, json_t *stage, json_t *logs)
{
    Compilation *compilation = api->compilation;
    const char *level = property_string(logs, "level");
    const char *format = property_string(logs, "format");
    g_autofree char *group =
        g_strdup_printf("/aws/websocket/%s-%s", compilation->service, compilation->stage);

    level = !is_on(logs, "executionLogging") ? "OFF" : level ? level : "INFO";
    if (strcmp(level, "OFF") != 0 && strcmp(level, "INFO") != 0 && strcmp(level, "ERROR") != 0)
        compilation_problem(compilation, PROBLEM_ERROR, "/provider/logs/websocket/level",
                            "Use INFO or ERROR",
                            "log level \"%s\" is none that WebSocket APIs have", level);
    json_object_set_new(stage, "DefaultRouteSettings",
                        json_pack("{s:b,s:s}", "DataTraceEnabled", is_on(logs, "fullExecutionData"),
                                  "LoggingLevel", level));
    if (is_on(logs, "accessLogging"))
        json_object_set_new(
            stage, "AccessLogSettings",
            json_pack("{s:{s:s},s:s}", "DestinationArn", "Fn::Sub",
                      "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
                      "${WebsocketsLogGroup}",
                      "Format", format ? format : default_log_format));
    api_add_log_group(compilation, "WebsocketsLogGroup", group);
    api_require_logging_role(compilation);
}

/* The stage's properties, borrowed; NULL for an API of another stack, whose stage the deployment
 * sets. */
static json_t *add_stage(WebsocketApi *api)
{
    json_t *logs = pointer_get(api->compilation->provider, "/logs/websocket");
    json_t *properties;

    if (api->external_id)
        return NULL;
    properties = json_pack("{s:o,s:s,s:s}", "ApiId", api_id(api), "StageName",
                           api->compilation->stage, "Description", api->description);
    compilation_add_resource(api->compilation, "WebsocketsDeploymentStage",
                             "AWS::ApiGatewayV2::Stage", properties);
    if (js_is_truthy(logs))
        set_logs(api, properties, logs);
    return properties;
}

static bool belongs_to_api(const char *id, json_t *resource)
{
    const char *ref = json_string_value(pointer_get(resource, "/Properties/ApiId/Ref"));
    json_t *wanted = json_object_get(resource, "DependsOn");
    json_t *item;
    size_t i;

    if (strcmp(id, api_logical_id) == 0 || (ref && strcmp(ref, api_logical_id) == 0))
        return true;
    json_array_foreach(wanted, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), api_logical_id) == 0)
            return true;
    }
    return false;
}

/* A deployment is a snapshot: its id is a hash of all that belongs to the API, with members in the
 * framework's order. (transfer full) */
static char *deployment_id(const Compilation *compilation)
{
    static const char *const members[] = {"Type", "DependsOn", "Properties"};
    json_t *part = json_object();
    g_autofree char *text = NULL;
    g_autofree char *hash = NULL;
    guint8 digest[32];
    gsize size = sizeof digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    const char *id;
    json_t *resource;

    json_object_foreach(compilation->resources, id, resource)
    {
        json_t *ordered;

        if (!belongs_to_api(id, resource))
            continue;
        ordered = json_object();
        for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
            property_copy(ordered, members[i], resource, members[i]);
        json_object_set_new(part, id, ordered);
    }
    text = json_text(part, JSON_TEXT_COMPACT);
    json_decref(part);
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, digest, &size);
    hash = g_base64_encode(digest, size);
    {
        GString *result = g_string_new("WebsocketsDeployment");

        for (const char *at = hash; *at; at++)
            if (g_ascii_isalnum(*at))
                g_string_append_c(result, *at);
        return g_string_free(result, FALSE);
    }
}

static void add_deployment(WebsocketApi *api, json_t *stage)
{
    Compilation *compilation = api->compilation;
    g_autofree char *id = deployment_id(compilation);
    g_autofree char *path = g_strconcat("/", compilation->stage, NULL);
    json_t *wanted = json_array();
    json_t *resource = compilation_add_resource(
        compilation, id, "AWS::ApiGatewayV2::Deployment",
        json_pack("{s:o,s:s}", "ApiId", api_id(api), "Description", api->description));

    for (guint i = 0; i < api->routes->len; i++) {
        const Route *route = api->routes->pdata[i];

        if (route->responds)
            json_array_append_new(wanted, json_sprintf("%sResponse", route->route_id));
        json_array_append_new(wanted, json_string(route->route_id));
    }
    json_object_set_new(resource, "DependsOn", wanted);
    if (stage)
        json_object_set_new(stage, "DeploymentId", json_ref(id));
    else
        json_object_set_new(json_object_get(resource, "Properties"), "StageName",
                            json_string(compilation->stage));
    compilation_add_output(compilation, "ServiceEndpointWebsocket", "URL of the service endpoint",
                           api_url("wss://", api_id(api), path));
}

static void for_each_route(WebsocketApi *api, void (*add)(WebsocketApi *api, const Route *route))
{
    for (guint i = 0; i < api->routes->len; i++) {
        const Route *route = api->routes->pdata[i];

        compilation_set_maker(api->compilation, route->pointer);
        add(api, route);
    }
}

void websocket_compile(Compilation *compilation)
{
    json_t *external = pointer_get(compilation->provider, "/apiGateway/websocketApiId");
    const char *description = property_string(compilation->provider, "websocketsDescription");
    WebsocketApi api = {
        .compilation = compilation,
        .external_id = js_is_truthy(external) ? external : NULL,
        .description = description ? description : "Serverless Websockets",
    };

    read_routes(&api);
    if (api.routes->len > 0) {
        json_t *stage;

        if (!api.external_id)
            add_api(&api);
        for_each_route(&api, add_integration);
        for_each_route(&api, add_response);
        for_each_route(&api, add_authorizer);
        for_each_route(&api, add_permissions);
        for_each_route(&api, add_route);
        compilation_set_maker(compilation, NULL);
        stage = add_stage(&api);
        add_deployment(&api, stage);
    }
    g_ptr_array_unref(api.routes);
    compilation_set_maker(compilation, NULL);
}
