#include "tests/reconcile/compile/events_fixture.h"

#define LISTENER "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/my-alb/50dc/f2f7"

Test(events_alb, a_rule_forwards_to_a_target_group)
{
    g_auto(Outcome) outcome = compile_events_of(
        alb_compile, "functions: {a: {events: [{alb: {listenerArn: '" LISTENER
                     "', priority: 7, conditions: {path: /x, header: {name: n, values: [v]}}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AAlbListenerRule7/Properties",
              "{'Actions':[{'Type':'forward','TargetGroupArn':{'Ref':'AAlbTargetGroup50dc'}}],"
              "'Conditions':[{'Field':'path-pattern','Values':['/x']},{'Field':'http-header',"
              "'HttpHeaderConfig':{'HttpHeaderName':'n','Values':['v']}}],'ListenerArn':'" LISTENER
              "','Priority':7}");
    expect_at(&outcome, "/Resources/AAlbTargetGroup50dc/Properties/HealthCheckEnabled", "false");
    expect_at(&outcome, "/Resources/AAlbTargetGroup50dc/Properties/Name",
              "'1c7b2971354dc9de77e6a5d5d12c1f66'");
    expect_at(&outcome, "/Resources/AAlbTargetGroup50dc/DependsOn",
              "['ALambdaPermissionRegisterTarget']");
    expect_at(&outcome, "/Resources/ALambdaPermissionAlb/Properties/SourceArn",
              "{'Ref':'AAlbTargetGroup50dc'}");
    expect_nothing_at(&outcome, "/Resources/ALambdaPermissionRegisterTarget/Properties/SourceArn");
}

Test(events_alb, authorizers_come_before_the_target)
{
    g_auto(Outcome) outcome =
        compile_events_of(alb_compile, "provider: {alb: {authorizers: {co: {type: cognito, "
                                       "userPoolArn: u}, oi: {type: oidc, issuer: i}}}}\n"
                                       "functions: {a: {events: [{alb: {listenerArn: !Ref L, "
                                       "priority: 1, conditions: {ip: [i]}, authorizer: "
                                       "[co, oi], healthCheck: {timeoutSeconds: null, "
                                       "intervalSeconds: null}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AAlbListenerRule1/Properties/Actions",
              "[{'Type':'authenticate-cognito','Order':1,'AuthenticateCognitoConfig':{"
              "'OnUnauthenticatedRequest':'deny','UserPoolArn':'u'}},{'Type':'authenticate-oidc','"
              "Order':2,"
              "'AuthenticateOidcConfig':{'OnUnauthenticatedRequest':'deny','Issuer':'i',"
              "'UseExistingClientSecret':true}},{'Type':'forward','TargetGroupArn':{'Ref':"
              "'AAlbTargetGroupL'},'Order':3}]");
    expect_at(&outcome, "/Resources/AAlbTargetGroupL/Properties/HealthCheckIntervalSeconds", "35");
    expect_at(&outcome, "/Resources/AAlbTargetGroupL/Properties/HealthCheckTimeoutSeconds", "30");
}

Test(events_alb, mistakes_are_refused_by_name)
{
    static const struct {
        const char *event, *message;
    } rows[] = {
        {"{listenerArn: x, priority: 1, conditions: {path: p}}",
         "listenerArn is not the ARN of a listener"},
        {"{listenerArn: !Ref L, conditions: {path: p}}", "lacks priority or conditions"},
        {"{listenerArn: !Ref L, priority: 1, conditions: {}}", "lacks priority or conditions"},
        {"{listenerArn: !Ref L, priority: 1, conditions: {path: p}, authorizer: [z]}",
         "there is no authorizer \"z\""},
        {"{listenerArn: !Ref L, priority: 1, conditions: {path: p}}}, {alb: {listenerArn: !Ref M, "
         "priority: "
         "1, conditions: {path: p}}",
         "priority 1 is in use by function \"a\" (on any listener)"},
        {"{listenerArn: !Ref L, priority: 1, conditions: {path: p}}}]}, b: {events: [{alb: "
         "{listenerArn: !Ref "
         "L, priority: 1, conditions: {path: p}}",
         "priority 1 is in use by function \"a\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{alb: %s}]}}", rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(alb_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}
