#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

void endpoint_free(Endpoint *endpoint)
{
    if (!endpoint)
        return;
    g_free(endpoint->owner);
    g_free(endpoint->pointer);
    g_free(endpoint->path);
    g_free(endpoint->name);
    g_free(endpoint->method);
    g_free(endpoint->method_id);
    authorizer_free(endpoint->authorizer);
    json_decref(endpoint->http);
    g_free(endpoint);
}

void endpoint_error(Compilation *compilation, const Endpoint *endpoint, const char *below,
                    const char *hint, const char *format, ...)
{
    g_autofree char *pointer = g_strconcat(endpoint->pointer, below, NULL);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "http event of %s %s",
                        endpoint->owner, message);
}

/* The event as a map of its own: 'GET /users' is {method, path}. Empty for anything else. */
static json_t *as_map(json_t *event)
{
    const char *text = json_string_value(event);
    g_auto(GStrv) words = NULL;

    if (json_is_object(event))
        return json_deep_copy(event);
    words = g_strsplit(text ? text : "", " ", 3);
    if (g_strv_length(words) < 2)
        return json_object();
    return json_pack("{s:s,s:s}", "method", words[0], "path", words[1]);
}

static char *without_outer_slashes(const char *path)
{
    size_t length;

    if (*path == '/')
        path++;
    length = strlen(path);
    if (length > 0 && path[length - 1] == '/')
        length--;
    return g_strndup(path, length);
}

bool endpoint_read_route(Compilation *compilation, Endpoint *endpoint)
{
    static const char *const methods[] = {"GET",  "POST",   "PUT", "PATCH", "OPTIONS",
                                          "HEAD", "DELETE", "ANY", NULL};
    const char *path = json_string_value(json_object_get(endpoint->http, "path"));
    const char *method = property_string(endpoint->http, "method");
    g_autofree char *lower = method ? g_ascii_strdown(method, -1) : NULL;

    endpoint->method = method ? g_ascii_strup(method, -1) : NULL;
    if (!path || !method || !g_strv_contains(methods, endpoint->method)) {
        endpoint_error(compilation, endpoint, NULL,
                       "Write 'GET /path', or a map with path and method (get, post, put, patch, "
                       "delete, head, options or any)",
                       "names no method and path");
        return false;
    }
    endpoint->path = without_outer_slashes(path);
    endpoint->name = naming_path(endpoint->path);
    lower[0] = g_ascii_toupper(lower[0]);
    endpoint->method_id = g_strconcat("ApiGatewayMethod", endpoint->name, lower, NULL);
    return true;
}

static bool read_integration(Compilation *compilation, Endpoint *endpoint)
{
    static const struct {
        const char *written;
        Integration integration;
    } rows[] = {
        {"LAMBDA", INTEGRATION_AWS},
        {"AWS", INTEGRATION_AWS},
        {"LAMBDA_PROXY", INTEGRATION_AWS_PROXY},
        {"AWS_PROXY", INTEGRATION_AWS_PROXY},
        {"HTTP", INTEGRATION_HTTP},
        {"HTTP_PROXY", INTEGRATION_HTTP_PROXY},
        {"MOCK", INTEGRATION_MOCK},
    };
    const char *written = property_string(endpoint->http, "integration");
    g_autofree char *upper = written ? g_ascii_strup(written, -1) : NULL;

    if (!written) {
        endpoint->integration = js_is_truthy(json_object_get(endpoint->http, "async"))
                                    ? INTEGRATION_AWS
                                    : INTEGRATION_AWS_PROXY;
        return true;
    }
    char *dash = strchr(upper, '-');

    if (dash)
        *dash = '_';
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(upper, rows[i].written) == 0) {
            endpoint->integration = rows[i].integration;
            return true;
        }
    }
    endpoint_error(compilation, endpoint, "/integration",
                   "Use lambda-proxy, lambda, http, http-proxy or mock",
                   "has integration \"%s\", which there is not", written);
    return false;
}

static bool is_proxy(const Endpoint *endpoint)
{
    return endpoint->integration == INTEGRATION_AWS_PROXY ||
           endpoint->integration == INTEGRATION_HTTP_PROXY;
}

