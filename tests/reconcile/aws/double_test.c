/* The wire against the double: what no emulator can be made to do. */
#include "peer.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/sts.h"
#include <string.h>

typedef struct {
    pid_t pid;
    int output;
    char *url;
    HttpTransport *transport;
    AwsClient *client;
} Double;

/* Starts the double and reads the port it prints. */
static void start_program(Double *aws)
{
    int pipes[2];
    char line[100] = {0};
    unsigned port;

    if (!g_file_test(BUILD_DIR "/aws-double", G_FILE_TEST_IS_EXECUTABLE)) {
        cr_assert_str_neq(g_getenv("CI") ? g_getenv("CI") : "", "true", "aws-double is not built");
        cr_skip("aws-double is not built");
    }
    cr_assert_eq(pipe(pipes), 0);
    aws->pid = fork();
    if (aws->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(pipes[1], STDOUT_FILENO);
        execl(BUILD_DIR "/aws-double", "aws-double", "--port", "0", (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    aws->output = pipes[0];
    cr_assert_gt(read(pipes[0], line, sizeof line - 1), 0);
    cr_assert_eq(sscanf(line, "listening 127.0.0.1:%u", &port), 1, "%s", line);
    aws->url = g_strdup_printf("http://127.0.0.1:%u", port);
}

static AwsClient *client_with(const Double *aws, const char *secret)
{
    g_autoptr(Credentials) keys = credentials_new("test", secret, NULL, 0);
    g_autoptr(CredentialsProvider) credentials = credentials_static_new(keys);
    const AwsEndpoints endpoints = {.all = aws->url};
    const AwsClientOptions options = {.transport = aws->transport,
                                      .credentials = credentials,
                                      .region = "eu-west-1",
                                      .endpoints = &endpoints};

    return aws_client_new(&options);
}

static void double_start(Double *aws)
{
    start_program(aws);
    aws->transport = http_transport_curl_new(NULL);
    aws->client = client_with(aws, "test");
}

static void double_stop(Double *aws)
{
    aws_client_free(aws->client);
    http_transport_free(aws->transport);
    kill(aws->pid, SIGKILL);
    waitpid(aws->pid, NULL, 0);
    close(aws->output);
    g_free(aws->url);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Double, double_stop)

/* A fault of the double, as its README writes them. */
static void fault(Double *aws, const char *json)
{
    g_autofree char *url = g_strconcat(aws->url, "/_double/faults", NULL);
    g_auto(HttpResponse) response = {0};
    const HttpRequest request = {
        .method = "POST", .url = url, .body = json, .body_size = strlen(json)};

    cr_assert(http_send(aws->transport, &request, &response, NULL));
    cr_assert_eq(response.status, 200, "%s", response.body->str);
}

static bool ask(AwsClient *client, GError **error)
{
    g_autoptr(CallerIdentity) identity = NULL;

    return sts_get_caller_identity(client, &identity, error);
}

Test(double, a_wrong_secret_is_refused_by_name_and_not_tried_again)
{
    g_auto(Double) aws = {0};
    g_autoptr(AwsClient) stranger = NULL;
    g_autoptr(GError) error = NULL;

    double_start(&aws);
    cr_assert(ask(aws.client, &error), "%s", error ? error->message : "");
    stranger = client_with(&aws, "wrong");
    cr_assert_not(ask(stranger, &error));
    cr_expect(aws_error_is(error, "SignatureDoesNotMatch"), "%s", error->message);
    cr_expect_eq(aws_error_status(error), 403);
    cr_expect_not_null(aws_error_request_id(error));
}

Test(double, throttling_and_lost_connections_are_outlived)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;

    double_start(&aws);
    fault(&aws,
          "[{\"action\":\"GetCallerIdentity\",\"nth\":1,\"status\":400,\"code\":\"Throttling\","
          "\"message\":\"Rate exceeded\"},"
          "{\"action\":\"GetCallerIdentity\",\"nth\":2,\"drop\":true},"
          "{\"action\":\"GetCallerIdentity\",\"nth\":3,\"status\":503,\"code\":"
          "\"ServiceUnavailable\",\"message\":\"later\"}]");
    cr_assert(ask(aws.client, &error), "%s", error ? error->message : "");
}

Test(double, an_answer_that_is_cut_off_is_told)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;

    double_start(&aws);
    fault(&aws, "[{\"action\":\"GetCallerIdentity\",\"truncate\":60}]");
    cr_assert_not(ask(aws.client, &error));
    cr_expect(aws_error_is(error, "UnreadableAnswer") || aws_error_is(error, "Unreachable"), "%s",
              error->message);
}

static CloudFormationChangeSet *await_change_set(AwsClient *client, const char *name)
{
    CloudFormationChangeSet *set = NULL;
    g_autoptr(GError) error = NULL;

    for (time_t end = time(NULL) + 20;;) {
        g_clear_pointer(&set, cloud_formation_change_set_free);
        cr_assert(cloud_formation_describe_change_set(client, "s", name, &set, &error), "%s",
                  error ? error->message : "");
        cr_assert(set);
        if (!g_str_has_suffix(set->status, "_IN_PROGRESS") &&
            !g_str_has_suffix(set->status, "_PENDING"))
            return set;
        cr_assert_lt(time(NULL), end);
        g_usleep(5000);
    }
}

static void await_stack(AwsClient *client, const char *status)
{
    g_autoptr(CloudFormationStack) stack = NULL;

    for (time_t end = time(NULL) + 20;;) {
        g_clear_pointer(&stack, cloud_formation_stack_free);
        cr_assert(cloud_formation_describe_stack(client, "s", &stack, NULL));
        if (stack && g_str_equal(stack->status, status))
            return;
        cr_assert_lt(time(NULL), end, "%s", stack ? stack->status : "absent");
        g_usleep(5000);
    }
}

static bool create(AwsClient *client, const char *name, const char *type, const char *mode,
                   const char *template_body, GError **error)
{
    const CloudFormationChangeSetRequest request = {.stack_name = "s",
                                                    .name = name,
                                                    .type = type,
                                                    .template_body = template_body,
                                                    .deployment_mode = mode,
                                                    .client_token = name};

    return cloud_formation_create_change_set(client, &request, NULL, NULL, error);
}

#define QUEUE(timeout)                                                     \
    "{\"Resources\":{\"Q\":{\"Type\":\"AWS::SQS::Queue\",\"Properties\":{" \
    "\"VisibilityTimeout\":" timeout "}}}}"

Test(double, an_answer_that_is_lost_after_the_change_set_was_made_does_no_harm)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CloudFormationChangeSet) set = NULL;
    bool created;

    double_start(&aws);
    fault(&aws, "[{\"action\":\"CreateChangeSet\",\"dropAnswer\":true}]");
    created = create(aws.client, "first", "CREATE", NULL, QUEUE("5"), &error);
    cr_expect(created || aws_error_is(error, "AlreadyExistsException"), "%s",
              error ? error->message : "");
    set = await_change_set(aws.client, "first");
    cr_expect_str_eq(set->status, "CREATE_COMPLETE");
}

