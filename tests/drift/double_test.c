/* Drift on the double: drift-aware change sets, which no emulator has, and what cannot be looked
 * at. The double alone has shown these. */
#include "correcting.h"
#include "reconcile/aws/json_call.h"

#define QUEUE \
    "'Q':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'orders','VisibilityTimeout':30}}"
#define PARAMETER                                               \
    "'P':{'Type':'AWS::SSM::Parameter','Properties':{'Name':'/" \
    "p','Type':'String','Value':{'Ref':'Q'}}}"
#define TABLE                                                                                \
    "'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'orders','BillingMode':"   \
    "'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}]," \
    "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}}"

/* CloudFormation's drift-aware change sets would replace G, which nobody touched. */
#define METHOD                                                                                    \
    "'A':{'Type':'AWS::ApiGateway::RestApi','Properties':{'Name':'orders'}},"                     \
    "'R':{'Type':'AWS::ApiGateway::Resource','Properties':{'RestApiId':{'Ref':'A'},'ParentId':{'" \
    "Fn::GetAtt':['A','RootResourceId']},'PathPart':'x'}},"                                       \
    "'G':{'Type':'AWS::ApiGateway::Method','Properties':{'RestApiId':{'Ref':'A'},'ResourceId':{'" \
    "Ref':'R'},'HttpMethod':'GET','AuthorizationType':'NONE'}}"

/* What a person does to a resource, by Cloud Control. Takes over `body`; (transfer full) */
static json_t *by_hand(Correcting *world, const char *action, json_t *body)
{
    const JsonCall call = {.service = AWS_SERVICE_CLOUDCONTROL,
                           .action = action,
                           .version = "1.0",
                           .target = "CloudApiService",
                           .body = body};
    g_autoptr(GError) error = NULL;
    json_t *answer = NULL;
    bool done = json_call(world->stepping.client, &call, &answer, &error);

    json_decref(body);
    cr_assert(done, "%s", error ? error->message : "");
    return answer;
}

static char *identifier(Correcting *world, const char *logical_id)
{
    g_autoptr(CloudFormationResource) resource = NULL;

    cr_assert(cloud_formation_describe_stack_resource(world->stepping.client, "orders-dev",
                                                      logical_id, &resource, NULL));
    cr_assert(resource);
    return g_strdup(resource->physical_id);
}

static void change_timeout(Correcting *world)
{
    g_autofree char *queue = identifier(world, "Q");

    json_decref(
        by_hand(world, "UpdateResource",
                json_pack("{s:s, s:s, s:s}", "TypeName", "AWS::SQS::Queue", "Identifier", queue,
                          "PatchDocument",
                          "[{\"op\":\"replace\",\"path\":\"/VisibilityTimeout\",\"value\":99}]")));
}

static void delete (Correcting *world, const char *type, const char *logical_id)
{
    g_autofree char *name = identifier(world, logical_id);

    json_decref(by_hand(world, "DeleteResource",
                        json_pack("{s:s, s:s}", "TypeName", type, "Identifier", name)));
}

static json_int_t live_timeout(Correcting *world)
{
    g_autofree char *queue = identifier(world, "Q");
    json_t *answer =
        by_hand(world, "GetResource",
                json_pack("{s:s, s:s}", "TypeName", "AWS::SQS::Queue", "Identifier", queue));
    const char *text = json_string_value(
        json_object_get(json_object_get(answer, "ResourceDescription"), "Properties"));
    json_t *properties = json_loads(text ? text : "", 0, NULL);
    json_int_t timeout = json_integer_value(json_object_get(properties, "VisibilityTimeout"));

    json_decref(properties);
    json_decref(answer);
    return timeout;
}

static void start(Correcting *world, const char *option, const Desired *desired)
{
    stepping_start_double(&world->stepping, option);
    correcting_init(world);
    world->stepping.forgetful = true;
    stepping_deploy(&world->stepping, desired, true);
}

static void what_was_changed_by_hand_is_put_right(const char *option)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = stepping_desired(QUEUE "," PARAMETER, NULL);
    g_autofree char *found = NULL, *after = NULL;
    start(&world, option, desired);

    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, NULL), DRIFT_IN_SYNC_OUTCOME);
    change_timeout(&world);
    cr_assert_eq(correcting_look(&world, desired, DRIFT_REPORT, &found), DRIFT_DRIFTED_OUTCOME);
    cr_expect_str_eq(found, "Q VisibilityTimeout: 99, expected 30\n");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    cr_expect_eq(live_timeout(&world), 30);
    delete (&world, "AWS::SQS::Queue", "Q");
    g_free(g_steal_pointer(&after));
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    cr_expect_eq(live_timeout(&world), 30);
    cr_expect_eq(correcting_look(&world, desired, DRIFT_CORRECT, NULL), DRIFT_IN_SYNC_OUTCOME);
    stepping_deploy(&world.stepping, desired, false);
}

Test(double, drift_aware_change_sets_put_right_what_was_changed_by_hand)
{
    what_was_changed_by_hand_is_put_right(NULL);
}

Test(double, without_them_two_steps_do)
{
    what_was_changed_by_hand_is_put_right("--no-drift-aware");
}

Test(double, a_rest_api_in_sync_does_not_keep_other_drift_from_being_put_right)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = stepping_desired(QUEUE "," METHOD, NULL);
    g_autofree char *after = NULL;
    start(&world, NULL, desired);
    g_autofree char *method = identifier(&world, "G");

    change_timeout(&world);
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    cr_expect_eq(live_timeout(&world), 30);
    g_autofree char *method_after = identifier(&world, "G");
    cr_expect_str_eq(method_after, method);
    cr_expect_not(world.drift->no_drift_aware);
}

Test(double, a_deleted_queues_name_is_waited_for)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = stepping_desired(QUEUE "," PARAMETER, NULL);
    g_autofree char *after = NULL;
    start(&world, "--sqs-delete-wait-ms=300", desired);

    delete (&world, "AWS::SQS::Queue", "Q");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    cr_expect_eq(live_timeout(&world), 30);
}

Test(double, a_deleted_table_is_made_again_only_when_approved)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = stepping_desired(TABLE, NULL);
    g_autofree char *held = NULL, *after = NULL;
    start(&world, NULL, desired);

    delete (&world, "AWS::DynamoDB::Table", "T");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &held), DRIFT_HELD_OUTCOME);
    cr_expect(strstr(held, "T (AWS::DynamoDB::Table) was deleted with its data"), "%s", held);
    world.approved = desired->digest;
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
}

Test(double, what_cannot_be_read_is_unknown)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = stepping_desired(QUEUE, NULL);
    g_autofree char *found = NULL;
    start(&world, NULL, desired);

    stepping_fault(&world.stepping,
                   "[{'resource':'AWS::SQS::Queue','operation':'READ','fail':'Rate exceeded'}]");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &found), DRIFT_UNKNOWN_OUTCOME);
    cr_expect(strstr(found, "could not be looked at"), "%s", found);
}
