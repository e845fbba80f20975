/* What no emulator shows: lost answers, failing rollbacks, failures that pass. The double alone has
 * shown these. */
#include "stepping.h"

#define PARAMETER(value)                                                                          \
    "'P':{'Type':'AWS::SSM::Parameter','Properties':{'Name':'/p','Type':'String','Value':'" value \
    "'}}"
#define QUEUE(seconds)                                                                     \
    "'Q':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'orders','VisibilityTimeout'" \
    ":" seconds "}}"

static guint count(const Stepping *stepping, const char *event)
{
    g_auto(GStrv) events = g_strsplit(stepping->events->str, ";", -1);
    guint found = 0;

    for (guint i = 0; events[i]; i++)
        found += strcmp(events[i], event) == 0;
    return found;
}

Test(double, a_stack_is_made_changed_and_removed_in_few_calls_and_little_time)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) first = stepping_desired(QUEUE("30"), NULL),
                       second = stepping_desired(QUEUE("60"), NULL);
    g_auto(StepResult) removed = {0};

    int64_t started = g_get_monotonic_time();
    stepping_deploy(&stepping, first, true);
    stepping_deploy(&stepping, first, false);
    stepping_deploy(&stepping, second, true);
    cr_expect_lt(g_get_monotonic_time() - started, 300000, "two deploys and a look");
    cr_assert_eq(stepping_run(&stepping, NULL, INTENT_REMOVE, NULL, &removed), STEP_DONE, "%s",
                 removed.what);
}

Test(double, every_step_may_be_repeated_from_what_was_saved)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) first = stepping_desired(QUEUE("30"), NULL),
                       second = stepping_desired(QUEUE("60"), NULL);

    stepping.forgetful = true;
    stepping_deploy(&stepping, first, true);
    stepping_deploy(&stepping, second, true);
    stepping_deploy(&stepping, second, false);
    cr_expect_eq(count(&stepping, "executed"), 2);
}

Test(double, lost_answers_neither_stop_nor_double_anything)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) desired = stepping_desired(QUEUE("30") "," PARAMETER("x"), NULL);

    stepping_fault(&stepping, "[{'action':'CreateChangeSet','dropAnswer':true},"
                              "{'action':'ExecuteChangeSet','dropAnswer':true},"
                              "{'action':'DescribeStacks','nth':3,'status':400,'code':'Throttling',"
                              "'message':'Rate exceeded'}]");
    stepping_deploy(&stepping, desired, true);
    stepping_deploy(&stepping, desired, false);
}

Test(double, a_failure_that_passes_is_tried_again)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) first = stepping_desired(QUEUE("30"), NULL),
                       second = stepping_desired(QUEUE("60"), NULL);

    stepping_deploy(&stepping, first, true);
    stepping_fault(&stepping,
                   "[{'resource':'AWS::SQS::Queue','operation':'UPDATE','fail':'Rate exceeded'}]");
    stepping_deploy(&stepping, second, true);
    cr_expect_eq(count(&stepping, "retried"), 1);
}

Test(double, a_first_creation_that_failed_makes_room_for_the_next)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) first = stepping_desired(QUEUE("30"), NULL),
                       second = stepping_desired(QUEUE("60"), NULL);
    g_auto(StepResult) failed = {0}, still = {0};

    stepping_fault(&stepping,
                   "[{'resource':'AWS::SQS::Queue','operation':'CREATE','fail':'no such luck'}]");
    cr_assert_eq(stepping_run(&stepping, first, INTENT_DEPLOY, NULL, &failed), STEP_FAILED);
    cr_expect(strstr(failed.what, "Q (AWS::SQS::Queue): "), "%s", failed.what);
    cr_expect(strstr(failed.what, "no such luck"), "%s", failed.what);
    cr_assert_eq(stepping_run(&stepping, first, INTENT_DEPLOY, NULL, &still), STEP_FAILED,
                 "the same is not tried again");
    stepping_deploy(&stepping, second, true);
}

