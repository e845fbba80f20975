#include "config/json_text.h"

#include "config/document.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* JavaScript writes numbers with exponents from 1e21 up and below 1e-6 (ECMA-262,
 * Number::toString). */
#define LARGEST_PLAIN_EXPONENT 21
#define SMALLEST_PLAIN_EXPONENT (-6)
#define MAX_DIGITS 17

/* The shortest digits that read back as `number` (> 0), without a point, and where the point
 * stands. */
static int shortest_digits(double number, char digits[MAX_DIGITS + 1], int *ret_point)
{
    char text[40];
    int count = 0;

    for (int precision = 0; precision < MAX_DIGITS; precision++) {
        char format[8];

        g_snprintf(format, sizeof format, "%%.%de", precision);
        g_ascii_formatd(text, sizeof text, format, number);
        if (g_ascii_strtod(text, NULL) == number)
            break;
    }
    for (const char *at = text; *at && *at != 'e'; at++)
        if (g_ascii_isdigit(*at))
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    *ret_point = atoi(strchr(text, 'e') + 1) + 1;
    return count;
}

static void append_real(GString *text, double number)
{
    char digits[MAX_DIGITS + 1];
    int count, point;

    if (!isfinite(number)) {
        g_string_append(text, "null");
        return;
    }
    if (number == 0) {
        g_string_append_c(text, '0');
        return;
    }
    if (number < 0)
        g_string_append_c(text, '-');
    count = shortest_digits(fabs(number), digits, &point);
    if (point > SMALLEST_PLAIN_EXPONENT && point <= 0) {
        g_string_append_printf(text, "0.%.*s%s", -point, "000000", digits);
    } else if (point > 0 && point <= LARGEST_PLAIN_EXPONENT) {
        g_string_append_printf(text, "%.*s", point, digits);
        for (int i = count; i < point; i++)
            g_string_append_c(text, '0');
        if (count > point)
            g_string_append_printf(text, ".%s", digits + point);
    } else {
        g_string_append_c(text, digits[0]);
        if (count > 1)
            g_string_append_printf(text, ".%s", digits + 1);
        g_string_append_printf(text, "e%c%d", point > 0 ? '+' : '-', abs(point - 1));
    }
}

static void append_number(GString *text, const json_t *number)
{
    if (json_is_integer(number))
        g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    else
        append_real(text, json_real_value(number));
}

static void append_string(GString *text, const char *string, size_t length)
{
    size_t start = 0;

    g_string_append_c(text, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)string[i];
        const char *escaped;

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        g_string_append_len(text, string + start, (gssize)(i - start));
        start = i + 1;
        escaped = c ? strchr("\"\"\\\\\bb\ff\nn\rr\tt", c) : NULL;
        if (escaped)
            g_string_append_printf(text, "\\%c", c == '"' || c == '\\' ? c : escaped[1]);
        else
            g_string_append_printf(text, "\\u%04x", c);
    }
    g_string_append_len(text, string + start, (gssize)(length - start));
    g_string_append_c(text, '"');
}

static void append_value(GString *text, const json_t *value, JsonTextStyle style, unsigned level);

static void append_line(GString *text, JsonTextStyle style, unsigned level)
{
    if (!(style & JSON_TEXT_INDENT))
        return;
    g_string_append_c(text, '\n');
    for (unsigned i = 0; i < level; i++)
        g_string_append(text, "  ");
}

static void append_array(GString *text, const json_t *array, JsonTextStyle style, unsigned level)
{
    size_t count = json_array_size(array);

    g_string_append_c(text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            g_string_append_c(text, ',');
        append_line(text, style, level + 1);
        append_value(text, json_array_get(array, i), style, level + 1);
    }
    if (count > 0)
        append_line(text, style, level);
    g_string_append_c(text, ']');
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys in the order of writing: (transfer full), the strings borrowed. */
static const char **object_keys(const json_t *object, bool sorted)
{
    const char **keys = g_new(const char *, json_object_size(object) + 1);
    size_t count = 0;

    /* jansson's iteration takes no const, but changes nothing. */
    for (void *at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at))
        keys[count++] = json_object_iter_key(at);
    if (sorted)
        qsort(keys, count, sizeof *keys, compare_keys);
    keys[count] = NULL;
    return keys;
}

static void append_object(GString *text, const json_t *object, JsonTextStyle style, unsigned level)
{
    g_autofree const char **keys = object_keys(object, style & JSON_TEXT_SORT_KEYS);

    g_string_append_c(text, '{');
    for (const char **key = keys; *key; key++) {
        if (key > keys)
            g_string_append_c(text, ',');
        append_line(text, style, level + 1);
        append_string(text, *key, strlen(*key));
        g_string_append(text, style & JSON_TEXT_INDENT ? ": " : ":");
        append_value(text, json_object_get(object, *key), style, level + 1);
    }
    if (keys[0])
        append_line(text, style, level);
    g_string_append_c(text, '}');
}

static void append_value(GString *text, const json_t *value, JsonTextStyle style, unsigned level)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        append_object(text, value, style, level);
        break;
    case JSON_ARRAY:
        append_array(text, value, style, level);
        break;
    case JSON_STRING:
        append_string(text, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        append_number(text, value);
        break;
    case JSON_TRUE:
        g_string_append(text, "true");
        break;
    case JSON_FALSE:
        g_string_append(text, "false");
        break;
    case JSON_NULL:
        g_string_append(text, "null");
        break;
    }
}

void json_text_append(GString *text, const json_t *value, JsonTextStyle style)
{
    g_assert(value);
    append_value(text, value, style, 0);
}

char *json_text(const json_t *value, JsonTextStyle style)
{
    GString *text = g_string_new(NULL);

    json_text_append(text, value, style);
    return g_string_free(text, FALSE);
}

json_t *json_text_read(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    g_autoptr(Problems) problems = NULL;
    g_autoptr(Document) document = NULL;

    if (value)
        return value;
    problems = problems_new();
    document = document_parse("", text, strlen(text), DOCUMENT_JSON, problems);
    return document ? json_incref(document_root(document)) : NULL;
}

char *json_number_text(const json_t *number)
{
    GString *text = g_string_new(NULL);

    append_number(text, number);
    return g_string_free(text, FALSE);
}
