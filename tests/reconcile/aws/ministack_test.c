/* The wire against an AWS that nobody here wrote. */
#include "peer.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/lambda.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/ssm.h"
#include "reconcile/aws/sts.h"
#include <string.h>

typedef struct {
    MiniStack stack;
    HttpTransport *transport;
    CredentialsProvider *credentials;
    AwsClient *client;
} Wire;

static void wire_start(Wire *wire)
{
    g_autoptr(Credentials) keys = credentials_new("test", "test", NULL, 0);
    AwsEndpoints endpoints = {0};

    ministack_start(&wire->stack);
    endpoints.all = wire->stack.url;
    wire->transport = http_transport_curl_new(NULL);
    wire->credentials = credentials_static_new(keys);
    const AwsClientOptions options = {.transport = wire->transport,
                                      .credentials = wire->credentials,
                                      .region = "eu-west-1",
                                      .endpoints = &endpoints};
    wire->client = aws_client_new(&options);
}

static void wire_stop(Wire *wire)
{
    aws_client_free(wire->client);
    credentials_provider_unref(wire->credentials);
    http_transport_free(wire->transport);
    ministack_stop(&wire->stack);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wire, wire_stop)

#define expect_ok(call, error) cr_assert((call), "%s", (error) ? (error)->message : "no error set")

static const char *template_body =
    "{\"Parameters\":{\"Size\":{\"Type\":\"String\",\"Default\":\"1\"}},"
    "\"Resources\":{\"Queue\":{\"Type\":\"AWS::SQS::Queue\",\"Properties\":{\"VisibilityTimeout\":"
    "30}}},"
    "\"Outputs\":{\"Url\":{\"Value\":{\"Ref\":\"Queue\"},\"Export\":{\"Name\":\"wire-url\"}}}}";

/* Looks until the stack is in `status`, for at most 30 s. */
static CloudFormationStack *await_status(AwsClient *client, const char *name, const char *status)
{
    CloudFormationStack *stack = NULL;
    g_autoptr(GError) error = NULL;

    for (time_t end = time(NULL) + 30;;) {
        g_clear_pointer(&stack, cloud_formation_stack_free);
        expect_ok(cloud_formation_describe_stack(client, name, &stack, &error), error);
        if (stack && g_strcmp0(stack->status, status) == 0)
            return stack;
        cr_assert_lt(time(NULL), end, "stack is %s", stack ? stack->status : "absent");
        g_usleep(20000);
    }
}

static CloudFormationChangeSet *await_change_set(AwsClient *client, const char *stack,
                                                 const char *name)
{
    CloudFormationChangeSet *set = NULL;
    g_autoptr(GError) error = NULL;

    for (time_t end = time(NULL) + 30;;) {
        g_clear_pointer(&set, cloud_formation_change_set_free);
        expect_ok(cloud_formation_describe_change_set(client, stack, name, &set, &error), error);
        cr_assert(set);
        if (g_strcmp0(set->status, "CREATE_COMPLETE") == 0 || g_strcmp0(set->status, "FAILED") == 0)
            return set;
        cr_assert_lt(time(NULL), end);
        g_usleep(20000);
    }
}

static void create_stack(AwsClient *client, const char *name)
{
    json_t *tags = json_pack("{s:s}", "owner", "wire & co"),
           *parameters = json_pack("{s:s}", "Size", "2");
    const CloudFormationChangeSetRequest request = {.stack_name = name,
                                                    .name = "first",
                                                    .type = "CREATE",
                                                    .template_body = template_body,
                                                    .parameters = parameters,
                                                    .tags = tags,
                                                    .client_token = "token-1"};
    const CloudFormationExecution execution = {.stack = name,
                                               .change_set = "first",
                                               .client_token = "token-2",
                                               .retain_except_on_create = true};
    g_autoptr(GError) error = NULL;
    g_autofree char *id = NULL, *stack_id = NULL;
    g_autoptr(CloudFormationChangeSet) set = NULL;

    expect_ok(cloud_formation_create_change_set(client, &request, &id, &stack_id, &error), error);
    cr_expect(g_str_has_prefix(id, "arn:aws:cloudformation:"), "%s", id);
    cr_expect(g_str_has_prefix(stack_id, "arn:aws:cloudformation:"), "%s", stack_id);
    set = await_change_set(client, name, "first");
    cr_expect_str_eq(set->status, "CREATE_COMPLETE");
    cr_expect_eq(json_array_size(set->changes), 1);
    cr_expect_str_eq(json_string_value(json_object_get(
                         json_object_get(json_array_get(set->changes, 0), "ResourceChange"),
                         "LogicalResourceId")),
                     "Queue");
    expect_ok(cloud_formation_execute_change_set(client, &execution, &error), error);
    json_decref(tags);
    json_decref(parameters);
}