Test(double, a_rollback_that_fails_is_continued_and_the_first_cause_is_still_told)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) good = stepping_desired(QUEUE("30") "," PARAMETER("x"), NULL);
    g_autoptr(Desired) bad =
        stepping_desired(QUEUE("60") ",'P':{'Type':'AWS::SSM::Parameter','DependsOn':'Q','"
                                     "Properties':{'Name':'/p','Type':'String','Value':'y'}}",
                         NULL);
    g_auto(StepResult) failed = {0};

    stepping_deploy(&stepping, good, true);
    stepping_fault(&stepping,
                   "[{'resource':'AWS::SSM::Parameter','operation':'UPDATE','fail':'no such luck'},"
                   "{'resource':'AWS::SQS::Queue','operation':'ROLLBACK_UPDATE','fail':'stuck'}]");
    cr_assert_eq(stepping_run(&stepping, bad, INTENT_DEPLOY, NULL, &failed), STEP_FAILED);
    cr_expect(strstr(failed.what, "no such luck"), "%s", failed.what);
    cr_expect_eq(count(&stepping, "rollback continued"), 1);
    cr_expect_eq(failed.status, STACK_UPDATE_ROLLBACK_COMPLETE);
    stepping_deploy(&stepping, good, false);
}

Test(double, a_name_that_another_stack_has_is_told)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) desired = stepping_desired(QUEUE("30"), NULL);
    json_t *settings = json_pack("{s:s}", "StackName", "other");
    g_autoptr(Desired) other = desired_new(desired->template, settings, NULL, "other", NULL, NULL);
    g_auto(StepResult) result = {0};
    g_autoptr(Record) record = record_new("other");
    json_decref(settings);

    stepping_deploy(&stepping, desired, true);
    record_free(g_steal_pointer(&stepping.record));
    stepping.record = g_steal_pointer(&record);
    cr_assert_eq(stepping_run(&stepping, other, INTENT_DEPLOY, NULL, &result), STEP_FAILED);
    cr_expect_str_eq(result.failed_resource, "Q");
}

static Desired *kept_for_inspection(const char *resources)
{
    g_autoptr(Desired) plain = stepping_desired(resources, NULL);
    json_t *settings =
        json_pack("{s:s, s:b, s:b, s:{s:[{s:s, s:s, s:s, s:s}]}}", "StackName", "orders-dev",
                  "DisableRollback", 1, "TerminationProtection", 1, "StackPolicy", "Statement",
                  "Effect", "Allow", "Action", "Update:*", "Principal", "*", "Resource", "*");
    Desired *desired = desired_new(plain->template, settings, NULL, "orders", NULL, NULL);

    json_decref(settings);
    return desired;
}

Test(double, an_update_kept_for_inspection_is_rolled_back_before_the_next)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) first = kept_for_inspection(QUEUE("30"));
    g_autoptr(Desired) second = kept_for_inspection(QUEUE("60"));
    g_autoptr(Desired) third = kept_for_inspection(QUEUE("90"));
    g_auto(StepResult) failed = {0}, removed = {0};

    stepping_deploy(&stepping, first, true);
    stepping_fault(&stepping,
                   "[{'resource':'AWS::SQS::Queue','operation':'UPDATE','fail':'no such luck'}]");
    cr_assert_eq(stepping_run(&stepping, second, INTENT_DEPLOY, NULL, &failed), STEP_FAILED);
    cr_expect_eq(failed.status, STACK_UPDATE_FAILED);
    stepping_deploy(&stepping, third, true);
    cr_expect_eq(count(&stepping, "rolled back"), 1);
    cr_assert_eq(stepping_run(&stepping, NULL, INTENT_REMOVE, NULL, &removed), STEP_HELD);
    cr_expect(strstr(removed.what, "termination protection is on"), "%s", removed.what);
}

#define LOGGED                                                                                    \
    "'StageName':'dev','AccessLogGroup':'/logs','Settings':{'/tracingEnabled':'true',"            \
    "'/*/*/logging/loglevel':'INFO','/*/*/logging/dataTrace':'true','/accessLogSettings/format':" \
    "'f'}"

