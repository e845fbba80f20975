/* Settings of a REST API's stage that somebody changed by hand, on the double. */
#include "correcting.h"
#include "reconcile/aws/api_gateway.h"
#include "reconcile/aws/json_call.h"

#define GET_STAGE "/counts/apigateway:GetStage"
#define LIST "/counts/cloudformation:ListStackResources"
#define CHANGE_SETS "/counts/cloudformation:CreateChangeSet"
#define SETTINGS                                                                       \
    "{'StageName':'dev','Settings':{'/tracingEnabled':'true','/*/*/logging/loglevel':" \
    "'INFO','/*/*/throttling/rateLimit':'100'},'Tags':{'team':'shop','cost':'centre'}}"

static Desired *start(Correcting *world)
{
    Desired *desired = stepping_desired_with_stage(STEPPING_REST_API, SETTINGS, NULL);

    stepping_start_double(&world->stepping, NULL);
    correcting_init(world);
    world->stepping.forgetful = true;
    stepping_deploy(&world->stepping, desired, true);
    return desired;
}

static char *rest_api(Correcting *world)
{
    g_autoptr(CloudFormationResource) api = NULL;

    cr_assert(cloud_formation_describe_stack_resource(world->stepping.client, "orders-dev", "Api",
                                                      &api, NULL));
    cr_assert(api);
    return g_strdup(api->physical_id);
}

/* `operations` with ' for " */
static void by_hand(Correcting *world, const char *operations)
{
    g_autofree char *id = rest_api(world), *text = g_strdelimit(g_strdup(operations), "'", '"');
    json_auto_t *json = json_loads(text, 0, NULL);

    cr_assert(json);
    cr_assert(api_gateway_update_stage(world->stepping.client, id, "dev", json, NULL));
}

static void tag_by_hand(Correcting *world, const char *key, const char *value)
{
    g_autofree char *id = rest_api(world),
                    *arn = g_strdup_printf("arn:aws:apigateway:us-east-1::/restapis/%s/stages/dev",
                                           id);
    json_auto_t *tags = json_pack("{s:s}", key, value);

    cr_assert(api_gateway_tag(world->stepping.client, arn, tags, NULL));
}

static void delete_by_hand(Correcting *world)
{
    g_autofree char *id = rest_api(world), *path = g_strdup_printf("/restapis/%s/stages/dev", id);
    const RestCall call = {.service = AWS_SERVICE_APIGATEWAY,
                           .action = "DeleteStage",
                           .method = "DELETE",
                           .path = path};
    json_t *answer = NULL;

    cr_assert(rest_json_call(world->stepping.client, &call, &answer, NULL));
    json_decref(answer);
}

Test(stage, what_was_changed_by_hand_is_told_and_put_right_without_a_change_set)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = start(&world);
    g_autofree char *found = NULL, *after = NULL;
    json_auto_t *stage = NULL;
    const unsigned change_sets = stepping_calls(&world.stepping, CHANGE_SETS);

    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, NULL), DRIFT_IN_SYNC_OUTCOME);
    by_hand(&world, "[{'op':'replace','path':'/tracingEnabled','value':'false'},"
                    "{'op':'replace','path':'/~1orders/GET/throttling/rateLimit','value':'7'}]");
    tag_by_hand(&world, "team", "nobody");
    tag_by_hand(&world, "stray", "1");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_REPORT, &found), DRIFT_DRIFTED_OUTCOME);
    cr_expect_str_eq(found, "Api stage dev tracingEnabled: false, expected true\n"
                            "Api stage dev ~1orders/GET/throttling/rateLimit: 7, expected 100\n"
                            "Api stage dev tags/team: nobody, expected shop\n"
                            "Api stage dev tags/stray: 1, expected (none)\n");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    cr_expect_not(world.redeploy_rest_api);
    stage = stepping_stage(&world.stepping);
    stepping_expect(stage, "/tracingEnabled", "true");
    stepping_expect(stage, "/methodSettings/~01orders~1GET/throttlingRateLimit", "100");
    stepping_expect(stage, "/tags", "{\"team\":\"shop\",\"cost\":\"centre\"}");
    cr_expect_eq(correcting_look(&world, desired, DRIFT_CORRECT, NULL), DRIFT_IN_SYNC_OUTCOME);
    cr_expect_eq(stepping_calls(&world.stepping, CHANGE_SETS), change_sets);
}