Test(double, drift_aware_change_sets_say_so_where_they_are_offered)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(CloudFormationChangeSet) first = NULL, aware = NULL;
    const CloudFormationExecution execution = {.stack = "s", .change_set = "first"};

    double_start(&aws);
    cr_assert(create(aws.client, "first", "CREATE", NULL, QUEUE("5"), &error));
    first = await_change_set(aws.client, "first");
    cr_expect_null(first->deployment_mode);
    cr_assert(cloud_formation_execute_change_set(aws.client, &execution, &error));
    await_stack(aws.client, "CREATE_COMPLETE");
    cr_assert(create(aws.client, "aware", "UPDATE", "REVERT_DRIFT", QUEUE("6"), &error), "%s",
              error ? error->message : "");
    aware = await_change_set(aws.client, "aware");
    cr_expect_str_eq(aware->deployment_mode, "REVERT_DRIFT");
    cr_expect_eq(json_array_size(aware->changes), 1);
}

Test(double, objects_are_checked_by_their_signature_and_checksum)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(S3Object) object = NULL;
    g_autoptr(GString) body = NULL;
    const S3BucketSettings settings = {
        .encryption = true, .block_public_access = true, .require_tls = true};
    const S3Upload upload = {.bucket = "b-1", .key = "x y/ü+1", .data = "hello", .size = 5};

    double_start(&aws);
    cr_assert(s3_create_bucket(aws.client, "b-1", &settings, &error), "%s",
              error ? error->message : "");
    cr_assert(s3_put_object(aws.client, &upload, NULL, NULL, &error), "%s",
              error ? error->message : "");
    cr_assert(s3_head_object(aws.client, "b-1", "x y/ü+1", &object, &error), "%s",
              error ? error->message : "");
    cr_assert(object);
    cr_assert(s3_get_object(aws.client, "b-1", "x y/ü+1", NULL, 0, &body, &error), "%s",
              error ? error->message : "");
    cr_expect_str_eq(body->str, "hello");
}

#define BIG_PARTS 5

