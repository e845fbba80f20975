#include <criterion/criterion.h>
#include <string.h>

#include "config/document.h"

/* Every problem of a text as file:line:column: severity: message, and its hint. (transfer full) */
static char *problems_of(const char *text, size_t size, DocumentFormat format)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = document_parse("a.yml", text, size, format, problems);
    GString *all = g_string_new(NULL);
    const Problem *problem;

    cr_expect_eq(document == NULL, problems_have_errors(problems));
    for (size_t i = 0; (problem = problems_get(problems, i)); i++) {
        g_string_append_printf(all, "%s%u:%u: %s", i > 0 ? "\n" : "", problem->line,
                               problem->column, problem->message);
        if (problem->hint)
            g_string_append_printf(all, " (%s)", problem->hint);
    }
    return g_string_free(all, FALSE);
}

typedef struct {
    const char *text, *expected;
} Case;

static void check_cases(const Case *cases, size_t count, DocumentFormat format)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *found = problems_of(cases[i].text, strlen(cases[i].text), format);

        cr_expect_str_eq(found, cases[i].expected, "%s\n%s", cases[i].text, found);
    }
}

Test(document_errors, bad_yaml_is_told_where_it_is_and_what_to_do)
{
    static const Case cases[] = {
        {"a: 1\nb: 2\na: 3",
         "3:1: duplicate key \"a\": it stands on line 1 already (remove or rename one of the two)"},
        {"a: b: c", "1:5: a \":\" cannot start a value here (put quotes around a value that holds "
                    "\": \", or start the key on a line of its own with the right indentation)"},
        {"a: 1\n b: 2",
         "2:3: a \":\" cannot start a value here (put quotes around a value that holds \": \", or "
         "start the key on a line of its own with the right indentation)"},
        {"a: 'x' y", "1:8: this text does not belong to the value before it (put quotes around the "
                     "whole value, or start a new line)"},
        {"a:\n  b: 1\n c: 2", "3:2: expected the next key of the mapping that starts on line 1 "
                              "(indent it as that mapping's other keys)"},
        {"a: [x, y", "1:4: this bracket is never closed (add the closing bracket)"},
        {"a: {x: 1", "1:4: this bracket is never closed (add the closing bracket)"},
        {"a: [1,,2]",
         "1:7: expected a value (write one, or remove the comma or bracket before it)"},
        {"a: \"x", "1:4: this quoted text never ends (add the closing quote)"},
        {"a: 'x\n", "1:4: this quoted text never ends (add the closing quote)"},
        {"\ta: 1", "1:1: a tab cannot indent YAML (indent with spaces)"},
        {"a:\n\t- 1", "2:1: a tab cannot indent YAML (indent with spaces)"},
        {"a:\n  -\tb: 1\n    c: 2", "2:4: a tab cannot indent YAML (indent with spaces)"},
        {"a:\n  -\t- 1", "2:4: a tab cannot indent YAML (indent with spaces)"},
        {"a:\n\t\n\tb: 1", "3:1: a tab cannot indent YAML (indent with spaces)"},
        {"a: @x", "1:4: a text without quotes cannot start with @ (put quotes around the text)"},
        {"\xc3"
         "\xa9"
         ": `x",
         "1:4: a text without quotes cannot start with ` (put quotes around the text)"},
        {"a: %x", "1:4: a text without quotes cannot start with % (put quotes around the text)"},
        {"a: - b", "1:4: a list item cannot start here (start the list on a line of its own; quote "
                   "a text that starts with \"- \")"},
        {"a: !Reff x", "1:4: unknown tag !Reff (did you mean !Ref?)"},
        {"a: !Foo x", "1:4: unknown tag !Foo (quote a text that starts with !)"},
        {"a: !Ref", "1:4: !Ref has no value (write its argument behind it)"},
        {"a: !!binary aGk=", "1:4: the tag !!binary cannot stand here (remove the tag)"},
        {"a: !!int x", "1:4: \"x\" cannot be read as !!int (remove the tag, or correct the value)"},
        {"a: *b", "1:4: no anchor &b stands before this alias (quote a text that starts with *)"},
        {"a: &a [*a]", "1:8: the alias *a stands inside its own anchor"},
        {"<<: 1", "1:5: only a map, or a list of maps, can be merged (write <<: *anchor, "
                  "where the anchor stands at a map)"},
        {"<<: [1]", "1:5: only a map, or a list of maps, can be merged (write <<: *anchor, "
                    "where the anchor stands at a map)"},
        {"[a]: 1", "1:1: a key must be a text, not a list, a map or a function (quote a text "
                   "that starts with {, [ or !)"},
        {"a: .inf",
         "1:4: the number .inf cannot be written in a template (quote it if it is meant as text)"},
        {"a: 1\n--- \nb: 1", "2:1: a second document starts here; only one can be read (keep one "
                             "document, and remove the \"---\" between)"},
        {"a: \"\\q\"", "1:5: unknown escape in a double-quoted text (write \\\\ for a backslash, "
                       "or use single quotes)"},
        {"a: \"\\x1\"", "1:7: an escape in a double-quoted text lacks its hexadecimal digits "
                        "(write \\\\ for a backslash, or use single quotes)"},
        {"a: \"\\ud800\"", "1:7: an escape in a double-quoted text is no Unicode character (write "
                           "the character itself)"},
        {"a: \"\\0\"",
         "1:4: a text with a NUL character cannot be deployed (remove the escape \\0)"},
        {"a: | x\n  y",
         "1:6: only a comment may follow | or > on its line (start the text on the next line)"},
        {"a: *", "1:5: the name of an anchor or alias must be of letters, digits, - and _ (quote a "
                 "text that starts with * or &)"},
        {"%YAML 3.0\n---\na: 1", "1:1: only YAML 1.1 and 1.2 can be read (remove the %YAML line)"},
        {"a: !x!y z", "1:4: unknown tag (quote a text that starts with !)"},
        {"a: 1\nb\nc: 2", "3:1: the key that starts on line 2 has no \":\" after it (write \"key: "
                          "value\"; a text over several lines needs quotes, | or >)"},
        {"- a\nb: 1", "2:1: expected the next \"- \" of the list that starts on line 1 (indent it "
                      "as that list's other items)"},
        {"a: 1\n- b", "2:1: expected the next key of the mapping that starts on line 1 (indent it "
                      "as that mapping's other keys)"},
        {"a: \x01"
         "",
         "1:4: character U+0001 is not allowed in YAML (remove it, or write it as an escape in "
         "double quotes)"},
        {"a: !!str [1]", "1:4: the tag !!str cannot stand here (remove the tag)"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_YAML);
}

Test(document_errors, bad_json_is_told_where_it_is_and_what_to_do)
{
    static const Case cases[] = {
        {"{\"a\": 1, \"a\": 2}", "1:10: duplicate key \"a\": it stands on line 1 already (remove "
                                 "or rename one of the two)"},
        {"{\"a\": 1,}",
         "1:9: expected a key after \",\", found \"}\" (remove the comma before the brace)"},
        {"[1, ]",
         "1:5: expected a value after \",\", found \"]\" (remove the comma before the bracket)"},
        {"{\"a\" 1}", "1:6: expected \":\" after the key, found \"1\""},
        {"{a: 1}", "1:2: expected a key in double quotes, found \"a\""},
        {"{'a': 1}", "1:2: expected a key in double quotes, found \"'\""},
        {"[1 2]", "1:4: expected \",\" or \"]\", found \"2\""},
        {"[01]", "1:2: not a JSON number (JSON knows no leading zeros and no bare points)"},
        {"[1.]", "1:2: not a JSON number (JSON knows no leading zeros and no bare points)"},
        {"[.5]", "1:2: expected a value, found \".\""},
        {"[-]", "1:2: not a JSON number (JSON knows no leading zeros and no bare points)"},
        {"[1e400]", "1:2: the number 1e400 is too large"},
        {"[+1]", "1:2: expected a value, found \"+\""},
        {"[\"a", "1:2: the text never ends (add the closing quote)"},
        {"[\"a\nb\"]",
         "1:4: a text cannot go on in the next line (add the closing quote, or write \\n)"},
        {"[\"\\q\"]", "1:3: unknown escape in a text (write \\\\ for a backslash)"},
        {"[\"\\u12\"]", "1:3: \\u needs four hexadecimal digits"},
        {"[\"\\u0000\"]",
         "1:3: a text with a NUL character cannot be deployed (remove the escape \\u0000)"},
        {"[\"\\ud800\"]",
         "1:3: half of a surrogate pair is no character (write the character itself)"},
        {"[\"\\ud800\\u0041\"]",
         "1:3: half of a surrogate pair is no character (write the character itself)"},
        {"[\"\x01"
         "\"]",
         "1:3: control character in a text (write it as an escape)"},
        {"[tru]", "1:2: expected a value, found \"t\" (texts need double quotes)"},
        {"[nulll]", "1:2: expected a value, found \"n\" (texts need double quotes)"},
        {"[1] x", "1:5: expected the end of the file, found \"x\""},
        {"", "1:1: expected a value, found the end of the file"},
        {"{\"a\": NaN}", "1:7: expected a value, found \"N\" (texts need double quotes)"},
        {"/* c */ {}", "1:1: expected a value, found \"/\" (JSON has no comments)"},
        {"[", "1:2: expected a value, found the end of the file"},
        {"{", "1:2: expected a key in double quotes, found the end of the file"},
        {"{\"a\"", "1:5: expected \":\" after the key, found the end of the file"},
        {"{\"a\":", "1:6: expected a value, found the end of the file"},
    };

    check_cases(cases, G_N_ELEMENTS(cases), DOCUMENT_JSON);
}

static GString *repeated(const char *text, size_t times)
{
    GString *all = g_string_new(NULL);

    for (size_t i = 0; i < times; i++)
        g_string_append(all, text);
    return all;
}

static void check_text(const GString *text, DocumentFormat format, const char *expected)
{
    g_autofree char *found = problems_of(text->str, text->len, format);

    cr_expect_str_eq(found, expected);
}

Test(document_errors, a_hundred_levels_can_be_read_and_no_more)
{
    static const struct {
        const char *open, *close;
        DocumentFormat format;
    } rows[] = {
        {"[", "]", DOCUMENT_YAML}, {"[", "]", DOCUMENT_JSON}, {"{\"a\":", "}", DOCUMENT_JSON}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) text = repeated(rows[i].open, 100);
        g_autoptr(GString) end = repeated(rows[i].close, 100);

        g_string_append(text, "1");
        g_string_append(text, end->str);
        check_text(text, rows[i].format, "");
    }
}

