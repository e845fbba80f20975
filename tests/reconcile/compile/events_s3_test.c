#include "tests/reconcile/compile/events_fixture.h"

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

Test(events_s3, a_bucket_that_exists_is_refused_by_name_for_now)
{
    g_auto(Outcome) outcome = compile_events_of(
        s3_compile, "functions: {a: {events: [{s3: {bucket: theirs, existing: true}}]}}");

    expect_problem(
        &outcome, PROBLEM_ERROR,
        "\"existing: true\" needs the custom resource Custom::S3, which this version does "
        "not bring");
    expect_nothing_at(&outcome, "/Resources/S3BucketTheirs");
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
