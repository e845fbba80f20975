#include "reconcile/compile/events/http_api_configuration.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

static const char *const http_methods[] = {"GET",     "POST", "PUT",    "PATCH",
                                           "OPTIONS", "HEAD", "DELETE", NULL};

static const char default_log_format[] =
    "{\"requestId\":\"$context.requestId\",\"ip\":\"$context.identity.sourceIp\","
    "\"requestTime\":\"$context.requestTime\",\"httpMethod\":\"$context.httpMethod\","
    "\"routeKey\":\"$context.routeKey\",\"status\":\"$context.status\","
    "\"protocol\":\"$context.protocol\",\"responseLength\":\"$context.responseLength\"}";

static void authorizer_free(gpointer data)
{
    HttpApiAuthorizer *authorizer = data;

    g_free(authorizer->name);
    g_free(authorizer);
}

static void route_free(gpointer data)
{
    HttpApiRoute *route = data;

    g_free(route->key);
    g_free(route->pointer);
    json_decref(route->authorizer_id);
    json_decref(route->scopes);
    g_free(route);
}

void http_api_configuration_free(HttpApiConfiguration *configuration)
{
    if (!configuration)
        return;
    g_ptr_array_unref(configuration->authorizers);
    g_hash_table_unref(configuration->authorizer_of);
    g_ptr_array_unref(configuration->routes);
    json_decref(configuration->cors);
    g_free(configuration);
}

/* An API that belongs to another stack keeps that stack's settings. */
static bool belongs_to_this_stack(Compilation *compilation,
                                  const HttpApiConfiguration *configuration, const char *pointer,
                                  const char *what)
{
    if (!configuration->external)
        return true;
    compilation_problem(compilation, PROBLEM_ERROR, pointer,
                        "Set it where the API is made, or take provider.httpApi.id out",
                        "%s cannot be set for an HTTP API of another stack (provider.httpApi.id)",
                        what);
    return false;
}

/* CorsConfiguration; AllowMethods starts as [OPTIONS] where the routes are to fill it. */
static json_t *read_cors(json_t *cors, bool *ret_fill_methods)
{
    static const char *const default_headers[] = {
        "Content-Type",         "X-Amz-Date",       "Authorization",  "X-Api-Key",
        "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amzn-Trace-Id"};
    json_t *headers = json_object_get(cors, "allowedHeaders");
    json_t *origins = json_object_get(cors, "allowedOrigins");
    json_t *methods = json_object_get(cors, "allowedMethods");
    json_t *exposed = json_object_get(cors, "exposedResponseHeaders");
    json_t *result = json_object();

    if (js_is_truthy(json_object_get(cors, "allowCredentials")))
        json_object_set_new(result, "AllowCredentials", json_true());
    if (js_is_truthy(headers)) {
        json_object_set_new(result, "AllowHeaders", unique_list(headers));
    } else {
        json_object_set_new(result, "AllowHeaders", json_array());
        for (size_t i = 0; i < G_N_ELEMENTS(default_headers); i++)
            json_array_append_new(json_object_get(result, "AllowHeaders"),
                                  json_string(default_headers[i]));
    }
    *ret_fill_methods = !js_is_truthy(methods);
    json_object_set_new(result, "AllowMethods",
                        *ret_fill_methods ? json_pack("[s]", "OPTIONS") : unique_list(methods));
    json_object_set_new(result, "AllowOrigins",
                        js_is_truthy(origins) ? unique_list(origins) : json_pack("[s]", "*"));
    if (js_is_truthy(exposed))
        json_object_set_new(result, "ExposeHeaders", unique_list(exposed));
    property_copy(result, "MaxAge", cors, "maxAge");
    return result;
}

static bool request_authorizer_is_valid(Compilation *compilation, const char *key, json_t *config,
                                        const Function *function, const char *pointer)
{
    const char *name = property_string(config, "functionName");
    bool has_arn = js_is_truthy(json_object_get(config, "functionArn"));

    if ((name != NULL) == has_arn)
        compilation_problem(compilation, PROBLEM_ERROR, pointer,
                            "Set functionName for a function of this service, functionArn for any "
                            "other",
                            "authorizer \"%s\" needs %s functionName %s functionArn", key,
                            name ? "either" : "one of", name ? "or" : "and");
    else if (name && !function)
        compilation_problem(compilation, PROBLEM_ERROR, pointer, "Name a key under functions",
                            "authorizer \"%s\": the service has no function \"%s\"", key, name);
    else if (js_is_truthy(json_object_get(config, "resultTtlInSeconds")) &&
             !js_is_truthy(json_object_get(config, "identitySource")))
        compilation_problem(compilation, PROBLEM_ERROR, pointer,
                            "Add identitySource, which results are kept by, or set "
                            "resultTtlInSeconds: 0",
                            "authorizer \"%s\" keeps results (resultTtlInSeconds) but has no "
                            "identitySource",
                            key);
    else
        return true;
    return false;
}

