#include "tests/reconcile/compile/events_fixture.h"

Test(events_stream, a_table_stream_is_read_from_its_start)
{
    g_auto(Outcome) outcome = compile_events_of(
        stream_compile,
        "functions: {a: {events: [{stream: {type: dynamodb, arn: !GetAtt Table.StreamArn}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/AEventSourceMappingDynamodbTable/Properties",
        "{'BatchSize':10,'Enabled':true,'EventSourceArn':{'Fn::GetAtt':['Table','StreamArn']},"
        "'StartingPosition':'TRIM_HORIZON',"
        "'FunctionName':{'Fn::GetAtt':['ALambdaFunction','Arn']}}");
    expect_at(&outcome, STATEMENTS,
              "[{'Effect':'Allow','Action':['dynamodb:GetRecords','dynamodb:GetShardIterator',"
              "'dynamodb:DescribeStream','dynamodb:ListStreams'],"
              "'Resource':[{'Fn::GetAtt':['Table','StreamArn']}]}]");
}

Test(events_stream, a_consumer_of_its_own_is_made_and_subscribed)
{
    g_auto(Outcome) outcome = compile_events_of(
        stream_compile,
        "provider: {kinesis: {consumerNamingMode: serviceSpecific}}\n"
        "functions: {a: {events: [{stream: {arn: 'arn:aws:kinesis:us-east-1:1:stream/clicks', "
        "consumer: true, startingPosition: AT_TIMESTAMP, startingPositionTimestamp: 10}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AclicksshopdevConsumerStreamConsumer",
              "{'Type':'AWS::Kinesis::StreamConsumer','Properties':{"
              "'StreamARN':'arn:aws:kinesis:us-east-1:1:stream/clicks',"
              "'ConsumerName':'aclicksshopdevConsumer'}}");
    expect_at(&outcome, "/Resources/AEventSourceMappingKinesisClicks/DependsOn",
              "['IamRoleLambdaExecution','AclicksshopdevConsumerStreamConsumer']");
    expect_at(&outcome, "/Resources/AEventSourceMappingKinesisClicks/Properties/EventSourceArn",
              "{'Ref':'AclicksshopdevConsumerStreamConsumer'}");
    expect_at(&outcome,
              "/Resources/AEventSourceMappingKinesisClicks/Properties/StartingPositionTimestamp",
              "10");
    expect_at(&outcome, STATEMENTS "/1",
              "{'Effect':'Allow','Action':['kinesis:SubscribeToShard'],"
              "'Resource':[{'Ref':'AclicksshopdevConsumerStreamConsumer'}]}");
}

Test(events_stream, each_function_has_statements_of_its_own)
{
    g_auto(Outcome) outcome = compile_events_of(
        stream_compile,
        "functions:\n"
        "  a: {events: [{stream: 'arn:aws:kinesis:us-east-1:1:stream/x'}]}\n"
        "  b: {events: [{stream: {arn: 'arn:aws:kinesis:us-east-1:1:stream/x', destinations: "
        "{onFailure: 'arn:aws:sns:us-east-1:1:t'}}}]}\n");

    expect_no_problems(&outcome);
    cr_expect_eq(json_array_size(pointer_get(outcome.compilation.template, STATEMENTS)), 3);
    expect_at(
        &outcome, STATEMENTS "/2",
        "{'Effect':'Allow','Action':['sns:Publish'],'Resource':['arn:aws:sns:us-east-1:1:t']}");
    expect_at(&outcome, "/Resources/BEventSourceMappingKinesisX/Properties/DestinationConfig",
              "{'OnFailure':{'Destination':'arn:aws:sns:us-east-1:1:t'}}");
}

Test(events_stream, what_cannot_be_told_from_the_arn_is_refused)
{
    static const struct {
        const char *event, *message;
    } rows[] = {
        {"!Ref Stream", "its ARN does not tell the stream's name"},
        {"{arn: !Ref Stream}", "its ARN does not tell the stream's type"},
        {"nonsense", "its ARN does not tell the stream's name"},
        {"{type: kinesis}", "its ARN does not tell the stream's name"},
        {"{arn: 'arn:aws:kinesis:r:1:stream/x', destinations: {onFailure: !Ref Q}}",
         "onFailure does not tell whether it is a topic or a queue"},
        {"{arn: 'arn:aws:kinesis:r:1:stream/x', consumer: true, startingPosition: AT_TIMESTAMP}",
         "startingPosition AT_TIMESTAMP of function \"a\" has no startingPositionTimestamp"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{stream: %s}]}}", rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(stream_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}
