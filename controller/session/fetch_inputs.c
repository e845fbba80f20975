#include "controller/session/session.h"

#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/ssm.h"

#include <string.h>

#define MAX_S3_INPUT_BYTES (1u << 20)

/* A StringList is a list, a SecureString that holds a JSON object is that object, unless asked raw:
 * as the framework reads them (osls 4.3.1, get-ssm.js). */
static json_t *ssm_value(const InputRequest *request, json_t *parameter)
{
    const char *value = json_string_value(json_object_get(parameter, "value"));
    const char *type = json_string_value(json_object_get(parameter, "type"));

    if (!value)
        return NULL;
    if (g_strcmp0(type, "StringList") == 0 && !request->raw) {
        g_auto(GStrv) items = g_strsplit(value, ",", -1);
        json_t *list = json_array();

        for (char **item = items; *item; item++)
            json_array_append_new(list, json_string(*item));
        return list;
    }
    if (g_strcmp0(type, "SecureString") == 0 && !request->raw && *value == '{') {
        json_t *parsed = json_loads(value, 0, NULL);

        if (parsed)
            return parsed;
    }
    return json_string(value);
}

/* Requests that one call can answer: of one region, decrypted or not. */
static bool fetch_parameters(AwsClient *client, const GPtrArray *requests, Inputs *inputs,
                             GError **error)
{
    const InputRequest *first = g_ptr_array_index(requests, 0);
    g_autoptr(GHashTable) asked = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    json_t *found = NULL;

    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);

        if (g_hash_table_add(asked, request->address))
            g_ptr_array_add(names, request->address);
    }
    if (!ssm_get_parameters(client, names, !first->no_decrypt, &found, NULL, error)) {
        g_prefix_error(error, "read %u SSM parameter%s (%s%s): ", names->len,
                       names->len == 1 ? "" : "s", (char *)g_ptr_array_index(names, 0),
                       names->len > 1 ? ", …" : "");
        return false;
    }
    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);
        json_t *parameter = json_object_get(found, request->address);
        const char *type = json_string_value(json_object_get(parameter, "type"));

        inputs_add(inputs, request, ssm_value(request, parameter),
                   g_strcmp0(type, "SecureString") == 0);
    }
    json_decref(found);
    return true;
}

/* The requests of a kind by what one call can answer: key → GPtrArray* of InputRequest*. */
static GHashTable *gather(const GPtrArray *requests, InputKind kind,
                          char *(*key_of)(const InputRequest *request))
{
    GHashTable *groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < requests->len; i++) {
        InputRequest *request = g_ptr_array_index(requests, i);
        g_autofree char *key = request->kind == kind ? key_of(request) : NULL;
        GPtrArray *group = key ? g_hash_table_lookup(groups, key) : NULL;

        if (key && !group) {
            group = g_ptr_array_new();
            g_hash_table_insert(groups, g_steal_pointer(&key), group);
        }
        if (group)
            g_ptr_array_add(group, request);
    }
    return groups;
}

static char *key_of_parameter(const InputRequest *request)
{
    return g_strdup_printf("%s %d", request->region, request->no_decrypt);
}

/* Region and stack. NULL where no output is named. */
static char *key_of_output(const InputRequest *request)
{
    const char *dot = strchr(request->address, '.');

    return dot ? g_strdup_printf("%s %.*s", request->region, (int)(dot - request->address),
                                 request->address)
               : NULL;
}

/* All outputs of one stack; a stack or an output that is not there is a value that does not exist.
 */
static bool fetch_outputs(AwsClient *client, const GPtrArray *requests, Inputs *inputs,
                          GError **error)
{
    const InputRequest *first = g_ptr_array_index(requests, 0);
    g_autofree char *stack_name = g_strndup(first->address, strcspn(first->address, "."));
    g_autoptr(CloudFormationStack) stack = NULL;

    if (!cloud_formation_describe_stack(client, stack_name, &stack, error)) {
        g_prefix_error(error, "read outputs of stack %s: ", stack_name);
        return false;
    }
    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);
        json_t *value =
            stack ? json_object_get(stack->outputs, strchr(request->address, '.') + 1) : NULL;

        inputs_add(inputs, request, json_incref(value), false);
    }
    return true;
}

static bool fetch_object(AwsClient *client, const InputRequest *request, Inputs *inputs,
                         GError **error)
{
    const char *slash = strchr(request->address, '/');
    g_autofree char *bucket =
        slash ? g_strndup(request->address, (gsize)(slash - request->address)) : NULL;
    g_autoptr(GError) failure = NULL;
    GString *body = NULL;

    if (!slash) {
        inputs_add(inputs, request, NULL, false);
        return true;
    }
    if (!s3_get_object(client, bucket, slash + 1, NULL, MAX_S3_INPUT_BYTES, &body, &failure)) {
        if (aws_error_is(failure, "NoSuchKey")) {
            inputs_add(inputs, request, NULL, false);
            return true;
        }
        g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                   "read s3://%s: ", request->address);
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

static bool fetch_groups(const InputSource *source, GHashTable *groups,
                         bool (*fetch)(AwsClient *client, const GPtrArray *requests, Inputs *inputs,
                                       GError **error),
                         Inputs *inputs, GError **error)
{
    GHashTableIter iterator;
    void *group;

    g_hash_table_iter_init(&iterator, groups);
    while (g_hash_table_iter_next(&iterator, NULL, &group)) {
        const InputRequest *first = g_ptr_array_index((GPtrArray *)group, 0);

        if (!fetch(session_client(source->session, source->account, first->region), group, inputs,
                   error))
            return false;
    }
    return true;
}

/* What is asked one by one: objects, each once, and the account. */
static bool fetch_one(const InputSource *source, const InputRequest *request, Inputs *inputs,
                      GError **error)
{
    g_autofree char *id = NULL;
    json_t *known;
    bool secret;

    if (inputs_get(inputs, request, &known, &secret))
        return true;
    if (request->kind == INPUT_S3_OBJECT)
        return fetch_object(session_client(source->session, source->account, request->region),
                            request, inputs, error);
    if (request->kind != INPUT_ACCOUNT_ID)
        return true;
    id = session_account_id(source->session, source->account, request->region, error);
    if (!id)
        return false;
    inputs_add(inputs, request, json_string(id), false);
    return true;
}

bool session_fetch_inputs(const GPtrArray *requests, Inputs *inputs, void *data, GError **error)
{
    const InputSource *source = data;
    g_autoptr(GHashTable) parameters = gather(requests, INPUT_SSM, key_of_parameter);
    g_autoptr(GHashTable) outputs = gather(requests, INPUT_STACK_OUTPUT, key_of_output);

    if (!fetch_groups(source, parameters, fetch_parameters, inputs, error) ||
        !fetch_groups(source, outputs, fetch_outputs, inputs, error))
        return false;
    for (guint i = 0; i < requests->len; i++)
        if (!fetch_one(source, g_ptr_array_index(requests, i), inputs, error))
            return false;
    return true;
}