Test(document_errors, deep_nesting_is_refused_before_it_costs_anything, .timeout = 20)
{
    g_autoptr(GString) flow = repeated("[", 200000);
    g_autoptr(GString) mapping = repeated("{a: ", 200000);
    g_autoptr(GString) lists = repeated("- ", 200000);
    g_autoptr(GString) questions = repeated("? ", 200000);

    check_text(flow, DOCUMENT_YAML, "1:102: the document is nested deeper than 100 levels");
    check_text(flow, DOCUMENT_JSON, "1:102: the document is nested deeper than 100 levels");
    check_text(mapping, DOCUMENT_YAML, "1:402: the document is nested deeper than 100 levels");
    check_text(lists, DOCUMENT_YAML, "1:203: the document is nested deeper than 100 levels");
    check_text(questions, DOCUMENT_YAML, "1:203: the document is nested deeper than 100 levels");
}

Test(document_errors, aliases_cannot_nest_deeper_than_text_can)
{
    g_autoptr(GString) text = g_string_new("a0: &a0 [x]\n");

    for (int i = 1; i < 200; i++)
        g_string_append_printf(text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    check_text(text, DOCUMENT_YAML, "100:12: the document is nested deeper than 100 levels");
}

Test(document_errors, an_alias_bomb_is_refused_by_the_number_of_its_values)
{
    g_autoptr(GString) text = g_string_new("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");

    for (int i = 1; i < 10; i++)
        g_string_append_printf(text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
                               i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    check_text(text, DOCUMENT_YAML,
               "7:15: the document holds more than 1000000 values once its aliases are expanded "
               "(split the file, or use fewer aliases)");
}

Test(document_errors, an_alias_bomb_of_one_long_text_is_refused_by_its_size)
{
    g_autoptr(GString) text = g_string_new("a: &a ");
    g_autoptr(GString) word = repeated("x", 1 << 20);
    g_autoptr(GString) aliases = repeated("- *a\n", 70);

    g_string_append_printf(text, "%s\nb:\n%s", word->str, aliases->str);
    check_text(text, DOCUMENT_YAML,
               "65:3: the document holds more than 64 MiB of text once its aliases are expanded "
               "(split the file, or use fewer aliases)");
}

Test(document_errors, a_bomb_of_merge_keys_is_refused_too)
{
    g_autoptr(GString) text = g_string_new("a: &a {");

    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "k%d: 1, ", i);
    g_string_append(text, "}\nb:\n");
    for (int i = 0; i < 1100; i++)
        g_string_append(text, "- <<: *a\n");
    check_text(text, DOCUMENT_YAML,
               "1000:7: the document holds more than 1000000 values once its aliases are expanded "
               "(split the file, or use fewer aliases)");
}

Test(document_errors, a_million_values_can_be_read_and_no_more, .timeout = 60)
{
    g_autoptr(GString) text = repeated("0,", 1000000);
    g_autofree char *found = NULL;

    g_string_prepend(text, "[");
    g_string_append(text, "0]");
    found = problems_of(text->str, text->len, DOCUMENT_JSON);
    cr_expect_str_eq(found,
                     "1:2000000: the document holds more than 1000000 values (split the file)");
    g_string_truncate(text, 1 + 2 * 999998);
    g_string_append(text, "0]");
    check_text(text, DOCUMENT_JSON, "");
}

Test(document_errors, a_text_of_more_than_16_mib_is_not_even_looked_at)
{
    g_autoptr(GString) text = repeated("# 4567890123456\n", (1 << 20) + 1);

    check_text(text, DOCUMENT_YAML,
               "0:0: the file is larger than 16 MiB (split it into several files)");
    check_text(text, DOCUMENT_JSON,
               "0:0: the file is larger than 16 MiB (split it into several files)");
}

Test(document_errors, what_is_not_utf_8_is_refused_where_it_stands)
{
    static const struct {
        const char *text;
        size_t size;
        const char *expected;
    } rows[] = {
        {"a: 1\nb: \xff", 9, "2:4: byte 0xff is not UTF-8 (save the file as UTF-8)"},
        {"\xc3\xa9: \xc3", 5, "1:4: byte 0xc3 is not UTF-8 (save the file as UTF-8)"},
        {"a: \xed\xa0\x80", 6, "1:4: byte 0xed is not UTF-8 (save the file as UTF-8)"},
        {"a: \0", 4,
         "1:4: a NUL character is not allowed in a text file (remove it; the file may not be a "
         "text "
         "file at all)"},
        {"\xff\xfe"
         "a\0",
         4, "1:1: byte 0xff is not UTF-8 (save the file as UTF-8)"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml = problems_of(rows[i].text, rows[i].size, DOCUMENT_YAML);
        g_autofree char *json = problems_of(rows[i].text, rows[i].size, DOCUMENT_JSON);

        cr_expect_str_eq(yaml, rows[i].expected);
        cr_expect_str_eq(json, rows[i].expected);
    }
}

Test(document_errors, all_mistakes_in_meaning_are_told_in_one_run)
{
    g_autofree char *found = NULL;
    static const char text[] = "a: !Foo 1\na: 2\nb: *nothing\nc: .nan\n";

    found = problems_of(text, strlen(text), DOCUMENT_YAML);
    cr_expect_str_eq(found,
                     "1:4: unknown tag !Foo (quote a text that starts with !)\n"
                     "2:1: duplicate key \"a\": it stands on line 1 already (remove or rename one "
                     "of the two)\n"
                     "3:4: no anchor &nothing stands before this alias (quote a text that starts "
                     "with *)\n"
                     "4:4: the number .nan cannot be written in a template (quote it if it is "
                     "meant as text)");
}

Test(document_errors, a_flood_of_mistakes_ends, .timeout = 20)
{
    g_autoptr(GString) text = repeated("a: 1\n", 300000);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document =
        document_parse("a.yml", text->str, text->len, DOCUMENT_YAML, problems);

    cr_expect_null(document);
    cr_expect_eq(problems_count(problems, PROBLEM_ERROR), 100);
}

Test(document_errors, a_text_cut_off_anywhere_is_read_or_refused_but_never_worse)
{
    static const char text[] = "a: &a {b: [1, 'x', \"y\\n\", !Sub z], <<: {q: ~}}\n"
                               "c: |\n  text\nd: >-\n  folded\n? e\n: *a\nf:\n- <<: [*a, {g: 1}]\n";
    static const char json[] =
        "{\"a\": [1.5e3, \"x\\u00e9\\ud83d\\ude00\", {\"b\": null}], \"c\": true}";

    for (size_t size = 0; size < sizeof text; size++) {
        G_GNUC_UNUSED g_autofree char *found =
            problems_of(text, MIN(size, strlen(text)), DOCUMENT_YAML);
    }
    for (size_t size = 0; size < strlen(json); size++) {
        g_autofree char *found = problems_of(json, size, DOCUMENT_JSON);

        cr_expect_neq(*found, '\0', "%zu", size);
    }
}
