#include "drift/correct.h"
#include "drift/last_known.h"
#include <criterion/criterion.h>
#include <string.h>

#define STACK_ID "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders-dev/1"

static json_t *json(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), "'", '"');
    json_error_t failure;
    json_t *value = json_loads(copy, 0, &failure);

    cr_assert(value, "%s: %s", failure.text, text);
    return value;
}

#define TEMPLATE                                                                                   \
    "{'Parameters':{'Secret':{'Type':'String','NoEcho':true}},'Resources':{"                       \
    "'Queue':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'orders'}},"                      \
    "'Table':{'Type':'AWS::DynamoDB::Table','DependsOn':'Queue','Properties':{'TableName':'t'}},"  \
    "'Role':{'Type':'AWS::IAM::Role','DependsOn':['Queue','Table'],'Properties':{'RoleName':'r','" \
    "Resource':"                                                                                   \
    "{'Fn::Sub':'${Queue.Arn}/x'}}},"                                                              \
    "'Worker':{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'w','Timeout':6,'"      \
    "Environment':{'Variables':{"                                                                  \
    "'QUEUE':{'Ref':'Queue'},'KEY':{'Ref':'Secret'},'LOG':'info'}}}},"                             \
    "'Mapping':{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':{'Fn::"    \
    "GetAtt':['Queue','Arn']}}}},"                                                                 \
    "'Outputs':{'Arn':{'Value':{'Fn::GetAtt':['Queue','Arn']}},'Stream':{'Value':{'Fn::GetAtt':['" \
    "Table',"                                                                                      \
    "'StreamArn']}}}}"

static void correct(const GPtrArray *findings, Correction *ret)
{
    json_t *template = json(TEMPLATE), *outputs = json("{'Stream':'arn:stream'}");
    json_t *known = last_known_values(template, findings, outputs, STACK_ID);

    correction_make(template, findings, known, ret);
    json_decref(known);
    json_decref(outputs);
    json_decref(template);
}

static void expect_adjusted(const Correction *correction, const char *resource, const char *wanted)
{
    json_t *found = json_object_get(json_object_get(correction->adjusted, "Resources"), resource);
    json_t *expected = json(wanted);
    g_autofree char *dump = found ? json_dumps(found, 0) : g_strdup("nothing");

    cr_expect(json_equal(found, expected), "%s is %s", resource, dump);
    json_decref(expected);
}

static Finding *modified(const char *id, const char *type, const char *actual, const char *path)
{
    Finding *finding = finding_new(FINDING_MODIFIED, id, type, "physical");

    finding->actual = json(actual);
    finding_add(finding, DIFFERENCE_NOT_EQUAL, path, "x", "y");
    return finding;
}

Test(correct, a_drifted_property_is_asked_for_as_it_is)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(findings, modified("Worker", "AWS::Lambda::Function",
                                       "{'Timeout':30,'FunctionName':'w'}", "/Timeout"));
    correct(findings, &correction);

    cr_assert(correction.adjusted, "%s", correction.held_reason);
    expect_adjusted(&correction, "Worker",
                    "{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'w','Timeout':30,"
                    "'Environment':{"
                    "'Variables':{'QUEUE':{'Ref':'Queue'},'KEY':{'Ref':'Secret'},'LOG':'info'}}}}");
}

Test(correct, a_property_that_is_gone_leaves_the_template_too)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(
        findings, modified("Worker", "AWS::Lambda::Function", "{'FunctionName':'w'}", "/Timeout"));
    correct(findings, &correction);

    cr_assert(correction.adjusted);
    cr_expect_null(json_object_get(
        json_object_get(
            json_object_get(json_object_get(correction.adjusted, "Resources"), "Worker"),
            "Properties"),
        "Timeout"));
}

Test(correct, beside_a_secret_only_what_differs_is_copied)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(
        findings,
        modified("Worker", "AWS::Lambda::Function",
                 "{'Environment':{'Variables':{'QUEUE':'q','KEY':'in clear','LOG':'debug'}}}",
                 "/Environment/Variables/LOG"));
    correct(findings, &correction);

    cr_assert(correction.adjusted, "%s", correction.held_reason);
    expect_adjusted(
        &correction, "Worker",
        "{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'w','Timeout':6,'Environment'"
        ":{"
        "'Variables':{'QUEUE':{'Ref':'Queue'},'KEY':{'Ref':'Secret'},'LOG':'debug'}}}}");
}

Test(correct, a_secret_itself_is_never_copied)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(
        findings,
        modified("Worker", "AWS::Lambda::Function",
                 "{'Environment':{'Variables':{'QUEUE':'q','KEY':'swapped','LOG':'info'}}}",
                 "/Environment/Variables/KEY"));
    correct(findings, &correction);

    cr_expect_null(correction.adjusted);
    cr_assert(correction.held_reason);
    cr_expect(
        strstr(correction.held_reason, "Worker /Environment/Variables/KEY leads to a secret"));
    cr_expect_not(strstr(correction.held_reason, "swapped"));
}

