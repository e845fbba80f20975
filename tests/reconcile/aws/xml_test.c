#include "reconcile/aws/xml.h"
#include <criterion/criterion.h>
#include <string.h>

static XmlDocument *parse(const char *text, GError **error)
{
    return xml_parse(text, strlen(text), error);
}

static void expect_refused(const char *text, XmlTreeError code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XmlDocument) document = parse(text, &error);

    cr_assert_null(document);
    cr_expect(g_error_matches(error, XML_TREE_ERROR, (gint)code), "%s", error->message);
    cr_expect_str_eq(error->message, message);
}

Test(xml, texts_are_found_by_path_without_prefixes)
{
    g_autoptr(XmlDocument) document =
        parse("<a:R xmlns:a=\"u\"><a:B>x &amp; y</a:B><B>second</B><C><D/></C></a:R>", NULL);
    const XmlNode *root = xml_root(document);

    cr_expect_str_eq(root->name, "R");
    cr_expect_str_eq(xml_text(root, "B"), "x & y");
    cr_expect_str_eq(xml_text(root, "C/D"), "");
    cr_expect_null(xml_text(root, "C/E"));
    cr_expect_null(xml_text(NULL, "C"));
    cr_expect_null(xml_text(root, "Bx"));
}

Test(xml, whitespace_in_texts_is_kept)
{
    g_autoptr(XmlDocument) document = parse("<R> a\n b </R>", NULL);

    cr_expect_str_eq(xml_root(document)->text, " a\n b ");
}

Test(xml, members_become_arrays_and_all_else_objects_and_strings)
{
    static const char *const lists[] = {"Scope", NULL};
    g_autoptr(XmlDocument) document = parse("<R><Details><member><Name>T</Name></member></"
                                            "Details><Scope/><Empty/><Flag>true</Flag></R>",
                                            NULL);
    json_t *value = xml_to_json(xml_root(document), lists);
    char *text = json_dumps(value, JSON_COMPACT);

    cr_expect_str_eq(
        text, "{\"Details\":[{\"Name\":\"T\"}],\"Scope\":[],\"Empty\":\"\",\"Flag\":\"true\"}");
    free(text);
    json_decref(value);
}

Test(xml, a_cut_off_answer_is_said_to_be_that)
{
    expect_refused("", XML_TREE_ERROR_SYNTAX, "the XML is cut off at line 1, column 1");
    expect_refused("<R><A>x</A>", XML_TREE_ERROR_SYNTAX, "the XML is cut off at line 1, column 12");
    expect_refused("<R>\n<A", XML_TREE_ERROR_SYNTAX, "the XML is cut off at line 2, column 1");
}

Test(xml, what_is_no_xml_is_told_with_its_place)
{
    expect_refused("<R></S>", XML_TREE_ERROR_SYNTAX, "mismatched tag at line 1, column 6");
    expect_refused("not xml", XML_TREE_ERROR_SYNTAX, "syntax error at line 1, column 1");
    expect_refused("<R>\xff</R>", XML_TREE_ERROR_SYNTAX,
                   "not well-formed (invalid token) at line 1, column 4");
}

Test(xml, a_document_type_is_refused_before_its_entities_grow)
{
    expect_refused("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><R>&b;</R>",
                   XML_TREE_ERROR_DOCTYPE, "the XML is refused: a document type is not accepted");
}

Test(xml, deep_nesting_is_refused)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < 100000; i++)
        g_string_append(text, "<a>");
    expect_refused(text->str, XML_TREE_ERROR_TOO_LARGE,
                   "the XML is refused: nested deeper than 64 levels");
}

Test(xml, too_many_elements_are_refused)
{
    g_autoptr(GString) text = g_string_new("<r>");

    for (int i = 0; i < XML_MAX_NODES; i++)
        g_string_append(text, "<a/>");
    g_string_append(text, "</r>");
    expect_refused(text->str, XML_TREE_ERROR_TOO_LARGE,
                   "the XML is refused: more than 500000 elements");
}