Test(double, a_stage_is_set_after_the_change_and_costs_nothing_while_nothing_changes)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) first = stepping_desired_with_stage(
        STEPPING_REST_API, "{" LOGGED ",'Tags':{'team':'shop','old':'x'}}", NULL),
                       other = stepping_desired_with_stage(
                           STEPPING_REST_API, "{" LOGGED ",'Tags':{'team':'shop'}}", NULL);
    g_autoptr(Plan) plan = NULL;
    json_auto_t *stage = NULL, *after = NULL;

    stepping_deploy(&stepping, first, true);
    stage = stepping_stage(&stepping);
    stepping_expect(stage, "/tracingEnabled", "true");
    stepping_expect(stage, "/methodSettings/*~1*/loggingLevel", "\"INFO\"");
    stepping_expect(stage, "/methodSettings/*~1*/dataTraceEnabled", "true");
    stepping_expect(stage, "/accessLogSettings/destinationArn",
                    "\"arn:aws:logs:us-east-1:123456789012:log-group:/logs\"");
    stepping_expect(stage, "/tags", "{\"team\":\"shop\",\"old\":\"x\"}");
    cr_expect_eq(stepping_calls(&stepping, "/counts/apigateway:UpdateStage"), 1);
    const unsigned looks = stepping_calls(&stepping, "/counts/apigateway:GetStage");

    stepping_deploy(&stepping, first, false);
    cr_expect_eq(stepping_calls(&stepping, "/counts/apigateway:GetStage"), looks,
                 "nothing changed: nothing is asked");
    plan = apply_plan(stepping.client, other, NULL);
    cr_assert(plan);
    g_autofree char *text = plan_to_text(plan, NULL, false);
    cr_expect(strstr(text, "- RestApiStage.tags/old\n"), "%s", text);
    stepping_deploy(&stepping, other, true); /* though its change set is empty */
    after = stepping_stage(&stepping);
    stepping_expect(after, "/tags", "{\"team\":\"shop\"}");
    cr_expect_eq(stepping_calls(&stepping, "/counts/apigateway:UpdateStage"), 1,
                 "what is set already is not set again");
}

#define CHANGE_SETS "/counts/cloudformation:CreateChangeSet"

Test(double, a_stage_that_alone_differs_is_asked_about_where_every_change_is)
{
    g_auto(Stepping) stepping = {.events = NULL};
    g_autoptr(Desired) first = stepping_desired_with_stage(STEPPING_REST_API, "{" LOGGED "}", NULL),
                       other = stepping_desired_with_stage(
                           STEPPING_REST_API, "{" LOGGED ",'Tags':{'team':'shop'}}", NULL);
    g_auto(StepResult) held = {0}, still = {0}, done = {0};
    json_auto_t *stage = NULL, *after = NULL;
    stepping_start_double(&stepping, NULL);

    stepping_deploy(&stepping, first, true);
    stepping.forgetful = true;
    stepping.ask_always = true;
    cr_assert_eq(stepping_run(&stepping, other, INTENT_DEPLOY, NULL, &held), STEP_HELD);
    cr_expect_str_eq(held.what, "waits for approval: every change of this service does");
    cr_expect_str_eq(held.approval_digest, other->digest);
    cr_assert(held.plan);
    g_autofree char *plan = plan_to_text(held.plan, NULL, false);
    cr_expect_str_eq(plan, "+ RestApiStage.tags/team: shop\nno resource changes\n");
    stage = stepping_stage(&stepping);
    stepping_expect(stage, "/tags", "{}");

    const unsigned change_sets = stepping_calls(&stepping, CHANGE_SETS);
    cr_assert_eq(stepping_run(&stepping, other, INTENT_DEPLOY, NULL, &still), STEP_HELD);
    cr_expect_str_eq(still.approval_digest, other->digest);
    cr_expect_eq(stepping_calls(&stepping, CHANGE_SETS), change_sets, "asked once");
    cr_assert_eq(stepping_run(&stepping, other, INTENT_DEPLOY, other->digest, &done), STEP_DONE);
    cr_expect(done.changed);
    after = stepping_stage(&stepping);
    stepping_expect(after, "/tags", "{\"team\":\"shop\"}");
    stepping_deploy(&stepping, other, false);
}

static Desired *protected(bool protection)
{
    json_auto_t *template = json_loads("{\"Resources\":{\"P\":{\"Type\":\"AWS::SSM::Parameter\","
                                       "\"Properties\":{\"Name\":\"/p\",\"Type\":\"String\","
                                       "\"Value\":\"x\"}}}}",
                                       0, NULL),
                *settings = json_pack("{s:s, s:b}", "StackName", "orders-dev",
                                      "TerminationProtection", protection);

    return desired_new(template, settings, NULL, "orders", NULL, NULL);
}

