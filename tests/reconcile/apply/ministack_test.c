/* apply against MiniStack, which nobody here wrote: what the double might share our mistakes in.
 * drift's test of the same name has the way of a stack from its first to its last day. */
#include "reconcile/apply/adopt.h"
#include "reconcile/apply/artifact_store.h"
#include "reconcile/aws/json_call.h"
#include "reconcile/aws/s3.h"
#include "stepping.h"

#define QUEUE "'Q':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'orders'}}"
#define TABLE(name)                                                                          \
    "'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'" name "','BillingMode':" \
    "'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}]," \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}}"

/* As another tool would make it: without our tag, from YAML. */
static void make_foreign(Stepping *stepping)
{
    const CloudFormationChangeSetRequest request = {
        .stack_name = "orders-dev",
        .name = "theirs",
        .type = "CREATE",
        .template_body = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      "
                         "TableName: orders\n"
                         "      BillingMode: PAY_PER_REQUEST\n"
                         "      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
                         "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n"};
    const CloudFormationExecution execution = {.stack = "orders-dev", .change_set = "theirs"};
    int64_t deadline = stepping_now_ms() + STEPPING_DEADLINE_MS;

    cr_assert(cloud_formation_create_change_set(stepping->client, &request, NULL, NULL, NULL));
    for (bool executed = false;;) {
        g_autoptr(CloudFormationStack) stack = NULL;
        executed =
            executed || cloud_formation_execute_change_set(stepping->client, &execution, NULL);
        cr_assert(cloud_formation_describe_stack(stepping->client, "orders-dev", &stack, NULL));
        if (stack && strcmp(stack->status, "CREATE_COMPLETE") == 0)
            return;
        cr_assert_lt(stepping_now_ms(), deadline);
        g_usleep(20000);
    }
}

Test(ministack, a_foreign_stack_is_held_until_it_is_adopted)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_ministack(&stepping);
    g_autoptr(Desired) desired = stepping_desired(TABLE("orders") "," QUEUE, NULL);
    g_autoptr(Desired) renamed = stepping_desired(TABLE("other"), NULL);
    g_autoptr(Plan) dangerous = NULL, plan = NULL;
    g_autoptr(GError) refused = NULL, error = NULL;
    g_auto(StepResult) held = {0};
    make_foreign(&stepping);

    cr_assert_eq(stepping_run(&stepping, desired, INTENT_DEPLOY, NULL, &held), STEP_HELD);
    cr_expect(strstr(held.what, "driftless adopt"));
    ApplyContext context = stepping_context(&stepping, 0, NULL);
    cr_expect_not(adopt_stack(&context, renamed, false, stepping.record, &dangerous, &refused));
    cr_assert(g_error_matches(refused, ADOPT_ERROR, ADOPT_ERROR_DATA), "%s", refused->message);
    cr_assert(dangerous, "what refuses is shown");
    cr_assert(adopt_stack(&context, desired, false, stepping.record, &plan, &error), "%s",
              error ? error->message : "");
    cr_expect_eq(plan->resources->len, 1, "the queue alone is new");
    stepping_deploy(&stepping, desired, true);
}

Test(ministack, what_is_not_there_cannot_be_adopted)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_ministack(&stepping);
    g_autoptr(Desired) desired = stepping_desired(QUEUE, NULL);
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) error = NULL;
    ApplyContext context = stepping_context(&stepping, 0, NULL);

    cr_expect_not(adopt_stack(&context, desired, false, stepping.record, &plan, &error));
    cr_expect_str_eq(
        error->message,
        "stack orders-dev does not exist: there is nothing to adopt, a deploy creates it");
}

Test(ministack, a_large_template_goes_by_the_artifact_bucket)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_ministack(&stepping);
    g_autofree char *padding = g_strnfill(TEMPLATE_INLINE_MAX_BYTES, 'x');
    g_autofree char *resources =
        g_strdup_printf(QUEUE ",'P':{'Type':'AWS::SQS::Queue','Metadata':{'x':'%s'}}", padding);
    g_autoptr(Desired) desired = stepping_desired(resources, "orders-artifacts");
    g_autoptr(Desired) homeless = stepping_desired(resources, NULL);
    g_auto(StepResult) result = {0};

    cr_assert(artifact_bucket_ensure(stepping.client, "orders-artifacts", NULL));
    cr_assert_eq(stepping_run(&stepping, homeless, INTENT_DEPLOY, NULL, &result), STEP_HELD);
    cr_expect(strstr(result.what, "no artifact bucket to put it in"), "%s", result.what);
    stepping_deploy(&stepping, desired, true);
}

