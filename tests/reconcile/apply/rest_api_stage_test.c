#include "reconcile/apply/request.h"
#include "reconcile/apply/rest_api_stage.h"
#include <criterion/criterion.h>

#define API "'Api':{'Type':'AWS::ApiGateway::RestApi'}"
#define DEPLOYMENT                                                                        \
    "'D':{'Type':'AWS::ApiGateway::Deployment','Properties':{'RestApiId':{'Ref':'Api'},'" \
    "StageName':"                                                                         \
    "'dev'}}"
#define STACK "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/orders/1"

static json_t *parse(const char *text)
{
    g_autofree char *quoted = g_strdelimit(g_strdup(text), "'", '"');
    json_error_t failure;
    json_t *json = json_loads(quoted, 0, &failure);

    cr_assert(json, "%s: %s", failure.text, text);
    return json;
}

static json_t *wanted_of(const char *resources, const char *settings)
{
    g_autofree char *text = g_strdup_printf("{'Resources':{%s}}", resources);
    json_auto_t *template = parse(text), *json = parse(settings);

    return rest_api_stage_wanted(template, json);
}

Test(rest_api_stage, settings_are_for_the_one_api_whose_deployment_makes_the_stage)
{
    static const struct {
        const char *resources, *stage;
        bool wanted;
    } rows[] = {
        {API "," DEPLOYMENT, "dev", true},
        {API "," DEPLOYMENT, "prod", false},
        {API, "dev", false},
        {API ",'Other':{'Type':'AWS::ApiGateway::RestApi'}," DEPLOYMENT, "dev", false},
        {"'Q':{'Type':'AWS::SQS::Queue'}", "dev", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *settings = g_strdup_printf("{'StageName':'%s'}", rows[i].stage);
        json_auto_t *wanted = wanted_of(rows[i].resources, settings);

        cr_expect_eq(wanted != NULL, rows[i].wanted, "row %zu", i);
        if (wanted)
            cr_expect_str_eq(json_string_value(json_object_get(wanted, "RestApi")), "Api");
    }
}

static void expect_changes(const char *settings, const char *live, const char *stack_id,
                           const char *expected)
{
    json_auto_t *wanted = parse(settings), *stage = live ? parse(live) : NULL,
                *changes = rest_api_stage_changes(wanted, stage, stack_id),
                *right = parse(expected);
    char *text = json_dumps(changes, JSON_COMPACT);

    cr_expect(json_equal(changes, right), "%s and not %s", text, expected);
    free(text);
}

Test(rest_api_stage, only_what_differs_is_changed)
{
    expect_changes("{'Settings':{'/tracingEnabled':'true','/*/*/metrics/enabled':'false'}}",
                   "{'tracingEnabled':true}", STACK, "[]");
    expect_changes("{'Settings':{'/tracingEnabled':'true','/*/*/logging/loglevel':'OFF',"
                   "'/*/*/logging/dataTrace':'true'}}",
                   "{'tracingEnabled':false,'methodSettings':{'*/*':{'dataTraceEnabled':true}}}",
                   STACK, "[{'path':'/tracingEnabled','before':'false','after':'true'}]");
}

Test(rest_api_stage, logs_go_to_the_group_in_the_account_of_the_stack)
{
    expect_changes("{'AccessLogGroup':'/logs','Settings':{'/accessLogSettings/format':'f'}}",
                   "{'accessLogSettings':{'format':'f','destinationArn':'other'}}", STACK,
                   "[{'path':'/accessLogSettings/destinationArn','before':'other','after':"
                   "'arn:aws-cn:logs:cn-north-1:123456789012:log-group:/logs'}]");
    expect_changes("{'AccessLogGroup':false}", "{'accessLogSettings':{'format':'f'}}", STACK,
                   "[{'path':'/accessLogSettings','before':{'format':'f'}}]");
    expect_changes("{'AccessLogGroup':false}", "{}", STACK, "[]");
    expect_changes("{'AccessLogGroup':'/logs'}", NULL, NULL,
                   "[{'path':'/accessLogSettings/destinationArn','after':'/logs'}]");
}

/* API Gateway's names of a method, with and without the slash in front. */
Test(rest_api_stage, limits_are_numbers_and_those_not_said_any_more_become_those_of_all)
{
    static const char settings[] =
        "{'Settings':{'/*/*/throttling/rateLimit':'100','/*/*/throttling/burstLimit':'50',"
        "'/~1a~1{id}/GET/throttling/rateLimit':'5','/~1a~1{id}/GET/throttling/burstLimit':'2.5'}}";
    static const char *const keys[] = {"~1a~1{id}/GET", "/a/{id}/GET", "a/{id}/GET"};

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *live = g_strdup_printf(
            "{'methodSettings':{'*/*':{'throttlingRateLimit':100.0,'throttlingBurstLimit':50},"
            "'%s':{'throttlingRateLimit':5.0,'throttlingBurstLimit':2},"
            "'~1old/PUT':{'throttlingRateLimit':7.0,'throttlingBurstLimit':50},"
            "'~1/GET':{'loggingLevel':'OFF'}}}",
            keys[i]);

        expect_changes(
            settings, live, STACK,
            "[{'path':'/~1a~1{id}/GET/throttling/burstLimit','before':'2','after':'2.5'},"
            "{'path':'/~1old/PUT/throttling/rateLimit','before':'7','after':'100'}]");
    }
    expect_changes("{'Settings':{'/tracingEnabled':'false'}}",
                   "{'methodSettings':{'~1a/GET':{'throttlingRateLimit':7.0}}}", STACK, "[]");
}

Test(rest_api_stage, tags_that_are_not_wanted_go_but_for_those_of_aws)
{
    expect_changes("{'Tags':{'team':'shop','size':'3'}}",
                   "{'tags':{'team':'other','old':'x','aws:y':'z','size':'3'}}", STACK,
                   "[{'path':'/tags/team','before':'other','after':'shop'},"
                   "{'path':'/tags/old','before':'x'}]");
    expect_changes("{'Settings':{}}", "{'tags':{'old':'x'}}", STACK, "[]");
}

Test(rest_api_stage, they_are_a_part_of_the_request_only_where_there_is_such_a_stage)
{
    json_auto_t *with = parse("{'Resources':{" API "," DEPLOYMENT "}}"),
                *without = parse("{'Resources':{" API "}}"), *plain = parse("{'StackName':'s'}"),
                *settings = parse("{'StackName':'s','RestApiStage':{'StageName':'dev','Tags':{}}}");
    g_autoptr(Desired) a = desired_new(with, settings, NULL, NULL, NULL, NULL),
                       b = desired_new(with, plain, NULL, NULL, NULL, NULL),
                       c = desired_new(without, settings, NULL, NULL, NULL, NULL),
                       d = desired_new(without, plain, NULL, NULL, NULL, NULL);
    json_auto_t *kept = desired_to_json(a);
    g_autoptr(Desired) again = desired_from_json(kept, NULL);

    cr_assert(a && b && c && d && again);
    cr_expect_str_neq(a->digest, b->digest);
    cr_expect_str_eq(c->digest, d->digest, "a service without a REST API is not deployed anew");
    cr_expect_str_eq(again->digest, a->digest);
}
