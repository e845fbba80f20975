#include "controller/session/session.h"

#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/ssm.h"

#include <string.h>

#define MAX_S3_INPUT_BYTES (1u << 20)

/* StringList → array; a SecureString that holds a JSON object is that object unless asked raw, as
 * the framework reads it. */
static json_t *ssm_value(const InputRequest *request, json_t *parameter)
{
    const char *value = json_string_value(json_object_get(parameter, "value"));
    const char *type = json_string_value(json_object_get(parameter, "type"));

    if (!value)
        return NULL;
    if (type && !strcmp(type, "StringList")) {
        g_auto(GStrv) items = g_strsplit(value, ",", -1);
        json_t *list = json_array();

        for (char **item = items; *item; item++)
            json_array_append_new(list, json_string(*item));
        return list;
    }
    if (type && !strcmp(type, "SecureString") && !request->raw && *value == '{') {
        json_t *parsed = json_loads(value, 0, NULL);

        if (parsed)
            return parsed;
    }
    return json_string(value);
}

static bool fetch_parameters(AwsClient *client, const GPtrArray *requests, Inputs *inputs,
                             GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    json_t *found = NULL;

    for (guint i = 0; i < requests->len; i++)
        g_ptr_array_add(names, ((InputRequest *)g_ptr_array_index(requests, i))->address);
    if (!ssm_get_parameters(client, names, &found, NULL, error)) {
        g_prefix_error(error, "read %u SSM parameters (%s%s): ", names->len,
                       (char *)g_ptr_array_index(names, 0), names->len > 1 ? ", …" : "");
        return false;
    }
    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);
        json_t *parameter = json_object_get(found, request->address);
        const char *type = json_string_value(json_object_get(parameter, "type"));

        inputs_add(inputs, request, ssm_value(request, parameter),
                   type && !strcmp(type, "SecureString"));
    }
    json_decref(found);
    return true;
}

/* One GetParameters for up to ten of a region, so requests are gathered by region first. */
static bool fetch_all_parameters(const InputSource *source, const GPtrArray *requests,
                                 Inputs *inputs, GError **error)
{
    g_autoptr(GHashTable) by_region =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter regions;
    void *region, *of_region;

    for (guint i = 0; i < requests->len; i++) {
        InputRequest *request = g_ptr_array_index(requests, i);
        GPtrArray *group;

        if (request->kind != INPUT_SSM)
            continue;
        group = g_hash_table_lookup(by_region, request->region);
        if (!group) {
            group = g_ptr_array_new();
            g_hash_table_insert(by_region, request->region, group);
        }
        g_ptr_array_add(group, request);
    }
    g_hash_table_iter_init(&regions, by_region);
    while (g_hash_table_iter_next(&regions, &region, &of_region))
        if (!fetch_parameters(session_client(source->session, source->account, region), of_region,
                              inputs, error))
            return false;
    return true;
}

/* stack.Output; a stack or an output that is not there is a value that does not exist. */
static bool fetch_output(AwsClient *client, const InputRequest *request, Inputs *inputs,
                         GError **error)
{
    const char *dot = strchr(request->address, '.');
    g_autofree char *stack_name =
        dot ? g_strndup(request->address, (gsize)(dot - request->address)) : NULL;
    g_autoptr(CloudFormationStack) stack = NULL;
    json_t *value;

    if (!dot) {
        inputs_add(inputs, request, NULL, false);
        return true;
    }
    if (!cloud_formation_describe_stack(client, stack_name, &stack, error)) {
        g_prefix_error(error, "read output %s: ", request->address);
        return false;
    }
    value = stack ? json_object_get(stack->outputs, dot + 1) : NULL;
    inputs_add(inputs, request, json_incref(value), false);
    return true;
}

static bool fetch_object(AwsClient *client, const InputRequest *request, Inputs *inputs,
                         GError **error)
{
    const char *slash = strchr(request->address, '/');
    g_autofree char *bucket =
        slash ? g_strndup(request->address, (gsize)(slash - request->address)) : NULL;
    GString *body = NULL;

    if (!slash) {
        inputs_add(inputs, request, NULL, false);
        return true;
    }
    if (!s3_get_object(client, bucket, slash + 1, NULL, MAX_S3_INPUT_BYTES, &body, error)) {
        g_prefix_error(error, "read s3://%s: ", request->address);
        return false;
    }
    if (!g_utf8_validate_len(body->str, body->len, NULL)) {
        g_set_error(error, AWS_ERROR, AWS_ERROR_ANSWER, "s3://%s is not UTF-8 text",
                    request->address);
        g_string_free(body, TRUE);
        return false;
    }
    inputs_add(inputs, request, json_stringn(body->str, body->len), false);
    g_string_free(body, TRUE);
    return true;
}

static bool fetch_one(const InputSource *source, const InputRequest *request, Inputs *inputs,
                      GError **error)
{
    AwsClient *client = session_client(source->session, source->account, request->region);

    switch (request->kind) {
    case INPUT_SSM: /* fetch_all_parameters has it */
        return true;
    case INPUT_STACK_OUTPUT:
        return fetch_output(client, request, inputs, error);
    case INPUT_S3_OBJECT:
        return fetch_object(client, request, inputs, error);
    case INPUT_ACCOUNT_ID: {
        g_autofree char *id =
            session_account_id(source->session, source->account, request->region, error);

        if (!id)
            return false;
        inputs_add(inputs, request, json_string(id), false);
        return true;
    }
    }
    return true;
}

bool session_fetch_inputs(const GPtrArray *requests, Inputs *inputs, void *data, GError **error)
{
    const InputSource *source = data;

    if (!fetch_all_parameters(source, requests, inputs, error))
        return false;
    for (guint i = 0; i < requests->len; i++)
        if (!fetch_one(source, g_ptr_array_index(requests, i), inputs, error))
            return false;
    return true;
}
