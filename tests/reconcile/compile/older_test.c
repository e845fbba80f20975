/* Which rules a service is compiled by, and what is told of older ways; templates are held against
 * osls 3 in tests/peers/older. */
#include "compiling.h"
#include <criterion/criterion.h>

static Compiled compile(const char *root, const char *provider, const char *function)
{
    g_autofree char *text = g_strdup_printf(
        "service: shop\n%s\nprovider: {name: aws, tags: {a: b}%s}\n"
        "functions:\n  f: {handler: handler.main, events: [websocket: $default]%s}\n",
        root, provider, function);

    return compile_text(text, &(CompileOptions){.stage = "dev"});
}

static bool tells(const Compiled *result, ProblemSeverity severity, const char *text)
{
    const Problem *problem;
    unsigned count = 0;

    for (size_t i = 0; (problem = problems_get(result->problems, i)); i++)
        count += problem->severity == severity && strstr(problem->message, text);
    return count == 1;
}

/* Version 4 tags the websocket API, 3 does not. */
static bool is_older(const Compiled *result)
{
    return !pointer_get(result->json, "/Resources/WebsocketsApi/Properties/Tags");
}

Test(older, a_service_chooses_by_its_version_else_by_what_it_says)
{
    static const struct {
        const char *root, *provider, *function;
        bool older;
    } rows[] = {
        {"", "", "", false},
        {"frameworkVersion: '3'", "", "", true},
        {"frameworkVersion: 2", "", "", true},
        {"frameworkVersion: ^4", "", "", false},
        {"frameworkVersion: '>=2'", "", "", false},
        {"frameworkVersion: two", "", "", false},
        {"frameworkVersion: '>=2'\npackage: {exclude: [x]}", "", "", true},
        {"frameworkVersion: two\norg: x", "", "", true},
        {"package: {include: [x]}", "", "", true},
        {"", ", runtime: nodejs12.x", "", true},
        {"", "", ", runtime: python3.6", true},
        {"", ", lambdaHashingVersion: 20201221", "", true},
        {"", "", ", iamRoleStatements: []", true},
        {"plugins: [serverless-iam-roles-per-function]", "", ", iamRoleStatements: []", false},
        {"", ", iamRoleStatements: []", "", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Compiled result = compile(rows[i].root, rows[i].provider, rows[i].function);
        g_autofree char *problems = problems_to_text(result.problems, false);

        cr_assert_not_null(result.json, "row %zu: %s", i, problems);
        cr_expect_eq(is_older(&result), rows[i].older, "row %zu: %s", i, problems);
        compiled_clear(&result);
    }
}

Test(older, a_misspelt_property_stays_an_error_where_nothing_says_that_the_service_is_older)
{
    Compiled result = compile("", "", ", timeotu: 3");

    cr_expect_null(result.json);
    cr_expect(tells(&result, PROBLEM_ERROR, "did you mean \"timeout\""));
    compiled_clear(&result);
    result = compile("frameworkVersion: '3'", "", ", timeotu: 3");
    cr_expect_not_null(result.json);
    cr_expect(tells(&result, PROBLEM_WARNING, "did you mean \"timeout\""));
    compiled_clear(&result);
}

Test(older, version_4_asked_for_by_name_takes_no_older_ways)
{
    Compiled result = compile("frameworkVersion: ^4\npackage: {exclude: [x]}", "", "");

    cr_expect_null(result.json);
    cr_expect(tells(&result, PROBLEM_ERROR, "package has no property \"exclude\""));
    compiled_clear(&result);
}

/* The id that osls 3.77.1 gives the same service. */
Test(older, ids_of_versions_are_made_in_the_first_way_where_it_is_asked_for)
{
    static const char text[] =
        "service: shop\npackage: {artifact: code.zip}\nprovider: {name: aws, "
        "runtime: nodejs12.x, lambdaHashingVersion: %s, environment: {B: 1, A: "
        "2}}\nfunctions:\n  f: {handler: handler.main}\n";
    static const char id[] = "/Resources/FLambdaVersionjOa8pKv5MPY484QeGTs9zqKT136JOoON3KcRR0310Y";
    g_autofree char *first = g_strdup_printf(text, "20200924"),
                    *second = g_strdup_printf(text, "20201221");
    Compiled result = compile_text(first, &(CompileOptions){.stage = "dev"});

    cr_expect(pointer_get(result.json, id));
    cr_expect(tells(&result, PROBLEM_NOTICE, "lambdaHashingVersion 20200924 is an older way"));
    compiled_clear(&result);
    result = compile_text(second, &(CompileOptions){.stage = "dev"});
    cr_expect_not(pointer_get(result.json, id));
    cr_expect(tells(&result, PROBLEM_WARNING, "lambdaHashingVersion has no effect"));
    compiled_clear(&result);
}

static void expect_texts(const GPtrArray *found, const char *const *wanted)
{
    for (guint i = 0; i < found->len; i++)
        cr_expect_str_eq(found->pdata[i], wanted[i] ? wanted[i] : "");
    cr_expect_eq(found->len, g_strv_length((char **)wanted));
}

Test(older, excluded_and_included_files_are_chosen_in_the_order_of_osls_3)
{
    static const char *const excluded[] = {"serverless.yml", "a/**", "!a/keep", "own/**", NULL};
    static const char *const included[] = {"b", "c", "own/b", "own/c", NULL};
    Compiled result =
        compile("package: {patterns: [c], include: [b], exclude: [a/**, '!a/keep'], individually: "
                "true}",
                "", ", package: {patterns: [own/c], include: [own/b], exclude: [own/**]}");
    const ArtifactSpec *spec = service_artifacts(result.service)->pdata[0];

    expect_texts(spec->exclusions, excluded);
    expect_texts(spec->patterns, included);
    cr_expect_eq(problems_count(result.problems, PROBLEM_WARNING), 0);
    compiled_clear(&result);
}

Test(older, every_kind_is_told_once_with_its_line)
{
    Compiled result =
        compile_text("service: shop\nprovider:\n  name: aws\n  runtime: nodejs10.x\nfunctions:\n"
                     "  f: {handler: handler.main, nonsense: 1}\n"
                     "  g: {handler: handler.main, nonsense: 1, runtime: nodejs10.x}\n",
                     &(CompileOptions){.stage = "dev"});
    const Problem *problem;
    bool found = false;

    cr_expect(tells(&result, PROBLEM_NOTICE, "compiled by the rules of osls 3.77.1"));
    cr_expect(tells(&result, PROBLEM_WARNING, "AWS has retired the runtime nodejs10.x"));
    cr_expect(tells(&result, PROBLEM_WARNING, "has no property \"nonsense\""));
    for (size_t i = 0; (problem = problems_get(result.problems, i)); i++)
        found = found || (problem->line == 4 && problem->column == 12 &&
                          strstr(problem->message, "creates no function with it from 2021-07-30"));
    cr_expect(found);
    compiled_clear(&result);
}

Test(older, configuration_of_any_shape_chooses_without_harm)
{
    static const char *const texts[] = {
        "service: a\nframeworkVersion: [3]\nprovider: {name: aws}\nfunctions: {f: {handler: h}}\n",
        "service: a\nframeworkVersion: '3'\nprovider: {name: aws, eventBridge: 1, runtime: [x]}\n"
        "functions: {f: {handler: h, package: [x], events: [x, {eventBridge: 5}]}}\n",
        "service: a\nframeworkVersion: '3'\nprovider: {name: aws}\npackage: {exclude: [1, {a: "
        "b}]}\n"
        "functions: {f: {handler: h, package: {include: {a: b}}}}\n",
        "service: a\nframeworkVersion: '3'\nprovider: {name: aws}\npackage: x\nlayers: {l: x}\n"
        "functions: {f: {handler: h}}\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Compiled result = compile_text(texts[i], &(CompileOptions){.stage = "dev"});

        compiled_clear(&result);
    }
}
