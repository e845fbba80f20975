#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

static bool contains(json_t *list, const char *text)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

static void append_text_unique(json_t *list, const char *text)
{
    if (!contains(list, text))
        json_array_append_new(list, json_string(text));
}

static json_t *default_headers(void)
{
    return json_pack("[s,s,s,s,s,s,s]", "Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key",
                     "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amzn-Trace-Id");
}

json_t *cors_read(json_t *written, const char *method)
{
    json_t *cors = json_pack("{s:s,s:[s],s:o,s:b}", "origin", "*", "methods", "OPTIONS", "headers",
                             default_headers(), "allowCredentials", false);
    json_t *headers;
    json_t *methods;

    if (json_is_object(written)) {
        if (js_is_truthy(json_object_get(written, "origins")))
            json_object_del(cors, "origin");
        json_object_update(cors, written);
        methods = json_object_get(cors, "methods");
        json_object_set_new(cors, "methods",
                            js_is_truthy(methods) ? unique_list(methods) : json_array());
        headers = json_object_get(cors, "headers");
        json_object_set_new(cors, "headers",
                            js_is_truthy(headers) ? unique_list(headers) : default_headers());
    }
    append_text_unique(json_object_get(cors, "methods"), "OPTIONS");
    append_text_unique(json_object_get(cors, "methods"), method);
    return cors;
}

static json_t *merged(json_t *latest, json_t *earlier)
{
    json_t *result = unique_list(latest);
    json_t *item;
    size_t i;

    json_array_foreach(earlier, i, item)
    {
        append_unique(result, item);
    }
    return result;
}

/* One preflight answers for all methods of a path: lists are joined, the latest of all else wins.
 */
static void merge_preflight(RestApi *api, const Endpoint *endpoint)
{
    static const char *const lists[] = {"headers", "methods", "origins"};
    json_t *cors = json_object_get(api->preflights, endpoint->path);

    if (!cors) {
        cors = json_object();
        json_object_set_new(api->preflights, endpoint->path, cors);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        json_object_set_new(
            cors, lists[i],
            merged(json_object_get(endpoint->cors, lists[i]), json_object_get(cors, lists[i])));
    json_object_del(cors, "origin");
    property_copy(cors, "origin", endpoint->cors, "origin");
    property_copy_truthy(cors, "allowCredentials", endpoint->cors, "allowCredentials");
    property_copy_truthy(cors, "maxAge", endpoint->cors, "maxAge");
    property_copy_truthy(cors, "cacheControl", endpoint->cors, "cacheControl");
    if (!json_object_get(cors, "pointer"))
        json_object_set_new(cors, "pointer", json_string(endpoint->pointer));
}

static char *joined(json_t *list)
{
    GString *text = g_string_new(NULL);
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        g_string_append_printf(text, "%s%s", i ? "," : "", json_string_value(item));
    }
    return g_string_free(text, FALSE);
}

/* The origins that are allowed: those listed, or those in `origin` where it lists several. A new
 * reference; empty: `origin` is one. */
static json_t *origins_of(json_t *cors)
{
    const char *origin = property_string(cors, "origin");
    g_auto(GStrv) parts = NULL;
    json_t *origins;

    if (!origin || !strchr(origin, ','))
        return json_incref(json_object_get(cors, "origins"));
    parts = g_strsplit(origin, ",", -1);
    origins = json_array();
    for (char **part = parts; *part; part++)
        json_array_append_new(origins, json_string(g_strstrip(*part)));
    return origins;
}

/* ANY is no method that a browser knows. */
static char *allowed_methods(json_t *cors)
{
    g_autofree char *methods = joined(json_object_get(cors, "methods"));
    g_auto(GStrv) around = NULL;

    if (!contains(json_object_get(cors, "methods"), "ANY"))
        return g_steal_pointer(&methods);
    around = g_strsplit(methods, "ANY", 2);
    return g_strconcat(around[0], "DELETE,GET,HEAD,PATCH,POST,PUT", around[1], NULL);
}

/* As the framework writes it into a text: `origin: null` allows documents of no origin. */
static const char *origin_of(json_t *cors, json_t *origins)
{
    const char *first = json_string_value(json_array_get(origins, 0));
    json_t *origin = json_object_get(cors, "origin");

    if (first)
        return first;
    return json_is_string(origin) ? json_string_value(origin) : origin ? "null" : "undefined";
}