static bool read_transfer_mode(Compilation *compilation, Endpoint *endpoint)
{
    json_t *response = json_object_get(endpoint->http, "response");
    const char *written = property_string(response, "transferMode");
    g_autofree char *mode = written ? g_ascii_strup(written, -1) : NULL;

    if (!mode)
        return true;
    if (strcmp(mode, "BUFFERED") != 0 && strcmp(mode, "STREAM") != 0) {
        endpoint_error(compilation, endpoint, "/response/transferMode", "Use BUFFERED or STREAM",
                       "has transferMode \"%s\", which there is not", written);
        return false;
    }
    if (!is_proxy(endpoint)) {
        endpoint_error(compilation, endpoint, "/response/transferMode",
                       "Use integration lambda-proxy or http-proxy, or take it out",
                       "sets transferMode, which works with proxy integrations only");
        return false;
    }
    json_object_set_new(response, "transferMode", json_string(mode));
    return true;
}

static bool read_backend(Compilation *compilation, Endpoint *endpoint)
{
    const char *written = property_string(endpoint->http, "connectionType");
    g_autofree char *type = written ? g_ascii_strup(written, -1) : NULL;

    if (endpoint->integration != INTEGRATION_HTTP &&
        endpoint->integration != INTEGRATION_HTTP_PROXY)
        return true;
    if (!js_is_truthy(pointer_get(endpoint->http, "/request/uri"))) {
        endpoint_error(compilation, endpoint, NULL, "Add request.uri",
                       "has integration %s but no request.uri to send requests to",
                       integration_type(endpoint->integration));
        return false;
    }
    if (!type)
        return true;
    char *dash = strchr(type, '-');

    if (dash)
        *dash = '_';
    json_object_set_new(endpoint->http, "connectionType", json_string(type));
    if (strcmp(type, "VPC_LINK") != 0 ||
        js_is_truthy(json_object_get(endpoint->http, "connectionId")))
        return true;
    endpoint_error(compilation, endpoint, "/connectionType", "Add connectionId, the VPC link's id",
                   "connects through a VPC link but has no connectionId");
    return false;
}

static void warn_unused(Compilation *compilation, const Endpoint *endpoint, const char *below,
                        const char *what)
{
    g_autofree char *pointer = g_strconcat(endpoint->pointer, below, NULL);

    compilation_problem(compilation, PROBLEM_WARNING, pointer,
                        "Take it out, or use integration: lambda",
                        "%s has no effect on function \"%s\" with integration %s and is left out",
                        what, endpoint->function->key, integration_type(endpoint->integration));
}

/* A proxy passes on what it gets: only parameters, schemas and the backend's address are of use. */
static void drop_request_of_proxy(Compilation *compilation, Endpoint *endpoint)
{
    json_t *request = json_object_get(endpoint->http, "request");
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(request, next, key, value)
    {
        g_autofree char *below = NULL;

        if (strcmp(key, "parameters") == 0 || strcmp(key, "schemas") == 0 ||
            strcmp(key, "schema") == 0 ||
            (strcmp(key, "uri") == 0 && endpoint->integration == INTEGRATION_HTTP_PROXY))
            continue;
        below = g_strconcat("/request/", key, NULL);
        warn_unused(compilation, endpoint, below, below + 1);
        json_object_del(request, key);
    }
}

static void drop_response_of_proxy(Compilation *compilation, Endpoint *endpoint)
{
    json_t *response = json_object_get(endpoint->http, "response");
    json_t *mode = json_object_get(response, "transferMode");

    if (!js_is_truthy(response))
        return;
    if (json_object_size(response) > (mode ? 1 : 0))
        warn_unused(compilation, endpoint, "/response", "response");
    if (mode)
        json_object_set_new(endpoint->http, "response", json_pack("{s:O}", "transferMode", mode));
    else
        json_object_del(endpoint->http, "response");
}

/* request.parameters {paths: {id: true}} becomes {"method.request.path.id": true}; of a mock the
 * framework leaves them as they are. */
