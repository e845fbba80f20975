#include "tests/reconcile/compile/events_fixture.h"

Test(events_cloudwatch, an_event_pattern_is_a_rule)
{
    g_auto(Outcome) outcome = compile_events_of(
        cloudwatch_event_compile, "functions: {a: {events: [{cloudwatchEvent: {event: {source: "
                                  "[\"a\\nb\"]}, input: {k: v}, enabled: "
                                  "false}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AEventsRuleCloudWatchEvent1/Properties/EventPattern",
              "{'source':['ab']}");
    expect_at(&outcome, "/Resources/AEventsRuleCloudWatchEvent1/Properties/State", "'DISABLED'");
    cr_expect_str_eq(json_string_value(pointer_get(
                         outcome.compilation.template,
                         "/Resources/AEventsRuleCloudWatchEvent1/Properties/Targets/0/Input")),
                     "{\"k\":\"v\"}");
    expect_at(&outcome,
              "/Resources/ALambdaPermissionEventsRuleCloudWatchEvent1/Properties/SourceArn",
              "{'Fn::GetAtt':['AEventsRuleCloudWatchEvent1','Arn']}");
}

Test(events_cloudwatch, one_permission_covers_log_groups_that_start_alike)
{
    g_auto(Outcome) outcome = compile_events_of(
        cloudwatch_log_compile,
        "functions: {a: {events: [{cloudwatchLog: /aws/lambda/hello}, {cloudwatchLog: "
        "{logGroup: /aws/lambda/help, filter: '{ \\\"x\\\" }'}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome,
        "/Resources/ALambdaPermissionLogsSubscriptionFilterCloudWatchLog/Properties/SourceArn",
        "{'Fn::Join':['',['arn:',{'Ref':'AWS::Partition'},':logs:',{'Ref':'AWS::Region'},':',"
        "{'Ref':'AWS::AccountId'},':log-group:','/aws/lambda/hel*',':*']]}");
    cr_expect_str_eq(
        json_string_value(pointer_get(
            outcome.compilation.template,
            "/Resources/ALogsSubscriptionFilterCloudWatchLog2/Properties/FilterPattern")),
        "{ \"x\" }");
    expect_at(&outcome, "/Resources/ALogsSubscriptionFilterCloudWatchLog1/DependsOn",
              "['ALambdaPermissionLogsSubscriptionFilterCloudWatchLog']");
}

Test(events_cloudwatch, a_third_filter_of_a_log_group_is_refused)
{
    g_auto(Outcome) outcome = compile_events_of(
        cloudwatch_log_compile,
        "functions: {a: {events: [{cloudwatchLog: g}, {cloudwatchLog: g}, {cloudwatchLog: g}]}}");

    expect_problem(&outcome, PROBLEM_ERROR,
                   "log group \"g\" would have 3 subscription filters, and 2 is the most");
}