Test(double, termination_protection_alone_is_a_change_too)
{
    g_auto(Stepping) stepping = {.events = NULL};
    g_autoptr(Desired) on = protected(true), off = protected(false);
    g_auto(StepResult) held = {0}, done = {0};
    stepping_start_double(&stepping, NULL);

    stepping_deploy(&stepping, off, true);
    stepping.ask_always = true;
    cr_assert_eq(stepping_run(&stepping, on, INTENT_DEPLOY, NULL, &held), STEP_HELD);
    cr_assert(held.plan);
    g_autofree char *plan = plan_to_text(held.plan, NULL, false);
    cr_expect_str_eq(plan, "~ Stack.TerminationProtection: false → true\nno resource changes\n");
    cr_assert_eq(stepping_run(&stepping, on, INTENT_DEPLOY, on->digest, &done), STEP_DONE);
    cr_expect_str_eq(done.what, "only its termination protection had to be set");
    stepping.ask_always = false;
    stepping_deploy(&stepping, off, true);
}

Test(double, limits_of_methods_are_set_and_taken_back)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired)
        first = stepping_desired_with_stage(
            STEPPING_REST_API,
            "{'StageName':'dev','Settings':{'/*/*/throttling/rateLimit':'100',"
            "'/~1a/GET/throttling/rateLimit':'5'}}",
            NULL),
        second = stepping_desired_with_stage(
            STEPPING_REST_API, "{'StageName':'dev','Settings':{'/*/*/throttling/rateLimit':'100'}}",
            NULL);
    json_auto_t *stage = NULL, *after = NULL;

    stepping_deploy(&stepping, first, true);
    stage = stepping_stage(&stepping);
    stepping_expect(stage, "/methodSettings/~01a~1GET/throttlingRateLimit", "5");
    stepping_deploy(&stepping, second, true);
    after = stepping_stage(&stepping);
    stepping_expect(after, "/methodSettings/~01a~1GET/throttlingRateLimit", "100");
}

Test(double, a_stage_that_cannot_be_set_is_told_and_not_tried_for_ever)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) wrong = stepping_desired_with_stage(STEPPING_REST_API, "{" LOGGED "}", NULL),
                       right = stepping_desired_with_stage(
                           STEPPING_REST_API, "{'StageName':'dev','Tags':{'a':'b'}}", NULL);
    g_auto(StepResult) failed = {0}, still = {0};

    stepping_fault(&stepping, "[{'action':'UpdateStage','status':400,'code':'BadRequestException',"
                              "'message':'CloudWatch Logs role ARN must be set'}]");
    cr_assert_eq(stepping_run(&stepping, wrong, INTENT_DEPLOY, NULL, &failed), STEP_FAILED);
    cr_expect(
        strstr(failed.what, "the stack is deployed, but its REST API's stage is not as asked"),
        "%s", failed.what);
    cr_expect(strstr(failed.what, "CloudWatch Logs role ARN must be set"), "%s", failed.what);
    cr_assert_eq(stepping_run(&stepping, wrong, INTENT_DEPLOY, NULL, &still), STEP_FAILED);
    stepping_deploy(&stepping, right, true);
    record_forgive(stepping.record);
    stepping_deploy(&stepping, wrong, true);
}

Test(double, setting_a_stage_survives_a_crash_and_lost_answers)
{
    g_auto(Stepping) stepping = {0};
    stepping_start_double(&stepping, NULL);
    g_autoptr(Desired) desired =
        stepping_desired_with_stage(STEPPING_REST_API, "{" LOGGED ",'Tags':{'team':'shop'}}", NULL);
    json_auto_t *stage = NULL;

    stepping.forgetful = true;
    stepping_fault(&stepping, "[{'action':'UpdateStage','dropAnswer':true},"
                              "{'action':'TagResource','status':429,'code':"
                              "'TooManyRequestsException','message':'Too Many Requests'}]");
    stepping_deploy(&stepping, desired, true);
    stage = stepping_stage(&stepping);
    stepping_expect(stage, "/tracingEnabled", "true");
    stepping_expect(stage, "/tags", "{\"team\":\"shop\"}");
}
