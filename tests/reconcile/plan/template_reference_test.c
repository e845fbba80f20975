#include "reconcile/plan/template_reference.h"
#include <criterion/criterion.h>
#include <string.h>

static json_t *json(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), "'", '"');
    json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);

    cr_assert(value, "%s", text);
    return value;
}

static void note(const char *id, const char *attribute, void *data)
{
    g_string_append_printf(data, "%s%s%s ", id, attribute ? "." : "", attribute ? attribute : "");
}

static void expect_references(const char *text, const char *wanted)
{
    json_t *value = json(text);
    g_autoptr(GString) found = g_string_new(NULL);

    template_references(value, note, found);
    cr_expect_str_eq(found->str, wanted, "%s", text);
    json_decref(value);
}

Test(template_reference, every_spelling_is_found)
{
    expect_references("{'a':[{'Ref':'A'}],'b':{'Fn::GetAtt':['B','Arn']}}", "A B.Arn ");
    expect_references("{'Fn::GetAtt':'B.Outputs.X'}", "B.Outputs.X ");
    expect_references("{'Fn::Sub':'${A}-${B.Arn}-${!C}-$D'}", "A B.Arn ");
    expect_references("{'Fn::Sub':['${A}-${Local}',{'Local':{'Ref':'B'}}]}", "A B ");
    expect_references("{'Fn::Join':['',[{'Ref':'A'},'Ref']]}", "A ");
    expect_references("{'Ref':'A','Other':1}", "");
    expect_references("{'Fn::Sub':'${unclosed'}", "");
}

static json_t *literal(const char *id, const char *attribute, void *data)
{
    (void)data;
    if (strcmp(id, "Q") != 0)
        return NULL;
    return json_string(attribute ? "arn:q" : "https://q");
}

static void expect_substituted(const char *text, const char *wanted)
{
    json_t *value = json(text), *expected = json(wanted);
    json_t *result = template_substitute(value, literal, NULL);
    g_autofree char *dump = json_dumps(result, JSON_ENCODE_ANY);

    cr_expect(json_equal(result, expected), "%s gave %s", text, dump);
    json_decref(value);
    json_decref(expected);
    json_decref(result);
}

Test(template_reference, literals_take_the_place_of_references)
{
    expect_substituted("{'a':{'Ref':'Q'},'b':[{'Fn::GetAtt':['Q','Arn']},{'Ref':'X'}]}",
                       "{'a':'https://q','b':['arn:q',{'Ref':'X'}]}");
    expect_substituted("{'Fn::Sub':'${Q.Arn}/x'}", "'arn:q/x'");
    expect_substituted("{'Fn::Sub':'${Q}/${X}/${!Y}'}", "{'Fn::Sub':'https://q/${X}/${!Y}'}");
    expect_substituted("{'Fn::Sub':['${Q}/${v}',{'v':{'Ref':'Q'}}]}",
                       "{'Fn::Sub':['https://q/${v}',{'v':'https://q'}]}");
}

Test(template_reference, a_name_bound_by_the_sub_itself_is_no_reference)
{
    expect_substituted("{'Fn::Sub':['${Q}',{'Q':'mine'}]}", "{'Fn::Sub':['${Q}',{'Q':'mine'}]}");
}