Test(ministack, a_stack_is_created_described_updated_and_deleted)
{
    g_auto(Wire) wire = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CloudFormationStack) stack = NULL, gone = NULL;
    g_autoptr(GPtrArray) events = NULL, resources = NULL, all = NULL;
    g_autofree char *token = NULL, *text = NULL;

    wire_start(&wire);
    expect_ok(cloud_formation_describe_stack(wire.client, "wire", &stack, &error), error);
    cr_assert_null(stack);

    create_stack(wire.client, "wire");
    stack = await_status(wire.client, "wire", "CREATE_COMPLETE");
    cr_expect_str_eq(json_string_value(json_object_get(stack->tags, "owner")), "wire & co");
    cr_expect(json_object_get(stack->outputs, "Url"));
    cr_expect_str_eq(
        json_string_value(json_object_get(json_object_get(stack->parameters, "Size"), "value")),
        "2");
    cr_expect_gt(stack->creation_time_ms, INT64_C(1700000000000));

    expect_ok(
        cloud_formation_describe_stack_events(wire.client, "wire", NULL, 0, 0, &events, &error),
        error);
    cr_expect_geq(events->len, 3);
    expect_ok(cloud_formation_list_stack_resources(wire.client, "wire", &resources, &error), error);
    cr_assert_eq(resources->len, 1);
    cr_expect_str_eq(((CloudFormationResource *)resources->pdata[0])->type, "AWS::SQS::Queue");
    expect_ok(
        cloud_formation_get_template(wire.client, "wire", TEMPLATE_STAGE_ORIGINAL, &text, &error),
        error);
    cr_expect_str_eq(text, template_body);
    expect_ok(cloud_formation_describe_stacks(wire.client, &token, &all, &error), error);
    cr_expect_eq(all->len, 1);
    cr_expect_null(token);

    expect_ok(cloud_formation_delete_stack(wire.client, "wire", "token-3", NULL, NULL, &error),
              error);
    for (time_t end = time(NULL) + 30;;) {
        expect_ok(cloud_formation_describe_stack(wire.client, "wire", &gone, &error), error);
        if (!gone || g_str_equal(gone->status, "DELETE_COMPLETE"))
            break;
        cr_assert_lt(time(NULL), end);
        g_clear_pointer(&gone, cloud_formation_stack_free);
        g_usleep(20000);
    }
}

Test(ministack, an_update_that_changes_nothing_ends_failed_and_its_name_is_taken)
{
    g_auto(Wire) wire = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CloudFormationStack) stack = NULL;
    g_autoptr(CloudFormationChangeSet) set = NULL, absent = NULL;
    g_autofree char *id = NULL;
    json_t *previous = json_pack("{s:{s:b}}", "Size", "UsePreviousValue", 1);
    json_t *tags = json_pack("{s:s}", "owner", "wire & co");
    const CloudFormationChangeSetRequest request = {.stack_name = "same",
                                                    .name = "second",
                                                    .type = "UPDATE",
                                                    .template_body = template_body,
                                                    .parameters = previous,
                                                    .tags = tags,
                                                    .deployment_mode = "REVERT_DRIFT"};

    wire_start(&wire);
    create_stack(wire.client, "same");
    stack = await_status(wire.client, "same", "CREATE_COMPLETE");
    expect_ok(cloud_formation_create_change_set(wire.client, &request, &id, NULL, &error), error);
    set = await_change_set(wire.client, "same", "second");
    cr_expect_str_eq(set->status, "FAILED");
    cr_expect(strstr(set->status_reason, "didn't contain changes"), "%s", set->status_reason);
    cr_expect_null(set->deployment_mode);

    cr_assert_not(cloud_formation_create_change_set(wire.client, &request, NULL, NULL, &error));
    cr_expect(aws_error_is(error, "AlreadyExistsException"), "%s", error->message);
    cr_expect_not(aws_error_is_retryable(error));
    g_clear_error(&error);

    expect_ok(cloud_formation_delete_change_set(wire.client, "same", "second", &error), error);
    expect_ok(cloud_formation_describe_change_set(wire.client, "same", "never", &absent, &error),
              error);
    cr_expect_null(absent);
    json_decref(previous);
    json_decref(tags);
}