static void read_authorizers(Compilation *compilation, HttpApiConfiguration *configuration)
{
    const char *key;
    json_t *config;

    json_object_foreach(json_object_get(configuration->config, "authorizers"), key, config)
    {
        g_autoptr(GString) pointer = g_string_new("/provider/httpApi/authorizers");
        const char *type = property_string(config, "type");
        const char *name = property_string(config, "name");
        const char *function_name = property_string(config, "functionName");
        bool is_request = type && strcmp(type, "request") == 0;
        HttpApiAuthorizer *authorizer;

        pointer_append(pointer, key);
        authorizer = g_new0(HttpApiAuthorizer, 1);
        authorizer->name = g_strdup(name ? name : key);
        authorizer->config = config;
        authorizer->is_request = is_request;
        authorizer->function =
            function_name ? compilation_function(compilation, function_name) : NULL;
        g_ptr_array_add(configuration->authorizers, authorizer);
        g_hash_table_insert(configuration->authorizer_of, (gpointer)key, authorizer);
        if (is_request)
            (void)request_authorizer_is_valid(compilation, key, config, authorizer->function,
                                              pointer->str);
    }
}

static void read_provider(Compilation *compilation, HttpApiConfiguration *configuration,
                          bool *ret_fill_methods)
{
    json_t *config = configuration->config;
    json_t *cors = json_object_get(config, "cors");
    json_t *logs = pointer_get(compilation->provider, "/logs/httpApi");
    const char *format = property_string(logs, "format");

    if (js_is_truthy(cors) &&
        belongs_to_this_stack(compilation, configuration, "/provider/httpApi/cors", "cors"))
        configuration->cors = read_cors(cors, ret_fill_methods);
    if (js_is_truthy(json_object_get(config, "authorizers")) &&
        belongs_to_this_stack(compilation, configuration, "/provider/httpApi/authorizers",
                              "authorizers"))
        read_authorizers(compilation, configuration);
    if (js_is_truthy(logs) &&
        belongs_to_this_stack(compilation, configuration, "/provider/logs/httpApi", "access logs"))
        configuration->log_format = format ? format : default_log_format;
}

static bool is_method(const char *method)
{
    return strcmp(method, "ANY") == 0 || g_strv_contains(http_methods, method);
}

/* The route's key, (transfer full); NULL, with an error, where the event names none. */
static char *read_route_key(Compilation *compilation, const EventCursor *cursor)
{
    const char *text = json_string_value(cursor->event);
    const char *written_method = property_string(cursor->event, "method");
    const char *written_path = property_string(cursor->event, "path");
    g_auto(GStrv) words = text ? g_strsplit(text, " ", 2) : NULL;
    const char *path = text ? (words[0] && words[1] ? words[1] : text) : written_path;
    const char *method = text ? (words[0] && words[1] ? words[0] : NULL) : written_method;
    g_autofree char *upper = method ? g_ascii_strup(method, -1) : NULL;

    if (path && strcmp(path, "*") == 0 && (!method || strcmp(method, "*") == 0))
        return g_strdup("*");
    if (upper && strcmp(upper, "*") == 0) {
        g_free(upper);
        upper = g_strdup("ANY");
    }
    if (path && path[0] == '/' && upper && is_method(upper))
        return g_strconcat(upper, " ", path, NULL);
    event_error(compilation, cursor, "httpApi", NULL,
                "Write 'GET /path', '*', or a map with method and path",
                "httpApi event of function \"%s\" names no route", cursor->function->key);
    return NULL;
}

static bool read_external_authorizer(Compilation *compilation, const EventCursor *cursor,
                                     const HttpApiConfiguration *configuration, json_t *written,
                                     HttpApiRoute *route)
{
    const char *type = property_string(written, "type");

    if (!configuration->external) {
        event_error(compilation, cursor, "httpApi", "/authorizer/id",
                    "Define the authorizer under provider.httpApi.authorizers and name it",
                    "httpApi event of function \"%s\" uses an authorizer by id, but the API is of "
                    "this stack",
                    cursor->function->key);
        return false;
    }
    route->authorization = type && strcmp(type, "request") == 0 ? "CUSTOM" : "JWT";
    route->authorizer_id = json_incref(json_object_get(written, "id"));
    return true;
}

static bool read_iam_authorizer(Compilation *compilation, const EventCursor *cursor,
                                json_t *written, HttpApiRoute *route)
{
    if (json_object_size(written) > 1) {
        event_error(compilation, cursor, "httpApi", "/authorizer", "Keep type: aws_iam alone",
                    "httpApi event of function \"%s\": an authorizer of type aws_iam takes no "
                    "other settings",
                    cursor->function->key);
        return false;
    }
    route->authorization = "AWS_IAM";
    return true;
}

