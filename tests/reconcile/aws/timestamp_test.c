#include "reconcile/aws/timestamp.h"
#include <criterion/criterion.h>

Test(timestamp, reads_what_the_apis_write)
{
    const struct {
        const char *text;
        int64_t time_ms;
    } rows[] = {
        {"2015-08-30T12:36:00Z", INT64_C(1440938160000)},
        {"2015-08-30T12:36:00.123Z", INT64_C(1440938160123)},
        {"2015-08-30T12:36:00.123456789Z", INT64_C(1440938160123)},
        {"2015-08-30T12:36:00.5+00:00", INT64_C(1440938160500)},
        {"2015-08-30T14:36:00+02:00", INT64_C(1440938160000)},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000)},
        {"1970-01-01T00:00:01Z", 1000},
        {"", 0},
        {"yesterday", 0},
        {"2015-13-30T12:36:00Z", 0},
        {"2015-08-30", 0},
        {NULL, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(timestamp_parse(rows[i].text), rows[i].time_ms, "%s",
                     rows[i].text ? rows[i].text : "NULL");
}

Test(timestamp, writes_the_form_that_is_signed)
{
    char text[TIMESTAMP_BASIC_SIZE];

    timestamp_format_basic(INT64_C(1440938160999), text);
    cr_expect_str_eq(text, "20150830T123600Z");
}