Test(stage, a_look_costs_one_call_for_the_stage_and_none_where_nothing_is_said_of_it)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = start(&world),
                       silent = stepping_desired_with_stage(STEPPING_REST_API, NULL, NULL);
    const unsigned stages = stepping_calls(&world.stepping, GET_STAGE),
                   lists = stepping_calls(&world.stepping, LIST);

    cr_assert_eq(correcting_look(&world, desired, DRIFT_REPORT, NULL), DRIFT_IN_SYNC_OUTCOME);
    cr_expect_eq(stepping_calls(&world.stepping, GET_STAGE), stages + 1);
    cr_expect_eq(stepping_calls(&world.stepping, LIST), lists + 1);
    cr_assert_eq(correcting_look(&world, silent, DRIFT_REPORT, NULL), DRIFT_IN_SYNC_OUTCOME);
    cr_expect_eq(stepping_calls(&world.stepping, GET_STAGE), stages + 1);
    cr_expect_eq(stepping_calls(&world.stepping, LIST), lists + 1);
}

Test(stage, what_a_rule_ignores_stays_when_the_rest_is_put_right)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = start(&world);
    g_autoptr(GPtrArray) rules = g_ptr_array_new();
    DriftIgnore tag = {(char *)"Api", (char *)"/tags/team"},
                level = {(char *)"AWS::ApiGateway::Stage", (char *)"/*/*/logging"};
    g_autofree char *found = NULL, *after = NULL;
    json_auto_t *stage = NULL;

    g_ptr_array_add(rules, &tag);
    g_ptr_array_add(rules, &level);
    world.ignore = rules;
    tag_by_hand(&world, "team", "nobody");
    by_hand(&world, "[{'op':'replace','path':'/*/*/logging/loglevel','value':'OFF'}]");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &found), DRIFT_IN_SYNC_OUTCOME);
    cr_expect(strstr(found, "tags/team: nobody, expected shop (ignored"), "%s", found);
    tag_by_hand(&world, "cost", "none");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    stage = stepping_stage(&world.stepping);
    stepping_expect(stage, "/tags", "{\"team\":\"nobody\",\"cost\":\"centre\"}");
    stepping_expect(stage, "/methodSettings/*~1*/loggingLevel", "\"OFF\"");
}

Test(stage, one_that_may_not_be_read_is_unknown_and_other_drift_is_told_all_the_same)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = start(&world);
    g_autofree char *found = NULL;

    stepping_fault(&world.stepping, "[{'action':'GetStage','status':403,'times':0,"
                                    "'code':'AccessDeniedException','message':'not you'}]");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &found), DRIFT_UNKNOWN_OUTCOME);
    cr_expect(strstr(found, "Api (AWS::ApiGateway::Stage) could not be looked at: get stage dev"),
              "%s", found);
    cr_expect(strstr(found, "not you"), "%s", found);
}

Test(stage, what_api_gateway_refuses_is_told_and_not_tried_for_ever)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = start(&world);
    g_autofree char *why = NULL;

    by_hand(&world, "[{'op':'replace','path':'/tracingEnabled','value':'false'}]");
    stepping_fault(&world.stepping, "[{'action':'UpdateStage','status':400,"
                                    "'code':'BadRequestException','message':'no role'}]");
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &why), DRIFT_FAILED_OUTCOME);
    cr_expect(strstr(why, "update stage dev of REST API"), "%s", why);
    cr_expect(strstr(why, "no role"), "%s", why);
}

Test(stage, one_that_was_deleted_wants_a_new_deployment)
{
    g_auto(Correcting) world = {0};
    g_autoptr(Desired) desired = start(&world);
    g_autofree char *found = NULL, *after = NULL;

    delete_by_hand(&world);
    cr_assert_eq(correcting_look(&world, desired, DRIFT_REPORT, &found), DRIFT_DRIFTED_OUTCOME);
    cr_expect_str_eq(found, "Api (AWS::ApiGateway::Stage) has no stage dev\n");
    cr_expect_not(world.redeploy_rest_api);
    cr_assert_eq(correcting_look(&world, desired, DRIFT_CORRECT, &after), DRIFT_CORRECTED_OUTCOME,
                 "%s", after);
    cr_expect(world.redeploy_rest_api);
}
