#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "config/json_text.h"

Test(json_text, numbers_are_written_as_javascript_writes_them)
{
    /* Right: what JSON.stringify (number) gives (ECMA-262, Number::toString). */
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        {0.0, "0"},
        {-0.0, "0"},
        {1.0, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {100, "100"},
        {1.1e2, "110"},
        {1e5, "100000"},
        {123456.789, "123456.789"},
        {0.000001, "0.000001"},
        {0.0000012, "0.0000012"},
        {0.0000001, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {1e300, "1e+300"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {9007199254740993.0, "9007199254740992"},
        {9007199254740994.0, "9007199254740994"},
        {12345678901234567890.0, "12345678901234567000"},
        {4.35, "4.35"},
        {0.5, "0.5"},
        {5e-5, "0.00005"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {2.5e-6, "0.0000025"},
        {-1e-7, "-1e-7"},
        {1.0000000000000002, "1.0000000000000002"},
        {5e-7, "5e-7"},
        {123e-20, "1.23e-18"},
        {4294967296.5, "4294967296.5"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_auto_t *number = json_real(rows[i].number);
        g_autofree char *text = json_number_text(number);

        cr_expect_str_eq(text, rows[i].text, "%s instead of %s", text, rows[i].text);
    }
}

Test(json_text, what_is_written_reads_back_as_the_same_number)
{
    guint64 bits = 0x123456789abcdef;

    for (int i = 0; i < 20000; i++) {
        double number;

        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number)) {
            json_auto_t *value = json_real(number);
            g_autofree char *text = json_number_text(value);

            cr_assert_eq(g_ascii_strtod(text, NULL), number, "%s", text);
        }
    }
}

Test(json_text, integers_are_exact)
{
    json_auto_t *value = json_pack("[I,I,i]", G_MAXINT64, G_MININT64, 0);
    g_autofree char *text = json_text(value, JSON_TEXT_COMPACT);

    cr_expect_str_eq(text, "[9223372036854775807,-9223372036854775808,0]");
}

Test(json_text, strings_escape_only_what_json_demands)
{
    json_auto_t *value = json_string("\" \\ / \b\f\n\r\t \x01\x1f \x7f é 😀 \xe2\x80\xa8 <&>");
    g_autofree char *text = json_text(value, JSON_TEXT_COMPACT);

    cr_expect_str_eq(text,
                     "\"\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001\\u001f \x7f é 😀 \xe2\x80\xa8 <&>\"");
}

Test(json_text, every_byte_is_escaped_wherever_it_stands_in_a_string)
{
    for (size_t length = 1; length <= 20; length++) {
        for (size_t at = 0; at < length; at++) {
            for (int byte = 1; byte < 0x80; byte++) {
                char string[21] = {0};
                json_t *value, *read;
                g_autofree char *text = NULL;

                memset(string, 'x', length);
                string[at] = (char)byte;
                value = json_string(string);
                text = json_text(value, JSON_TEXT_COMPACT);
                read = json_loads(text, JSON_DECODE_ANY, NULL);
                cr_assert(json_equal(value, read), "%s", text);
                cr_assert_eq(strlen(text) == length + 2,
                             byte >= 0x20 && byte != '"' && byte != '\\', "%s", text);
                json_decref(value);
                json_decref(read);
            }
        }
    }
}

Test(json_text, keys_keep_their_order_or_are_sorted_at_every_level)
{
    json_auto_t *value =
        json_pack("{s:i,s:{s:b,s:n},s:[{s:i,s:i}]}", "b", 1, "a", "z", 1, "B", "A", "y", 1, "x", 2);
    g_autofree char *kept = json_text(value, JSON_TEXT_COMPACT);
    g_autofree char *sorted = json_text(value, JSON_TEXT_SORT_KEYS);

    cr_expect_str_eq(kept, "{\"b\":1,\"a\":{\"z\":true,\"B\":null},\"A\":[{\"y\":1,\"x\":2}]}");
    cr_expect_str_eq(sorted, "{\"A\":[{\"x\":2,\"y\":1}],\"a\":{\"B\":null,\"z\":true},\"b\":1}");
}

Test(json_text, indentation_is_that_of_json_stringify)
{
    json_auto_t *value =
        json_pack("{s:[],s:{},s:[i,{s:f}],s:b}", "a", "b", "c", 1, "d", 1.5, "e", 0);
    g_autofree char *text = json_text(value, JSON_TEXT_INDENT);

    cr_expect_str_eq(text, "{\n"
                           "  \"a\": [],\n"
                           "  \"b\": {},\n"
                           "  \"c\": [\n"
                           "    1,\n"
                           "    {\n"
                           "      \"d\": 1.5\n"
                           "    }\n"
                           "  ],\n"
                           "  \"e\": false\n"
                           "}");
}

Test(json_text, text_is_appended_to_what_is_there)
{
    g_autoptr(GString) text = g_string_new("x=");
    json_auto_t *value = json_pack("[n]");

    json_text_append(text, value, JSON_TEXT_COMPACT);
    cr_expect_str_eq(text->str, "x=[null]");
}

Test(json_text, a_number_of_more_digits_than_64_bits_hold_is_read_back)
{
    json_auto_t *value = json_pack("[f,f,I]", 3.71e20, -1e19, (json_int_t)INT64_MIN);
    g_autofree char *text = json_text(value, JSON_TEXT_COMPACT);
    json_auto_t *read = json_text_read(text);

    cr_expect_str_eq(text, "[371000000000000000000,-10000000000000000000,-9223372036854775808]");
    cr_expect(json_equal(value, read));
}

Test(json_text, any_value_is_read_and_what_is_no_json_is_not)
{
    json_auto_t *number = json_text_read("12");

    cr_expect_eq(json_integer_value(number), 12);
    cr_expect_null(json_text_read(""));
    cr_expect_null(json_text_read("{\"a\":1"));
    cr_expect_null(json_text_read("371000000000000000000 x"));
}
