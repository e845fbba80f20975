#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* A function behind templates tells the status by "[404]" in its error message: these patterns find
 * it. */
json_t *default_statuses(void)
{
    static const char *const patterns[][2] = {
        {"200", ""},
        {"400", "[\\s\\S]*\\[400\\][\\s\\S]*"},
        {"401", "[\\s\\S]*\\[401\\][\\s\\S]*"},
        {"403", "[\\s\\S]*\\[403\\][\\s\\S]*"},
        {"404", "[\\s\\S]*\\[404\\][\\s\\S]*"},
        {"422", "[\\s\\S]*\\[422\\][\\s\\S]*"},
        {"500",
         "[\\s\\S]*(Process\\s?exited\\s?before\\s?completing\\s?request|\\[500\\])[\\s\\S]*"},
        {"502", "[\\s\\S]*\\[502\\][\\s\\S]*"},
        {"504", "([\\s\\S]*\\[504\\][\\s\\S]*)|(.*Task timed out after \\d+\\.\\d+ seconds$)"},
    };
    json_t *statuses = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        json_object_set_new(statuses, patterns[i][0],
                            json_pack("{s:s}", "pattern", patterns[i][1]));
    return statuses;
}

/* Headers of every response: CORS, and response.headers over it. A new reference. */
static json_t *headers_of_all(const Endpoint *endpoint)
{
    json_t *origins = json_object_get(endpoint->cors, "origins");
    const char *origin = property_string(endpoint->cors, "origin");
    json_t *headers = json_object();

    if (endpoint->cors) {
        g_autoptr(GString) allowed = g_string_new(NULL);
        json_t *item;
        size_t i;

        json_array_foreach(origins, i, item)
        {
            g_string_append_printf(allowed, "%s%s", i ? "," : "", json_string_value(item));
        }
        if (allowed->len == 0)
            g_string_append(allowed, origin ? origin : "*");
        json_object_set_new(headers, "Access-Control-Allow-Origin",
                            json_sprintf("'%s'", allowed->str));
        if (js_is_truthy(json_object_get(endpoint->cors, "allowCredentials")))
            json_object_set_new(headers, "Access-Control-Allow-Credentials", json_string("true"));
    }
    json_object_update(headers, pointer_get(endpoint->http, "/response/headers"));
    return headers;
}

/* `value` NULL: each header's own. */
static void map_headers(json_t *parameters, json_t *headers, json_t *value)
{
    const char *header;
    json_t *own;

    json_object_foreach(headers, header, own)
    {
        g_autofree char *key = g_strconcat("method.response.header.", header, NULL);

        json_object_set(parameters, key, value ? value : own);
    }
}

static json_t *response_templates(const Endpoint *endpoint, json_t *status)
{
    json_t *of_all = pointer_get(endpoint->http, "/response/template");
    json_t *own = json_object_get(status, "template");
    json_t *templates = json_object();

    if (js_is_truthy(of_all))
        json_object_set(templates, "application/json", of_all);
    if (json_is_object(own))
        json_object_update(templates, own);
    else if (js_is_truthy(own))
        json_object_set(templates, "application/json", own);
    return templates;
}

json_t *integration_responses(const Endpoint *endpoint)
{
    json_t *headers = headers_of_all(endpoint);
    json_t *responses = json_array();
    const char *code;
    json_t *status;

    json_object_foreach(endpoint->statuses, code, status)
    {
        const char *pattern = json_string_value(json_object_get(status, "pattern"));
        json_t *parameters = json_object();
        json_t *response = json_pack("{s:s,s:s,s:o,s:o}", "StatusCode", code, "SelectionPattern",
                                     pattern ? pattern : "", "ResponseParameters", parameters,
                                     "ResponseTemplates", response_templates(endpoint, status));

        map_headers(parameters, headers, NULL);
        map_headers(parameters, json_object_get(status, "headers"), NULL);
        if (code[0] == '2')
            property_set(response, "ContentHandling",
                         pointer_get(endpoint->http, "/response/contentHandling"));
        json_array_append_new(responses, response);
    }
    json_decref(headers);
    return responses;
}

json_t *method_responses(const Endpoint *endpoint)
{
    json_t *headers = headers_of_all(endpoint);
    json_t *responses = json_array();
    const char *code;
    json_t *status;

    json_object_foreach(endpoint->statuses, code, status)
    {
        json_t *parameters = json_object();

        map_headers(parameters, headers, json_true());
        map_headers(parameters, json_object_get(status, "headers"), json_true());
        json_array_append_new(responses,
                              json_pack("{s:o,s:{},s:s}", "ResponseParameters", parameters,
                                        "ResponseModels", "StatusCode", code));
    }
    json_decref(headers);
    return responses;
}
