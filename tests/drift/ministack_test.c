/* The way of a stack, as MiniStack (which nobody here wrote) sees it: made, changed, failing,
 * changed by hand and put right, removed. What is expected is read back through the API, never from
 * our own records. */
#include "drift/drift.h"
#include "reconcile/apply/artifact_store.h"
#include "reconcile/aws/s3.h"
#include "tests/reconcile/aws/peer.h"
#include <string.h>

#define DEADLINE_MS 60000
#define BUCKET "driftless-artifacts-000000000000-us-east-1"

typedef struct {
    MiniStack ministack;
    HttpTransport *transport;
    CredentialsProvider *credentials;
    AwsClient *client;
    Record *record;
    DriftRecord *drift;
    GHashTable *sha256_by_key;
    GString *events;
} World;

static bool save(const Record *record, void *data, GError **error)
{
    (void)record;
    (void)data;
    (void)error;
    return true;
}

static bool save_drift(const DriftRecord *record, void *data, GError **error)
{
    (void)record;
    (void)data;
    (void)error;
    return true;
}

static void report(const ApplyEvent *event, void *data)
{
    g_string_append_printf(((World *)data)->events, "%s;", event->what);
}

static void world_init(World *world)
{
    g_autoptr(Credentials) keys = credentials_new("test", "test", NULL, 0);

    *world = (World){0};
    ministack_start(&world->ministack);
    const AwsEndpoints endpoints = {.all = world->ministack.url};
    world->transport = http_transport_curl_new(NULL);
    world->credentials = credentials_static_new(keys);
    AwsClientOptions options = {.transport = world->transport,
                                .credentials = world->credentials,
                                .region = "us-east-1",
                                .endpoints = &endpoints};
    world->client = aws_client_new(&options);
    world->record = record_new("orders-dev");
    world->drift = drift_record_new();
    world->sha256_by_key = g_hash_table_new(g_str_hash, g_str_equal);
    world->events = g_string_new(NULL);
}