Test(ministack, a_stacks_own_bucket_is_emptied_before_it_is_removed)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_ministack(&stepping);
    g_autoptr(Desired) desired =
        stepping_desired("'ServerlessDeploymentBucket':{'Type':'AWS::S3::Bucket'}", NULL);
    g_autofree char *bucket = NULL;
    g_auto(StepResult) removed = {0};
    S3BucketState state;

    stepping_deploy(&stepping, desired, true);
    cr_assert(artifact_stack_bucket(stepping.client, "orders-dev", &bucket, NULL));
    S3Upload upload = {.bucket = bucket, .key = "k", .data = "x", .size = 1};
    cr_assert(s3_put_object(stepping.client, &upload, NULL, NULL, NULL));
    cr_assert_eq(stepping_run(&stepping, NULL, INTENT_REMOVE, NULL, &removed), STEP_DONE, "%s",
                 removed.what);
    cr_assert(s3_head_bucket(stepping.client, bucket, NULL, &state, NULL, NULL));
    cr_expect_eq(state, S3_BUCKET_ABSENT);
}

/* Its GetStage tells no tags: GetTags does. */
static void expect_tag(Stepping *stepping, const char *team)
{
    g_autoptr(CloudFormationResource) api = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    RestCall call = {.service = AWS_SERVICE_APIGATEWAY, .action = "GetTags", .method = "GET"};
    json_t *tags = NULL;

    cr_assert(
        cloud_formation_describe_stack_resource(stepping->client, "orders-dev", "Api", &api, NULL));
    path =
        g_strdup_printf("/tags/arn%%3Aaws%%3Aapigateway%%3Aus-east-1%%3A%%3A%%2Frestapis%%2F%s%%2F"
                        "stages%%2Fdev",
                        api->physical_id);
    call.path = path;
    cr_assert(rest_json_call(stepping->client, &call, &tags, &error), "%s",
              error ? error->message : "");
    cr_expect_str_eq(json_string_value(pointer_get(tags, "/tags/team")), team);
    json_decref(tags);
}

Test(ministack, the_stage_of_a_rest_api_is_as_the_service_says)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_ministack(&stepping);
    g_autoptr(Desired) first = stepping_desired_with_stage(
        STEPPING_REST_API,
        "{'StageName':'dev','AccessLogGroup':'/logs','Settings':{"
        "'/*/*/throttling/rateLimit':'100','/~1a~1b/GET/throttling/rateLimit':"
        "'5',"
        "'/tracingEnabled':'true','/*/*/metrics/enabled':'true','/*/*/logging/"
        "loglevel':'ERROR','/*/*/logging/dataTrace':'false','/accessLogSettings/"
        "format':'f'},'Tags':{'team':'shop','old':'x'}}",
        NULL),
                       second = stepping_desired_with_stage(
                           STEPPING_REST_API,
                           "{'StageName':'dev','Settings':{'/tracingEnabled':'false'},"
                           "'Tags':{'team':'other'}}",
                           NULL);
    g_autoptr(Plan) plan = NULL;
    json_auto_t *stage = NULL, *after = NULL;

    stepping_deploy(&stepping, first, true);
    stage = stepping_stage(&stepping);
    stepping_expect(stage, "/tracingEnabled", "true");
    stepping_expect(stage, "/methodSettings/*~1*/metricsEnabled", "true");
    stepping_expect(stage, "/methodSettings/*~1*/loggingLevel", "\"ERROR\"");
    stepping_expect(stage, "/accessLogSettings/format", "\"f\"");
    expect_tag(&stepping, "shop");
    stepping_deploy(&stepping, first, false);
    plan = apply_plan(stepping.client, first, NULL);
    cr_assert(plan);
    for (guint i = 0; i < plan->sections->len; i++) {
        const SectionChange *change = plan->sections->pdata[i];

        cr_expect(g_str_has_prefix(change->name, "tags/"), "%s is found as it was set",
                  change->name);
    }
    stepping_deploy(&stepping, second, true);
    after = stepping_stage(&stepping);
    stepping_expect(after, "/tracingEnabled", "false");
    expect_tag(&stepping, "other");
}
