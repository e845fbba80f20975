#include "reconcile/aws/api_gateway.h"
#include "reconcile/aws/json_call.h"
#include "reconcile/aws/percent_encoding.h"

static char *stage_path(const char *rest_api, const char *stage)
{
    GString *path = g_string_new("/restapis/");

    percent_encode(path, rest_api, NULL);
    g_string_append(path, "/stages/");
    percent_encode(path, stage, NULL);
    return g_string_free(path, FALSE);
}

static char *tags_path(const char *arn)
{
    GString *path = g_string_new("/tags/");

    percent_encode(path, arn, NULL);
    return g_string_free(path, FALSE);
}

bool api_gateway_get_stage(AwsClient *client, const char *rest_api, const char *stage, json_t **ret,
                           GError **error)
{
    g_autofree char *path = stage_path(rest_api, stage);
    const RestCall call = {
        .service = AWS_SERVICE_APIGATEWAY, .action = "GetStage", .method = "GET", .path = path};
    g_autoptr(GError) failure = NULL;

    if (rest_json_call(client, &call, ret, &failure))
        return true;
    if (aws_error_is(failure, "NotFoundException")) {
        *ret = NULL;
        return true;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                               "get stage %s of REST API %s: ", stage, rest_api);
    return false;
}

static bool change(AwsClient *client, const RestCall *call, GError **error)
{
    json_t *answer = NULL;
    bool done = rest_json_call(client, call, &answer, error);

    json_decref(answer);
    return done;
}

bool api_gateway_update_stage(AwsClient *client, const char *rest_api, const char *stage,
                              json_t *operations, GError **error)
{
    g_autofree char *path = stage_path(rest_api, stage);
    json_t *body = json_pack("{s:O}", "patchOperations", operations);
    const RestCall call = {.service = AWS_SERVICE_APIGATEWAY,
                           .action = "UpdateStage",
                           .method = "PATCH",
                           .path = path,
                           .body = body};
    bool done = change(client, &call, error);

    json_decref(body);
    if (!done)
        g_prefix_error(error, "update stage %s of REST API %s: ", stage, rest_api);
    return done;
}

bool api_gateway_tag(AwsClient *client, const char *arn, json_t *tags, GError **error)
{
    g_autofree char *path = tags_path(arn);
    json_t *body = json_pack("{s:O}", "tags", tags);
    const RestCall call = {.service = AWS_SERVICE_APIGATEWAY,
                           .action = "TagResource",
                           .method = "PUT",
                           .path = path,
                           .body = body};
    bool done = change(client, &call, error);

    json_decref(body);
    if (!done)
        g_prefix_error(error, "tag %s: ", arn);
    return done;
}

bool api_gateway_untag(AwsClient *client, const char *arn, json_t *keys, GError **error)
{
    g_autofree char *path = tags_path(arn);
    g_autoptr(GString) query = g_string_new(NULL);
    RestCall call = {.service = AWS_SERVICE_APIGATEWAY,
                     .action = "UntagResource",
                     .method = "DELETE",
                     .path = path};
    json_t *key;
    size_t i;

    json_array_foreach(keys, i, key)
    {
        g_string_append(query, i ? "&tagKeys=" : "tagKeys=");
        percent_encode(query, json_string_value(key), NULL);
    }
    call.query = query->str;
    if (change(client, &call, error))
        return true;
    g_prefix_error(error, "untag %s: ", arn);
    return false;
}
