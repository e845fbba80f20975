#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/variables/variables.h"
#include <string.h>

static void free_endpoint(gpointer endpoint)
{
    endpoint_free(endpoint);
}

static void free_value(gpointer value)
{
    json_decref(value);
}

void rest_api_init(RestApi *api, Compilation *compilation)
{
    *api = (RestApi){
        .compilation = compilation,
        .config = json_object_get(compilation->provider, "apiGateway"),
        .endpoints = g_ptr_array_new_with_free_func(free_endpoint),
        .preflights = json_object(),
        .method_ids = json_array(),
        .resource_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_value),
    };
}

void rest_api_clear(RestApi *api)
{
    g_clear_pointer(&api->endpoints, g_ptr_array_unref);
    g_clear_pointer(&api->resource_of, g_hash_table_unref);
    json_decref(api->preflights);
    json_decref(api->method_ids);
    g_free(api->deployment_id);
}

json_t *rest_api_id(const RestApi *api)
{
    json_t *external = json_object_get(api->config, "restApiId");

    return js_is_truthy(external) ? json_incref(external) : json_ref("ApiGatewayRestApi");
}

static json_t *api_name(const RestApi *api)
{
    const Compilation *compilation = api->compilation;
    const char *name = property_string(compilation->provider, "apiName");
    bool service_first = js_is_truthy(json_object_get(api->config, "shouldStartNameWithService"));

    if (name)
        return json_string(name);
    return json_sprintf("%s-%s", service_first ? compilation->service : compilation->stage,
                        service_first ? compilation->stage : compilation->service);
}

static json_t *endpoint_configuration(const RestApi *api)
{
    const char *written = property_string(api->compilation->provider, "endpointType");
    g_autofree char *type = g_ascii_strup(written ? written : "EDGE", -1);
    json_t *vpc_endpoints = json_object_get(api->compilation->provider, "vpcEndpointIds");
    json_t *configuration = json_pack("{s:[s]}", "Types", type);

    if (!written || !js_is_truthy(vpc_endpoints))
        return configuration;
    if (strcmp(type, "PRIVATE") != 0)
        compilation_problem(api->compilation, PROBLEM_ERROR, "/provider/vpcEndpointIds",
                            "Set endpointType: PRIVATE, or take vpcEndpointIds out",
                            "vpcEndpointIds work with private APIs only");
    json_object_set(configuration, "VpcEndpointIds", vpc_endpoints);
    return configuration;
}

static json_t *tag_list(json_t *tags)
{
    json_t *list = json_array();
    const char *key;
    json_t *value;

    json_object_foreach(tags, key, value)
    {
        json_array_append_new(list, json_pack("{s:s,s:O}", "Key", key, "Value", value));
    }
    return list;
}

static void set_upper(json_t *properties, const char *name, json_t *from, const char *key)
{
    const char *text = json_string_value(json_object_get(from, key));
    g_autofree char *upper = text ? g_ascii_strup(text, -1) : NULL;

    if (upper)
        json_object_set_new(properties, name, json_string(upper));
}

json_t *rest_api_identity(const RestApi *api)
{
    return json_pack("{s:o,s:o}", "Name", api_name(api), "EndpointConfiguration",
                     endpoint_configuration(api));
}

/* The framework writes an empty policy where there is none, so that taking one out takes effect. */
void rest_api_add(RestApi *api)
{
    json_t *endpoint = json_object_get(api->config, "endpoint");
    json_t *policy = json_object_get(api->config, "resourcePolicy");
    json_t *tags = json_object_get(api->compilation->provider, "tags");
    json_t *properties;

    if (js_is_truthy(json_object_get(api->config, "restApiId")))
        return;
    properties = rest_api_identity(api);
    json_object_set_new(properties, "Policy", json_string(""));
    property_copy_truthy(properties, "BinaryMediaTypes", api->config, "binaryMediaTypes");
    property_copy(properties, "DisableExecuteApiEndpoint", api->config, "disableDefaultEndpoint");
    property_copy_truthy(properties, "SecurityPolicy", endpoint, "securityPolicy");
    set_upper(properties, "EndpointAccessMode", endpoint, "accessMode");
    if (js_is_truthy(tags))
        json_object_set_new(properties, "Tags", tag_list(tags));
    if (json_array_size(policy) > 0)
        json_object_set_new(properties, "Policy",
                            json_pack("{s:s,s:O}", "Version", "2012-10-17", "Statement", policy));
    set_upper(properties, "ApiKeySourceType", api->config, "apiKeySourceType");
    property_copy(properties, "MinimumCompressionSize", api->config, "minimumCompressionSize");
    property_copy_truthy(properties, "Description", api->config, "description");
    compilation_add_resource(api->compilation, "ApiGatewayRestApi", "AWS::ApiGateway::RestApi",
                             properties);
}

/* A deployment is a snapshot: its id has to change with the API, so it is a placeholder until the
 * template is whole. */
void rest_api_add_deployment(RestApi *api)
{
    const char *stage = property_string(api->config, "stage");
    g_autofree char *path = g_strconcat("/", api->compilation->stage, NULL);
    json_t *properties = json_pack("{s:o,s:s}", "RestApiId", rest_api_id(api), "StageName",
                                   stage ? stage : api->compilation->stage);
    json_t *deployment;

    property_copy_truthy(properties, "Description", api->config, "description");
    api->deployment_id = g_strconcat("ApiGatewayDeployment", VARIABLES_INSTANCE_ID, NULL);
    deployment = compilation_add_resource(api->compilation, api->deployment_id,
                                          "AWS::ApiGateway::Deployment", properties);
    json_object_set(deployment, "DependsOn", api->method_ids);
    compilation_add_output(api->compilation, "ServiceEndpoint", "URL of the service endpoint",
                           api_url("https://", rest_api_id(api), path));
}

/* All else that concerns the stage is set through API Gateway's own interface after a deployment,
 * not by the template. */
void rest_api_add_log_group(RestApi *api)
{
    const Compilation *compilation = api->compilation;
    json_t *logs = pointer_get(compilation->provider, "/logs/restApi");
    json_t *access = json_object_get(logs, "accessLogging");
    g_autofree char *name = NULL;

    if (!js_is_truthy(logs) || (js_is_present(access) && !js_is_truthy(access)))
        return;
    name = g_strdup_printf("/aws/api-gateway/%s-%s", compilation->service, compilation->stage);
    api_add_log_group(api->compilation, "ApiGatewayLogGroup", name);
    api_require_logging_role(api->compilation);
}