static void world_clear(World *world)
{
    aws_client_free(world->client);
    credentials_provider_unref(world->credentials);
    http_transport_free(world->transport);
    record_free(world->record);
    drift_record_free(world->drift);
    g_hash_table_unref(world->sha256_by_key);
    g_string_free(world->events, TRUE);
    ministack_stop(&world->ministack);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static const char template_format[] =
    "{'Resources':{"
    "'Queue':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'orders','VisibilityTimeout':60}},"
    "'Table':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'%s','BillingMode':'PAY_PER_"
    "REQUEST',"
    "'AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}},"
    "'Role':{'Type':'AWS::IAM::Role','Properties':{'AssumeRolePolicyDocument':{'Version':'2012-10-"
    "17','Statement':[{"
    "'Effect':'Allow','Principal':{'Service':'lambda.amazonaws.com'},'Action':'sts:AssumeRole'}]}}}"
    ","
    "'Worker':{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'orders-worker','"
    "Runtime':'nodejs20.x',"
    "'Handler':'index.handler','Timeout':%d,'Role':{'Fn::GetAtt':['Role','Arn']},"
    "'Code':{'S3Bucket':'" BUCKET "','S3Key':'code/good.zip'},"
    "'Environment':{'Variables':{'QUEUE':{'Ref':'Queue'}}}}},"
    "'Mapping':{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':{'Fn::"
    "GetAtt':['Queue','Arn']},"
    "'FunctionName':{'Ref':'Worker'},'BatchSize':5}}%s},"
    "'Outputs':{'QueueArn':{'Value':{'Fn::GetAtt':['Queue','Arn']},'Export':{'Name':'orders-queue'}"
    "}}}";

static Desired *desired_of(const char *table, int timeout, const char *more)
{
    g_autofree char *text = g_strdup_printf(template_format, table, timeout, more);
    json_t *template = json_loads(g_strdelimit(text, "'", '"'), 0, NULL);
    json_t *settings = json_pack("{s:s}", "StackName", "orders-dev");
    Desired *desired = desired_new(template, settings, NULL, "orders", BUCKET, NULL);

    cr_assert(desired);
    json_decref(template);
    json_decref(settings);
    return desired;
}

static int64_t now_ms(void)
{
    return g_get_real_time() / 1000;
}

static ApplyContext apply_context(World *world, const char *approved)
{
    return (ApplyContext){.client = world->client,
                          .approve = APPROVE_REPLACEMENTS,
                          .approved_digest = approved,
                          .owner = "orders",
                          .now_ms = now_ms(),
                          .save = save,
                          .report = report,
                          .data = world};
}

/* Steps until the outcome; true for a change. */
static StepOutcome apply(World *world, const Desired *desired, Intent intent, const char *approved,
                         StepResult *result)
{
    int64_t deadline = now_ms() + DEADLINE_MS;
    g_autoptr(GError) error = NULL;

    do {
        cr_assert_lt(now_ms(), deadline, "%s", result->what);
        g_usleep(result->again_ms * 1000);
        ApplyContext context = apply_context(world, approved);
        cr_assert(apply_step(&context, desired, world->record, intent, result, &error), "%s",
                  error ? error->message : "");
    } while (result->outcome == STEP_AGAIN);
    return result->outcome;
}

static void deploy(World *world, const Desired *desired, bool changed)
{
    g_auto(StepResult) result = {0};

    cr_assert_eq(apply(world, desired, INTENT_DEPLOY, NULL, &result), STEP_DONE, "%s", result.what);
    cr_expect_eq(result.changed, changed);
}

static DriftOutcome look(World *world, const Desired *desired, DriftMode mode, char **ret_found)
{
    int64_t deadline = now_ms() + DEADLINE_MS;
    g_auto(DriftResult) result = {0};
    g_autoptr(GError) error = NULL;

    do {
        cr_assert_lt(now_ms(), deadline, "%s", result.what);
        g_usleep(result.again_ms * 1000);
        DriftContext context = {.apply = apply_context(world, NULL),
                                .mode = mode,
                                .desired = desired,
                                .sha256_by_key = world->sha256_by_key,
                                .save_drift = save_drift};
        cr_assert(drift_step(&context, world->record, world->drift, &result, &error), "%s",
                  error ? error->message : "");
    } while (result.outcome == DRIFT_AGAIN_OUTCOME);
    if (ret_found)
        *ret_found = findings_to_text(result.findings, NULL);
    return result.outcome;
}

/* The smallest archive: without files, told apart by its comment of four characters. */
static void put_code(World *world, const char *key, const char *comment, char **ret_sha256)
{
    char zip[26] = {'P', 'K', 5, 6, [20] = 4};
    S3Upload upload = {.bucket = BUCKET, .key = key, .data = zip, .size = sizeof zip};

    memcpy(zip + 22, comment, 4);

    cr_assert(s3_put_object(world->client, &upload, ret_sha256, NULL, NULL));
}

static void aws(World *world, const char *command)
{
    g_autofree char *program = peer_program("aws");
    g_autofree char *line = g_strdup_printf(
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 "
        "%s --endpoint-url %s %s >/dev/null",
        program, world->ministack.url, command);

    cr_assert_eq(system(line), 0, "%s", line);
}

static json_int_t live_timeout(World *world, char **ret_sha256)
{
    g_autoptr(LambdaFunction) function = NULL;

    cr_assert(
        lambda_get_function_configuration(world->client, "orders-worker", NULL, &function, NULL));
    cr_assert(function);
    if (ret_sha256)
        *ret_sha256 = g_strdup(function->code_sha256);
    return json_integer_value(json_object_get(function->json, "Timeout"));
}

static void tamper(World *world)
{
    g_autofree char *queue =
        g_strdup_printf("sqs delete-queue --queue-url http://127.0.0.1:%d/000000000000/orders",
                        world->ministack.port);
    g_autofree char *swap =
        g_strdup("lambda update-function-code --function-name orders-worker --s3-bucket " BUCKET
                 " --s3-key code/evil.zip");

    aws(world, "lambda update-function-configuration --function-name orders-worker --timeout 30");
    aws(world, queue);
    aws(world, swap);
}

static void tampering_is_found_and_corrected(World *world, const Desired *desired, const char *good)
{
    g_autofree char *found = NULL, *code = NULL, *after = NULL;

    tamper(world);
    cr_assert_eq(look(world, desired, DRIFT_REPORT, &found), DRIFT_DRIFTED_OUTCOME);
    cr_expect(strstr(found, "Worker Timeout: 30, expected 9\n"), "%s", found);
    cr_expect(strstr(found, "Queue (AWS::SQS::Queue) deleted\n"), "%s", found);
    cr_expect(strstr(found, "Worker (AWS::Lambda::Function) runs other code than was deployed"),
              "%s", found);
    cr_expect_eq(live_timeout(world, NULL), 30, "reporting changes nothing");

    cr_assert_eq(look(world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME, "%s",
                 world->events->str);
    cr_expect_eq(live_timeout(world, &code), 9);
    cr_expect_str_eq(code, good);
    aws(world, "sqs get-queue-url --queue-name orders");
    cr_expect_eq(look(world, desired, DRIFT_CORRECT, NULL), DRIFT_IN_SYNC_OUTCOME);
    deploy(world, desired, false);
}

static void a_commit_that_aws_refuses_rolls_back(World *world)
{
    g_autoptr(Desired) bad = desired_of(
        "orders", 20,
        ",'Bad':{'Type':'AWS::ApiGateway::ApiKey','Properties':{'Enabled':true,'Value':'short'}}");
    g_auto(StepResult) first = {0}, second = {0};

    cr_assert_eq(apply(world, bad, INTENT_DEPLOY, NULL, &first), STEP_FAILED);
    cr_expect(g_str_has_prefix(first.what, "Bad (AWS::ApiGateway::ApiKey): "), "%s", first.what);
    cr_expect_str_eq(first.failed_resource, "Bad");
    cr_expect_eq(live_timeout(world, NULL), 9, "the last good version stays");
    g_string_truncate(world->events, 0);
    cr_assert_eq(apply(world, bad, INTENT_DEPLOY, NULL, &second), STEP_FAILED);
    cr_expect_str_eq(world->events->str, "", "what failed is not tried again");
}

static void a_replaced_table_waits_for_approval(World *world)
{
    g_autoptr(Desired) renamed = desired_of("orders2", 9, "");
    g_auto(StepResult) held = {0}, again = {0}, approved = {0};

    cr_assert_eq(apply(world, renamed, INTENT_DEPLOY, NULL, &held), STEP_HELD);
    cr_expect_str_eq(held.approval_digest, renamed->digest);
    cr_expect(strstr(held.what, "Table (AWS::DynamoDB::Table) is replaced"), "%s", held.what);
    cr_assert_eq(apply(world, renamed, INTENT_DEPLOY, NULL, &again), STEP_HELD);
    cr_assert_eq(apply(world, renamed, INTENT_DEPLOY, renamed->digest, &approved), STEP_DONE, "%s",
                 approved.what);
}

Test(ministack, a_stack_is_made_changed_corrected_and_removed)
{
    g_auto(World) world;
    g_autofree char *good = NULL;
    world_init(&world);
    g_autoptr(Desired) first = desired_of("orders", 6, ""), second = desired_of("orders", 9, "");

    cr_assert(artifact_bucket_ensure(world.client, BUCKET, NULL));
    cr_assert(artifact_bucket_ensure(world.client, BUCKET, NULL), "a second time changes nothing");
    put_code(&world, "code/good.zip", "good", &good);
    put_code(&world, "code/evil.zip", "evil", NULL);
    g_hash_table_insert(world.sha256_by_key, (gpointer) "code/good.zip", good);

    deploy(&world, first, true);
    cr_expect_eq(live_timeout(&world, NULL), 6);
    deploy(&world, first, false);
    deploy(&world, second, true);
    cr_expect_eq(live_timeout(&world, NULL), 9);
    a_commit_that_aws_refuses_rolls_back(&world);
    deploy(&world, second, false);
    tampering_is_found_and_corrected(&world, second, good);
    a_replaced_table_waits_for_approval(&world);

    g_auto(StepResult) removed = {0};
    cr_assert_eq(apply(&world, NULL, INTENT_REMOVE, NULL, &removed), STEP_DONE, "%s", removed.what);
    cr_expect(removed.changed);
    g_autoptr(CloudFormationStack) gone = NULL;
    cr_assert(cloud_formation_describe_stack(world.client, "orders-dev", &gone, NULL));
    cr_expect_null(gone);
}
