#include "tests/reconcile/compile/events_fixture.h"

Test(events_event_bridge, a_pattern_is_a_rule_counted_among_all_events)
{
    g_auto(Outcome) outcome = compile_events_of(
        event_bridge_compile,
        "functions: {a: {events: [{sqs: x}, {eventBridge: {pattern: {source: [s]}}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/Shopdevarule2EventBridgeRule",
        "{'Type':'AWS::Events::Rule','Properties':{'Name':'shop-dev-a-rule-2','State':'ENABLED',"
        "'EventPattern':{'source':['s']},'Targets':[{'Arn':{'Fn::GetAtt':['ALambdaFunction',"
        "'Arn']},'Id':'shop-dev-a-rule-2-target'}]}}");
    expect_at(&outcome, "/Resources/AEventBridgeLambdaPermission2/Properties/SourceArn",
              "{'Fn::Join':[':',['arn',{'Ref':'AWS::Partition'},'events',{'Ref':'AWS::Region'},"
              "{'Ref':'AWS::AccountId'},{'Fn::Join':['/',['rule','shop-dev-a-rule-2']]}]]}");
}

Test(events_event_bridge, a_bus_by_plain_name_is_made_and_outlives_its_rule)
{
    g_auto(Outcome) outcome = compile_events_of(
        event_bridge_compile, "functions: {a: {events: [{eventBridge: {eventBus: my-bus, schedule: "
                              "rate(1 hour), enabled: false}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/MyDashbusEventBridgeEventBus",
              "{'Type':'AWS::Events::EventBus','Properties':{'Name':'my-bus'}}");
    expect_at(&outcome, "/Resources/Shopdevarule1EventBridgeRule/DependsOn",
              "'MyDashbusEventBridgeEventBus'");
    expect_at(&outcome, "/Resources/Shopdevarule1EventBridgeRule/Properties/State", "'DISABLED'");
    expect_at(&outcome, "/Resources/Shopdevarule1EventBridgeRule/Properties/EventBusName",
              "'my-bus'");
}

Test(events_event_bridge, a_bus_that_exists_is_only_named)
{
    static const struct {
        const char *bus, *name;
    } rows[] = {
        {"'arn:aws:events:us-east-1:1:event-bus/other'", "'other'"},
        {"!Ref Bus", "{'Ref':'Bus'}"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml = g_strdup_printf(
            "functions: {a: {events: [{eventBridge: {eventBus: %s, pattern: {}}}]}}", rows[i].bus);
        g_auto(Outcome) outcome = compile_events_of(event_bridge_compile, yaml);

        expect_no_problems(&outcome);
        expect_at(&outcome, "/Resources/Shopdevarule1EventBridgeRule/Properties/EventBusName",
                  rows[i].name);
        expect_nothing_at(&outcome, "/Resources/Shopdevarule1EventBridgeRule/DependsOn");
        expect_nothing_at(&outcome, "/Resources/OtherEventBridgeEventBus");
    }
}

Test(events_event_bridge, a_name_that_is_too_long_is_cut_and_hashed)
{
    g_auto(Outcome) outcome = compile_events_of(
        event_bridge_compile,
        "functions: {aVeryLongNameOfAFunctionThatDoesNotFitIntoARuleAtAllWhateverOneDoes: {events: "
        "[{eventBridge: {pattern: {}}}]}}");
    json_t *rule = pointer_get(
        outcome.compilation.template,
        "/Resources/ShopdevaVeryLongNameOfAFunctionThatDoesNotFitIntoARuleAtAllWhateverOneDoesrule1"
        "EventBridgeRule/Properties");

    expect_no_problems(&outcome);
    cr_expect_str_eq(json_string_value(json_object_get(rule, "Name")),
                     "shop-dev-aVeryLongNameOfAdfbf2d61ea7a6ff6ab82600c17aa0cc1-rule-1");
}

Test(events_event_bridge, target_settings_are_passed_on)
{
    g_auto(Outcome) outcome = compile_events_of(
        event_bridge_compile, "functions: {a: {events: [{eventBridge: {pattern: {}, input: {k: v}, "
                              "deadLetterQueueArn: q, "
                              "retryPolicy: {maximumEventAge: 60, maximumRetryAttempts: 0}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/Shopdevarule1EventBridgeRule/Properties/Targets/0/RetryPolicy",
              "{'MaximumEventAgeInSeconds':60,'MaximumRetryAttempts':0}");
    expect_at(&outcome,
              "/Resources/Shopdevarule1EventBridgeRule/Properties/Targets/0/DeadLetterConfig",
              "{'Arn':'q'}");
    cr_expect_str_eq(json_string_value(pointer_get(
                         outcome.compilation.template,
                         "/Resources/Shopdevarule1EventBridgeRule/Properties/Targets/0/Input")),
                     "{\"k\":\"v\"}");
}

Test(events_event_bridge, two_inputs_are_refused)
{
    g_auto(Outcome) outcome = compile_events_of(
        event_bridge_compile,
        "functions: {a: {events: [{eventBridge: {pattern: {}, input: {a: 1}, inputPath: $}}]}}");

    expect_problem(&outcome, PROBLEM_ERROR,
                   "sets more than one of input, inputPath and inputTransformer");
}
