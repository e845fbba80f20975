#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"

static json_t *without_duplicates(json_t *list)
{
    json_t *unique = json_array(), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        bool seen = false;

        for (size_t j = 0; j < json_array_size(unique) && !seen; j++)
            seen = json_equal(json_array_get(unique, j), item);
        if (!seen)
            json_array_append(unique, item);
    }
    return unique;
}

/* What is written, else the default; null takes the member out. */
static void set_list(json_t *cors, const char *member, json_t *written, json_t *default_new)
{
    if (js_is_truthy(written))
        json_object_set_new(cors, member, without_duplicates(written));
    else if (default_new && !json_is_null(written))
        json_object_set(cors, member, default_new);
    json_decref(default_new);
}

static json_t *cors_of(json_t *written)
{
    json_t *cors = json_object();

    if (js_is_truthy(json_object_get(written, "allowCredentials")))
        json_object_set_new(cors, "AllowCredentials", json_true());
    set_list(cors, "AllowHeaders", json_object_get(written, "allowedHeaders"),
             json_pack("[s,s,s,s,s,s]", "Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key",
                       "X-Amz-Security-Token", "X-Amzn-Trace-Id"));
    set_list(cors, "AllowMethods", json_object_get(written, "allowedMethods"),
             json_pack("[s]", "*"));
    set_list(cors, "AllowOrigins", json_object_get(written, "allowedOrigins"),
             json_pack("[s]", "*"));
    set_list(cors, "ExposeHeaders", json_object_get(written, "exposedResponseHeaders"), NULL);
    if (json_object_get(written, "maxAge"))
        json_object_set(cors, "MaxAge", json_object_get(written, "maxAge"));
    return cors;
}

/* Everybody may call a URL without authorizer: since October 2025 that takes two permissions. */
static void allow_everybody(Compilation *compilation, const Function *function)
{
    g_autofree char *url_id = function_id(function, "LambdaPermissionFnUrl");
    g_autofree char *invoke_id = function_id(function, "LambdaPermissionFn");
    json_t *resource = compilation_add_resource(
        compilation, url_id, "AWS::Lambda::Permission",
        json_pack("{s:o,s:s,s:s,s:s}", "FunctionName", function_target_arn(function), "Action",
                  "lambda:InvokeFunctionUrl", "Principal", "*", "FunctionUrlAuthType", "NONE"));

    if (function->alias_id)
        json_object_set_new(resource, "DependsOn", json_string(function->alias_id));
    function_apply_condition(compilation, function, resource);
    resource = compilation_add_permission(compilation, invoke_id, function, "*", NULL);
    json_object_set_new(json_object_get(resource, "Properties"), "InvokedViaFunctionUrl",
                        json_true());
    function_apply_condition(compilation, function, resource);
}

void compile_function_url(Compilation *compilation, const Function *function)
{
    json_t *url = json_object_get(function->config, "url"), *resource, *output;
    json_t *cors = json_object_get(url, "cors"), *mode = json_object_get(url, "invokeMode");
    g_autofree char *id = function_id(function, "LambdaFunctionUrl");
    bool signed_only =
        g_strcmp0(json_string_value(json_object_get(url, "authorizer")), "aws_iam") == 0;

    if (!js_is_truthy(url))
        return;
    resource = compilation_add_resource(
        compilation, id, "AWS::Lambda::Url",
        json_pack("{s:s,s:o}", "AuthType", signed_only ? "AWS_IAM" : "NONE", "TargetFunctionArn",
                  function_target_arn(function)));
    if (function->alias_id)
        json_object_set_new(resource, "DependsOn", json_string(function->alias_id));
    if (js_is_truthy(cors))
        json_object_set_new(json_object_get(resource, "Properties"), "Cors", cors_of(cors));
    if (g_strcmp0(json_string_value(mode), "RESPONSE_STREAM") == 0)
        json_object_set(json_object_get(resource, "Properties"), "InvokeMode", mode);
    function_apply_condition(compilation, function, resource);

    output = compilation_add_output(compilation, id, "Lambda Function URL",
                                    json_get_att(id, "FunctionUrl"));
    function_apply_condition(compilation, function, output);
    if (!signed_only)
        allow_everybody(compilation, function);
}
