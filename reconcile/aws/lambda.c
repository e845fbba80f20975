#include "reconcile/aws/lambda.h"
#include "reconcile/aws/json_call.h"
#include "reconcile/aws/percent_encoding.h"

void lambda_function_free(LambdaFunction *function)
{
    if (!function)
        return;
    char *texts[] = {function->name,
                     function->arn,
                     function->version,
                     function->runtime,
                     function->handler,
                     function->code_sha256,
                     function->last_modified,
                     function->state,
                     function->last_update_status,
                     function->last_update_status_reason,
                     function->revision_id,
                     function->package_type};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    json_decref(function->json);
    g_free(function);
}

static LambdaFunction *read_function(json_t *json)
{
    LambdaFunction *function = g_new0(LambdaFunction, 1);
    json_int_t size = json_integer_value(json_object_get(json, "CodeSize"));

    function->name = json_call_text(json, "FunctionName");
    function->arn = json_call_text(json, "FunctionArn");
    function->version = json_call_text(json, "Version");
    function->runtime = json_call_text(json, "Runtime");
    function->handler = json_call_text(json, "Handler");
    function->code_sha256 = json_call_text(json, "CodeSha256");
    function->code_size = size > 0 ? (uint64_t)size : 0;
    function->last_modified = json_call_text(json, "LastModified");
    function->state = json_call_text(json, "State");
    function->last_update_status = json_call_text(json, "LastUpdateStatus");
    function->last_update_status_reason = json_call_text(json, "LastUpdateStatusReason");
    function->revision_id = json_call_text(json, "RevisionId");
    function->package_type = json_call_text(json, "PackageType");
    function->json = json_incref(json);
    return function;
}

static char *function_path(const char *function, const char *rest)
{
    GString *path = g_string_new("/2015-03-31/functions/");

    percent_encode(path, function, NULL);
    g_string_append(path, rest);
    return g_string_free(path, FALSE);
}

/* "Name=value", or NULL when there is no value. */
static char *query_of(const char *name, const char *value)
{
    GString *query;

    if (!value)
        return NULL;
    query = g_string_new(name);
    g_string_append_c(query, '=');
    percent_encode(query, value, NULL);
    return g_string_free(query, FALSE);
}

/* *ret is NULL when there is no such function. */
static bool get(AwsClient *client, const char *action, const char *function, const char *rest,
                const char *qualifier, json_t **ret, GError **error)
{
    g_autofree char *path = function_path(function, rest),
                    *query = query_of("Qualifier", qualifier);
    const RestCall call = {.service = AWS_SERVICE_LAMBDA,
                           .action = action,
                           .method = "GET",
                           .path = path,
                           .query = query};
    g_autoptr(GError) failure = NULL;

    if (rest_json_call(client, &call, ret, &failure))
        return true;
    if (aws_error_is(failure, "ResourceNotFoundException")) {
        *ret = NULL;
        return true;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                               "get Lambda function %s: ", function);
    return false;
}

bool lambda_get_function_configuration(AwsClient *client, const char *function,
                                       const char *qualifier, LambdaFunction **ret, GError **error)
{
    json_t *answer = NULL;

    if (!get(client, "GetFunctionConfiguration", function, "/configuration", qualifier, &answer,
             error))
        return false;
    *ret = answer ? read_function(answer) : NULL;
    json_decref(answer);
    return true;
}

static bool update(AwsClient *client, const char *function, json_t *body, LambdaFunction **ret,
                   GError **error)
{
    g_autofree char *path = function_path(function, "/code");
    const RestCall call = {.service = AWS_SERVICE_LAMBDA,
                           .action = "UpdateFunctionCode",
                           .method = "PUT",
                           .path = path,
                           .body = body};
    json_t *answer = NULL;

    if (!rest_json_call(client, &call, &answer, error)) {
        g_prefix_error(error, "update the code of Lambda function %s: ", function);
        return false;
    }
    if (ret)
        *ret = read_function(answer);
    json_decref(answer);
    return true;
}

bool lambda_update_function_code(AwsClient *client, const char *function, const char *bucket,
                                 const char *key, const char *object_version, LambdaFunction **ret,
                                 GError **error)
{
    json_t *body = json_pack("{s:s, s:s, s:s*}", "S3Bucket", bucket, "S3Key", key,
                             "S3ObjectVersion", object_version);
    bool updated = update(client, function, body, ret, error);

    json_decref(body);
    return updated;
}
