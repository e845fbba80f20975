#include <criterion/criterion.h>
#include <string.h>

#include "config/json_text.h"
#include "config/problem.h"

Test(problem, is_shown_with_its_place_its_line_a_caret_and_what_to_do)
{
    g_autoptr(Problems) problems = problems_new();
    Position at = {"services/orders/serverless.yml", 12, 5};
    g_autofree char *text = NULL;

    problems_add(problems, PROBLEM_ERROR, &at, "did you mean \"functions\"?", "unknown key \"%s\"",
                 "functons");
    problems_quote(problems, "    functons: {}garbage", 16);
    problems_add(problems, PROBLEM_WARNING, NULL, NULL, "no place");
    at.line = 0;
    problems_add(problems, PROBLEM_NOTICE, &at, "one\ntwo", "no line");
    text = problems_to_text(problems, false);
    cr_expect_str_eq(text, "services/orders/serverless.yml:12:5: error: unknown key \"functons\"\n"
                           "        functons: {}\n"
                           "        ^\n"
                           "  did you mean \"functions\"?\n"
                           "warning: no place\n"
                           "services/orders/serverless.yml: notice: no line\n"
                           "  one\n"
                           "  two\n");
}

Test(problem, the_caret_stands_under_its_character_behind_tabs_and_wide_bytes)
{
    g_autoptr(Problems) problems = problems_new();
    Position at = {"a", 1, 4};
    g_autofree char *text = NULL;

    problems_add(problems, PROBLEM_ERROR, &at, NULL, "m");
    problems_quote(problems, "\té\tx", 5);
    text = problems_to_text(problems, false);
    cr_expect_str_eq(text, "a:1:4: error: m\n    \té\tx\n    \t \t^\n");
}

Test(problem, a_long_line_is_cut_to_what_surrounds_the_caret)
{
    g_autoptr(Problems) problems = problems_new();
    Position at = {"a", 1, 501};
    g_autofree char *line = g_strnfill(1000, 'x');
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    line[500] = 'Y';
    problems_add(problems, PROBLEM_ERROR, &at, NULL, "m");
    problems_quote(problems, line, 1000);
    text = problems_to_text(problems, false);
    lines = g_strsplit(text, "\n", -1);
    cr_expect_eq(g_utf8_strlen(lines[1], -1), 4 + 1 + 120 + 1);
    cr_expect_eq(strchr(lines[2], '^') - lines[2],
                 g_utf8_pointer_to_offset(lines[1], strchr(lines[1], 'Y')));
}

Test(problem, no_control_character_of_a_stranger_reaches_the_terminal)
{
    g_autoptr(Problems) problems = problems_new();
    Position at = {"a\033[2J", 1, 1};
    g_autofree char *text = NULL;

    problems_add(problems, PROBLEM_ERROR, &at, "h\007", "m\033]0;x\n\xff");
    problems_quote(problems, "\033[31m", 5);
    text = problems_to_text(problems, false);
    for (const char *c = text; *c; c++)
        cr_expect(*c == '\n' || !g_ascii_iscntrl(*c));
    cr_expect(g_utf8_validate(text, -1, NULL));
}

Test(problem, colour_surrounds_the_severity_alone)
{
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *text = NULL;

    problems_add(problems, PROBLEM_ERROR, NULL, NULL, "m");
    text = problems_to_text(problems, true);
    cr_expect_str_eq(text, "\033[1;31merror\033[0m: m\n");
}

Test(problem, the_same_problem_is_told_once)
{
    g_autoptr(Problems) problems = problems_new(), more = problems_new();
    Position at = {"a", 1, 1}, other = {"a", 1, 2};

    problems_add(problems, PROBLEM_ERROR, &at, NULL, "m");
    problems_add(problems, PROBLEM_ERROR, &at, NULL, "m");
    problems_add(more, PROBLEM_ERROR, &at, NULL, "m");
    problems_add(more, PROBLEM_WARNING, &other, NULL, "m");
    problems_append(problems, more);
    cr_expect_eq(problems_count(problems, PROBLEM_ERROR), 1);
    cr_expect_eq(problems_count(problems, PROBLEM_WARNING), 1);
    cr_expect_eq(problems_get(problems, 1)->column, 2);
    cr_expect_null(problems_get(problems, 2));
    cr_expect_null(problems_get(more, 0));
    cr_expect_not(problems_have_errors(more));
}

Test(problem, a_quote_never_lands_on_a_problem_that_was_told_before)
{
    g_autoptr(Problems) problems = problems_new();
    Position at = {"a", 1, 1};

    problems_add(problems, PROBLEM_ERROR, &at, NULL, "m");
    problems_add(problems, PROBLEM_ERROR, &at, NULL, "m");
    problems_quote(problems, "wrong", 5);
    cr_expect_null(problems_get(problems, 0)->source);
}

