#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* The words of a text, each with its first letter in upper case, joined: "application/x-www" is
 * "ApplicationXWww". With `lower`, the rest of each word is in lower case. (transfer full) */
static char *joined_words(const char *text, bool lower)
{
    g_autoptr(GRegex) expression =
        g_regex_new("[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    GString *result = g_string_new(NULL);

    for (g_regex_match(expression, text, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *word = g_match_info_fetch(match, 0);

        for (char *at = word; lower && *at; at++)
            *at = g_ascii_tolower(*at);
        word[0] = g_ascii_toupper(word[0]);
        g_string_append(result, word);
    }
    return g_string_free(result, FALSE);
}

/* One validator serves all methods of the API. Returns its logical id. (transfer full) */
static char *require_validator(RestApi *api)
{
    const Compilation *compilation = api->compilation;
    g_autofree char *service = naming_alphanumeric(compilation->service);
    char *id = g_strconcat("ApiGateway", service, "RequestValidator", NULL);
    g_autofree char *name =
        g_strdup_printf("%s-%s | Validate request body and querystring parameters",
                        compilation->service, compilation->stage);

    if (!json_object_get(compilation->resources, id))
        compilation_add_resource(api->compilation, id, "AWS::ApiGateway::RequestValidator",
                                 json_pack("{s:o,s:b,s:b,s:s}", "RestApiId", rest_api_id(api),
                                           "ValidateRequestBody", true, "ValidateRequestParameters",
                                           true, "Name", name));
    return id;
}

static bool has_required_parameter(const Endpoint *endpoint)
{
    const char *key;
    json_t *value;

    json_object_foreach(endpoint->parameters, key, value)
    {
        json_t *required = json_object_get(value, "required");

        if (json_is_object(value) ? !js_is_present(required) || js_is_truthy(required)
                                  : js_is_truthy(value))
            return true;
    }
    return false;
}

/* {schema, name, description}, or the schema itself. */
static void add_model(RestApi *api, const char *id, json_t *config, const char *content_type)
{
    json_t *schema = json_object_get(config, "schema");
    json_t *properties = json_pack("{s:o,s:s,s:O}", "RestApiId", rest_api_id(api), "ContentType",
                                   content_type, "Schema", js_is_truthy(schema) ? schema : config);

    if (js_is_truthy(schema)) {
        property_copy_truthy(properties, "Name", config, "name");
        property_copy_truthy(properties, "Description", config, "description");
    }
    compilation_add_resource(api->compilation, id, "AWS::ApiGateway::Model", properties);
}

/* A schema of provider.apiGateway.request.schemas by its key is one model for all methods. Returns
 * the model's logical id. (transfer full) */
static char *require_model(RestApi *api, const Endpoint *endpoint, const char *content_type,
                           json_t *config)
{
    const char *key = json_string_value(config);
    json_t *shared =
        key ? json_object_get(pointer_get(api->config, "/request/schemas"), key) : NULL;
    g_autofree char *words = joined_words(shared ? key : content_type, shared != NULL);
    char *id = shared ? g_strconcat("ApiGateway", words, "Model", NULL)
                      : g_strconcat(endpoint->method_id, words, "Model", NULL);

    if (shared) {
        json_t *properties;

        add_model(api, id, shared, "application/json");
        properties =
            json_object_get(json_object_get(api->compilation->resources, id), "Properties");
        property_copy_truthy(properties, "Name", shared, "name");
        property_copy_truthy(properties, "Description", shared, "description");
    } else {
        add_model(api, id, config, content_type);
    }
    return id;
}

static void validate_endpoint(RestApi *api, const Endpoint *endpoint)
{
    json_t *schemas = pointer_get(endpoint->http, "/request/schemas");
    json_t *properties = json_object_get(
        json_object_get(api->compilation->resources, endpoint->method_id), "Properties");
    g_autofree char *validator = NULL;
    const char *content_type;
    json_t *config;

    if (!has_required_parameter(endpoint) && json_object_size(schemas) == 0)
        return;
    validator = require_validator(api);
    json_object_set_new(properties, "RequestValidatorId", json_ref(validator));
    if (json_object_size(schemas) == 0)
        return;
    if (!json_object_get(properties, "RequestModels"))
        json_object_set_new(properties, "RequestModels", json_object());
    json_object_foreach(schemas, content_type, config)
    {
        g_autofree char *model = require_model(api, endpoint, content_type, config);

        json_object_set_new(json_object_get(properties, "RequestModels"), content_type,
                            json_ref(model));
    }
}

void rest_api_add_validators(RestApi *api)
{
    for (guint i = 0; i < api->endpoints->len; i++) {
        const Endpoint *endpoint = api->endpoints->pdata[i];

        compilation_set_maker(api->compilation, endpoint->pointer);
        validate_endpoint(api, endpoint);
    }
}
