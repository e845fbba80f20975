/* serverless-api-gateway-throttling 2.0.3 (ISC): limits of requests for all routes of an API and
 * for single ones. The plugin puts the APIs' ids among the outputs, and sets the limits by API
 * Gateway's own API after the deployment.
 *
 * The stage of an HTTP API is a resource of the template, so its limits are set there. That of a
 * REST API is none: they are among its settings (settings.c). A method that has no limits of its
 * own has the stage's, and is not named, as what is said of a method hides what is said of all. */
#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

#define DEFAULT_RATE 10000
#define DEFAULT_BURST 5000

typedef struct {
    json_t *rate, *burst; /* owned */
} Limits;

static void limits_clear(Limits *limits)
{
    json_decref(limits->rate);
    json_decref(limits->burst);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Limits, limits_clear)

static json_t *read_limit(json_t *written, const char *key, json_int_t fallback)
{
    json_t *value = json_object_get(written, key);

    return js_is_truthy(value) ? json_incref(value) : json_integer(fallback);
}

static Limits stage_limits(json_t *custom)
{
    return (Limits){read_limit(custom, "maxRequestsPerSecond", DEFAULT_RATE),
                    read_limit(custom, "maxConcurrentRequests", DEFAULT_BURST)};
}

/* An event's own limits, else the stage's; -1 takes the limit away. */
static Limits event_limits(json_t *event, const Limits *stage)
{
    json_t *throttling = json_object_get(event, "throttling");
    json_t *rate = json_object_get(throttling, "maxRequestsPerSecond");
    json_t *burst = json_object_get(throttling, "maxConcurrentRequests");

    if (json_is_true(json_object_get(throttling, "disabled")))
        return (Limits){json_integer(-1), json_integer(-1)};
    return (Limits){json_incref(rate ? rate : stage->rate),
                    json_incref(burst ? burst : stage->burst)};
}

/* Beside what the stage says of all routes already (detailed metrics). A new reference. */
static json_t *route_settings(json_t *stage_properties, const Limits *limits)
{
    json_t *present = json_object_get(stage_properties, "DefaultRouteSettings");
    json_t *settings = json_is_object(present) ? json_copy(present) : json_object();

    json_object_set(settings, "ThrottlingBurstLimit", limits->burst);
    json_object_set(settings, "ThrottlingRateLimit", limits->rate);
    return settings;
}

/* "GET /orders", as the API knows the route; NULL for one that cannot be told. (transfer full) */
static char *route_key(json_t *event)
{
    const char *method = json_string_value(json_object_get(event, "method"));
    const char *path = json_string_value(json_object_get(event, "path"));
    g_auto(GStrv) parts = NULL;
    g_autofree char *upper = NULL;

    if (json_is_string(event)) {
        parts = g_strsplit(json_string_value(event), " ", 2);
        method = parts[0];
        path = method ? parts[1] : NULL;
    }
    if (!method || !path)
        return NULL;
    upper = g_ascii_strup(strcmp(method, "*") == 0 ? "ANY" : method, -1);
    return g_strconcat(upper, " ", path, NULL);
}

/* A stage takes limits of routes that are there: it waits for them. */
static void wait_for_route(Compilation *compilation, json_t *stage, const char *key)
{
    json_t *resource;
    const char *id;

    json_object_foreach(compilation->resources, id, resource)
    {
        json_t *properties = json_object_get(resource, "Properties");

        if (g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                      "AWS::ApiGatewayV2::Route") == 0 &&
            g_strcmp0(json_string_value(json_object_get(properties, "RouteKey")), key) == 0)
            resource_depend_on(stage, id);
    }
}

static void limit_http_api(Compilation *compilation, const Limits *limits, json_t *stage)
{
    json_t *properties = json_object_get(stage, "Properties"), *routes = json_object();
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "httpApi", &cursor)) {
        g_auto(Limits) own = event_limits(cursor.event, limits);
        g_autofree char *key = route_key(cursor.event);

        if (!key || (json_equal(own.rate, limits->rate) && json_equal(own.burst, limits->burst)))
            continue;
        json_object_set_new(routes, key, route_settings(properties, &own));
        wait_for_route(compilation, stage, key);
    }
    json_object_set_new(properties, "DefaultRouteSettings", route_settings(properties, limits));
    if (json_object_size(routes) > 0)
        json_object_set(properties, "RouteSettings", routes);
    json_decref(routes);
}

/* Where the API's id comes from: the configuration's, or the resource's; NULL where there is no
 * such API. A new reference. */
static json_t *api_id(Compilation *compilation, const char *pointer, const char *resource)
{
    json_t *written = pointer_get(compilation->provider, pointer);

    if (js_is_truthy(written))
        return json_incref(written);
    return json_object_get(compilation->resources, resource) ? json_ref(resource) : NULL;
}

