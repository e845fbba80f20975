#include "tests/reconcile/compile/events_fixture.h"

Test(events_sqs, a_queue_is_polled_with_the_frameworks_defaults)
{
    g_auto(Outcome) outcome = compile_events_of(
        sqs_compile,
        "functions: {my-worker: {events: [{sqs: 'arn:aws:sqs:us-east-1:1:jobs-queue'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/MyDashworkerEventSourceMappingSQSJobsqueue",
              "{'Type':'AWS::Lambda::EventSourceMapping','DependsOn':['IamRoleLambdaExecution'],"
              "'Properties':{'BatchSize':10,'Enabled':true,"
              "'EventSourceArn':'arn:aws:sqs:us-east-1:1:jobs-queue',"
              "'FunctionName':{'Fn::GetAtt':['MyDashworkerLambdaFunction','Arn']}}}");
}

Test(events_sqs, all_queues_share_one_statement)
{
    g_auto(Outcome) outcome =
        compile_events_of(sqs_compile, "functions:\n"
                                       "  a: {events: [{sqs: {arn: !GetAtt Jobs.Arn}}]}\n"
                                       "  b: {events: [{sqs: {arn: !ImportValue other}}]}\n");

    expect_at(&outcome, STATEMENTS,
              "[{'Effect':'Allow','Action':['sqs:ReceiveMessage','sqs:DeleteMessage',"
              "'sqs:GetQueueAttributes'],'Resource':[{'Fn::GetAtt':['Jobs','Arn']},"
              "{'Fn::ImportValue':'other'}]}]");
}

Test(events_sqs, settings_become_properties)
{
    g_auto(Outcome) outcome =
        compile_events_of(sqs_compile, "functions:\n"
                                       "  a:\n"
                                       "    role: 'arn:aws:iam::1:role/r'\n"
                                       "    aliased: true\n"
                                       "    events:\n"
                                       "      - sqs:\n"
                                       "          arn: {'Fn::Join': [':', [arn, jobs]]}\n"
                                       "          batchSize: 5\n"
                                       "          enabled: false\n"
                                       "          maximumBatchingWindow: 0\n"
                                       "          functionResponseType: ReportBatchItemFailures\n"
                                       "          filterPatterns: [{body: {type: [x]}}]\n"
                                       "          maximumConcurrency: 2\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AEventSourceMappingSQSJobs/DependsOn", "['TheAlias']");
    expect_at(&outcome, "/Resources/AEventSourceMappingSQSJobs/Properties/ScalingConfig",
              "{'MaximumConcurrency':2}");
    expect_at(&outcome, "/Resources/AEventSourceMappingSQSJobs/Properties/FunctionResponseTypes",
              "['ReportBatchItemFailures']");
    expect_at(&outcome,
              "/Resources/AEventSourceMappingSQSJobs/Properties/MaximumBatchingWindowInSeconds",
              "0");
    expect_at(&outcome, "/Resources/AEventSourceMappingSQSJobs/Properties/Enabled", "false");
    cr_expect_str_eq(
        json_string_value(pointer_get(outcome.compilation.template,
                                      "/Resources/AEventSourceMappingSQSJobs/Properties/"
                                      "FilterCriteria/Filters/0/Pattern")),
        "{\"body\":{\"type\":[\"x\"]}}");
}

Test(events_sqs, an_arn_that_does_not_tell_the_queue_is_refused)
{
    const char *const arns[] = {"!Ref Jobs", "{}", "[]", "1", "{'Fn::Join': [':', []]}"};

    for (size_t i = 0; i < G_N_ELEMENTS(arns); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{sqs: {arn: %s}}]}}", arns[i]);
        g_auto(Outcome) outcome = compile_events_of(sqs_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR,
                       "sqs event of function \"a\": its ARN does not tell the queue's name");
        expect_at(&outcome, STATEMENTS, "[]");
    }
}
