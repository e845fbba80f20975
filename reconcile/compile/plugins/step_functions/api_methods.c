/* The method of an http event: what starts the machine, by which template, and who may. */
#include "reconcile/compile/plugins/step_functions/api.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

json_t *api_method_role(const ApiEvent *event)
{
    json_t *own = json_object_get(event->endpoint->http, "iamRole");

    return own ? json_incref(own) : json_get_att(API_ROLE_ID, "Arn");
}

static json_t *uri_of(const char *action)
{
    return json_join("", json_pack("[s,{s:s},s,{s:s},o]", "arn:", "Ref", "AWS::Partition",
                                   ":apigateway:", "Ref", "AWS::Region",
                                   json_sprintf(":states:action/%s", action)));
}

/* {status: {statusCode, selectionPattern, …}}: a new reference. */
static json_t *responses_of(json_t *http)
{
    json_t *written = json_object_get(http, "responses"),
           *response = json_object_get(http, "response"), *parameters, *value, *responses,
           *template = json_object_get(response, "template");
    const char *header;

    if (written) {
        responses = json_deep_copy(written);
        js_order_keys(responses);
        return responses;
    }
    parameters = json_object();
    json_object_foreach(json_object_get(response, "headers"), header, value)
    {
        g_autofree char *name = g_strconcat("method.response.header.", header, NULL);

        json_object_set(parameters, name, value);
    }
    return json_pack("{s:{s:i,s:s,s:o,s:o},s:{s:i,s:s,s:{},s:{}}}", "200", "statusCode", 200,
                     "selectionPattern", "", "responseParameters", parameters, "responseTemplates",
                     template ? json_incref(template) : json_object(), "400", "statusCode", 400,
                     "selectionPattern", "400", "responseParameters", "responseTemplates");
}

/* A header value in quotes, as API Gateway's mappings want it. A new reference. */
static json_t *allowed_origin(json_t *cors)
{
    g_autofree char *origin = api_cors_origin(cors);

    return json_sprintf("'%s'", origin);
}

static json_t *copy_of(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return value ? json_deep_copy(value) : json_object();
}

static json_t *responses_to_caller(const ApiEvent *event)
{
    json_t *responses = responses_of(event->endpoint->http), *list = json_array(), *response;
    const char *key;

    json_object_foreach(responses, key, response)
    {
        json_t *code = json_object_get(response, "statusCode"),
               *pattern = json_object_get(response, "selectionPattern"),
               *parameters = copy_of(response, "responseParameters");

        if (event->cors)
            json_object_set_new(parameters, "method.response.header.Access-Control-Allow-Origin",
                                allowed_origin(event->cors));
        json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o}", "StatusCode",
                                              code ? json_incref(code) : json_integer(atoi(key)),
                                              "SelectionPattern",
                                              pattern ? json_incref(pattern) : json_string(key),
                                              "ResponseParameters", parameters, "ResponseTemplates",
                                              copy_of(response, "responseTemplates")));
    }
    json_decref(responses);
    return list;
}

static json_t *start_integration(const ApiEvent *event)
{
    json_t *http = event->endpoint->http, *integration;
    const char *action = json_string_value(json_object_get(http, "action"));

    integration = json_pack("{s:s,s:s,s:o,s:o,s:s,s:o,s:o}", "IntegrationHttpMethod", "POST",
                            "Type", "AWS", "Credentials", api_method_role(event), "Uri",
                            uri_of(action ? action : "StartExecution"), "PassthroughBehavior",
                            action ? "WHEN_NO_TEMPLATES" : "NEVER", "RequestTemplates",
                            api_request_templates(event->machine, http), "IntegrationResponses",
                            responses_to_caller(event));
    property_copy_truthy(integration, "TimeoutInMillis", http, "timeoutInMillis");
    return integration;
}

static json_t *declared_responses(const ApiEvent *event)
{
    json_t *headers =
               json_object_get(json_object_get(event->endpoint->http, "response"), "headers"),
           *list = json_pack("[{s:{},s:{},s:i},{s:{},s:{},s:i}]", "ResponseParameters",
                             "ResponseModels", "StatusCode", 200, "ResponseParameters",
                             "ResponseModels", "StatusCode", 400),
           *response, *value;
    const char *header;
    size_t i;

    json_object_foreach(headers, header, value)
    {
        g_autofree char *name = g_strconcat("method.response.header.", header, NULL);

        json_object_set(json_object_get(json_array_get(list, 0), "ResponseParameters"), name,
                        value);
    }
    if (event->cors)
        json_array_foreach(list, i, response) json_object_set_new(
            json_object_get(response, "ResponseParameters"),
            "method.response.header.Access-Control-Allow-Origin", allowed_origin(event->cors));
    return list;
}

/* Who may call it. The plugin knows a user pool by the text of its ARN only. */
static void authorize(const ApiEvent *event, json_t *method)
{
    const Authorizer *authorizer = event->endpoint->authorizer;
    json_t *properties = json_object_get(method, "Properties");
    g_autofree char *name = NULL, *id = NULL;
    bool cognito;

    if (!authorizer)
        return;
    if (g_strcmp0(authorizer->type, "AWS_IAM") == 0) {
        json_object_set_new(properties, "AuthorizationType", json_string("AWS_IAM"));
        return;
    }
    cognito = json_is_string(authorizer->arn) &&
              g_regex_match_simple("^arn:[a-zA-Z-]*:cognito-idp",
                                   json_string_value(authorizer->arn), 0, 0);
    if (authorizer->id) {
        json_object_set_new(properties, "AuthorizationType", json_string(authorizer->type));
        json_object_set(properties, "AuthorizerId", authorizer->id);
    } else {
        name = naming_normalize(authorizer->name);
        id = g_strconcat(name, "ApiGatewayAuthorizer", NULL);
        json_object_set_new(properties, "AuthorizationType",
                            json_string(cognito ? "COGNITO_USER_POOLS" : "CUSTOM"));
        json_object_set_new(properties, "AuthorizerId", json_ref(id));
        json_object_set_new(method, "DependsOn", json_string(id));
    }
    if (cognito || authorizer->id)
        property_set(properties, "AuthorizationScopes", authorizer->scopes);
}

void api_add_method(RestApi *api, const ApiEvent *event)
{
    const Endpoint *endpoint = event->endpoint;
    json_t *method = json_pack(
        "{s:s,s:{s:s,s:{},s:s,s:b,s:o,s:o,s:o,s:o}}", "Type", "AWS::ApiGateway::Method",
        "Properties", "HttpMethod", endpoint->method, "RequestParameters", "AuthorizationType",
        "NONE", "ApiKeyRequired", js_is_truthy(json_object_get(endpoint->http, "private")),
        "ResourceId", rest_api_resource(api, endpoint->path), "RestApiId", rest_api_id(api),
        "Integration", start_integration(event), "MethodResponses", declared_responses(event));

    authorize(event, method);
    api_merge_resource(api->compilation, endpoint->method_id, method);
    json_array_append_new(api->method_ids, json_string(endpoint->method_id));
}
