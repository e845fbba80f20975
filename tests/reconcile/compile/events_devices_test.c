/* iot, iotFleetProvisioning, alexaSkill, alexaSmartHome. */
#include "tests/reconcile/compile/events_fixture.h"

Test(events_devices, a_topic_rule_is_written_on_one_line)
{
    g_auto(Outcome) outcome = compile_events_of(
        iot_compile, "functions: {a: {events: [{iot: {sql: \"SELECT *\\n FROM 'x'\", name: n}}]}}");

    expect_no_problems(&outcome);
    cr_expect_str_eq(
        json_string_value(pointer_get(outcome.compilation.template,
                                      "/Resources/AIotTopicRule1/Properties/TopicRulePayload/Sql")),
        "SELECT * FROM 'x'");
    expect_at(&outcome, "/Resources/AIotTopicRule1/Properties/RuleName", "'n'");
    expect_at(&outcome, "/Resources/AIotTopicRule1/Properties/TopicRulePayload/RuleDisabled",
              "false");
    expect_at(&outcome, "/Resources/ALambdaPermissionIotTopicRule1/Properties/Principal",
              "'iot.amazonaws.com'");
}

Test(events_devices, a_provisioning_template_waits_for_its_permission)
{
    g_auto(Outcome) outcome = compile_events_of(
        iot_fleet_provisioning_compile, "functions: {a: {events: [{iotFleetProvisioning: "
                                        "{templateBody: {b: 1}, provisioningRoleArn: r}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AIotProvisioningTemplate/DependsOn",
              "['ALambdaPermissionIotProvisioningTemplate']");
    cr_expect_str_eq(json_string_value(pointer_get(
                         outcome.compilation.template,
                         "/Resources/AIotProvisioningTemplate/Properties/TemplateBody")),
                     "{\"b\":1}");
}

Test(events_devices, a_second_provisioning_template_of_a_function_is_refused)
{
    g_auto(Outcome) outcome =
        compile_events_of(iot_fleet_provisioning_compile,
                          "functions: {a: {events: [{iotFleetProvisioning: {templateBody: {}, "
                          "provisioningRoleArn: r}}, "
                          "{iotFleetProvisioning: {templateBody: {}, provisioningRoleArn: r}}]}}");

    expect_problem(&outcome, PROBLEM_ERROR,
                   "function \"a\" has more than one iotFleetProvisioning event");
}

Test(events_devices, a_skill_may_invoke_the_function_unless_disabled)
{
    g_auto(Outcome) outcome = compile_events_of(
        alexa_skill_compile,
        "functions: {a: {events: [{alexaSkill: s1}, {alexaSkill: {appId: s2, enabled: "
        "false}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/ALambdaPermissionAlexaSkill1/Properties",
        "{'FunctionName':{'Fn::GetAtt':['ALambdaFunction','Arn']},'Action':"
        "'lambda:InvokeFunction','Principal':'alexa-appkit.amazon.com','EventSourceToken':'s1'}");
    expect_at(&outcome, "/Resources/ALambdaPermissionAlexaSkill2/Properties/Action",
              "'lambda:DisableInvokeFunction'");
}

Test(events_devices, smart_home_has_a_principal_of_its_own)
{
    g_auto(Outcome) outcome = compile_events_of(alexa_smart_home_compile,
                                                "functions: {a: {events: [{alexaSmartHome: s}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ALambdaPermissionAlexaSmartHome1/Properties/Principal",
              "'alexa-connectedhome.amazon.com'");
}
