/* kafka, msk, activemq, rabbitmq: what Lambda polls inside a VPC. */
#include "tests/reconcile/compile/events_fixture.h"

Test(events_broker, a_message_broker_is_read_with_a_secret)
{
    g_auto(Outcome) outcome =
        compile_events_of(rabbitmq_compile, "functions: {a: {events: [{rabbitmq: {arn: b, "
                                            "basicAuthArn: s, queue: q-1, virtualHost: /}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/AEventSourceMappingRabbitMQQ1/Properties",
        "{'EventSourceArn':'b','Queues':['q-1'],'SourceAccessConfigurations':[{'Type':"
        "'BASIC_AUTH','URI':'s'},{'Type':'VIRTUAL_HOST','URI':'/'}],'FunctionName':{'Fn::GetAtt':"
        "['ALambdaFunction','Arn']}}");
    expect_at(&outcome, STATEMENTS "/0",
              "{'Effect':'Allow','Action':['secretsmanager:GetSecretValue'],'Resource':['s']}");
    expect_at(&outcome, STATEMENTS "/1",
              "{'Effect':'Allow','Action':['mq:DescribeBroker'],'Resource':['b']}");
    expect_at(&outcome, STATEMENTS "/2/Resource", "'*'");
}

Test(events_broker, activemq_has_ids_of_its_own)
{
    g_auto(Outcome) outcome =
        compile_events_of(activemq_compile, "functions: {a: {events: [{activemq: {arn: b, "
                                            "basicAuthArn: s, queue: q, enabled: false}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AEventSourceMappingActiveMQQ/Properties/Enabled", "false");
}

Test(events_broker, a_kafka_cluster_is_reached_by_addresses_or_secrets)
{
    g_auto(Outcome) outcome =
        compile_events_of(kafka_compile, "functions:\n"
                                         "  a: {events: [{kafka: {topic: to-p, bootstrapServers: "
                                         "[h], accessConfigurations: {vpcSubnet: [n], "
                                         "vpcSecurityGroup: [g]}}}]}\n"
                                         "  b: {events: [{kafka: {topic: t, bootstrapServers: [h], "
                                         "accessConfigurations: {saslScram512Auth: "
                                         "[s]}}}]}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome,
              "/Resources/AEventSourceMappingKafkaTop/Properties/SourceAccessConfigurations",
              "[{'Type':'VPC_SUBNET','URI':'subnet:n'},{'Type':'VPC_SECURITY_GROUP','URI':"
              "'security_group:g'}]");
    cr_expect_eq(json_array_size(pointer_get(outcome.compilation.template, STATEMENTS)), 2);
    expect_at(&outcome, STATEMENTS "/0/Resource", "'*'");
    expect_at(&outcome, STATEMENTS "/1/Resource", "['s']");
}

Test(events_broker, a_managed_cluster_is_named_in_the_id)
{
    g_auto(Outcome) outcome = compile_events_of(
        msk_compile,
        "functions: {a: {events: [{msk: {arn: 'arn:aws:kafka:r:1:cluster/my-c/u', topic: t}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/AEventSourceMappingMSKMycT/Properties/StartingPosition",
              "'TRIM_HORIZON'");
    expect_at(&outcome, STATEMENTS "/0/Action",
              "['kafka:DescribeCluster','kafka:GetBootstrapBrokers']");
}

Test(events_broker, mistakes_are_refused_by_name)
{
    static const struct {
        const char *type, *event, *message;
        void (*compile)(Compilation *compilation);
    } rows[] = {
        {"kafka", "{topic: t}", "lacks topic, bootstrapServers or accessConfigurations",
         kafka_compile},
        {"kafka", "{topic: t, bootstrapServers: [b], accessConfigurations: {vpcSubnet: [s]}}",
         "has vpcSubnet but no vpcSecurityGroup", kafka_compile},
        {"kafka",
         "{topic: t, bootstrapServers: [b], accessConfigurations: {}, startingPosition: "
         "AT_TIMESTAMP}",
         "startingPosition AT_TIMESTAMP of function \"a\" has no startingPositionTimestamp",
         kafka_compile},
        {"msk", "{arn: x, topic: t}", "does not tell its cluster", msk_compile},
        {"msk", "{arn: !Ref C}", "does not tell its topic", msk_compile},
        {"rabbitmq", "{arn: x, queue: q}", "lacks arn, basicAuthArn or queue", rabbitmq_compile},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{%s: %s}]}}", rows[i].type, rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(rows[i].compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
        expect_at(&outcome, STATEMENTS, "[]");
    }
}
