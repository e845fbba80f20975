#include "tests/reconcile/compile/events_fixture.h"

Test(events_schedule, a_rate_is_a_rule_that_may_invoke_the_function)
{
    g_auto(Outcome) outcome = compile_events_of(
        schedule_compile, "functions: {my-job: {events: [{schedule: rate(1 minute)}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/MyDashjobEventsRuleSchedule1",
        "{'Type':'AWS::Events::Rule','Properties':{'ScheduleExpression':'rate(1 minute)',"
        "'State':'ENABLED','Targets':[{'Arn':{'Fn::GetAtt':['MyDashjobLambdaFunction','Arn']},"
        "'Id':'my-jobSchedule'}]}}");
    expect_at(&outcome,
              "/Resources/MyDashjobLambdaPermissionEventsRuleSchedule1/Properties/SourceArn",
              "{'Fn::GetAtt':['MyDashjobEventsRuleSchedule1','Arn']}");
}

Test(events_schedule, rates_are_counted_within_a_function_not_events)
{
    g_auto(Outcome) outcome = compile_events_of(
        schedule_compile,
        "functions:\n"
        "  a: {events: [{schedule: {rate: [rate(1 hour), rate(2 hours)], enabled: "
        "false}}, {schedule: rate(3 hours)}]}\n"
        "  b: {events: [{schedule: rate(4 hours)}]}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AEventsRuleSchedule2/Properties/State", "'DISABLED'");
    expect_at(&outcome, "/Resources/AEventsRuleSchedule3/Properties/ScheduleExpression",
              "'rate(3 hours)'");
    expect_at(&outcome, "/Resources/BEventsRuleSchedule1/Properties/ScheduleExpression",
              "'rate(4 hours)'");
}

Test(events_schedule, escapes_in_texts_of_a_rule_are_read_where_they_can_be)
{
    g_auto(Outcome) outcome = compile_events_of(
        schedule_compile,
        "functions:\n"
        "  a:\n"
        "    events:\n"
        "      - schedule: {rate: rate(1 hour), description: 'a \\u0062', input: {t: \"1\\n2\"}}\n"
        "      - schedule: {rate: rate(1 hour), description: 'a \"b', method: eventBus}\n"
        "      - schedule: {rate: rate(1 hour), description: 'a \\u0062', method: scheduler}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AEventsRuleSchedule1/Properties/Description", "'a b'");
    cr_expect_str_eq(json_string_value(
                         pointer_get(outcome.compilation.template,
                                     "/Resources/AEventsRuleSchedule1/Properties/Targets/0/Input")),
                     "{\"t\":\"1\n2\"}");
    cr_expect_str_eq(
        json_string_value(pointer_get(outcome.compilation.template,
                                      "/Resources/AEventsRuleSchedule2/Properties/Description")),
        "a \"b");
    cr_expect_str_eq(
        json_string_value(pointer_get(outcome.compilation.template,
                                      "/Resources/ASchedulerSchedule3/Properties/Description")),
        "a \\u0062");
}

Test(events_schedule, an_input_arrives_as_written)
{
    g_auto(Outcome) outcome = compile_events_of(
        schedule_compile,
        "functions:\n"
        "  a:\n"
        "    events:\n"
        "      - schedule: {rate: rate(1 hour), input: {body: '{\"n\": 1.50}'}}\n"
        "      - schedule: {rate: rate(1 hour), input: 'a \"b\" \\ c'}\n"
        "      - schedule: {rate: rate(1 hour), inputPath: $.detail}\n"
        "      - schedule:\n"
        "          rate: rate(1 hour)\n"
        "          inputTransformer: {inputTemplate: t, inputPathsMap: {a: $.a}}\n");
    json_t *template = outcome.compilation.template;

    expect_no_problems(&outcome);
    cr_expect_str_eq(json_string_value(pointer_get(
                         template, "/Resources/AEventsRuleSchedule1/Properties/Targets/0/Input")),
                     "{\"body\":{\"n\":1.5}}");
    cr_expect_str_eq(json_string_value(pointer_get(
                         template, "/Resources/AEventsRuleSchedule2/Properties/Targets/0/Input")),
                     "a \"b\" \\ c");
    expect_at(&outcome, "/Resources/AEventsRuleSchedule3/Properties/Targets/0/InputPath",
              "'$.detail'");
    expect_at(&outcome, "/Resources/AEventsRuleSchedule4/Properties/Targets/0/InputTransformer",
              "{'InputTemplate':'t','InputPathsMap':{'a':'$.a'}}");
}

Test(events_schedule, the_scheduler_invokes_with_the_functions_role)
{
    g_auto(Outcome) outcome = compile_events_of(
        schedule_compile,
        "functions: {a: {events: [{schedule: {rate: rate(1 hour), method: scheduler, "
        "timezone: Europe/Berlin, groupName: g, name: n, input: {k: v}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ASchedulerSchedule1/Properties/Target/RoleArn",
              "{'Fn::GetAtt':['IamRoleLambdaExecution','Arn']}");
    expect_at(&outcome, "/Resources/ASchedulerSchedule1/Properties/ScheduleExpressionTimezone",
              "'Europe/Berlin'");
    expect_at(&outcome,
              "/Resources/IamRoleLambdaExecution/Properties/AssumeRolePolicyDocument/Statement/0/"
              "Principal/Service",
              "['lambda.amazonaws.com','scheduler.amazonaws.com']");
    expect_at(&outcome, STATEMENTS,
              "[{'Effect':'Allow','Action':['lambda:InvokeFunction'],'Resource':["
              "{'Fn::Sub':'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
              "shop-dev-a'},{'Fn::Sub':'arn:${AWS::Partition}:lambda:${AWS::Region}:"
              "${AWS::AccountId}:function:shop-dev-a:*'}]}]");
    expect_nothing_at(&outcome, "/Resources/ALambdaPermissionEventsRuleSchedule1");
}

Test(events_schedule, settings_that_do_not_fit_are_refused)
{
    static const struct {
        const char *event, *message;
    } rows[] = {
        {"{rate: [a, b], name: n}", "schedule event of function \"a\" has one name for 2 rates"},
        {"{rate: a, timezone: UTC}", "\"timezone\" works with method scheduler only"},
        {"{rate: a, method: scheduler, inputPath: $}",
         "\"inputPath\" works with method eventBus only"},
        {"{enabled: true}", "schedule event of function \"a\" has no rate"},
        {"{rate: a, input: {body: '{'}}", "input.body is not JSON"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{schedule: %s}]}}", rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(schedule_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}
