#include <criterion/criterion.h>
#include <string.h>

#include "config/document.h"
#include "config/json_text.h"

static Document *read_text(const char *text, DocumentFormat format, Problems *problems)
{
    return document_parse("a.yml", text, strlen(text), format, problems);
}

/* The compact JSON of a document, or its problems. (transfer full) */
static char *outcome(const char *text, DocumentFormat format)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = read_text(text, format, problems);

    if (document)
        return json_text(document_root(document), JSON_TEXT_COMPACT);
    return problems_to_text(problems, false);
}

typedef struct {
    const char *text, *expected;
} Case;

static void check_cases(const Case *cases, size_t count, DocumentFormat format)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *found = outcome(cases[i].text, format);

        cr_expect_str_eq(found, cases[i].expected, "%s", cases[i].text);
    }
}

Test(document, scalars_mean_what_js_yaml_reads)
{
    static const Case cases[] = {
        {"", "null"},
        {"# only a comment\n", "null"},
        {"---\n", "null"},
        {"~", "null"},
        {"NULL", "null"},
        {"nULL", "\"nULL\""},
        {"True", "true"},
        {"yes", "\"yes\""},
        {"off", "\"off\""},
        {"0755", "755"},
        {"0o17", "15"},
        {"0x1F", "31"},
        {"-0x10", "-16"},
        {"0b101", "5"},
        {"1_000", "\"1_000\""},
        {"+12", "12"},
        {"-0", "0"},
        {"1.50", "1.5"},
        {"1.0", "1"},
        {"1e3", "1000"},
        {"1.e2", "100"},
        {".5", "0.5"},
        {"-.5", "\"-.5\""},
        {".", "\".\""},
        {"1e", "\"1e\""},
        {"1e400", "\"1e400\""},
        {"9223372036854775807", "9223372036854775807"},
        {"12345678901234567890", "12345678901234567000"},
        {"2012-10-17", "\"2012-10-17\""},
        {"12:30:45", "\"12:30:45\""},
        {"'1'", "\"1\""},
        {"! 1", "\"1\""},
        {"!!str 1", "\"1\""},
        {"!!int '7'", "7"},
        {"!!float 1", "1"},
        {"!!bool 'true'", "true"},
        {"!!null ''", "null"},
        {"|\n  a\n  b\n", "\"a\\nb\\n\""},
        {">-\n  a\n  b\n", "\"a b\""},
        {"\xef\xbb\xbf"
         "a: 1",
         "{\"a\":1}"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

Test(document, tabs_part_what_yaml_lets_them_part)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"a:\n  -\tb\n  - c\n", "{\"a\":[\"b\",\"c\"]}"},
        {"a\t: b\t# c\n", "{\"a\":\"b\"}"},
        {"a:\n  \t\n  b: 1\n\t\n \t \nc:\t2\n", "{\"a\":{\"b\":1},\"c\":2}"},
        {"\t\na:\n  b: 1\n\t# comment\n  c: 2\n", "{\"a\":{\"b\":1,\"c\":2}}"},
        {"? a\n:\tb\n", "{\"a\":\"b\"}"},
        {"[1]\n\t\n  \t# end\n", "[1]"},
        {"a: |\n  x\n  \t\n  -\ty\n\n", "{\"a\":\"x\\n\\t\\n-\\ty\\n\"}"},
        {"a: &x [1]\nb: *x\n\t\nc: *x\n", "{\"a\":[1],\"b\":[1],\"c\":[1]}"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Document) document =
            document_parse("a.yml", cases[i].text, strlen(cases[i].text), DOCUMENT_YAML, problems);
        g_autofree char *told = problems_to_text(problems, false);
        char *value;

        cr_assert_not_null(document, "%s", told);
        value = json_dumps(document_root(document), JSON_COMPACT);
        cr_expect_str_eq(value, cases[i].value, "%s", value);
        free(value);
    }
}

