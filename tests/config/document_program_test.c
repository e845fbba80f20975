#include <criterion/criterion.h>

#include "config/document.h"

#include <string.h>

static Document *read_program(const char *text, const char *value)
{
    g_autoptr(Problems) problems = problems_new();
    Document *document = document_of_program("serverless.ts", text, strlen(text),
                                             json_loads(value, JSON_DECODE_ANY, NULL), problems);

    cr_assert_not_null(document);
    return document;
}

typedef struct {
    const char *pointer;
    bool key;
    unsigned line, column;
} Place;

static void expect_places(const char *text, const char *value, const Place *places)
{
    g_autoptr(Document) document = read_program(text, value);

    for (; places->pointer; places++) {
        Position at = document_locate(document, places->pointer, places->key);

        cr_expect(at.line == places->line && at.column == places->column, "%s %d is at %u:%u",
                  places->pointer, places->key, at.line, at.column);
    }
}

Test(document_program, finds_keys_and_values_in_the_literal_that_looks_like_the_value)
{
    static const Place places[] = {{"", false, 1, 1},
                                   {"/service", true, 4, 3},
                                   {"/service", false, 4, 12},
                                   {"/functions/hello", true, 6, 5},
                                   {"/functions/hello/events/1/http", true, 9, 11},
                                   {"/functions/hello/events/1/http/path", false, 9, 25},
                                   {"/functions/hello/events/7", false, 7, 15},
                                   {"/functions/computed/x", false, 5, 14},
                                   {"/plugins/1", false, 12, 18},
                                   {NULL, false, 0, 0}};

    expect_places("import type { AWS } from 'x'; // { service: 1 }\n"
                  "function tag(name: string) { return { service: name }; }\n"
                  "const config: AWS = {\n"
                  "  service: `s-${tag('x')}`, /* plugins: [ */\n"
                  "  functions: {\n"
                  "    'hello': {\n"
                  "      events: [\n"
                  "        'a,b',\n"
                  "        { http: { path: /[/]x{/.source } },\n"
                  "      ], },\n"
                  "    ...others },\n"
                  "  plugins: ['a', 'b'] as const,\n"
                  "};\n"
                  "export default config;\n",
                  "{\"service\":\"s-x\",\"functions\":{\"hello\":{\"events\":[\"a,b\",{\"http\":{"
                  "\"path\":\"p\"}}]},\"computed\":{\"x\":1}},\"plugins\":[\"a\",\"b\"]}",
                  places);
}

Test(document_program, follows_names_to_the_literals_that_they_were_given)
{
    static const Place places[] = {{"/functions/hello/handler", true, 1, 17},
                                   {"/functions/other/handler", true, 2, 15},
                                   {"/functions/other", true, 3, 40},
                                   {NULL, false, 0, 0}};

    expect_places("const hello = { handler: 'a' };\nlet second = {handler: 'b'};\n"
                  "module.exports = { functions: { hello, other: second }, service: 's' };\n",
                  "{\"service\":\"s\",\"functions\":{\"hello\":{\"handler\":\"a\"},\"other\":{"
                  "\"handler\":\"b\"}}}",
                  places);
}

Test(document_program, knows_the_start_alone_of_what_is_written_in_no_literal)
{
    static const Place places[] = {{"/service", true, 1, 1}, {NULL, false, 0, 0}};

    expect_places("module.exports = require('./x')", "{\"service\":\"s\"}", places);
    expect_places("", "{\"service\":\"s\"}", places);
    expect_places("}])`${'/* {", "{\"service\":\"s\"}", places);
}

Test(document_program, takes_time_in_proportion_to_the_text)
{
    g_autoptr(GString) text = g_string_new("module.exports = {");
    json_t *value = json_object();

    for (unsigned i = 0; i < 100000; i++) {
        g_autofree char *key = g_strdup_printf("k%u", i);

        g_string_append_printf(text, "%s: {a: k%u}, ", key, i / 2);
        json_object_set_new(value, key, json_pack("{s:i}", "a", 1));
    }
    g_string_append(text, "}");
    gint64 start = g_get_monotonic_time();
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document =
        document_of_program("x.js", text->str, text->len, value, problems);

    cr_expect_not_null(document);
    cr_expect_eq(document_locate(document, "/k99999/a", true).column, text->len - 12);
    cr_expect_lt(g_get_monotonic_time() - start, 5 * G_USEC_PER_SEC);
}
