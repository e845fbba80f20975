/* How ARNs, times and JSONata are written in a definition, as asl-validator has it. */
#include "reconcile/compile/plugins/step_functions/language.h"

#include <string.h>

/* Line ends of JavaScript, which its "." does not match. */
static const char *line_end(const char *text)
{
    static const char *const ends[] = {"\n", "\r", "\u2028", "\u2029"};
    const char *first = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        const char *end = strstr(text, ends[i]);

        if (end && (!first || end < first))
            first = end;
    }
    return first;
}

bool language_is_line(const char *text)
{
    return *text && !line_end(text);
}

/* The next part of an ARN, up to a colon; NULL: there is no colon. */
static const char *part_end(const char *part)
{
    return strchr(part, ':');
}

static bool is_partition(const char *part, size_t length)
{
    static const char *const partitions[] = {"aws", "aws-cn", "aws-us-gov"};

    for (size_t i = 0; i < G_N_ELEMENTS(partitions); i++)
        if (strlen(partitions[i]) == length &&
            g_ascii_strncasecmp(part, partitions[i], length) == 0)
            return true;
    return false;
}

/* "function:name", "stateMachine": no "*" before a separator, something but a separator at the end.
 */
static bool is_arn_resource(const char *resource)
{
    const size_t head = strcspn(resource, ":/*");
    const char *rest = resource + head;
    const size_t length = strlen(rest);
    const char *end;

    if (head == 0 || *rest == '*')
        return false;
    if (!*rest)
        return true;
    end = line_end(rest); /* only after the last separator may there be one */
    return length > 1 && !strchr(":/", rest[length - 1]) && (!end || !strpbrk(end, ":/"));
}

bool language_is_arn(const char *text)
{
    const char *partition = text + strlen("arn:"), *service, *region, *account, *resource;

    if (g_ascii_strncasecmp(text, "arn:", 4) != 0 || !(service = part_end(partition)) ||
        !is_partition(partition, (size_t)(service - partition)) ||
        !(region = part_end(++service)) || region == service ||
        memchr(service, '\n', (size_t)(region - service)) || !(account = part_end(++region)) ||
        memchr(region, '\n', (size_t)(account - region)))
        return false;
    resource = ++account;
    resource += strspn(resource, "0123456789");
    return *resource == ':' && is_arn_resource(resource + 1);
}

/* Two digits; -1: none. */
static int two_digits(const char *text)
{
    return g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1])
               ? (text[0] - '0') * 10 + (text[1] - '0')
               : -1;
}

static bool is_date(const char *text)
{
    const int century = two_digits(text), years = century < 0 ? -1 : two_digits(text + 2);
    const int month = years < 0 || text[4] != '-' ? -1 : two_digits(text + 5);
    const int day = month < 0 || text[7] != '-' ? -1 : two_digits(text + 8);
    const int year = century * 100 + years;

    return day > 0 && month > 0 && month <= 12 &&
           (year == 0 ? day <= (month == 2 ? 29 : g_date_get_days_in_month((GDateMonth)month, 1))
                      : day <= g_date_get_days_in_month((GDateMonth)month, (GDateYear)year));
}

/* "Z", "+01:00", "-0100", "+01" to the end; in minutes. */
static bool take_zone(const char *text, int *ret_minutes)
{
    const int sign = *text == '-' ? -1 : 1;
    int hours, minutes = 0;

    *ret_minutes = 0;
    if ((*text == 'Z' || *text == 'z') && !text[1])
        return true;
    if (*text != '+' && *text != '-')
        return false;
    hours = two_digits(++text);
    if (hours < 0 || hours > 23)
        return false;
    text += 2;
    if (*text) {
        text += *text == ':';
        minutes = two_digits(text);
        if (minutes < 0 || minutes > 59 || text[2])
            return false;
    }
    *ret_minutes = sign * (hours * 60 + minutes);
    return true;
}

static bool is_time_of_day(const char *text)
{
    const int hour = two_digits(text),
              minute = hour < 0 || text[2] != ':' ? -1 : two_digits(text + 3);
    const int second = minute < 0 || text[5] != ':' ? -1 : two_digits(text + 6);
    int zone, utc;

    if (second < 0)
        return false;
    text += strlen("00:00:00");
    if (*text == '.') {
        const size_t digits = strspn(text + 1, "0123456789");

        if (digits == 0)
            return false;
        text += 1 + digits;
    }
    if (!take_zone(text, &zone))
        return false;
    if (hour <= 23 && minute <= 59 && second < 60)
        return true;
    utc = hour * 60 + minute - zone; /* a leap second is the last one of a day */
    return second == 60 && minute <= 59 && (utc == 24 * 60 - 1 || utc == -1);
}

/* RFC 3339; where it has "T", any space may be. */
bool language_is_time(const char *text)
{
    const size_t length = strlen("2026-01-01");

    return strlen(text) > length && strchr("Tt \t\n\r\v\f", text[length]) && is_date(text) &&
           is_time_of_day(text + length + 1);
}

bool language_is_jsonata(json_t *value)
{
    const char *text = json_string_value(value);

    return text && strlen(text) > strlen("{%  %}") && g_str_has_prefix(text, "{% ") &&
           g_str_has_suffix(text, " %}") && !line_end(text);
}

bool language_is_plain(json_t *value)
{
    const char *text = json_string_value(value);

    return text && language_is_line(text) && !g_str_has_prefix(text, "{% ");
}
