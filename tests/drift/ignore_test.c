#include "drift/ignore.h"
#include <criterion/criterion.h>
#include <string.h>

static GPtrArray *sample(void)
{
    GPtrArray *findings = findings_new();
    Finding *worker = finding_new(FINDING_MODIFIED, "Worker", "AWS::Lambda::Function", "w");
    Finding *code = finding_new(FINDING_CODE, "Api", "AWS::Lambda::Function", "a");
    Finding *unknown = finding_new(FINDING_UNKNOWN, "Role", "AWS::IAM::Role", "r");

    finding_add(worker, DIFFERENCE_NOT_EQUAL, "/Timeout", "6", "30");
    finding_add(worker, DIFFERENCE_ADD, "/Environment/Variables/DEBUG", NULL, "hunter22");
    finding_add(code, DIFFERENCE_NOT_EQUAL, "/Code", "good=", "bad=");
    unknown->reason = g_strdup("Rate exceeded");
    g_ptr_array_add(findings, worker);
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Queue", "AWS::SQS::Queue", "q"));
    g_ptr_array_add(findings, code);
    g_ptr_array_add(findings, unknown);
    return findings;
}

static DriftIgnore rule(const char *resource, const char *path)
{
    return (DriftIgnore){(char *)resource, (char *)path};
}

static void ignore(GPtrArray *findings, const char *resource, const char *path)
{
    DriftIgnore one = rule(resource, path);
    g_autoptr(GPtrArray) rules = g_ptr_array_new();

    g_ptr_array_add(rules, &one);
    findings_ignore(findings, rules);
}

Test(ignore, a_rule_without_a_path_covers_all_of_a_resource)
{
    g_autoptr(GPtrArray) findings = sample();

    ignore(findings, "Queue", NULL);
    cr_expect_eq(findings_count(findings, true), 3);
    ignore(findings, "AWS::Lambda::*", NULL);
    cr_expect_eq(findings_count(findings, true), 1);
    ignore(findings, "*", NULL);
    cr_expect_eq(findings_count(findings, true), 0);
}

Test(ignore, a_path_covers_what_is_at_it_and_below_and_no_more)
{
    g_autoptr(GPtrArray) findings = sample();

    ignore(findings, "Worker", "/Properties/Time");
    ignore(findings, "Worker", "/Properties/Environment/");
    cr_expect_eq(findings_count(findings, true), 4, "one of its differences is left");
    g_autofree char *text = findings_to_text(findings, NULL);
    cr_expect(strstr(text, "DEBUG: hunter22, expected (none) (ignored)"));
    cr_expect(strstr(text, "Timeout: 30, expected 6\n"));
    ignore(findings, "Wor*", "/Properties/Timeout");
    cr_expect_eq(findings_count(findings, true), 3);
}

Test(ignore, a_path_covers_neither_deletion_nor_code)
{
    g_autoptr(GPtrArray) findings = sample();

    ignore(findings, "*", "/Properties/Tags");
    ignore(findings, "Queue", "/Properties");
    ignore(findings, "Api", "/Properties");
    cr_expect_eq(findings_count(findings, true), 4);
}