static void read_parameters(Endpoint *endpoint)
{
    static const char *const locations[][2] = {
        {"querystrings", "querystring"}, {"paths", "path"}, {"headers", "header"}};
    json_t *request = json_object_get(endpoint->http, "request");
    json_t *written = json_object_get(request, "parameters");
    json_t *flat;

    if (!js_is_truthy(written))
        return;
    if (endpoint->integration == INTEGRATION_MOCK) {
        endpoint->parameters = written;
        return;
    }
    flat = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(locations); i++) {
        const char *key;
        json_t *value;

        json_object_foreach(json_object_get(written, locations[i][0]), key, value)
        {
            g_autofree char *name = g_strconcat("method.request.", locations[i][1], ".", key, NULL);

            json_object_set(flat, name, value);
        }
    }
    json_object_set_new(request, "parameters", flat);
    endpoint->parameters = flat;
}

/* Every status needs a pattern; the one without is what a success answers, 200 where none is
 * written. */
static void read_statuses(Endpoint *endpoint)
{
    json_t *response = json_object_get(endpoint->http, "response");
    json_t *statuses = json_object_get(response, "statusCodes");
    bool has_default = false;
    const char *key;
    json_t *status;

    if (!js_is_truthy(response)) {
        if (endpoint->integration != INTEGRATION_AWS)
            return;
        response = json_object();
        json_object_set_new(endpoint->http, "response", response);
    }
    if (!json_is_object(statuses)) {
        if (endpoint->integration == INTEGRATION_MOCK)
            return;
        statuses = default_statuses();
        json_object_set_new(response, "statusCodes", statuses);
    } else if (endpoint->integration != INTEGRATION_MOCK) {
        json_object_foreach(statuses, key, status)
        {
            const char *pattern = json_string_value(json_object_get(status, "pattern"));

            has_default = has_default || (pattern && !*pattern);
        }
        if (!has_default)
            json_object_set_new(statuses, "200", json_pack("{s:s}", "pattern", ""));
    }
    js_order_keys(statuses);
    endpoint->statuses = statuses;
}

/* What follows takes them for maps. */
static bool check_shapes(Compilation *compilation, Endpoint *endpoint)
{
    static const char *const pointers[] = {"/request", "/response", "/response/statusCodes"};

    for (size_t i = 0; i < G_N_ELEMENTS(pointers); i++) {
        json_t *value = pointer_get(endpoint->http, pointers[i]);

        if (!js_is_truthy(value) || json_is_object(value))
            continue;
        endpoint_error(compilation, endpoint, pointers[i], "Write a map", "has %s that is no map",
                       pointers[i] + 1);
        return false;
    }
    return true;
}

static bool read_settings(Compilation *compilation, Endpoint *endpoint)
{
    json_t *cors = json_object_get(endpoint->http, "cors");

    if (!check_shapes(compilation, endpoint) || !endpoint_read_route(compilation, endpoint) ||
        !read_integration(compilation, endpoint) || !authorizer_read(compilation, endpoint))
        return false;
    if (js_is_truthy(cors)) {
        endpoint->cors = cors_read(cors, endpoint->method);
        json_object_set_new(endpoint->http, "cors", endpoint->cors);
    }
    if (!read_transfer_mode(compilation, endpoint) || !read_backend(compilation, endpoint))
        return false;
    if (is_proxy(endpoint)) {
        drop_request_of_proxy(compilation, endpoint);
        drop_response_of_proxy(compilation, endpoint);
    } else {
        read_statuses(endpoint);
    }
    read_parameters(endpoint);
    return true;
}

Endpoint *endpoint_new(char *owner_new, char *pointer_new, json_t *event)
{
    Endpoint *endpoint = g_new0(Endpoint, 1);

    endpoint->owner = owner_new;
    endpoint->pointer = pointer_new;
    endpoint->http = as_map(event);
    return endpoint;
}

Endpoint *endpoint_read(Compilation *compilation, const EventCursor *cursor)
{
    Endpoint *endpoint = endpoint_new(g_strdup_printf("function \"%s\"", cursor->function->key),
                                      event_pointer(cursor, "http", NULL), cursor->event);

    endpoint->function = cursor->function;
    if (read_settings(compilation, endpoint))
        return endpoint;
    endpoint_free(endpoint);
    return NULL;
}
