#include "reconcile/aws/json_call.h"
#include "config/json_text.h"
#include <string.h>

static bool send_json(AwsClient *client, const AwsRequest *request, json_t **ret, GError **error)
{
    g_auto(HttpResponse) response = {0};
    json_error_t problem;
    g_autofree char *cause = NULL;
    json_t *answer;

    if (!aws_send(client, request, &response, error))
        return false;
    answer = response.body->len
                 ? json_loadb(response.body->str, response.body->len, JSON_ALLOW_NUL, &problem)
                 : json_object();
    if (!json_is_object(answer)) {
        cause = answer ? g_strdup("the answer is no JSON object")
                       : g_strdup_printf("%s at line %d, column %d of the answer", problem.text,
                                         problem.line, problem.column);
        json_decref(answer);
        aws_answer_error(error, &response, cause);
        return false;
    }
    *ret = answer;
    return true;
}

bool json_call(AwsClient *client, const JsonCall *call, json_t **ret, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_autofree char *type = g_strdup_printf("application/x-amz-json-%s", call->version);
    g_autofree char *target = g_strdup_printf("%s.%s", call->target, call->action);
    g_autofree char *body = json_text(call->body, JSON_TEXT_COMPACT);
    const AwsRequest request = {
        .service = call->service,
        .action = call->action,
        .method = "POST",
        .path = "/",
        .headers = headers,
        .body = body,
        .body_size = strlen(body),
        .max_answer_bytes = JSON_ANSWER_MAX_BYTES,
    };

    http_headers_set(headers, "Content-Type", type);
    http_headers_set(headers, "X-Amz-Target", target);
    return send_json(client, &request, ret, error);
}

bool rest_json_call(AwsClient *client, const RestCall *call, json_t **ret, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_autofree char *body = call->body ? json_text(call->body, JSON_TEXT_COMPACT) : NULL;
    const AwsRequest request = {
        .service = call->service,
        .action = call->action,
        .method = call->method,
        .path = call->path,
        .query = call->query,
        .headers = headers,
        .body = body,
        .body_size = body ? strlen(body) : 0,
        .max_answer_bytes = JSON_ANSWER_MAX_BYTES,
    };

    http_headers_set(headers, "Accept", "application/json"); /* else API Gateway answers in HAL */
    if (body)
        http_headers_set(headers, "Content-Type", "application/json");
    return send_json(client, &request, ret, error);
}

char *json_call_text(json_t *object, const char *name)
{
    return g_strdup(json_string_value(json_object_get(object, name)));
}
