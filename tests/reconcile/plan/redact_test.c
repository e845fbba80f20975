#include "reconcile/plan/redact.h"
#include <criterion/criterion.h>
#include <string.h>

static GPtrArray *secrets_of(const char *first, const char *second)
{
    GPtrArray *secrets = g_ptr_array_new();

    g_ptr_array_add(secrets, (char *)first);
    g_ptr_array_add(secrets, (char *)second);
    return secrets;
}

static void expect_text(const char *text, const GPtrArray *secrets, const char *wanted)
{
    g_autofree char *shown = redact_text(text, secrets);

    cr_expect_str_eq(shown, wanted);
}

Test(redact, a_secret_is_hidden_wherever_it_stands)
{
    g_autoptr(GPtrArray) secrets = secrets_of("hunter-two", "");

    expect_text("hunter-two", secrets, REDACTED);
    expect_text("https://u:hunter-two@x/?k=hunter-two", secrets,
                "https://u:" REDACTED "@x/?k=" REDACTED);
    expect_text("nothing of it", secrets, "nothing of it");
    expect_text("hunter-two", NULL, "hunter-two");
    cr_expect_null(redact_text(NULL, secrets));
}

Test(redact, a_short_secret_is_hidden_only_as_the_whole_value)
{
    g_autoptr(GPtrArray) secrets = secrets_of("1", "abc");

    expect_text("1", secrets, REDACTED);
    expect_text("10 abc", secrets, "10 abc");
}

Test(redact, what_is_stored_holds_no_short_secret_either)
{
    g_autoptr(GPtrArray) secrets = g_ptr_array_new();
    g_autofree char *stored = NULL;

    g_ptr_array_add(secrets, (void *)"1234");
    stored = redact_anywhere("{\"Pin\": \"1234\", \"Count\": 12}", secrets);
    cr_expect_str_eq(stored, "{\"Pin\": \"********\", \"Count\": 12}");
    cr_expect_null(redact_anywhere(NULL, secrets));
}

Test(redact, a_secret_inside_json_text_is_hidden_as_json_writes_it)
{
    g_autoptr(GPtrArray) secrets = secrets_of("quo\"ted\\ä\n", "a/b/c/d");

    expect_text("{\"K\":\"quo\\\"ted\\\\ä\\n\"}", secrets, "{\"K\":\"" REDACTED "\"}");
    expect_text("{\"K\":\"quo\\\"ted\\\\\\u00E4\\n\"}", secrets, "{\"K\":\"" REDACTED "\"}");
    expect_text("{\"K\":\"a\\/b\\/c\\/d\"}", secrets, "{\"K\":\"" REDACTED "\"}");
}

Test(redact, a_secret_that_is_no_utf8_is_hidden_as_it_is)
{
    g_autoptr(GPtrArray) secrets = secrets_of("\xff\xfe-secret", "");

    expect_text("x \xff\xfe-secret", secrets, "x " REDACTED);
}

Test(redact, what_stood_where_a_secret_comes_is_hidden_too)
{
    g_autoptr(GPtrArray) secrets = secrets_of("hunter-two", "");
    json_t *old = json_string("hunter-one"), *new = json_string("hunter-two"),
           *plain = json_string("info");
    json_t *hidden = redact_before(old, new, secrets), *shown = redact_before(old, plain, secrets);

    cr_expect_str_eq(json_string_value(hidden), REDACTED);
    cr_expect_str_eq(json_string_value(shown), "hunter-one");
    cr_expect_null(redact_before(NULL, new, secrets));
    json_decref(hidden);
    json_decref(shown);
    json_decref(old);
    json_decref(new);
    json_decref(plain);
}

Test(redact, a_secret_inside_base64_is_hidden_wherever_it_starts)
{
    g_autoptr(GPtrArray) secrets = secrets_of("hunter-two?>", "");
    static const char *const texts[] = {"%s",         "x%s",        "xy%s",  "user:%s",
                                        "a%s and so", "ab%s and s", "abc%s", "%s%s"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        GString *text = g_string_new(texts[i]);
        g_autofree char *encoded = NULL, *shown = NULL;

        g_string_replace(text, "%s", "hunter-two?>", 0);
        encoded = g_base64_encode((const guchar *)text->str, text->len);
        shown = redact_text(encoded, secrets);
        cr_expect_not_null(strstr(shown, REDACTED), "%s in base64 is shown: %s", text->str, shown);
        g_string_free(text, TRUE);
    }
    expect_text("https://u:hunter-two%3F%3E@x", secrets, "https://u:" REDACTED "@x");
}

Test(redact, a_number_that_is_secret_is_hidden)
{
    g_autoptr(GPtrArray) secrets = secrets_of("73510926", "");
    json_t *value = json_pack("{s:i,s:i}", "Pin", 73510926, "Port", 5432);
    json_t *shown = redact_json(value, secrets);

    cr_expect_str_eq(json_string_value(json_object_get(shown, "Pin")), REDACTED);
    cr_expect_eq(json_integer_value(json_object_get(shown, "Port")), 5432);
    json_decref(shown);
    json_decref(value);
}