Test(correct, what_cannot_change_in_place_is_held)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(findings,
                    modified("Table", "AWS::DynamoDB::Table", "{'TableName':'u'}", "/TableName"));
    correct(findings, &correction);

    cr_expect_null(correction.adjusted);
    cr_expect(strstr(correction.held_reason, "Table /TableName cannot change in place"));
}

Test(correct, a_deleted_resource_leaves_with_its_references_as_literals)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(findings,
                    finding_new(FINDING_DELETED, "Queue", "AWS::SQS::Queue",
                                "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"));
    correct(findings, &correction);

    cr_assert(correction.adjusted, "%s", correction.held_reason);
    cr_expect_null(json_object_get(json_object_get(correction.adjusted, "Resources"), "Queue"));
    expect_adjusted(&correction, "Mapping",
                    "{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':"
                    "'arn:aws:sqs:eu-west-1:111122223333:orders'}}");
    expect_adjusted(
        &correction, "Role",
        "{'Type':'AWS::IAM::Role','DependsOn':['Table'],'Properties':{'RoleName':'r','Resource':"
        "'arn:aws:sqs:eu-west-1:111122223333:orders/x'}}");
    expect_adjusted(&correction, "Table",
                    "{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'t'}}");
    expect_adjusted(&correction, "Worker",
                    "{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'w','Timeout':6,'"
                    "Environment':{"
                    "'Variables':{'QUEUE':'https://sqs.eu-west-1.amazonaws.com/111122223333/"
                    "orders','KEY':{'Ref':'Secret'},"
                    "'LOG':'info'}}}}");
    json_t *output = json_object_get(json_object_get(correction.adjusted, "Outputs"), "Arn");
    cr_expect_str_eq(json_string_value(json_object_get(output, "Value")),
                     "arn:aws:sqs:eu-west-1:111122223333:orders");
}

Test(correct, what_an_output_showed_is_known)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Table", "AWS::DynamoDB::Table", "t"));
    correct(findings, &correction);

    cr_assert(correction.adjusted, "%s", correction.held_reason);
    json_t *output = json_object_get(json_object_get(correction.adjusted, "Outputs"), "Stream");
    cr_expect_str_eq(json_string_value(json_object_get(output, "Value")), "arn:stream");
}

Test(correct, an_unknown_literal_holds)
{
    json_t *template =
        json("{'Resources':{'Db':{'Type':'AWS::RDS::DBInstance'},'P':{'Type':'AWS::SSM::Parameter',"
             "'Properties':{'Value':{'Fn::GetAtt':['Db','Endpoint.Address']}}}}}");
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Db", "AWS::RDS::DBInstance", "db"));
    json_t *known = last_known_values(template, findings, NULL, STACK_ID);
    correction_make(template, findings, known, &correction);

    cr_expect_null(correction.adjusted);
    cr_expect(strstr(correction.held_reason,
                     "Db was deleted, and what its Endpoint.Address was is not known"));
    json_decref(known);
    json_decref(template);
}

Test(correct, ignored_and_unknown_findings_change_nothing)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    Finding *ignored = finding_new(FINDING_DELETED, "Queue", "AWS::SQS::Queue", "q");
    ignored->ignored_by = g_strdup("Queue");
    g_ptr_array_add(findings, ignored);
    g_ptr_array_add(findings, finding_new(FINDING_UNKNOWN, "Role", "AWS::IAM::Role", "r"));
    correct(findings, &correction);
    json_t *template = json(TEMPLATE);

    cr_expect(json_equal(correction.adjusted, template));
    json_decref(template);
}

Test(correct, the_last_resource_of_a_stack_leaves_a_placeholder)
{
    json_t *template = json("{'Resources':{'Queue':{'Type':'AWS::SQS::Queue'}}}");
    g_autoptr(GPtrArray) findings = findings_new();
    g_auto(Correction) correction = {0};
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Queue", "AWS::SQS::Queue", "q"));
    json_t *known = last_known_values(template, findings, NULL, STACK_ID);
    correction_make(template, findings, known, &correction);

    cr_expect_eq(json_object_size(json_object_get(correction.adjusted, "Resources")), 1);
    json_decref(known);
    json_decref(template);
}

Test(correct, a_rest_method_that_was_changed_needs_a_deployment)
{
    g_autoptr(GPtrArray) findings = findings_new();
    Finding *method = finding_new(FINDING_MODIFIED, "Get", "AWS::ApiGateway::Method", "m");

    cr_expect_not(correction_redeploys_rest_api(findings));
    g_ptr_array_add(findings, method);
    cr_expect(correction_redeploys_rest_api(findings));
    method->ignored_by = g_strdup("Get");
    cr_expect_not(correction_redeploys_rest_api(findings));
}
