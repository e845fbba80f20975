#include "reconcile/aws/timestamp.h"
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Days since 1970-01-01 of the proleptic Gregorian calendar: timegm depends on no locale, but is no
 * standard. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static bool in_range(int value, int low, int high)
{
    return value >= low && value <= high;
}

static int64_t offset_ms(const char *text)
{
    int hours, minutes;

    if ((*text != '+' && *text != '-') || sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2)
        return 0;
    return (*text == '-' ? -1 : 1) * (int64_t)(hours * 60 + minutes) * 60000;
}

int64_t timestamp_parse(const char *text)
{
    int year, month, day, hour, minute, second, used = 0;
    int64_t fraction_ms = 0;

    if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                        &second, &used) != 6)
        return 0;
    if (!in_range(year, 1, 9999) || !in_range(month, 1, 12) || !in_range(day, 1, 31) ||
        !in_range(hour, 0, 23) || !in_range(minute, 0, 59) || !in_range(second, 0, 60))
        return 0;
    text += used;
    if (*text == '.') {
        int64_t scale = 100;
        for (text++; g_ascii_isdigit(*text); text++, scale /= 10)
            fraction_ms += (*text - '0') * scale;
    }
    return ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60000 + second * 1000 +
           fraction_ms - offset_ms(text);
}

void timestamp_format_basic(int64_t time_ms, char text[TIMESTAMP_BASIC_SIZE])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) ||
        !strftime(text, TIMESTAMP_BASIC_SIZE, "%Y%m%dT%H%M%SZ", &parts))
        memcpy(text, "19700101T000000Z", TIMESTAMP_BASIC_SIZE);
}