Test(problem, an_error_is_kept_even_behind_a_thousand_warnings)
{
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *text = NULL;

    for (int i = 0; i < 1200; i++)
        problems_add(problems, PROBLEM_WARNING, NULL, NULL, "w%d", i);
    cr_expect_not(problems_have_errors(problems));
    problems_add(problems, PROBLEM_ERROR, NULL, NULL, "e");
    cr_expect_eq(problems_count(problems, PROBLEM_WARNING), 999);
    cr_expect_eq(problems_count(problems, PROBLEM_ERROR), 1);
    text = problems_to_text(problems, false);
    cr_expect(g_str_has_suffix(text, "warning: w998\nerror: e\nand 201 more that are not shown\n"));
}

Test(problem, is_json_with_null_for_what_is_not_known)
{
    g_autoptr(Problems) problems = problems_new();
    Position at = {"a", 3, 4};
    json_auto_t *json = NULL;
    g_autofree char *text = NULL;

    problems_add(problems, PROBLEM_NOTICE, &at, "h", "m");
    problems_add(problems, PROBLEM_ERROR, NULL, NULL, "n");
    json = problems_to_json(problems);
    text = json_text(json, JSON_TEXT_COMPACT);
    cr_expect_str_eq(text, "[{\"severity\":\"notice\",\"file\":\"a\",\"line\":3,\"column\":4,"
                           "\"message\":\"m\",\"hint\":\"h\"},"
                           "{\"severity\":\"error\",\"file\":null,\"line\":null,\"column\":null,"
                           "\"message\":\"n\",\"hint\":null}]");
}

Test(nearest_word, finds_what_was_meant_and_nothing_else)
{
    static const char *const words[] = {"functions", "provider", "env", "s3", "url", NULL};
    static const struct {
        const char *word, *nearest;
    } rows[] = {
        {"functons", "functions"},
        {"fucntions", "functions"},
        {"Functions", "functions"},
        {"funtcion", "functions"},
        {"providr", "provider"},
        {"evn", "env"},
        {"S3", "s3"},
        {"s4", NULL},
        {"ulr", "url"},
        {"resources", NULL},
        {"", NULL},
        {"foo", NULL},
    };
    g_autofree char *endless = g_strnfill(100000, 'f');

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *found = nearest_word(rows[i].word, words);

        cr_expect_eq(g_strcmp0(found, rows[i].nearest), 0, "%s: %s", rows[i].word, found);
    }
    cr_expect_null(nearest_word(endless, words));
}

Test(problem, paths_are_told_from_where_a_person_stands)
{
    static const struct {
        const char *path, *from, *to, *expected;
    } rows[] = {
        {"services/orders/serverless.yml", "services/orders", ".", "serverless.yml"},
        {"services/orders/serverless.yml", "services/orders", "../orders",
         "../orders/serverless.yml"},
        {"services/orders", "services/orders", "../orders", "../orders"},
        {"services/orders-old/serverless.yml", "services/orders", ".",
         "../orders-old/serverless.yml"},
        {"shared.yml", "services/orders", ".", "../../shared.yml"},
        {"shared.yml", "services/orders", "shop/services/orders", "shop/shared.yml"},
        {"services/shared.yml", "services/orders", "orders", "shared.yml"},
        {"services/shared.yml", "services/orders", "../orders", "../shared.yml"},
        {"/etc/shared.yml", "services/orders", ".", "/etc/shared.yml"},
        {"serverless.yml", "", ".", "serverless.yml"},
        {"serverless.yml", "", "shop", "shop/serverless.yml"},
    };
    g_autoptr(Problems) problems = problems_new();
    const Position at = {.file = "services/orders/serverless.yml", .line = 3, .column = 1};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = problem_path(rows[i].path, rows[i].from, rows[i].to);

        cr_expect_str_eq(path, rows[i].expected, "%s", path);
    }
    problems_add(problems, PROBLEM_ERROR, &at, NULL, "wrong");
    problems_relocate(problems, "services/orders", "orders");
    cr_expect_str_eq(problems_get(problems, 0)->file, "orders/serverless.yml");
    cr_expect_str_eq(problems_get(problems, 0)->message, "wrong");
}

Test(problem, a_folder_below_another_is_no_word_like_any_other)
{
    g_autoptr(Problems) problems = problems_new();

    problems_add(problems, PROBLEM_ERROR, NULL, NULL, "no file of my/orders matches");
    problems_relocate(problems, "my/orders", ".");
    cr_expect_str_eq(problems_get(problems, 0)->message, "no file of . matches");
}

Test(problem, a_path_within_a_message_is_moved_and_a_word_that_is_none_stays)
{
    static const struct {
        const char *said, *told;
    } cases[] = {
        {"there is no file orders/a.yml", "there is no file ./shop/a.yml"},
        {"\"orders/a.yml\" and (orders/b.yml)", "\"./shop/a.yml\" and (./shop/b.yml)"},
        {"orders: neither is there", "./shop: neither is there"},
        {"the function orders has  no code", "the function orders has  no code"},
        {"preorders/a.yml", "preorders/a.yml"},
        {"orders-old/a.yml: no", "orders-old/a.yml: no"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Problems) problems = problems_new();

        problems_add(problems, PROBLEM_ERROR, NULL, NULL, "%s", cases[i].said);
        problems_relocate(problems, "orders", "./shop");
        cr_expect_str_eq(problems_get(problems, 0)->message, cases[i].told);
    }
}
