#include "reconcile/aws/query_form.h"
#include <criterion/criterion.h>
#include <string.h>

static void expect_text(QueryForm *form, const char *expected)
{
    size_t size;
    const char *text = query_form_text(form, &size);

    cr_expect_str_eq(text, expected, "%s", text);
    cr_expect_eq(size, strlen(expected));
    query_form_free(form);
}

Test(query_form, values_are_encoded_and_null_is_left_out)
{
    QueryForm *form = query_form_new("DoIt", "2010-05-15");

    query_form_add(form, "Name", "a b&c=ü~");
    query_form_add(form, "Nothing", NULL);
    query_form_add_bool(form, "Flag", true);
    query_form_add_integer(form, "N", -3);
    expect_text(form, "Action=DoIt&Version=2010-05-15&Name=a%20b%26c%3D%C3%BC~&Flag=true&N=-3");
}

Test(query_form, lists_count_from_one_and_an_empty_one_clears)
{
    QueryForm *form = query_form_new("A", "1");
    json_t *two = json_pack("[s, s]", "x", "y"), *none = json_array();

    query_form_add_list(form, "L", two);
    query_form_add_list(form, "E", none);
    query_form_add_list(form, "Z", NULL);
    expect_text(form, "Action=A&Version=1&L.member.1=x&L.member.2=y&E=");
    json_decref(two);
    json_decref(none);
}

Test(query_form, structures_are_written_by_path)
{
    QueryForm *form = query_form_new("A", "1");
    json_t *value =
        json_pack("{s:[{s:s, s:b}], s:i}", "Triggers", "Arn", "a:b", "On", 0, "Minutes", 5);
    json_t *tags = json_pack("{s:s, s:i}", "k", "v", "n", 7);

    query_form_add_value(form, "R", value);
    query_form_add_pairs(form, "Tags", "Key", "Value", tags);
    expect_text(
        form,
        "Action=A&Version=1&R.Triggers.member.1.Arn=a%3Ab&R.Triggers.member.1.On=false&R.Minutes=5"
        "&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=n&Tags.member.2.Value=7");
    json_decref(value);
    json_decref(tags);
}
