#define _GNU_SOURCE /* qsort_r */
#include "config/json_text.h"

#include "config/document.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
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

/* Most are of a digit or two, for which printf takes long. */
static void append_integer(GString *text, json_int_t number)
{
    if (number >= 0 && number < 10)
        g_string_append_c(text, (char)('0' + number));
    else
        g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, number);
}

static void append_number(GString *text, const json_t *number)
{
    if (json_is_integer(number))
        append_integer(text, json_integer_value(number));
    else
        append_real(text, json_real_value(number));
}

/* g_string_append_len costs more than most of what is appended here. */
static void put(GString *text, const char *bytes, size_t length)
{
    if (length >= text->allocated_len - text->len) {
        g_string_append_len(text, bytes, (gssize)length);
        return;
    }
    memcpy(text->str + text->len, bytes, length);
    text->len += length;
    text->str[text->len] = '\0';
}

static void append_escape(GString *text, unsigned char c)
{
    const char *escaped = c ? strchr("\"\"\\\\\bb\ff\nn\rr\tt", c) : NULL;

    if (escaped)
        g_string_append_printf(text, "\\%c", c == '"' || c == '\\' ? c : escaped[1]);
    else
        g_string_append_printf(text, "\\u%04x", c);
}

/* How many bytes need no escape: eight at a time, as most strings have none. */
static size_t plain_length(const char *string, size_t length)
{
    const uint64_t ones = UINT64_MAX / 255, highs = ones << 7;
    size_t i = 0;

    for (uint64_t bytes; i + sizeof bytes <= length; i += sizeof bytes) {
        uint64_t quote, slash;

        memcpy(&bytes, string + i, sizeof bytes);
        quote = bytes ^ ones * '"';
        slash = bytes ^ ones * '\\';
        /* a byte below n leaves its highest bit in (byte - n) & ~byte */
        if (((bytes - ones * 0x20) & ~bytes & highs) || ((quote - ones) & ~quote & highs) ||
            ((slash - ones) & ~slash & highs))
            break;
    }
    while (i < length && (unsigned char)string[i] >= 0x20 && string[i] != '"' && string[i] != '\\')
        i++;
    return i;
}

static void append_string(GString *text, const char *string, size_t length)
{
    size_t plain = plain_length(string, length);

    if (plain == length && length + 2 < text->allocated_len - text->len) { /* nearly always */
        char *at = text->str + text->len;

        *at++ = '"';
        memcpy(at, string, length);
        memcpy(at + length, "\"", 2);
        text->len += length + 2;
        return;
    }
    g_string_append_c(text, '"');
    for (; length > 0; plain = plain_length(string, length)) {
        put(text, string, plain);
        string += plain;
        length -= plain;
        if (length > 0) {
            append_escape(text, (unsigned char)*string++);
            length--;
        }
    }
    g_string_append_c(text, '"');
}

typedef struct {
    GString *text;
    JsonTextStyle style;
    JsonKeyOrder compare; /* NULL: keys as they come */
} Writer;

static void append_value(const Writer *writer, const json_t *value, unsigned level);

static void append_line(const Writer *writer, unsigned level)
{
    static const char line[] = "\n                                                                ";
    const size_t most = sizeof line - 2;
    size_t width = 2 * (size_t)level;

    if (!(writer->style & JSON_TEXT_INDENT))
        return;
    put(writer->text, line, 1 + MIN(width, most));
    for (; width > most; width -= most)
        put(writer->text, line + 1, MIN(width - most, most));
}

static void append_array(const Writer *writer, const json_t *array, unsigned level)
{
    size_t count = json_array_size(array);

    g_string_append_c(writer->text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            g_string_append_c(writer->text, ',');
        append_line(writer, level + 1);
        append_value(writer, json_array_get(array, i), level + 1);
    }
    if (count > 0)
        append_line(writer, level);
    g_string_append_c(writer->text, ']');
}

typedef struct {
    const char *key;
    const json_t *value;
} Member;

static void append_member(const Writer *writer, const Member *member, bool is_first, unsigned level)
{
    if (!is_first)
        g_string_append_c(writer->text, ',');
    append_line(writer, level);
    append_string(writer->text, member->key, strlen(member->key));
    put(writer->text, ": ", writer->style & JSON_TEXT_INDENT ? 2 : 1);
    append_value(writer, member->value, level);
}

static int compare_members(const void *first, const void *second, void *writer)
{
    return ((const Writer *)writer)
        ->compare(((const Member *)first)->key, ((const Member *)second)->key);
}

static void append_sorted(const Writer *writer, json_t *object, unsigned level)
{
    g_autofree Member *members = g_new(Member, json_object_size(object));
    size_t count = 0;

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        members[count++] = (Member){json_object_iter_key(at), json_object_iter_value(at)};
    if (count > 1)
        qsort_r(members, count, sizeof *members, compare_members, (void *)writer);
    for (size_t i = 0; i < count; i++)
        append_member(writer, &members[i], i == 0, level);
}

static void append_object(const Writer *writer, const json_t *constant, unsigned level)
{
    json_t *object = (json_t *)constant; /* jansson's iteration takes no const, changes nothing */
    void *first = json_object_iter(object);

    g_string_append_c(writer->text, '{');
    if (writer->compare) {
        append_sorted(writer, object, level + 1);
    } else {
        for (void *at = first; at; at = json_object_iter_next(object, at)) {
            Member member = {json_object_iter_key(at), json_object_iter_value(at)};

            append_member(writer, &member, at == first, level + 1);
        }
    }
    if (first)
        append_line(writer, level);
    g_string_append_c(writer->text, '}');
}

static void append_value(const Writer *writer, const json_t *value, unsigned level)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        append_object(writer, value, level);
        break;
    case JSON_ARRAY:
        append_array(writer, value, level);
        break;
    case JSON_STRING:
        append_string(writer->text, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        append_number(writer->text, value);
        break;
    case JSON_TRUE:
        g_string_append(writer->text, "true");
        break;
    case JSON_FALSE:
        g_string_append(writer->text, "false");
        break;
    case JSON_NULL:
        g_string_append(writer->text, "null");
        break;
    }
}

void json_text_append(GString *text, const json_t *value, JsonTextStyle style)
{
    const Writer writer = {text, style, style & JSON_TEXT_SORT_KEYS ? strcmp : NULL};

    g_assert(value);
    append_value(&writer, value, 0);
}

char *json_text(const json_t *value, JsonTextStyle style)
{
    GString *text = g_string_new(NULL);

    json_text_append(text, value, style);
    return g_string_free(text, FALSE);
}

char *json_text_ordered(const json_t *value, JsonKeyOrder compare)
{
    const Writer writer = {g_string_new(NULL), JSON_TEXT_COMPACT, compare};

    append_value(&writer, value, 0);
    return g_string_free(writer.text, FALSE);
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
