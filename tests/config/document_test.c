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
