#include "reconcile/compile/events/api_gateway.h"
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

void api_require_logging_role(Compilation *compilation, const char *pointer)
{
    if (js_is_truthy(pointer_get(compilation->provider, "/logs/restApi/roleManagedExternally")))
        return;
    compilation_problem(compilation, PROBLEM_ERROR, pointer,
                        "Set the account's CloudWatch role once (AWS::ApiGateway::Account) and add "
                        "provider.logs.restApi.roleManagedExternally: true",
                        "logs need the custom resource Custom::ApiGatewayAccountRole, which this "
                        "version does not bring");
}
