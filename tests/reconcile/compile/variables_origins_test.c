#include <criterion/criterion.h>
#include <string.h>

#include "reconcile/compile/variables/origins.h"

static Document *parse(const char *file, const char *text)
{
    g_autoptr(Problems) problems = problems_new();
    Document *document = document_parse(file, text, strlen(text), DOCUMENT_YAML, problems);

    cr_assert_not_null(document);
    return document;
}

static void expect_place(const Origins *origins, const char *pointer, bool key,
                         const char *expected)
{
    Position at = origins_locate(origins, pointer, key);
    g_autofree char *got = g_strdup_printf("%s:%u:%u", at.file, at.line, at.column);

    cr_expect_str_eq(got, expected, "%s: %s, expected %s", pointer, got, expected);
}

Test(origins, lead_through_files_and_copies_to_the_line_that_was_written)
{
    g_autoptr(Origins) origins =
        origins_new(parse("serverless.yml", "custom: ${file(c.yml):prod}\n"
                                            "functions: ${self:custom.functions}\n"
                                            "list:\n  - a: 1\n"));
    const Document *included = origins_adopt(
        origins, parse("c.yml", "dev: {}\nprod:\n  functions:\n    f: {handler: h}\n"));

    origins_mount(origins, "/custom", included, "/prod");
    origins_alias(origins, "/functions", "/custom/functions");
    origins_move(origins, "/map/a", "/list/0/a");

    expect_place(origins, "/custom", false, "serverless.yml:1:9");
    expect_place(origins, "/custom/functions/f/handler", false, "c.yml:4:18");
    expect_place(origins, "/functions", true, "serverless.yml:2:1");
    expect_place(origins, "/functions/f", true, "c.yml:4:5");
    expect_place(origins, "/functions/f/handler", true, "c.yml:4:9");
    expect_place(origins, "/functions/f/nowhere/at/all", false, "c.yml:4:8");
    expect_place(origins, "/map/a", true, "serverless.yml:4:5");
}

Test(origins, survive_copies_that_lead_in_a_circle)
{
    g_autoptr(Origins) origins = origins_new(parse("serverless.yml", "a: {}\nb: {}\n"));

    origins_alias(origins, "/a", "/b");
    origins_alias(origins, "/b", "/a");
    cr_expect_str_eq(origins_locate(origins, "/a/x", false).file, "serverless.yml");
}

Test(origins, point_at_a_text_inside_of_a_scalar_and_at_the_scalar_where_it_is_spelt_otherwise)
{
    g_autoptr(Origins) origins =
        origins_new(parse("serverless.yml", "a: é ${x:1} ${x:1}\nb: \"\\u0024{x:1}\"\n"));
    g_autoptr(Problems) problems = problems_new();

    origins_problem_in_text(origins, problems, "/a", "${x:1}", 1, NULL, "second");
    origins_problem_in_text(origins, problems, "/b", "${x:1}", 0, NULL, "elsewhere");
    cr_expect_eq(problems_get(problems, 0)->line, 1);
    cr_expect_eq(problems_get(problems, 0)->column, 13);
    cr_expect_str_eq(problems_get(problems, 0)->source, "a: é ${x:1} ${x:1}");
    cr_expect_eq(problems_get(problems, 1)->line, 2);
    cr_expect_eq(problems_get(problems, 1)->column, 4);
}

Test(origins, put_pointers_into_words)
{
    static const char *const cases[][2] = {
        {"", "the configuration"},
        {"/functions/hello/events/0/http", "functions.hello.events[0].http"},
        {"/custom/a~1b~0c", "custom.a/b~c"}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = pointer_to_words(cases[i][0]);

        cr_expect_str_eq(words, cases[i][1]);
    }
}