static bool read_route_authorizer(Compilation *compilation, const EventCursor *cursor,
                                  const HttpApiConfiguration *configuration, HttpApiRoute *route)
{
    json_t *written = json_object_get(cursor->event, "authorizer");
    const char *type = property_string(written, "type");
    const char *name =
        json_is_string(written) ? json_string_value(written) : property_string(written, "name");
    HttpApiAuthorizer *authorizer =
        name ? g_hash_table_lookup(configuration->authorizer_of, name) : NULL;
    json_t *scopes = json_object_get(written, "scopes");

    if (!js_is_truthy(written))
        return true;
    if (type && strcmp(type, "aws_iam") == 0)
        return read_iam_authorizer(compilation, cursor, written, route);
    if (js_is_truthy(scopes))
        route->scopes = unique_list(scopes);
    if (js_is_truthy(json_object_get(written, "id")))
        return read_external_authorizer(compilation, cursor, configuration, written, route);
    if (!authorizer) {
        event_error(compilation, cursor, "httpApi", "/authorizer",
                    "Name an authorizer under provider.httpApi.authorizers",
                    "httpApi event of function \"%s\": there is no authorizer \"%s\"",
                    cursor->function->key, name ? name : "");
        return false;
    }
    {
        g_autofree char *normalized = naming_normalize(authorizer->name);
        g_autofree char *id = g_strconcat("HttpApiAuthorizer", normalized, NULL);

        route->authorization = authorizer->is_request ? "CUSTOM" : "JWT";
        route->authorizer_id = json_ref(id);
    }
    return true;
}

/* A route that is written twice is an error, but the catch-all, where the last one holds. */
static bool place_route(Compilation *compilation, const EventCursor *cursor,
                        HttpApiConfiguration *configuration, HttpApiRoute *route)
{
    for (guint i = 0; i < configuration->routes->len; i++) {
        HttpApiRoute *other = configuration->routes->pdata[i];

        if (strcmp(other->key, route->key) != 0)
            continue;
        if (strcmp(route->key, "*") != 0) {
            event_error(compilation, cursor, "httpApi", NULL, "Take one of the two out",
                        "httpApi event of function \"%s\": route \"%s\" is there already, for "
                        "function \"%s\"",
                        cursor->function->key, route->key, other->function->key);
            return false;
        }
        route_free(other);
        configuration->routes->pdata[i] = route;
        return true;
    }
    g_ptr_array_add(configuration->routes, route);
    return true;
}

static void allow_methods_of(json_t *methods, const char *route_key)
{
    const char *end = strchr(route_key, ' ');
    json_t *method = end ? json_stringn(route_key, (size_t)(end - route_key)) : json_string("ANY");

    if (strcmp(json_string_value(method), "ANY") != 0) {
        append_unique(methods, method);
        json_decref(method);
        return;
    }
    json_decref(method);
    for (const char *const *each = http_methods; *each; each++) {
        method = json_string(*each);
        append_unique(methods, method);
        json_decref(method);
    }
}

/* API Gateway gives up after 30 seconds, whatever the function may take. What the provider says is
 * told in the same words for all functions, and so once. */
static void check_timeout(Compilation *compilation, const Function *function)
{
    json_t *timeout = json_object_get(function->config, "timeout");
    bool is_own = js_is_truthy(timeout);
    g_autofree char *pointer = NULL, *who = NULL;

    if (!is_own)
        timeout = json_object_get(compilation->provider, "timeout");
    if (!json_is_number(timeout) || json_number_value(timeout) < 30)
        return;
    pointer = is_own ? g_strconcat("/functions/", function->key, "/timeout", NULL)
                     : g_strdup("/provider/timeout");
    who = is_own ? g_strdup_printf("function \"%s\"", function->key) : g_strdup("functions");
    compilation_problem(compilation, PROBLEM_WARNING, pointer, "lower the timeout to 29 or less",
                        "%s may run for %g s, but an HTTP API waits for 30 s at most", who,
                        json_number_value(timeout));
}

HttpApiConfiguration *http_api_configuration_read(Compilation *compilation)
{
    HttpApiConfiguration *configuration = g_new0(HttpApiConfiguration, 1);
    EventCursor cursor = {0};
    bool fill_methods = false;

    configuration->config = json_object_get(compilation->provider, "httpApi");
    configuration->external = js_is_truthy(json_object_get(configuration->config, "id"));
    configuration->authorizers = g_ptr_array_new_with_free_func(authorizer_free);
    configuration->authorizer_of = g_hash_table_new(g_str_hash, g_str_equal);
    configuration->routes = g_ptr_array_new_with_free_func(route_free);
    read_provider(compilation, configuration, &fill_methods);
    while (compilation_next_event(compilation, "httpApi", &cursor)) {
        HttpApiRoute *route = g_new0(HttpApiRoute, 1);

        route->key = read_route_key(compilation, &cursor);
        route->function = cursor.function;
        route->pointer = event_pointer(&cursor, "httpApi", NULL);
        if (!route->key || !read_route_authorizer(compilation, &cursor, configuration, route) ||
            !place_route(compilation, &cursor, configuration, route)) {
            route_free(route);
            continue;
        }
        check_timeout(compilation, cursor.function);
        if (fill_methods)
            allow_methods_of(json_object_get(configuration->cors, "AllowMethods"), route->key);
    }
    return configuration;
}
