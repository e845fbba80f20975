/* http events of state machines, with the plugin's defaults. */
#include "reconcile/compile/plugins/step_functions/api.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

enum { DEFAULT_TTL_S = 300 };

static bool refuse(Compilation *compilation, const Endpoint *endpoint, const char *below,
                   const char *hint, const char *message)
{
    endpoint_error(compilation, endpoint, below, hint, "%s", message);
    return false;
}

static bool contains(json_t *list, const char *text)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i,
                       item) if (g_strcmp0(json_string_value(item), text) == 0) return true;
    return false;
}

/* Sets what is listed beside `text`, once. */
static void add_method(json_t *methods, const char *text)
{
    if (!contains(methods, text))
        json_array_append_new(methods, json_string(text));
}

static json_t *default_headers(void)
{
    return json_pack("[s,s,s,s,s,s]", "Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key",
                     "X-Amz-Security-Token", "X-Amz-User-Agent");
}

static bool read_cors(Compilation *compilation, Endpoint *endpoint, json_t **ret_cors)
{
    json_t *written = json_object_get(endpoint->http, "cors"), *cors, *headers, *methods;

    *ret_cors = NULL;
    if (!js_is_truthy(written))
        return true;
    if (js_is_truthy(json_object_get(written, "origin")) &&
        js_is_truthy(json_object_get(written, "origins")))
        return refuse(compilation, endpoint, "/cors", "keep one of them",
                      "has both origin and origins");
    headers = json_object_get(written, "headers");
    if (js_is_truthy(headers) && !json_is_array(headers))
        return refuse(compilation, endpoint, "/cors/headers", "write a list",
                      "has headers that are no list");
    cors = json_is_object(written) ? json_deep_copy(written)
                                   : json_pack("{s:[s],s:s}", "origins", "*", "origin", "*");
    methods = json_object_get(cors, "methods");
    if (!json_is_array(methods))
        json_object_set_new(cors, "methods", json_array());
    if (!json_is_array(json_object_get(cors, "headers")))
        json_object_set_new(cors, "headers", default_headers());
    json_object_set_new(cors, "allowCredentials",
                        json_boolean(js_is_truthy(json_object_get(cors, "allowCredentials"))));
    add_method(json_object_get(cors, "methods"), "OPTIONS");
    add_method(json_object_get(cors, "methods"), endpoint->method);
    json_object_set_new(endpoint->http, "cors", cors);
    *ret_cors = cors;
    return true;
}

char *api_cors_origin(json_t *cors)
{
    json_t *origins = json_object_get(cors, "origins"), *origin;
    GString *text;
    size_t i;

    origin = json_object_get(cors, "origin");
    if (json_array_size(origins) == 0)
        return g_strdup(json_is_string(origin) ? json_string_value(origin) : "*");
    text = g_string_new(NULL);
    json_array_foreach(origins, i, origin) g_string_append_printf(
        text, "%s%s", i ? "," : "", json_is_string(origin) ? json_string_value(origin) : "");
    return g_string_free(text, FALSE);
}

/* A number, also where it is a text; a new reference. */
static json_t *read_ttl(json_t *written)
{
    const char *text = json_string_value(written);

    if (json_is_integer(written))
        return json_incref(written);
    return text && g_ascii_isdigit(*text) ? json_integer(g_ascii_strtoll(text, NULL, 10))
                                          : json_integer(DEFAULT_TTL_S);
}

static void read_options(Authorizer *authorizer, json_t *written)
{
    const char *source = json_string_value(json_object_get(written, "identitySource"));

    authorizer->scopes = json_is_array(json_object_get(written, "scopes"))
                             ? json_object_get(written, "scopes")
                             : NULL;
    authorizer->ttl = read_ttl(json_object_get(written, "resultTtlInSeconds"));
    if (source)
        authorizer->identity_source = source;
    authorizer->identity_validation =
        json_string_value(json_object_get(written, "identityValidationExpression"));
}

/* The plugin names the function itself, also where it has an alias, and waits for none. */
static void forget_alias(Authorizer *authorizer)
{
    if (!authorizer->function)
        return;
    json_decref(authorizer->arn);
    authorizer->arn = json_get_att(authorizer->function->logical_id, "Arn");
    authorizer->function = NULL;
}

static bool read_authorizer(Compilation *compilation, Endpoint *endpoint)
{
    json_t *written = json_object_get(endpoint->http, "authorizer");
    Authorizer *authorizer;

    if (!js_is_truthy(written))
        return true;
    endpoint->authorizer = authorizer = g_new0(Authorizer, 1);
    authorizer->identity_source = "method.request.header.Authorization";
    if (!json_is_object(written) && !json_is_string(written))
        return refuse(compilation, endpoint, "/authorizer",
                      "write a function, an ARN, aws_iam, or a map with one of them",
                      "has an authorizer that is neither text nor map");
    if (json_is_object(written))
        read_options(authorizer, written);
    if (!authorizer_choose(compilation, endpoint, authorizer, written))
        return false;
    forget_alias(authorizer);
    return true;
}

static bool read_template(Compilation *compilation, const Endpoint *endpoint)
{
    json_t *template = pointer_get(endpoint->http, "/request/template");

    return !template || json_is_object(template) || json_is_null(template) ||
           g_strcmp0(json_string_value(template), "lambda_proxy") == 0 ||
           refuse(compilation, endpoint, "/request/template",
                  "write lambda_proxy, or a map from content types to templates",
                  "has a template that is neither");
}

static bool read_event(Compilation *compilation, Endpoint *endpoint, json_t **ret_cors)
{
    json_t *timeout = pointer_get(compilation->provider, "/apiGateway/timeoutInMillis");

    if (!endpoint_read_route(compilation, endpoint) || !read_authorizer(compilation, endpoint) ||
        !read_template(compilation, endpoint) || !read_cors(compilation, endpoint, ret_cors))
        return false;
    if (!js_is_truthy(json_object_get(endpoint->http, "timeoutInMillis")) && timeout)
        json_object_set(endpoint->http, "timeoutInMillis", timeout);
    return true;
}

static void add_event(Compilation *compilation, const StateMachine *machine, json_t *written,
                      size_t index, GPtrArray *endpoints, GArray *events)
{
    Endpoint *endpoint =
        endpoint_new(g_strdup_printf("state machine \"%s\"", machine->key),
                     g_strdup_printf("%s/events/%zu/http", machine->pointer, index), written);
    ApiEvent event = {.machine = machine, .endpoint = endpoint};

    if (read_event(compilation, endpoint, &event.cors)) {
        g_ptr_array_add(endpoints, endpoint);
        g_array_append_val(events, event);
    } else {
        endpoint_free(endpoint);
    }
}

GArray *api_events_read(Compilation *compilation, const GPtrArray *machines, GPtrArray *endpoints)
{
    GArray *events = g_array_new(FALSE, FALSE, sizeof(ApiEvent));
    json_t *event, *http;
    size_t i;

    for (guint at = 0; at < machines->len; at++) {
        const StateMachine *machine = machines->pdata[at];

        json_array_foreach(json_object_get(machine->config, "events"), i, event)
        {
            http = json_object_get(event, "http");
            if (http)
                add_event(compilation, machine, http, i, endpoints, events);
        }
    }
    return events;
}
