/* The way of a stack, as MiniStack (which nobody here wrote) sees it: made, changed, failing,
 * changed by hand and put right, removed. What is expected is read back through the API, never from
 * our own records. */
#include "correcting.h"
#include "drift/drift.h"
#include "reconcile/apply/artifact_store.h"
#include "reconcile/aws/lambda.h"
#include "reconcile/aws/s3.h"

#define BUCKET "driftless-artifacts-000000000000-us-east-1"

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

/* The smallest archive: without files, told apart by its comment of four characters. */
static void put_code(Correcting *world, const char *key, const char *comment, char **ret_sha256)
{
    char zip[26] = {'P', 'K', 5, 6, [20] = 4};
    S3Upload upload = {.bucket = BUCKET, .key = key, .data = zip, .size = sizeof zip};

    memcpy(zip + 22, comment, 4);

    cr_assert(s3_put_object(world->stepping.client, &upload, ret_sha256, NULL, NULL));
}

static void aws(Correcting *world, const char *command)
{
    g_autofree char *program = peer_program("aws");
    g_autofree char *line = g_strdup_printf(
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 "
        "%s --endpoint-url %s %s >/dev/null",
        program, world->stepping.ministack.url, command);

    cr_assert_eq(system(line), 0, "%s", line);
}

static json_int_t live_timeout(Correcting *world, char **ret_sha256)
{
    g_autoptr(LambdaFunction) function = NULL;

    cr_assert(lambda_get_function_configuration(world->stepping.client, "orders-worker", NULL,
                                                &function, NULL));
    cr_assert(function);
    if (ret_sha256)
        *ret_sha256 = g_strdup(function->code_sha256);
    return json_integer_value(json_object_get(function->json, "Timeout"));
}

static void tamper(Correcting *world)
{
    g_autofree char *queue =
        g_strdup_printf("sqs delete-queue --queue-url http://127.0.0.1:%d/000000000000/orders",
                        world->stepping.ministack.port);
    g_autofree char *swap =
        g_strdup("lambda update-function-code --function-name orders-worker --s3-bucket " BUCKET
                 " --s3-key code/evil.zip");

    aws(world, "lambda update-function-configuration --function-name orders-worker --timeout 30");
    aws(world, queue);
    aws(world, swap);
}

static void tampering_is_found_and_corrected(Correcting *world, const Desired *desired,
                                             const char *good)
{
    g_autofree char *found = NULL, *code = NULL, *after = NULL;

    tamper(world);
    cr_assert_eq(correcting_look(world, desired, DRIFT_REPORT, &found), DRIFT_DRIFTED_OUTCOME);
    cr_expect(strstr(found, "Worker Timeout: 30, expected 9\n"), "%s", found);
    cr_expect(strstr(found, "Queue (AWS::SQS::Queue) deleted\n"), "%s", found);
    cr_expect(strstr(found, "Worker (AWS::Lambda::Function) runs other code than was deployed"),
              "%s", found);
    cr_expect_eq(live_timeout(world, NULL), 30, "reporting changes nothing");

    cr_assert_eq(correcting_look(world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", world->stepping.events->str);
    cr_expect_eq(live_timeout(world, &code), 9);
    cr_expect_str_eq(code, good);
    aws(world, "sqs get-queue-url --queue-name orders");
    cr_expect_eq(correcting_look(world, desired, DRIFT_CORRECT, NULL), DRIFT_IN_SYNC_OUTCOME);
    stepping_deploy(&world->stepping, desired, false);
}

static void a_commit_that_aws_refuses_rolls_back(Correcting *world)
{
    g_autoptr(Desired) bad = desired_of(
        "orders", 20,
        ",'Bad':{'Type':'AWS::ApiGateway::ApiKey','Properties':{'Enabled':true,'Value':'short'}}");
    g_auto(StepResult) first = {0}, second = {0};

    cr_assert_eq(stepping_run(&world->stepping, bad, INTENT_DEPLOY, NULL, &first), STEP_FAILED);
    cr_expect(g_str_has_prefix(first.what, "Bad (AWS::ApiGateway::ApiKey): "), "%s", first.what);
    cr_expect_str_eq(first.failed_resource, "Bad");
    cr_expect_eq(live_timeout(world, NULL), 9, "the last good version stays");
    g_string_truncate(world->stepping.events, 0);
    cr_assert_eq(stepping_run(&world->stepping, bad, INTENT_DEPLOY, NULL, &second), STEP_FAILED);
    cr_expect_str_eq(world->stepping.events->str, "", "what failed is not tried again");
}

static void a_replaced_table_waits_for_approval(Correcting *world)
{
    g_autoptr(Desired) renamed = desired_of("orders2", 9, "");
    g_auto(StepResult) held = {0}, again = {0}, approved = {0};

    cr_assert_eq(stepping_run(&world->stepping, renamed, INTENT_DEPLOY, NULL, &held), STEP_HELD);
    cr_expect_str_eq(held.approval_digest, renamed->digest);
    cr_expect(strstr(held.what, "Table (AWS::DynamoDB::Table) is replaced"), "%s", held.what);
    cr_assert_eq(stepping_run(&world->stepping, renamed, INTENT_DEPLOY, NULL, &again), STEP_HELD);
    cr_assert_eq(stepping_run(&world->stepping, renamed, INTENT_DEPLOY, renamed->digest, &approved),
                 STEP_DONE, "%s", approved.what);
}

Test(ministack, a_stack_is_made_changed_corrected_and_removed)
{
    g_auto(Correcting) world = {0};
    g_autofree char *good = NULL;
    stepping_start_ministack(&world.stepping);
    correcting_init(&world);
    g_autoptr(Desired) first = desired_of("orders", 6, ""), second = desired_of("orders", 9, "");

    cr_assert(artifact_bucket_ensure(world.stepping.client, BUCKET, NULL));
    cr_assert(artifact_bucket_ensure(world.stepping.client, BUCKET, NULL),
              "a second time changes nothing");
    put_code(&world, "code/good.zip", "good", &good);
    put_code(&world, "code/evil.zip", "evil", NULL);
    g_hash_table_insert(world.sha256_by_key, (gpointer) "code/good.zip", good);

    stepping_deploy(&world.stepping, first, true);
    cr_expect_eq(live_timeout(&world, NULL), 6);
    stepping_deploy(&world.stepping, first, false);
    stepping_deploy(&world.stepping, second, true);
    cr_expect_eq(live_timeout(&world, NULL), 9);
    a_commit_that_aws_refuses_rolls_back(&world);
    stepping_deploy(&world.stepping, second, false);
    tampering_is_found_and_corrected(&world, second, good);
    a_replaced_table_waits_for_approval(&world);

    g_auto(StepResult) removed = {0};
    cr_assert_eq(stepping_run(&world.stepping, NULL, INTENT_REMOVE, NULL, &removed), STEP_DONE,
                 "%s", removed.what);
    cr_expect(removed.changed);
    g_autoptr(CloudFormationStack) gone = NULL;
    cr_assert(cloud_formation_describe_stack(world.stepping.client, "orders-dev", &gone, NULL));
    cr_expect_null(gone);
}