Test(document, short_tags_become_the_long_functions)
{
    static const Case cases[] = {
        {"!Ref Table", "{\"Ref\":\"Table\"}"},
        {"!Ref 1", "{\"Ref\":\"1\"}"},
        {"!Condition IsProd", "{\"Condition\":\"IsProd\"}"},
        {"!GetAtt a.b.c", "{\"Fn::GetAtt\":[\"a\",\"b.c\"]}"},
        {"!GetAtt a", "{\"Fn::GetAtt\":[\"a\",\"\"]}"},
        {"!GetAtt [a, b]", "{\"Fn::GetAtt\":[\"a\",\"b\"]}"},
        {"!Sub ['${a}', {a: !Ref b}]", "{\"Fn::Sub\":[\"${a}\",{\"a\":{\"Ref\":\"b\"}}]}"},
        {"!Transform {Name: x}", "{\"Fn::Transform\":{\"Name\":\"x\"}}"},
        {"!Base64\n  Fn::Sub: x", "{\"Fn::Base64\":{\"Fn::Sub\":\"x\"}}"},
        {"!If [a, !Ref b, 1]", "{\"Fn::If\":[\"a\",{\"Ref\":\"b\"},1]}"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

Test(document, merge_keys_yield_to_own_keys_and_keep_the_order)
{
    static const Case cases[] = {
        {"a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}",
         "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":1,\"y\":3}}"},
        {"b: {y: 3, <<: {x: 1, y: 2}}", "{\"b\":{\"y\":3,\"x\":1}}"},
        {"<<: [{x: 1}, {x: 2, y: 2}]\nz: 3", "{\"x\":1,\"y\":2,\"z\":3}"},
        {"<<: {a: 1}\na: 2\n<<: {a: 3, b: 1}", "{\"a\":2,\"b\":1}"},
        {"'<<': {a: 1}", "{\"<<\":{\"a\":1}}"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

Test(document, keys_are_spelt_as_javascript_spells_them)
{
    static const Case cases[] = {
        {"1: a\ntrue: b\n~: c\n1.50: d\n0x10: e",
         "{\"1\":\"a\",\"true\":\"b\",\"null\":\"c\",\"1.5\":\"d\",\"16\":\"e\"}"},
        {"2012-10-17: a\nyes: b", "{\"2012-10-17\":\"a\",\"yes\":\"b\"}"},
        {"&k a: 1\nb: *k\n*k : c",
         "a.yml:3:1: error: duplicate key \"a\": it stands on line 1 already\n"
         "    *k : c\n    ^\n  remove or rename one of the two\n"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

Test(document, a_literal_block_ends_with_a_line_end_even_at_the_end_of_the_file)
{
    static const Case cases[] = {{"a: |\n  x", "{\"a\":\"x\\n\"}"},
                                 {"a: |-\n  x", "{\"a\":\"x\"}"}};

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

Test(document, anchors_may_be_given_again_and_aliases_share_values)
{
    static const Case cases[] = {
        {"- &a 1\n- *a\n- &a 2\n- *a", "[1,1,2,2]"},
        {"- &a [x, {b: 1}]\n- *a", "[[\"x\",{\"b\":1}],[\"x\",{\"b\":1}]]"},
        {"- &a !Ref x\n- *a", "[{\"Ref\":\"x\"},{\"Ref\":\"x\"}]"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

static void check_place(const Document *document, const char *pointer, bool key, unsigned line,
                        unsigned column)
{
    Position at = document_locate(document, pointer, key);

    cr_expect_str_eq(at.file, "a.yml");
    cr_expect(at.line == line && at.column == column, "%s: %u:%u", pointer, at.line, at.column);
}

Test(document, every_value_and_key_has_its_place)
{
    static const char text[] = "service: shop\n"
                               "functions:\n"
                               "  \"h\u00e9/~llo\":\n"
                               "    events:\n"
                               "      - http: GET /\n"
                               "      - {sqs: !GetAtt Queue.Arn}\n"
                               "  \xc3\xa9\xc3\xa9: 1\n";
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = read_text(text, DOCUMENT_YAML, problems);

    cr_assert(document);
    check_place(document, "", false, 1, 1);
    check_place(document, "/service", true, 1, 1);
    check_place(document, "/service", false, 1, 10);
    check_place(document, "/functions/h\xc3\xa9~1~0llo", true, 3, 3);
    check_place(document, "/functions/h\xc3\xa9~1~0llo/events", false, 5, 7);
    check_place(document, "/functions/h\xc3\xa9~1~0llo/events/0/http", false, 5, 15);
    check_place(document, "/functions/h\xc3\xa9~1~0llo/events/1", true, 6, 9);
    check_place(document, "/functions/h\xc3\xa9~1~0llo/events/1/sqs/Fn::GetAtt/1", false, 6, 15);
    check_place(document, "/functions/\xc3\xa9\xc3\xa9", false, 7, 7);
    /* Past what was written: the nearest parent. */
    check_place(document, "/functions/h\xc3\xa9~1~0llo/events/7/x", false, 5, 7);
    check_place(document, "/nothing", false, 1, 1);
}

Test(document, what_came_by_alias_or_merge_is_found_where_it_was_written)
{
    static const char text[] = "a: &a\n  x: 1\n  y: {z: 2}\nb: *a\nc:\n  <<: *a\n  x: 3\n";
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = read_text(text, DOCUMENT_YAML, problems);

    cr_assert(document);
    check_place(document, "/b", false, 4, 4);
    check_place(document, "/b/y/z", false, 3, 10);
    check_place(document, "/c/x", false, 7, 6);
    check_place(document, "/c/y", true, 3, 3);
    check_place(document, "/c/y/z", false, 3, 10);
}

Test(document, json_has_places_too)
{
    static const char text[] =
        "{\n  \"a\": [1, {\"b\": true}],\r\n  \"\xc3\xa9\": null, \"d\": \"x\"\n}\n";
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = read_text(text, DOCUMENT_JSON, problems);

    cr_assert(document);
    check_place(document, "/a/1/b", true, 2, 13);
    check_place(document, "/a/1/b", false, 2, 18);
    check_place(document, "/\xc3\xa9", false, 3, 8);
    check_place(document, "/d", true, 3, 14);
}

Test(document, pointers_reach_values_by_the_rules_of_rfc_6901)
{
    json_auto_t *root = json_pack("{s:[i,{s:s}],s:i,s:i}", "a", 1, "b", "x", "m~n", 8, "a/b", 9);
    g_autoptr(GString) pointer = g_string_new(NULL);

    pointer_append(pointer, "a/b");
    cr_expect_str_eq(pointer->str, "/a~1b");
    cr_expect_eq(json_integer_value(pointer_get(root, pointer->str)), 9);
    g_string_truncate(pointer, 0);
    pointer_append(pointer, "a");
    pointer_append_index(pointer, 1);
    pointer_append(pointer, "b");
    cr_expect_str_eq(json_string_value(pointer_get(root, pointer->str)), "x");
    cr_expect_eq(json_integer_value(pointer_get(root, "/m~0n")), 8);
    cr_expect_eq(pointer_get(root, ""), root);
    cr_expect_null(pointer_get(root, "a"));
    cr_expect_null(pointer_get(root, "/a/01"));
    cr_expect_null(pointer_get(root, "/a/-1"));
    cr_expect_null(pointer_get(root, "/a/2"));
    cr_expect_null(pointer_get(root, "/a/1/b/c"));
}

Test(document, the_file_name_tells_the_format)
{
    cr_expect_eq(document_format_of("a/b.json"), DOCUMENT_JSON);
    cr_expect_eq(document_format_of("terraform.tfstate"), DOCUMENT_JSON);
    cr_expect_eq(document_format_of("serverless.yml"), DOCUMENT_YAML);
    cr_expect_eq(document_format_of("template"), DOCUMENT_YAML);
}

Test(document, lines_are_given_without_their_ends)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = read_text("a: 1\r\nb: 2\n", DOCUMENT_YAML, problems);
    size_t length = 99;

    cr_expect(strncmp(document_line(document, 1, &length), "a: 1", 4) == 0);
    cr_expect_eq(length, 4);
    cr_expect(strncmp(document_line(document, 2, &length), "b: 2", 4) == 0);
    cr_expect_null(document_line(document, 0, &length));
    cr_expect_null(document_line(document, 4, &length));
}
