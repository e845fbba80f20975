#include "tests/reconcile/compile/events_fixture.h"

#define CUSTOM_FUNCTION "/Resources/CustomDashresourceDashexistingDashs3LambdaFunction"

Test(events_s3, functions_share_a_new_bucket)
{
    g_auto(Outcome) outcome = compile_events_of(
        s3_compile, "functions:\n"
                    "  a: {events: [{s3: my.photos}]}\n"
                    "  b: {events: [{s3: {bucket: my.photos, event: 's3:ObjectRemoved:*', rules: "
                    "[{prefix: in/}, {suffix: .jpg}]}}]}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/S3BucketMyphotos/DependsOn",
              "['ALambdaPermissionMyphotosS3','BLambdaPermissionMyphotosS3']");
    expect_at(&outcome, "/Resources/S3BucketMyphotos/Properties",
              "{'BucketName':'my.photos','NotificationConfiguration':{'LambdaConfigurations':["
              "{'Event':'s3:ObjectCreated:*','Function':{'Fn::GetAtt':['ALambdaFunction','Arn']}},"
              "{'Event':'s3:ObjectRemoved:*','Function':{'Fn::GetAtt':['BLambdaFunction','Arn']},"
              "'Filter':{'S3Key':{'Rules':[{'Name':'prefix','Value':'in/'},"
              "{'Name':'suffix','Value':'.jpg'}]}}}]}}");
    expect_at(&outcome, "/Resources/ALambdaPermissionMyphotosS3/Properties/SourceArn",
              "{'Fn::Join':['',['arn:',{'Ref':'AWS::Partition'},':s3:::my.photos']]}");
    expect_at(&outcome, "/Resources/ALambdaPermissionMyphotosS3/Properties/SourceAccount",
              "{'Ref':'AWS::AccountId'}");
}

Test(events_s3, a_bucket_under_provider_keeps_its_settings_and_its_key_makes_the_ids)
{
    g_auto(Outcome) outcome =
        compile_events_of(s3_compile, "provider:\n"
                                      "  s3:\n"
                                      "    inbox:\n"
                                      "      name: shop-inbox\n"
                                      "      versioningConfiguration: {Status: Enabled}\n"
                                      "      notificationConfiguration: {TopicConfigurations: []}\n"
                                      "functions: {a: {events: [{s3: inbox}]}}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/S3BucketInbox/Properties/BucketName", "'shop-inbox'");
    expect_at(&outcome, "/Resources/S3BucketInbox/Properties/VersioningConfiguration",
              "{'Status':'Enabled'}");
    expect_at(&outcome,
              "/Resources/S3BucketInbox/Properties/NotificationConfiguration/TopicConfigurations",
              "[]");
    expect_at(&outcome, "/Resources/S3BucketInbox/DependsOn", "['ALambdaPermissionInboxS3']");
}

Test(events_s3, a_bucket_that_exists_is_told_of_the_function_by_a_custom_resource)
{
    g_auto(Outcome) outcome = compile_events_of(
        s3_compile, "functions: {a: {aliased: true, events: ["
                    "{s3: {bucket: theirs, existing: true, rules: [{prefix: in/}]}},"
                    "{s3: {bucket: theirs, existing: true, event: 's3:ObjectRemoved:*', "
                    "forceDeploy: true}}]}}");

    expect_no_problems(&outcome);
    expect_nothing_at(&outcome, "/Resources/S3BucketTheirs");
    expect_at(&outcome, "/Resources/ACustomS31",
              "{'Type':'Custom::S3','Version':1,'Properties':{'BucketName':'theirs',"
              "'BucketConfigs':[{'Event':'s3:ObjectCreated:*','Rules':[{'Prefix':'in/'}]},"
              "{'Event':'s3:ObjectRemoved:*','Rules':[]}],'ServiceToken':{'Fn::GetAtt':["
              "'CustomDashresourceDashexistingDashs3LambdaFunction','Arn']},"
              "'FunctionName':'shop-dev-a','FunctionQualifier':'provisioned'},"
              "'DependsOn':['ALambdaFunction','TheAlias',"
              "'CustomDashresourceDashexistingDashs3LambdaFunction']}");
    expect_at(&outcome, CUSTOM_FUNCTION "/Properties/FunctionName",
              "'shop-dev-custom-resource-existing-s3'");
    expect_at(&outcome, CUSTOM_FUNCTION "/DependsOn", "['IamRoleCustomResourcesLambdaExecution']");
}

Test(events_s3, functions_that_share_buckets_of_others_change_them_one_after_another)
{
    g_auto(Outcome) outcome =
        compile_events_of(s3_compile, "functions:\n"
                                      "  a: {events: [{s3: {bucket: one, existing: true}}]}\n"
                                      "  b: {events: [{s3: {bucket: {Ref: X}, existing: true}}]}\n"
                                      "  c: {events: [{s3: {bucket: one, existing: true}}]}");

    expect_at(&outcome, "/Resources/CCustomS31/DependsOn/2", "'ACustomS31'");
    expect_at(&outcome, "/Resources/BCustomS31/DependsOn/2", "'CCustomS31'");
    expect_nothing_at(&outcome, "/Resources/ACustomS31/DependsOn/2");
}

Test(events_s3, a_function_answers_for_one_existing_bucket_only)
{
    g_auto(Outcome) outcome = compile_events_of(
        s3_compile, "functions: {a: {events: [{s3: {bucket: one, existing: true}}, "
                    "{s3: {bucket: two, existing: true}}]}}");

    expect_problem(&outcome, PROBLEM_ERROR, "only one existing bucket can call a function");
}

Test(events_s3, the_custom_resources_function_follows_the_providers_settings)
{
    g_auto(Outcome) outcome = compile_events_of(
        s3_compile, "provider: {runtime: nodejs20.x, architecture: arm64, logRetentionInDays: 7,\n"
                    "  logs: {frameworkLambda: true}, iam: {deploymentRole: 'arn:role'}}\n"
                    "functions: {a: {events: [{s3: {bucket: one, existing: true}}]}}");

    expect_at(&outcome, CUSTOM_FUNCTION "/Properties",
              "{'Code':{},'FunctionName':'shop-dev-custom-resource-existing-s3',"
              "'Handler':'s3/handler.handler','MemorySize':1024,'Runtime':'nodejs20.x',"
              "'Timeout':180,'Architectures':['arm64'],'Role':'arn:role'}");
    expect_at(&outcome, CUSTOM_FUNCTION "/DependsOn",
              "['CustomDashresourceDashexistingDashs3LogGroup']");
    expect_at(&outcome, "/Resources/CustomDashresourceDashexistingDashs3LogGroup/Properties",
              "{'LogGroupName':'/aws/lambda/shop-dev-custom-resource-existing-s3',"
              "'RetentionInDays':7}");
    expect_nothing_at(&outcome, "/Resources/IamRoleCustomResourcesLambdaExecution");
}

Test(events_s3, names_that_no_bucket_can_have_are_refused)
{
    const char *const names[] = {"Photos", "a..b", "-a", "10.0.0.1", "'a b'"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *yaml = g_strdup_printf("functions: {a: {events: [{s3: %s}]}}", names[i]);
        g_auto(Outcome) outcome = compile_events_of(s3_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, "is not a name a bucket can have");
    }
}
