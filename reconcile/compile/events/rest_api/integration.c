#include "reconcile/compile/events/rest_api/request_template.h"
#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

const char *integration_type(Integration integration)
{
    static const char *const types[] = {
        [INTEGRATION_AWS_PROXY] = "AWS_PROXY", [INTEGRATION_AWS] = "AWS",
        [INTEGRATION_HTTP] = "HTTP",           [INTEGRATION_HTTP_PROXY] = "HTTP_PROXY",
        [INTEGRATION_MOCK] = "MOCK",
    };

    return types[integration];
}

/* With an alias, ":" and its name follow the function's ARN. */
static json_t *lambda_uri(const Endpoint *endpoint)
{
    const char *mode = json_string_value(pointer_get(endpoint->http, "/response/transferMode"));
    bool streams =
        mode && strcmp(mode, "STREAM") == 0 && endpoint->integration == INTEGRATION_AWS_PROXY;
    json_t *parts = json_pack("[s,{s:s},s,{s:s},s,o]", "arn:", "Ref", "AWS::Partition",
                              ":apigateway:", "Ref", "AWS::Region",
                              streams ? ":lambda:path/2021-11-15/functions/"
                                      : ":lambda:path/2015-03-31/functions/",
                              json_get_att(endpoint->function->logical_id, "Arn"));

    if (endpoint->function->alias_name) {
        json_array_append_new(parts, json_string(":"));
        json_array_append_new(parts, json_string(endpoint->function->alias_name));
    }
    json_array_append_new(
        parts, json_string(streams ? "/response-streaming-invocations" : "/invocations"));
    return json_join("", parts);
}

static void set_backend(json_t *integration, const Endpoint *endpoint)
{
    json_t *request = json_object_get(endpoint->http, "request");
    const char *written = property_string(request, "method");
    g_autofree char *method = g_ascii_strup(written ? written : endpoint->method, -1);

    property_copy(integration, "Uri", request, "uri");
    json_object_set_new(integration, "IntegrationHttpMethod", json_string(method));
    if (property_string(endpoint->http, "connectionType")) {
        property_copy(integration, "ConnectionType", endpoint->http, "connectionType");
        property_copy(integration, "ConnectionId", endpoint->http, "connectionId");
    }
}

/* Requests of a type without a template are refused where Lambda stands behind templates. */
static void set_templates(json_t *integration, const Endpoint *endpoint)
{
    json_t *request = json_object_get(endpoint->http, "request");
    json_t *templates = request_templates(
        endpoint->integration == INTEGRATION_AWS, json_object_get(request, "template"),
        endpoint->authorizer ? endpoint->authorizer->claims : NULL);

    if (endpoint->integration == INTEGRATION_AWS)
        json_object_set_new(integration, "PassthroughBehavior", json_string("NEVER"));
    property_copy_truthy(integration, "PassthroughBehavior", request, "passThrough");
    property_copy(integration, "ContentHandling", request, "contentHandling");
    if (json_object_size(templates) > 0)
        json_object_set(integration, "RequestTemplates", templates);
    json_decref(templates);
    json_object_set_new(integration, "IntegrationResponses", integration_responses(endpoint));
}

static void set_parameters(json_t *integration, const Endpoint *endpoint)
{
    bool async = js_is_truthy(json_object_get(endpoint->http, "async"));
    bool passes_on = json_object_size(endpoint->parameters) > 0 &&
                     endpoint->integration != INTEGRATION_AWS_PROXY &&
                     endpoint->integration != INTEGRATION_MOCK;
    json_t *parameters;
    const char *key;
    json_t *value;

    if (!async && !passes_on)
        return;
    parameters = json_object();
    json_object_foreach(endpoint->parameters, key, value)
    {
        g_autofree char *name = g_strconcat("integration.", key + strlen("method."), NULL);
        json_t *mapped = json_object_get(value, "mappedValue");

        json_object_set_new(parameters, name,
                            js_is_truthy(mapped) ? json_incref(mapped) : json_string(key));
    }
    if (async)
        json_object_set_new(parameters, "integration.request.header.X-Amz-Invocation-Type",
                            json_string("'Event'"));
    json_object_set_new(integration, "RequestParameters", parameters);
}

json_t *integration_of(const RestApi *api, const Endpoint *endpoint)
{
    json_t *integration = json_pack("{s:s,s:s}", "IntegrationHttpMethod", "POST", "Type",
                                    integration_type(endpoint->integration));

    property_copy_truthy(integration, "TimeoutInMillis", api->config, "timeoutInMillis");
    property_copy_truthy(integration, "TimeoutInMillis", endpoint->http, "timeoutInMillis");
    if (endpoint->integration == INTEGRATION_AWS || endpoint->integration == INTEGRATION_AWS_PROXY)
        json_object_set_new(integration, "Uri", lambda_uri(endpoint));
    else if (endpoint->integration != INTEGRATION_MOCK)
        set_backend(integration, endpoint);
    if (endpoint->integration != INTEGRATION_AWS_PROXY &&
        endpoint->integration != INTEGRATION_HTTP_PROXY)
        set_templates(integration, endpoint);
    set_parameters(integration, endpoint);
    property_set(integration, "ResponseTransferMode",
                 pointer_get(endpoint->http, "/response/transferMode"));
    return integration;
}
