/* What AWS would refuse of a template is told at the line of what the person wrote. */
#include "../compiling.h"
#include "reconcile/source/directory_tree.h"
#include <criterion/criterion.h>

#define GOLDEN SOURCE_DIR "/tests/reconcile/compile/check/golden"

static char *problems_of(SourceTree *tree, const char *name, bool draft, bool *ret_compiled)
{
    const CompileOptions options = {.stage = "dev", .artifact_bucket = "bucket", .draft = draft};
    Compiled result = compile_tree(tree, name, &options);
    char *text = problems_to_text(result.problems, false);

    *ret_compiled = result.compiled != NULL;
    compiled_clear(&result);
    return text;
}

static void expect_golden(SourceTree *tree, const char *name)
{
    g_autofree char *path = g_strdup_printf(GOLDEN "/%s/problems.txt", name);
    g_autofree char *wanted = NULL, *found = NULL;
    bool compiled;

    found = problems_of(tree, name, false, &compiled);
    cr_expect_eq(compiled, strstr(found, ": error: ") == NULL, "%s", name);
    if (g_getenv("DRIFTLESS_UPDATE_GOLDEN")) {
        cr_assert(g_file_set_contents(path, found, -1, NULL));
        return;
    }
    cr_assert(g_file_get_contents(path, &wanted, NULL, NULL), "problems.txt of %s is missing",
              name);
    cr_expect_str_eq(wanted, found, "problems.txt of %s is now\n%s", name, found);
}

Test(check, mistakes_are_told_all_at_once_where_they_were_written)
{
    g_autoptr(SourceTree) tree = directory_tree_new(GOLDEN, NULL);
    g_autoptr(GDir) folder = g_dir_open(GOLDEN, 0, NULL);
    size_t count = 0;

    cr_assert_not_null(tree);
    for (const char *name; (name = g_dir_read_name(folder)); count++)
        expect_golden(tree, name);
    cr_assert_geq(count, 11);
}

Test(check, a_draft_is_made_in_spite_of_them)
{
    g_autoptr(SourceTree) tree = directory_tree_new(GOLDEN, NULL);
    g_autofree char *found = NULL;
    bool compiled;

    found = problems_of(tree, "generated", true, &compiled);
    cr_expect(compiled, "%s", found);
    cr_expect_null(strstr(found, ": error: "), "%s", found);
    cr_expect_not_null(strstr(found, "serverless.yml:25:9: warning: Queue: Properties.QueueNam"),
                       "%s", found);
}

static Compiled compile_resources(const char *resources)
{
    g_autofree char *text = g_strdup_printf("Resources:\n%s", resources);
    const CompiledFile files[] = {{"app/template.yaml", text}, {NULL, NULL}};

    return compile_files(files, "app", &(CompileOptions){.artifact_bucket = "b"});
}

/* A chain is as long as a template may be, and no stack frame a resource is spent on it. */
Test(check, a_circle_of_five_hundred_is_found_and_told_in_short)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Compiled result;

    for (int i = 0; i < 500; i++)
        g_string_append_printf(text, "  T%d: {Type: AWS::SNS::Topic, DependsOn: T%d}\n", i,
                               (i + 1) % 500);
    result = compile_resources(text->str);
    cr_assert_eq(problems_count(result.problems, PROBLEM_ERROR), 1);
    cr_expect_str_eq(problems_get(result.problems, 0)->message,
                     "resources need each other in a circle: T0 (DependsOn) → T1 (DependsOn) → T2 "
                     "(DependsOn) → T3 (DependsOn) → T4 (DependsOn) → T5 (DependsOn) → T6 "
                     "(DependsOn) → T7 (DependsOn) → T8 (DependsOn) → T9 (DependsOn) → T10 "
                     "(DependsOn) → T11 (DependsOn) → … → T0");
    cr_expect_eq(problems_get(result.problems, 0)->line, 2);
    compiled_clear(&result);
}

Test(check, policies_beyond_what_IAM_takes_are_told)
{
    g_autoptr(GString) text =
        g_string_new("  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
                     "      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}\n"
                     "      Policies:\n        - PolicyName: p\n          PolicyDocument:\n"
                     "            Version: '2012-10-17'\n            Statement:\n");
    Compiled result;

    for (int i = 0; i < 120; i++)
        g_string_append_printf(text,
                               "              - {Effect: Allow, Action: 'dynamodb:GetItem', "
                               "Resource: 'arn:aws:dynamodb:us-east-1:111122223333:table/t%d'}\n",
                               i);
    result = compile_resources(text->str);
    cr_assert_eq(problems_count(result.problems, PROBLEM_ERROR), 1);
    cr_expect_not_null(strstr(problems_get(result.problems, 0)->message, "IAM takes 10240"));
    cr_expect_eq(problems_get(result.problems, 0)->line, 6);
    compiled_clear(&result);
}

Test(check, a_template_beyond_a_megabyte_is_told)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *long_text = g_strnfill(3000, 'x');
    Compiled result;

    for (int i = 0; i < 350; i++)
        g_string_append_printf(
            text, "  T%d: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: %s}}\n", i,
            long_text);
    result = compile_resources(text->str);
    cr_assert_eq(problems_count(result.problems, PROBLEM_ERROR), 1);
    cr_expect(g_str_has_suffix(problems_get(result.problems, 0)->message,
                               "bytes; CloudFormation takes 1000000"));
    compiled_clear(&result);
}
