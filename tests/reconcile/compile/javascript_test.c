#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

/* Sorted by `localeCompare` of Node 20 (ICU 73, en-US). */
static const char *const sorted[] = {
    "a",    "a b",    "a_b",   "a-b",   "A-b",     "a:b",   "a.b",    "a1",
    "a10",  "a2",     "ab",    "aB",    "Ab",      "AB",    "ac",     "aws:x",
    "awsx", "FOO__B", "foo_b", "FOO_B", "FOO_BAR", "FOO-B", "FOOBAR",
};

Test(javascript, keys_compare_as_localeCompare_does)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sorted); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(sorted); j++) {
            int order = js_locale_compare(sorted[i], sorted[j]);

            cr_expect_eq((order > 0) - (order < 0), (i > j) - (i < j), "%s, %s", sorted[i],
                         sorted[j]);
        }
}

/* The same, of letters with marks. */
static const char *const marked[] = {
    "b", "e", "E", "é", "É", "ea", "éa", "u", "U", "ü", "Ü", "üa", "Ünï", "uz", "v", "x-y",
};

Test(javascript, marks_count_where_letters_are_the_same_and_before_case)
{
    for (size_t i = 0; i < G_N_ELEMENTS(marked); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(marked); j++) {
            int order = js_locale_compare(marked[i], marked[j]);

            cr_expect_eq((order > 0) - (order < 0), (i > j) - (i < j), "%s, %s", marked[i],
                         marked[j]);
        }
}

Test(javascript, punctuation_comes_in_icus_order_before_digits_and_letters)
{
    const char *order = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBzZ";

    for (const char *at = order; at[1]; at++) {
        char first[] = {at[0], 0}, second[] = {at[1], 0};

        cr_expect_lt(js_locale_compare(first, second), 0, "%s before %s", first, second);
    }
}

Test(javascript, array_indices_come_first_in_objects)
{
    json_t *value = json_pack("{s:i,s:i,s:[{s:i,s:i}],s:i,s:i}", "b", 1, "10", 2, "list", "x", 1,
                              "1", 2, "007", 3, "9", 4);
    char *text;

    js_order_keys(value);
    text = json_dumps(value, JSON_COMPACT);
    cr_expect_str_eq(text, "{\"9\":4,\"10\":2,\"b\":1,\"list\":[{\"1\":2,\"x\":1}],\"007\":3}");
    free(text);
    json_decref(value);
}

Test(javascript, an_index_past_the_largest_is_an_ordinary_key)
{
    json_t *value = json_pack("{s:i,s:i,s:i}", "x", 1, "4294967295", 2, "4294967294", 3);
    char *text;

    js_order_keys(value);
    text = json_dumps(value, JSON_COMPACT);
    cr_expect_str_eq(text, "{\"4294967294\":3,\"x\":1,\"4294967295\":2}");
    free(text);
    json_decref(value);
}

Test(javascript, only_nothing_zero_and_empty_text_are_false)
{
    json_t *values = json_pack("[n,b,b,i,i,f,s,s,{},[]]", 0, 1, 0, 1, 0.0, "", "0");
    const bool expected[] = {false, false, true, false, true, false, false, true, true, true};

    cr_expect_not(js_is_truthy(NULL));
    for (size_t i = 0; i < json_array_size(values); i++)
        cr_expect_eq(js_is_truthy(json_array_get(values, i)), expected[i], "item %zu", i);
    json_decref(values);
}

Test(javascript, what_is_hashed_has_its_keys_in_order_at_every_depth)
{
    json_t *value =
        json_pack("{s:{s:i,s:i,s:i,s:i},s:i}", "b", "B", 1, "a_", 2, "10", 5, "2", 3, "A", 4);
    g_autofree char *text = json_text_ordered(value, js_compare_keys);

    cr_expect_str_eq(text, "{\"A\":4,\"b\":{\"2\":3,\"10\":5,\"a_\":2,\"B\":1}}");
    json_decref(value);
}
