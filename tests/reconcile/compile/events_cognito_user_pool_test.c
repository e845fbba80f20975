#include "tests/reconcile/compile/events_fixture.h"

Test(events_cognito_user_pool, triggers_of_a_pool_are_joined)
{
    g_auto(Outcome) outcome = compile_events_of(
        cognito_user_pool_compile, "functions: {a: {events: [{cognitoUserPool: {pool: My Pool, "
                                   "trigger: PreSignUp}}, {cognitoUserPool: "
                                   "{pool: My Pool, trigger: CustomEmailSender, kmsKeyId: k}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/CognitoUserPoolMyPool",
        "{'Type':'AWS::Cognito::UserPool','Properties':{'UserPoolName':'My Pool','LambdaConfig':{"
        "'PreSignUp':{'Fn::GetAtt':['ALambdaFunction','Arn']},'KMSKeyID':'k','CustomEmailSender':{"
        "'LambdaArn':{'Fn::GetAtt':['ALambdaFunction','Arn']},'LambdaVersion':'V1_0'}}},"
        "'DependsOn':['ALambdaFunction','ALambdaFunction']}");
    expect_at(&outcome,
              "/Resources/ALambdaPermissionCognitoUserPoolMyPoolTriggerSourcePreSignUp/Properties/"
              "SourceArn",
              "{'Fn::GetAtt':['CognitoUserPoolMyPool','Arn']}");
}

Test(events_cognito_user_pool, mistakes_are_refused_by_name)
{
    static const struct {
        const char *event, *message;
    } rows[] = {
        {"{pool: p, trigger: CustomSMSSender, existing: true}",
         "trigger CustomSMSSender needs a kmsKeyId"},
        {"{pool: p, trigger: t, existing: true}}, {cognitoUserPool: {pool: q, trigger: t, "
         "existing: "
         "true}",
         "only one existing pool can call a function, and \"p\" does already"},
        {"{pool: p, trigger: CustomSMSSender}", "trigger CustomSMSSender needs a kmsKeyId"},
        {"{pool: p, trigger: CustomSMSSender, kmsKeyId: k}}, {cognitoUserPool: {pool: p, trigger: "
         "CustomEmailSender, kmsKeyId: l}",
         "pool \"p\" has another kmsKeyId already"},
        {"{trigger: t}",
         "cognitoUserPool event of function \"a\" has no \"pool\" that is a string"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{cognitoUserPool: %s}]}}", rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(cognito_user_pool_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}
