#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* {"method.request.path.id": whether it is required}. */
static json_t *request_parameters(const Endpoint *endpoint)
{
    json_t *parameters = json_object();
    const char *key;
    json_t *value;

    json_object_foreach(endpoint->parameters, key, value)
    {
        json_t *required = json_object_get(value, "required");

        if (!json_is_object(value))
            required = value;
        json_object_set_new(parameters, key,
                            js_is_present(required) ? json_incref(required) : json_true());
    }
    return parameters;
}

/* The method waits for the permission; the authorizer takes that one's place in the list, as the
 * framework's merging has it. */
static void set_dependencies(json_t *method, const Endpoint *endpoint, const char *authorizer_id)
{
    g_autofree char *function = naming_normalize(endpoint->function->key);
    g_autofree char *permission = g_strconcat(function, "LambdaPermissionApiGateway", NULL);
    json_t *dependencies = json_pack("[s]", authorizer_id ? authorizer_id : permission);

    if (endpoint->function->alias_id)
        json_array_append_new(dependencies, json_string(endpoint->function->alias_id));
    json_object_set_new(method, "DependsOn", dependencies);
}

static void add_method(RestApi *api, const Endpoint *endpoint)
{
    bool private = js_is_truthy(json_object_get(endpoint->http, "private"));
    json_t *properties = json_pack(
        "{s:s,s:o,s:o,s:o,s:b,s:s}", "HttpMethod", endpoint->method, "RequestParameters",
        request_parameters(endpoint), "ResourceId", rest_api_resource(api, endpoint->path),
        "RestApiId", rest_api_id(api), "ApiKeyRequired", private, "AuthorizationType", "NONE");
    g_autofree char *authorizer_id =
        endpoint->authorizer ? authorizer_apply(endpoint->authorizer, properties) : NULL;
    json_t *method;

    property_copy(properties, "OperationName", endpoint->http, "operationId");
    json_object_set_new(properties, "Integration", integration_of(api, endpoint));
    json_object_set_new(properties, "MethodResponses", method_responses(endpoint));
    compilation_set_maker(api->compilation, endpoint->pointer);
    method = compilation_add_resource(api->compilation, endpoint->method_id,
                                      "AWS::ApiGateway::Method", properties);
    set_dependencies(method, endpoint, authorizer_id);
    json_array_append_new(api->method_ids, json_string(endpoint->method_id));
}

void rest_api_add_methods(RestApi *api)
{
    for (guint i = 0; i < api->endpoints->len; i++)
        add_method(api, api->endpoints->pdata[i]);
}

void rest_api_add_permissions(RestApi *api)
{
    for (guint i = 0; i < api->endpoints->len; i++) {
        const Endpoint *endpoint = api->endpoints->pdata[i];
        g_autofree char *function = naming_normalize(endpoint->function->key);
        g_autofree char *id = g_strconcat(function, "LambdaPermissionApiGateway", NULL);

        compilation_set_maker(api->compilation, endpoint->pointer);
        compilation_add_permission(api->compilation, id, endpoint->function,
                                   "apigateway.amazonaws.com",
                                   api_execution_arn(rest_api_id(api), "/*/*"));
        if (endpoint->authorizer)
            rest_api_add_authorizer_permission(api, endpoint);
    }
}
