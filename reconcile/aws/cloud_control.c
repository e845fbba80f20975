#include "reconcile/aws/cloud_control.h"
#include "config/json_text.h"
#include "reconcile/aws/json_call.h"

#define MAX_PAGES 100

void cloud_control_request_free(CloudControlRequest *request)
{
    if (!request)
        return;
    char *texts[] = {request->token,      request->status,  request->operation, request->type,
                     request->identifier, request->message, request->error_code};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(request);
}

/* Takes over `body`. */
static bool call(AwsClient *client, const char *action, json_t *body, bool once, json_t **ret,
                 GError **error)
{
    const JsonCall json = {
        .service = AWS_SERVICE_CLOUDCONTROL,
        .action = action,
        .version = "1.0",
        .target = "CloudApiService",
        .body = body,
        .once = once,
    };
    bool called = json_call(client, &json, ret, error);

    json_decref(body);
    return called;
}

/* Properties travel as JSON in a string. */
static json_t *read_properties(json_t *description)
{
    const char *text = json_string_value(json_object_get(description, "Properties"));
    json_t *properties = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;

    return properties ? properties : json_object();
}

bool cloud_control_get(AwsClient *client, const char *type, const char *identifier, json_t **ret,
                       GError **error)
{
    json_t *answer = NULL;
    g_autoptr(GError) failure = NULL;

    if (!call(client, "GetResource",
              json_pack("{s:s, s:s}", "TypeName", type, "Identifier", identifier), false, &answer,
              &failure)) {
        if (aws_error_is(failure, "ResourceNotFoundException")) {
            *ret = NULL;
            return true;
        }
        g_propagate_prefixed_error(error, g_steal_pointer(&failure), "get %s %s: ", type,
                                   identifier);
        return false;
    }
    *ret = read_properties(json_object_get(answer, "ResourceDescription"));
    json_decref(answer);
    return true;
}

static bool list_page(AwsClient *client, const char *type, const char *model, char **token,
                      json_t *into, GError **error)
{
    json_t *answer = NULL, *item;
    size_t i;

    if (!call(client, "ListResources",
              json_pack("{s:s, s:s*, s:s*}", "TypeName", type, "ResourceModel", model, "NextToken",
                        *token),
              false, &answer, error))
        return false;
    json_array_foreach(json_object_get(answer, "ResourceDescriptions"), i, item)
    {
        const char *identifier = json_string_value(json_object_get(item, "Identifier"));
        if (identifier)
            json_object_set_new(into, identifier, read_properties(item));
    }
    g_free(*token);
    *token = json_call_text(answer, "NextToken");
    json_decref(answer);
    return true;
}

bool cloud_control_list(AwsClient *client, const char *type, json_t *model, json_t **ret,
                        GError **error)
{
    g_autofree char *model_text = model ? json_text(model, JSON_TEXT_COMPACT) : NULL, *token = NULL;
    json_t *resources = json_object();
    unsigned page = 0;

    do {
        if (!list_page(client, type, model_text, &token, resources, error)) {
            g_prefix_error(error, "list %s: ", type);
            json_decref(resources);
            return false;
        }
    } while (token && *token && ++page < MAX_PAGES);
    *ret = resources;
    return true;
}

static int64_t time_of(json_t *seconds)
{
    return json_is_number(seconds) ? (int64_t)(json_number_value(seconds) * 1000.0) : 0;
}

static CloudControlRequest *read_request(json_t *event)
{
    CloudControlRequest *request = g_new0(CloudControlRequest, 1);

    request->token = json_call_text(event, "RequestToken");
    request->status = json_call_text(event, "OperationStatus");
    request->operation = json_call_text(event, "Operation");
    request->type = json_call_text(event, "TypeName");
    request->identifier = json_call_text(event, "Identifier");
    request->message = json_call_text(event, "StatusMessage");
    request->error_code = json_call_text(event, "ErrorCode");
    request->retry_after_ms = time_of(json_object_get(event, "RetryAfter"));
    return request;
}

/* Takes over `body`. */
static bool request(AwsClient *client, const char *action, json_t *body, bool once,
                    CloudControlRequest **ret, GError **error)
{
    json_t *answer = NULL;

    if (!call(client, action, body, once, &answer, error))
        return false;
    *ret = read_request(json_object_get(answer, "ProgressEvent"));
    json_decref(answer);
    return true;
}

bool cloud_control_update(AwsClient *client, const char *type, const char *identifier,
                          json_t *patch, const char *client_token, CloudControlRequest **ret,
                          GError **error)
{
    g_autofree char *text = json_text(patch, JSON_TEXT_COMPACT);

    if (request(client, "UpdateResource",
                json_pack("{s:s, s:s, s:s, s:s*}", "TypeName", type, "Identifier", identifier,
                          "PatchDocument", text, "ClientToken", client_token),
                !client_token, ret, error))
        return true;
    g_prefix_error(error, "update %s %s: ", type, identifier);
    return false;
}

bool cloud_control_delete(AwsClient *client, const char *type, const char *identifier,
                          const char *client_token, CloudControlRequest **ret, GError **error)
{
    if (request(client, "DeleteResource",
                json_pack("{s:s, s:s, s:s*}", "TypeName", type, "Identifier", identifier,
                          "ClientToken", client_token),
                !client_token, ret, error))
        return true;
    g_prefix_error(error, "delete %s %s: ", type, identifier);
    return false;
}

bool cloud_control_request_status(AwsClient *client, const char *token, CloudControlRequest **ret,
                                  GError **error)
{
    if (request(client, "GetResourceRequestStatus", json_pack("{s:s}", "RequestToken", token),
                false, ret, error))
        return true;
    g_prefix_error(error, "ask for Cloud Control request %s: ", token);
    return false;
}
