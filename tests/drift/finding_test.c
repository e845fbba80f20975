#include "drift/finding.h"
#include <criterion/criterion.h>

static GPtrArray *sample(void)
{
    GPtrArray *findings = findings_new();
    Finding *worker = finding_new(FINDING_MODIFIED, "Worker", "AWS::Lambda::Function", "w");
    Finding *code = finding_new(FINDING_CODE, "Api", "AWS::Lambda::Function", "a");
    Finding *stage = finding_new(FINDING_STAGE, "Rest", "AWS::ApiGateway::Stage", "dev");
    Finding *unknown = finding_new(FINDING_UNKNOWN, "Role", "AWS::IAM::Role", "r");

    finding_add(worker, DIFFERENCE_NOT_EQUAL, "/Timeout", "6", "30");
    finding_add(worker, DIFFERENCE_ADD, "/Environment/Variables/DEBUG", NULL, "hunter22");
    finding_add(code, DIFFERENCE_NOT_EQUAL, "/Code", "good=", "bad=");
    unknown->reason = g_strdup("Rate exceeded");
    finding_add(stage, DIFFERENCE_NOT_EQUAL, "/~1orders/GET/throttling/rateLimit", "5", "7");
    finding_add(stage, DIFFERENCE_REMOVE, "/tags/team", "shop", NULL);
    g_ptr_array_add(findings, worker);
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Queue", "AWS::SQS::Queue", "q"));
    g_ptr_array_add(findings, code);
    g_ptr_array_add(findings, stage);
    g_ptr_array_add(findings,
                    finding_new(FINDING_NO_STAGE, "Old", "AWS::ApiGateway::Stage", "prod"));
    g_ptr_array_add(findings, unknown);
    return findings;
}

Test(finding, text_tells_one_difference_a_line)
{
    g_autoptr(GPtrArray) findings = sample();
    g_autoptr(GPtrArray) secrets = g_ptr_array_new();
    g_ptr_array_add(secrets, (gpointer) "hunter22");
    g_autofree char *text = findings_to_text(findings, secrets);

    cr_expect_str_eq(
        text,
        "Worker Timeout: 30, expected 6\n"
        "Worker Environment.Variables.DEBUG: ********, expected (none)\n"
        "Queue (AWS::SQS::Queue) deleted\n"
        "Api (AWS::Lambda::Function) runs other code than was deployed: bad=, expected good=\n"
        "Rest stage dev ~1orders/GET/throttling/rateLimit: 7, expected 5\n"
        "Rest stage dev tags/team: (none), expected shop\n"
        "Old (AWS::ApiGateway::Stage) has no stage prod\n"
        "Role (AWS::IAM::Role) could not be looked at: Rate exceeded\n");
}

Test(finding, what_could_not_be_looked_at_is_counted_apart)
{
    g_autoptr(GPtrArray) findings = sample();

    cr_expect_eq(findings_count(findings, false), 5);
    cr_expect_eq(findings_count(findings, true), 6);
}

Test(finding, json_reads_back)
{
    g_autoptr(GPtrArray) findings = sample();
    json_t *json = findings_to_json(findings, NULL);
    g_autoptr(GPtrArray) back = findings_from_json(json);
    g_autofree char *before = findings_to_text(findings, NULL),
                    *after = findings_to_text(back, NULL);

    cr_expect_str_eq(before, after);
    json_decref(json);
}

Test(finding, what_stands_in_a_secrets_place_is_hidden_with_it)
{
    g_autoptr(GPtrArray) findings = findings_new(), secrets = g_ptr_array_new();
    Finding *worker = finding_new(FINDING_MODIFIED, "Worker", "AWS::Lambda::Function", "w");
    g_ptr_array_add(secrets, (char *)"hunter-two");
    finding_add(worker, DIFFERENCE_NOT_EQUAL, "/Environment/Variables/KEY", "hunter-two",
                "hunter-three");
    finding_add(worker, DIFFERENCE_NOT_EQUAL, "/Timeout", "6", "30");
    g_ptr_array_add(findings, worker);
    g_autofree char *text = findings_to_text(findings, secrets);
    json_t *json = findings_to_json(findings, secrets);
    char *dumped = json_dumps(json, JSON_COMPACT);

    cr_expect_not(strstr(text, "hunter"), "%s", text);
    cr_expect_not(strstr(dumped, "hunter"), "%s", dumped);
    cr_expect(strstr(text, "Timeout: 30, expected 6"), "%s", text);
    free(dumped);
    json_decref(json);
}