/* Header values are literals in quotes, as API Gateway's mappings want them. */
static json_t *preflight_headers(json_t *cors, json_t *origins)
{
    const char *origin = origin_of(cors, origins);
    const char *cache_control = property_string(cors, "cacheControl");
    json_t *max_age = json_object_get(cors, "maxAge");
    g_autofree char *headers = joined(json_object_get(cors, "headers"));
    g_autofree char *methods = allowed_methods(cors);
    json_t *result = json_object();

    json_object_set_new(result, "Access-Control-Allow-Origin", json_sprintf("'%s'", origin));
    json_object_set_new(result, "Access-Control-Allow-Headers", json_sprintf("'%s'", headers));
    json_object_set_new(result, "Access-Control-Allow-Methods", json_sprintf("'%s'", methods));
    if (json_object_get(cors, "allowCredentials"))
        json_object_set_new(result, "Access-Control-Allow-Credentials", json_string("'true'"));
    if (json_is_integer(max_age))
        json_object_set_new(
            result, "Access-Control-Max-Age",
            json_sprintf("'%" JSON_INTEGER_FORMAT "'", json_integer_value(max_age)));
    if (cache_control)
        json_object_set_new(result, "Cache-Control", json_sprintf("'%s'", cache_control));
    return result;
}

/* A pattern with one star as a Java expression. */
static void append_origin_expression(GString *text, const char *origin)
{
    bool star_seen = false;

    for (const char *at = origin; *at; at++) {
        if (*at == '.')
            g_string_append(text, "[.]");
        else if (*at == '*' && !star_seen)
            g_string_append(text, ".+");
        else
            g_string_append_c(text, *at);
        star_seen = star_seen || *at == '*';
    }
}

/* The template that answers with the request's own origin where it is one of several allowed.
 * (transfer full) */
static char *origin_template(json_t *origins)
{
    GString *text =
        g_string_new("#set($origin = $input.params(\"Origin\"))\n"
                     "#if($origin == \"\") #set($origin = $input.params(\"origin\")) #end\n"
                     "#if(");
    json_t *origin;
    size_t i;

    json_array_foreach(origins, i, origin)
    {
        g_string_append_printf(text, "%s$origin.matches(\"", i ? " || " : "");
        append_origin_expression(text, json_string_value(origin) ? json_string_value(origin) : "");
        g_string_append(text, "\")");
    }
    g_string_append(text, ") #set($context.responseOverride.header.Access-Control-Allow-Origin = "
                          "$origin) #end");
    return g_string_free(text, FALSE);
}

static void add_preflight(RestApi *api, const char *path, json_t *cors)
{
    g_autofree char *name = naming_path(path);
    g_autofree char *id = g_strconcat("ApiGatewayMethod", name, "Options", NULL);
    json_t *origins = origins_of(cors);
    g_autofree char *template =
        json_array_size(origins) > 0 ? origin_template(origins) : g_strdup("");
    json_t *headers = preflight_headers(cors, origins);
    json_t *sent = json_object();
    json_t *values = json_object();
    const char *header;
    json_t *value;

    json_object_foreach(headers, header, value)
    {
        g_autofree char *key = g_strconcat("method.response.header.", header, NULL);

        json_object_set_new(sent, key, json_true());
        json_object_set(values, key, value);
    }
    json_decref(headers);
    json_decref(origins);
    compilation_set_maker(api->compilation, property_string(cors, "pointer"));
    compilation_add_resource(
        api->compilation, id, "AWS::ApiGateway::Method",
        json_pack("{s:s,s:s,s:[{s:s,s:o,s:{}}],s:{},s:{s:s,s:{s:s},s:s,s:[{s:s,s:o,s:{s:s}}]},s:o,"
                  "s:o}",
                  "AuthorizationType", "NONE", "HttpMethod", "OPTIONS", "MethodResponses",
                  "StatusCode", "200", "ResponseParameters", sent, "ResponseModels",
                  "RequestParameters", "Integration", "Type", "MOCK", "RequestTemplates",
                  "application/json", "{statusCode:200}", "ContentHandling", "CONVERT_TO_TEXT",
                  "IntegrationResponses", "StatusCode", "200", "ResponseParameters", values,
                  "ResponseTemplates", "application/json", template, "ResourceId",
                  rest_api_resource(api, path), "RestApiId", rest_api_id(api)));
    json_array_append_new(api->method_ids, json_string(id));
}

void rest_api_add_preflights(RestApi *api)
{
    const char *path;
    json_t *cors;

    for (guint i = 0; i < api->endpoints->len; i++) {
        const Endpoint *endpoint = api->endpoints->pdata[i];

        if (endpoint->cors)
            merge_preflight(api, endpoint);
    }
    js_order_keys(api->preflights);
    json_object_foreach(api->preflights, path, cors)
    {
        add_preflight(api, path, cors);
    }
}
