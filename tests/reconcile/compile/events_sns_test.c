#include "tests/reconcile/compile/events_fixture.h"

Test(events_sns, functions_share_a_new_topic)
{
    g_auto(Outcome) outcome = compile_events_of(sns_compile, "functions:\n"
                                                             "  a: {events: [{sns: my-topic}]}\n"
                                                             "  b: {events: [{sns: my-topic}]}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/SNSTopicMytopic",
              "{'Type':'AWS::SNS::Topic','Properties':{'TopicName':'my-topic','Subscription':["
              "{'Endpoint':{'Fn::GetAtt':['ALambdaFunction','Arn']},'Protocol':'lambda'},"
              "{'Endpoint':{'Fn::GetAtt':['BLambdaFunction','Arn']},'Protocol':'lambda'}]}}");
    expect_at(&outcome, "/Resources/ALambdaPermissionMytopicSNS/Properties/SourceArn",
              "{'Fn::Join':['',['arn:',{'Ref':'AWS::Partition'},':sns:',{'Ref':'AWS::Region'},':',"
              "{'Ref':'AWS::AccountId'},':','my-topic']]}");
}

Test(events_sns, a_topic_of_another_region_is_subscribed_to_there)
{
    g_auto(Outcome) outcome = compile_events_of(
        sns_compile, "functions: {a: {events: [{sns: {arn: 'arn:aws:sns:eu-west-1:1:news'}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ASnsSubscriptionNews/Properties",
              "{'TopicArn':'arn:aws:sns:eu-west-1:1:news','Protocol':'lambda',"
              "'Endpoint':{'Fn::GetAtt':['ALambdaFunction','Arn']},'Region':'eu-west-1'}");
    expect_nothing_at(&outcome, "/Resources/SNSTopicNews");
}

Test(events_sns, a_filter_needs_a_subscription_of_its_own)
{
    g_auto(Outcome) outcome = compile_events_of(
        sns_compile, "functions: {a: {aliased: true, events: [{sns: {topicName: t, displayName: T, "
                     "filterPolicy: {side: [left]}, filterPolicyScope: MessageBody}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/SNSTopicT",
              "{'Type':'AWS::SNS::Topic','DependsOn':'TheAlias','Properties':{'TopicName':'t',"
              "'DisplayName':'T'}}");
    expect_at(&outcome, "/Resources/ASnsSubscriptionT/Properties/FilterPolicy",
              "{'side':['left']}");
    expect_at(&outcome, "/Resources/ASnsSubscriptionT/Properties/Endpoint",
              "{'Fn::Join':[':',[{'Fn::GetAtt':['ALambdaFunction','Arn']},'provisioned']]}");
}

Test(events_sns, a_dead_letter_queue_is_opened_to_the_topic)
{
    g_auto(Outcome) outcome = compile_events_of(
        sns_compile,
        "functions: {a: {events: [{sns: {arn: 'arn:aws:sns:us-east-1:1:t', redrivePolicy: "
        "{deadLetterTargetArn: 'arn:aws:sqs:us-east-1:2:dead'}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/TToADLQPolicy/Properties/Queues",
              "[{'Fn::Join':['',['https://sqs.us-east-1.',{'Ref':'AWS::URLSuffix'},'/2/dead']]}]");
    expect_at(&outcome, "/Resources/TToADLQPolicy/Properties/PolicyDocument/Statement/0/Condition",
              "{'ArnEquals':{'aws:SourceArn':'arn:aws:sns:us-east-1:1:t'}}");
    expect_at(&outcome, "/Resources/ASnsSubscriptionT/Properties/RedrivePolicy",
              "{'deadLetterTargetArn':'arn:aws:sqs:us-east-1:2:dead'}");
}

Test(events_sns, a_topic_without_a_name_is_refused)
{
    g_auto(Outcome) outcome =
        compile_events_of(sns_compile, "functions: {a: {events: [{sns: {arn: !Ref Topic}}]}}");

    expect_problem(&outcome, PROBLEM_ERROR,
                   "sns event of function \"a\" does not tell the topic's name");
}

Test(events_sns, a_redrive_policy_without_a_queue_is_refused)
{
    g_auto(Outcome) outcome =
        compile_events_of(sns_compile, "functions: {a: {events: [{sns: {topicName: t, "
                                       "redrivePolicy: {deadLetterTargetArn: x}}}]}}");

    expect_problem(&outcome, PROBLEM_ERROR, "redrivePolicy names no queue");
}
