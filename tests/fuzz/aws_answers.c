/* What AWS (or whoever stands in for it) answers: the first byte picks the call, the second the
 * status, the rest is the body of every answer that the call gets. */
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/lambda.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/ssm.h"
#include "reconcile/aws/sts.h"
#include "reconcile/aws/timestamp.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

typedef struct {
    HttpTransport base;
    unsigned status;
    const char *body;
    size_t size;
} FuzzTransport;

static bool answer(HttpTransport *base, const HttpRequest *request, HttpResponse *ret,
                   GError **error)
{
    const FuzzTransport *transport = (const FuzzTransport *)base;

    (void)request, (void)error;
    ret->status = transport->status;
    ret->headers = http_headers_new();
    ret->body = g_string_new_len(transport->body, (gssize)transport->size);
    return true;
}

static int64_t stand_still(void *data)
{
    (void)data;
    return INT64_C(1440938160000);
}

static void sleep_not_at_all(unsigned ms, void *data)
{
    (void)ms, (void)data;
}

static uint32_t no_jitter(void *data)
{
    (void)data;
    return 1;
}

static bool describe_stack(AwsClient *client, GError **error)
{
    g_autoptr(CloudFormationStack) stack = NULL;

    return cloud_formation_describe_stack(client, "stack", &stack, error);
}

static bool describe_stacks(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) stacks = NULL;
    g_autofree char *token = NULL;

    return cloud_formation_describe_stacks(client, &token, &stacks, error);
}

static bool describe_change_set(AwsClient *client, GError **error)
{
    g_autoptr(CloudFormationChangeSet) change_set = NULL;

    return cloud_formation_describe_change_set(client, "stack", "change", &change_set, error);
}

static bool describe_resource(AwsClient *client, GError **error)
{
    g_autoptr(CloudFormationResource) resource = NULL;

    return cloud_formation_describe_stack_resource(client, "stack", "Queue", &resource, error);
}

static bool describe_events(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) events = NULL;

    return cloud_formation_describe_stack_events(client, "stack", NULL, 0, 2, &events, error);
}

static bool list_resources(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) resources = NULL;

    return cloud_formation_list_stack_resources(client, "stack", &resources, error);
}

static bool get_template(AwsClient *client, GError **error)
{
    g_autofree char *text = NULL;

    return cloud_formation_get_template(client, "stack", TEMPLATE_STAGE_ORIGINAL, &text, error);
}

static bool detect_drift(AwsClient *client, GError **error)
{
    g_autofree char *id = NULL;

    return cloud_formation_detect_stack_drift(client, "stack", &id, error);
}

static bool describe_detection(AwsClient *client, GError **error)
{
    g_autoptr(CloudFormationDriftDetection) detection = NULL;

    return cloud_formation_describe_drift_detection(client, "id", &detection, error);
}

static bool describe_drifts(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) drifts = NULL;

    return cloud_formation_describe_resource_drifts(client, "stack", NULL, &drifts, error);
}

static bool get_parameters(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new(), invalid = NULL;
    json_t *values = NULL;
    bool got;

    g_ptr_array_add(names, (void *)"/shop/key");
    got = ssm_get_parameters(client, names, true, &values, &invalid, error);
    if (got)
        json_decref(values);
    return got;
}

static bool get_identity(AwsClient *client, GError **error)
{
    g_autoptr(CallerIdentity) identity = NULL;

    return sts_get_caller_identity(client, &identity, error);
}

static bool assume_role(AwsClient *client, GError **error)
{
    g_autoptr(Credentials) credentials = NULL;

    return sts_assume_role(client, "arn:aws:iam::111122223333:role/x", NULL, "fuzz", 900,
                           &credentials, error);
}

static bool get_function(AwsClient *client, GError **error)
{
    g_autoptr(LambdaFunction) function = NULL;

    return lambda_get_function_configuration(client, "function", NULL, &function, error);
}

static bool update_code(AwsClient *client, GError **error)
{
    g_autoptr(LambdaFunction) function = NULL;

    return lambda_update_function_code(client, "function", "bucket", "key", NULL, &function, error);
}

static bool list_objects(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) objects = NULL;

    return s3_list_objects(client, "bucket", NULL, 100, &objects, error);
}

static bool list_uploads(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) uploads = NULL;

    return s3_list_uploads(client, "bucket", "", &uploads, error);
}

static bool delete_objects(AwsClient *client, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();

    g_ptr_array_add(keys, (void *)"key");
    return s3_delete_objects(client, "bucket", keys, error);
}

static bool (*const calls[])(AwsClient *client, GError **error) = {
    describe_stack, describe_stacks, describe_change_set, describe_resource,  describe_events,
    list_resources, get_template,    detect_drift,        describe_detection, describe_drifts,
    get_parameters, get_identity,    assume_role,         get_function,       update_code,
    list_objects,   list_uploads,    delete_objects,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned statuses[] = {200, 400, 403, 404, 500, 503, 301};
    static const AwsEndpoints endpoints = {.all = (char *)"http://127.0.0.1:1"};

    if (size < 2)
        return 0;
    FuzzTransport transport = {
        .base = {.send = answer},
        .status = statuses[data[1] % G_N_ELEMENTS(statuses)],
        .body = (const char *)data + 2,
        .size = size - 2,
    };
    g_autoptr(Credentials) keys = credentials_new("AKIDEXAMPLE", "secret", NULL, 0);
    CredentialsProvider *provider = credentials_static_new(keys);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strndup(transport.body, transport.size);
    AwsClient *client = aws_client_new(&(AwsClientOptions){.transport = &transport.base,
                                                           .credentials = provider,
                                                           .region = "eu-west-1",
                                                           .endpoints = &endpoints,
                                                           .attempts = 2,
                                                           .now_ms = stand_still,
                                                           .sleep_ms = sleep_not_at_all,
                                                           .random = no_jitter});

    if (!calls[data[0] % G_N_ELEMENTS(calls)](client, &error))
        HOLDS(error && error->domain == AWS_ERROR && g_utf8_validate(error->message, -1, NULL));
    (void)timestamp_parse(text);
    aws_client_free(client);
    credentials_provider_unref(provider);
    return 0;
}