/* BIG_PARTS parts, the last of them short. Removed with the test's process. (transfer full) */
static char *big_file(void)
{
    g_autofree char *data = g_malloc(S3_PART_BYTES);
    char *file = NULL;
    int fd = g_file_open_tmp("driftless-parts-XXXXXX", &file, NULL);

    for (unsigned part = 0; part < BIG_PARTS; part++) {
        size_t size = part + 1 < BIG_PARTS ? S3_PART_BYTES : 10;

        memset(data, 'a' + (int)part, size);
        cr_assert_eq(write(fd, data, size), (ssize_t)size);
    }
    close(fd);
    return file;
}

static guint pending(AwsClient *client)
{
    g_autoptr(GPtrArray) uploads = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert(s3_list_uploads(client, "b-1", "", &uploads, &error), "%s",
              error ? error->message : "");
    return uploads->len;
}

Test(double, parts_are_sent_at_once_and_each_again_until_it_has_arrived)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(S3Object) object = NULL;
    const S3BucketSettings settings = {.encryption = true};
    g_autofree char *file = big_file(), *checksum = NULL, *sent = NULL;
    GString *got = NULL;
    const S3Upload upload = {.bucket = "b-1", .key = "big", .file = file};
    gsize sent_size;

    double_start(&aws);
    cr_assert(s3_create_bucket(aws.client, "b-1", &settings, &error));
    fault(&aws, "[{\"action\":\"UploadPart\",\"nth\":1,\"drop\":true},"
                "{\"action\":\"UploadPart\",\"nth\":2,\"status\":400,\"code\":\"BadDigest\","
                "\"message\":\"damaged\"},"
                "{\"action\":\"UploadPart\",\"nth\":4,\"dropAnswer\":true},"
                "{\"action\":\"UploadPart\",\"nth\":5,\"status\":503,\"code\":\"SlowDown\","
                "\"message\":\"slower\"}]");
    cr_assert(s3_put_object(aws.client, &upload, NULL, NULL, &error), "%s",
              error ? error->message : "");
    cr_assert(s3_head_object(aws.client, "b-1", "big", &object, &error));
    cr_assert(s3_file_checksum(file, &checksum, &error));
    cr_expect_str_eq(object->checksum_sha256, checksum);
    cr_assert(s3_get_object(aws.client, "b-1", "big", NULL, 100u << 20, &got, &error), "%s",
              error ? error->message : "");
    cr_assert(g_file_get_contents(file, &sent, &sent_size, NULL));
    cr_expect(sent_size == got->len && memcmp(sent, got->str, sent_size) == 0);
    g_string_free(got, TRUE);
    cr_expect_eq(pending(aws.client), 0);
    unlink(file);
}

Test(double, an_upload_that_fails_is_aborted_and_what_a_killed_one_left_is_found)
{
    g_auto(Double) aws = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) uploads = NULL;
    const S3BucketSettings settings = {.encryption = true};
    g_autofree char *file = big_file();
    const S3Upload upload = {.bucket = "b-1", .key = "code/ü big", .file = file};
    const S3PendingUpload *left;

    double_start(&aws);
    cr_assert(s3_create_bucket(aws.client, "b-1", &settings, &error));
    fault(&aws, "[{\"action\":\"UploadPart\",\"nth\":3,\"status\":403,\"code\":"
                "\"AccessDenied\",\"message\":\"no\",\"times\":2}]");
    cr_assert_not(s3_put_object(aws.client, &upload, NULL, NULL, &error));
    cr_expect(aws_error_is(error, "AccessDenied"), "%s", error->message);
    cr_expect_eq(pending(aws.client), 0, "it was not aborted");
    g_clear_error(&error);

    fault(&aws, "[{\"action\":\"UploadPart\",\"status\":403,\"code\":\"AccessDenied\","
                "\"message\":\"no\",\"times\":0},"
                "{\"action\":\"AbortMultipartUpload\",\"status\":403,\"code\":"
                "\"AccessDenied\",\"message\":\"no\"}]");
    cr_assert_not(s3_put_object(aws.client, &upload, NULL, NULL, &error));
    g_clear_error(&error);
    cr_assert(s3_list_uploads(aws.client, "b-1", "code/", &uploads, &error), "%s",
              error ? error->message : "");
    cr_assert_eq(uploads->len, 1);
    left = uploads->pdata[0];
    cr_expect_str_eq(left->key, upload.key);
    cr_expect_gt(left->initiated_ms, (int64_t)(time(NULL) - 60) * 1000);
    for (int again = 0; again < 2; again++)
        cr_expect(s3_abort_upload(aws.client, "b-1", left->key, left->upload_id, &error), "%s",
                  error ? error->message : "");
    cr_expect_eq(pending(aws.client), 0);
    unlink(file);
}