Test(ministack, drift_of_a_queue_is_told_property_by_property)
{
    g_auto(Wire) wire = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CloudFormationStack) stack = NULL;
    g_autoptr(CloudFormationDriftDetection) detection = NULL;
    g_autoptr(GPtrArray) drifts = NULL;
    g_autofree char *id = NULL;
    const char *statuses[] = {"MODIFIED", "DELETED", "IN_SYNC", NULL};

    wire_start(&wire);
    create_stack(wire.client, "drift");
    stack = await_status(wire.client, "drift", "CREATE_COMPLETE");
    expect_ok(cloud_formation_detect_stack_drift(wire.client, "drift", &id, &error), error);
    for (time_t end = time(NULL) + 30;;) {
        g_clear_pointer(&detection, cloud_formation_drift_detection_free);
        expect_ok(cloud_formation_describe_drift_detection(wire.client, id, &detection, &error),
                  error);
        if (!g_str_equal(detection->status, "DETECTION_IN_PROGRESS"))
            break;
        cr_assert_lt(time(NULL), end);
        g_usleep(20000);
    }
    cr_expect_str_eq(detection->status, "DETECTION_COMPLETE");
    expect_ok(
        cloud_formation_describe_resource_drifts(wire.client, "drift", statuses, &drifts, &error),
        error);
    cr_assert_eq(drifts->len, 1);
    cr_expect_str_eq(((CloudFormationResourceDrift *)drifts->pdata[0])->logical_id, "Queue");
}

Test(ministack, objects_go_up_and_come_back_in_one_piece_and_in_parts)
{
    g_auto(Wire) wire = {0};
    g_autoptr(GError) error = NULL;
    const S3BucketSettings settings = {
        .encryption = true, .block_public_access = true, .require_tls = true, .versioning = false};
    json_t *metadata = json_pack("{s:s}", "sha", "abc=");
    g_autofree char *sha256 = NULL, *file = NULL, *big = NULL;
    g_autoptr(S3Object) object = NULL, absent = NULL;
    g_autoptr(GString) body = NULL, whole = NULL;
    g_autoptr(GPtrArray) listed = NULL, keys = g_ptr_array_new();
    S3BucketState state;
    size_t big_size = S3_PART_BYTES + 12345;
    S3Upload upload = {.bucket = "wire-artifacts",
                       .key = "a folder/ümlaut+plus.zip",
                       .data = "hello",
                       .size = 5,
                       .content_type = "application/zip",
                       .metadata = metadata,
                       .encrypt = true};

    wire_start(&wire);
    expect_ok(s3_head_bucket(wire.client, "wire-artifacts", NULL, &state, NULL, &error), error);
    cr_expect_eq(state, S3_BUCKET_ABSENT);
    expect_ok(s3_create_bucket(wire.client, "wire-artifacts", &settings, &error), error);
    expect_ok(s3_create_bucket(wire.client, "wire-artifacts", &settings, &error), error);
    expect_ok(s3_head_bucket(wire.client, "wire-artifacts", NULL, &state, NULL, &error), error);
    cr_expect_eq(state, S3_BUCKET_OURS);

    expect_ok(s3_put_object(wire.client, &upload, &sha256, NULL, &error), error);
    cr_expect_str_eq(sha256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    expect_ok(s3_head_object(wire.client, upload.bucket, upload.key, &object, &error), error);
    cr_assert(object);
    cr_expect_eq(object->size_bytes, 5);
    cr_expect_str_eq(json_string_value(json_object_get(object->metadata, "sha")), "abc=");
    expect_ok(s3_get_object(wire.client, upload.bucket, upload.key, NULL, 0, &body, &error), error);
    cr_expect_str_eq(body->str, "hello");
    expect_ok(s3_head_object(wire.client, upload.bucket, "never", &absent, &error), error);
    cr_expect_null(absent);
    cr_expect_not(s3_get_object(wire.client, upload.bucket, upload.key, NULL, 3, &body, &error));
    cr_expect(aws_error_is(error, "UnreadableAnswer"), "%s", error->message);
    g_clear_error(&error);

    file = g_build_filename(wire.stack.folder, "ministack.log", NULL); /* removed with the folder */
    big = g_malloc(big_size);
    for (size_t i = 0; i < big_size; i++)
        big[i] = (char)('a' + i % 23);
    cr_assert(g_file_set_contents(file, big, (gssize)big_size, NULL));
    upload =
        (S3Upload){.bucket = "wire-artifacts", .key = "big", .file = file, .metadata = metadata};
    expect_ok(s3_put_object(wire.client, &upload, NULL, NULL, &error), error);
    expect_ok(s3_get_object(wire.client, upload.bucket, "big", NULL, 0, &whole, &error), error);
    cr_expect(whole->len == big_size && memcmp(whole->str, big, big_size) == 0);

    expect_ok(s3_list_objects(wire.client, "wire-artifacts", NULL, 0, &listed, &error), error);
    cr_assert_eq(listed->len, 2);
    cr_expect_str_eq(((S3ListedObject *)listed->pdata[0])->key, "a folder/ümlaut+plus.zip");
    for (guint i = 0; i < listed->len; i++)
        g_ptr_array_add(keys, ((S3ListedObject *)listed->pdata[i])->key);
    expect_ok(s3_delete_objects(wire.client, "wire-artifacts", keys, &error), error);
    json_decref(metadata);
}

Test(ministack, parameters_and_identity_are_read)
{
    g_auto(Wire) wire = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CallerIdentity) identity = NULL;
    g_autoptr(Credentials) keys = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free), invalid = NULL;
    json_t *parameters = NULL;

    wire_start(&wire);
    expect_ok(sts_get_caller_identity(wire.client, &identity, &error), error);
    cr_expect_eq(strlen(identity->account), 12);
    expect_ok(sts_assume_role(wire.client, "arn:aws:iam::000000000000:role/driftless", NULL, "test",
                              900, &keys, &error),
              error);
    cr_expect_gt(keys->expires_at_ms, INT64_C(1700000000000));

    for (int i = 0; i < 12; i++)
        g_ptr_array_add(names, g_strdup_printf("/wire/%d", i));
    expect_ok(ssm_get_parameters(wire.client, names, true, &parameters, &invalid, &error), error);
    cr_expect_eq(json_object_size(parameters), 0);
    cr_expect_eq(invalid->len, 12);
    json_decref(parameters);
}