static char *number_text(json_t *limit)
{
    return json_is_number(limit) ? json_number_text(limit) : g_strdup("");
}

static void set_limits(json_t *settings, const char *method, const Limits *limits)
{
    g_autofree char *rate = number_text(limits->rate), *burst = number_text(limits->burst);
    g_autofree char *rate_path = g_strdup_printf("/%s/throttling/rateLimit", method);
    g_autofree char *burst_path = g_strdup_printf("/%s/throttling/burstLimit", method);

    json_object_set_new(settings, rate_path, json_string(rate));
    json_object_set_new(settings, burst_path, json_string(burst));
}

/* "GET /orders/{id}" is "~1orders~1{id}/GET" to API Gateway. */
static void limit_method(json_t *settings, const char *route, const Limits *limits)
{
    static const char *const any[] = {"GET",   "DELETE", "HEAD", "OPTIONS",
                                      "PATCH", "POST",   "PUT",  NULL};
    g_auto(GStrv) parts = g_strsplit(route, " ", 2);
    const char *const one[] = {parts[0], NULL};
    g_autoptr(GString) path = g_string_new(*parts[1] == '/' ? NULL : "/");

    g_string_append(path, parts[1]);
    g_string_replace(path, "~", "~0", 0);
    g_string_replace(path, "/", "~1", 0);
    for (const char *const *method = strcmp(parts[0], "ANY") == 0 ? any : one; *method; method++) {
        g_autofree char *key = g_strdup_printf("%s/%s", path->str, *method);

        set_limits(settings, key, limits);
    }
}

static void settings(const Service *service, json_t *settings)
{
    json_t *custom = plugin_custom(service, "apiGatewayThrottling"), *function, *event, *http;
    g_auto(Limits) limits = stage_limits(custom);
    json_t *stage;
    const char *key;
    size_t i;

    if (!js_is_truthy(custom) ||
        js_is_truthy(pointer_get(service->config, "/provider/apiGateway/restApiId")))
        return;
    stage = service_stage_settings(service, settings);
    set_limits(stage, "*/*", &limits);
    json_object_foreach(json_object_get(service->config, "functions"), key, function)
    {
        json_array_foreach(json_object_get(function, "events"), i, event)
        {
            g_auto(Limits) own = {0};
            g_autofree char *route = NULL;

            http = json_object_get(event, "http");
            route = http && json_object_get(http, "throttling") ? route_key(http) : NULL;
            if (!route)
                continue;
            own = event_limits(http, &limits);
            limit_method(stage, route, &own);
        }
    }
}

static void compile(Compilation *compilation)
{
    json_t *custom = plugin_custom(compilation->source, "apiGatewayThrottling");
    g_auto(Limits) limits = stage_limits(custom);
    json_t *rest = api_id(compilation, "/apiGateway/restApiId", "ApiGatewayRestApi");
    json_t *http = api_id(compilation, "/httpApi/id", "HttpApi");
    json_t *stage = json_object_get(compilation->resources, "HttpApiStage");

    if (rest)
        compilation_add_output(compilation, "RestApiIdForApigThrottling", "REST API ID", rest);
    if (http)
        compilation_add_output(compilation, "HttpApiIdForApigThrottling", "HTTP API ID", http);
    if (!js_is_truthy(custom))
        return;
    if (stage)
        limit_http_api(compilation, &limits, stage);
    if ((rest && !json_object_get(compilation->resources, "ApiGatewayRestApi")) || (http && !stage))
        compilation_problem(compilation, PROBLEM_WARNING, "/custom/apiGatewayThrottling",
                            "set them where the API is made",
                            "plugin serverless-api-gateway-throttling: the limits are not set on "
                            "the stage of an API of another stack");
}

#define THROTTLING                                                          \
    "{\"properties\":{\"throttling\":{\"type\":\"object\",\"properties\":{" \
    "\"maxRequestsPerSecond\":{\"type\":\"number\"},"                       \
    "\"maxConcurrentRequests\":{\"type\":\"number\"}}}}}"

const Plugin plugin_api_gateway_throttling = {
    .name = "serverless-api-gateway-throttling",
    .schema = "{\"root\":{\"properties\":{\"custom\":{\"properties\":{\"apiGatewayThrottling\":"
              "{\"type\":\"object\",\"properties\":{"
              "\"maxRequestsPerSecond\":{\"type\":\"number\"},"
              "\"maxConcurrentRequests\":{\"type\":\"number\"}}}}}}},"
              "\"events/http\":{\"anyOf\":[{}," THROTTLING "]},"
              "\"events/httpApi\":{\"anyOf\":[{}," THROTTLING "]}}",
    .settings = settings,
    .compile = compile,
};
