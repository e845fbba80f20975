#include "reconcile/compile/events/api_gateway.h"
#include "reconcile/compile/events/custom_resource.h"
#include "reconcile/compile/javascript.h"

json_t *api_lambda_uri(json_t *function_arn_new)
{
    return json_join("", json_pack("[s,{s:s},s,{s:s},s,o,s]", "arn:", "Ref", "AWS::Partition",
                                   ":apigateway:", "Ref", "AWS::Region",
                                   ":lambda:path/2015-03-31/functions/", function_arn_new,
                                   "/invocations"));
}

json_t *api_execution_arn(json_t *api_id_new, const char *suffix)
{
    return json_join("", json_pack("[s,{s:s},s,{s:s},s,{s:s},s,o,s]", "arn:", "Ref",
                                   "AWS::Partition", ":execute-api:", "Ref", "AWS::Region", ":",
                                   "Ref", "AWS::AccountId", ":", api_id_new, suffix));
}

json_t *api_url(const char *scheme, json_t *api_id_new, const char *path)
{
    json_t *parts = json_pack("[s,o,s,{s:s},s,{s:s}]", scheme, api_id_new, ".execute-api.", "Ref",
                              "AWS::Region", ".", "Ref", "AWS::URLSuffix");

    if (path)
        json_array_append_new(parts, json_string(path));
    return json_join("", parts);
}

void api_add_log_group(Compilation *compilation, const char *id, const char *name)
{
    json_t *properties = json_pack("{s:s}", "LogGroupName", name);

    property_copy_truthy(properties, "RetentionInDays", compilation->provider,
                         "logRetentionInDays");
    property_copy_truthy(properties, "DataProtectionPolicy", compilation->provider,
                         "logDataProtectionPolicy");
    compilation_add_resource(compilation, id, "AWS::Logs::LogGroup", properties);
}

/* One for both kinds of APIs; what the first has added serves the second. */
void api_require_logging_role(Compilation *compilation)
{
    static const char id[] = "CustomApiGatewayAccountCloudWatchRole";
    json_t *settings = pointer_get(compilation->provider, "/logs/restApi");
    json_t *properties;

    if (js_is_truthy(json_object_get(settings, "roleManagedExternally")) ||
        json_object_get(compilation->resources, id))
        return;
    properties = json_object();
    custom_resource_add(compilation, CUSTOM_API_GATEWAY_ROLE, id, properties);
    property_copy(properties, "RoleArn", settings, "role");
    custom_resource_add_function(
        compilation, CUSTOM_API_GATEWAY_ROLE,
        json_pack("[{s:s,s:o,s:[s,s,s,s]},{s:s,s:o,s:[s,s]}]", "Effect", "Allow", "Resource",
                  json_join(":", json_pack("[s,{s:s},s,{s:s},s]", "arn", "Ref", "AWS::Partition",
                                           "iam:", "Ref", "AWS::AccountId", "role/*")),
                  "Action", "iam:AttachRolePolicy", "iam:CreateRole",
                  "iam:ListAttachedRolePolicies", "iam:PassRole", "Effect", "Allow", "Resource",
                  json_join(":", json_pack("[s,{s:s},s]", "arn", "Ref", "AWS::Partition",
                                           "apigateway:*::/account")),
                  "Action", "apigateway:GET", "apigateway:PATCH"));
}