static const char *function_template =
    "{\"Resources\":{\"Role\":{\"Type\":\"AWS::IAM::Role\",\"Properties\":{"
    "\"AssumeRolePolicyDocument\":{\"Version\":"
    "\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda."
    "amazonaws.com\"},"
    "\"Action\":\"sts:AssumeRole\"}]}}},\"Parameter\":{\"Type\":\"AWS::SSM::Parameter\","
    "\"Properties\":{\"Name\":"
    "\"/wire/"
    "set\",\"Type\":\"String\",\"Value\":\"v\"}},\"Function\":{\"Type\":\"AWS::Lambda::Function\","
    "\"Properties\":{\"FunctionName\":\"wire\",\"Runtime\":\"python3.12\",\"Handler\":\"index."
    "handler\",\"Role\":"
    "{\"Fn::GetAtt\":[\"Role\",\"Arn\"]},\"Code\":{\"ZipFile\":\"def handler(e, c): return "
    "1\"}}}}}";

/* An empty zip: its end record alone. */
static const char empty_zip[22] = "PK\5\6";

Test(ministack, a_function_is_read_and_gets_other_code)
{
    g_auto(Wire) wire = {0};
    g_autoptr(GError) error = NULL;
    json_t *capabilities = json_pack("[s]", "CAPABILITY_IAM"), *parameters = NULL;
    const CloudFormationChangeSetRequest request = {.stack_name = "code",
                                                    .name = "first",
                                                    .type = "CREATE",
                                                    .template_body = function_template,
                                                    .capabilities = capabilities};
    const CloudFormationExecution execution = {.stack = "code", .change_set = "first"};
    const S3BucketSettings settings = {0};
    const S3Upload upload = {
        .bucket = "code", .key = "empty.zip", .data = empty_zip, .size = sizeof empty_zip};
    g_autoptr(CloudFormationChangeSet) set = NULL;
    g_autoptr(CloudFormationStack) stack = NULL;
    g_autoptr(LambdaFunction) before = NULL, updated = NULL, after = NULL, absent = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *sha256 = NULL;

    wire_start(&wire);
    expect_ok(cloud_formation_create_change_set(wire.client, &request, NULL, NULL, &error), error);
    set = await_change_set(wire.client, "code", "first");
    expect_ok(cloud_formation_execute_change_set(wire.client, &execution, &error), error);
    stack = await_status(wire.client, "code", "CREATE_COMPLETE");

    g_ptr_array_add(names, "/wire/set");
    expect_ok(ssm_get_parameters(wire.client, names, true, &parameters, NULL, &error), error);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_object_get(parameters, "/wire/set"), "value")), "v");

    expect_ok(lambda_get_function_configuration(wire.client, "wire", NULL, &before, &error), error);
    cr_assert(before);
    cr_expect_str_eq(before->handler, "index.handler");
    expect_ok(lambda_get_function_configuration(wire.client, "nobody", NULL, &absent, &error),
              error);
    cr_expect_null(absent);

    expect_ok(s3_create_bucket(wire.client, "code", &settings, &error), error);
    expect_ok(s3_put_object(wire.client, &upload, &sha256, NULL, &error), error);
    expect_ok(lambda_update_function_code(wire.client, "wire", "code", "empty.zip", NULL, &updated,
                                          &error),
              error);
    expect_ok(lambda_get_function_configuration(wire.client, "wire", NULL, &after, &error), error);
    cr_expect_str_eq(after->code_sha256, sha256);
    cr_expect_str_neq(before->code_sha256, sha256);
    json_decref(capabilities);
    json_decref(parameters);
}
