#include "reconcile/package/glob_nodes.h"

#include <string.h>

/* The insides of the classes that have names, as in a regular expression. */
static const struct {
    const char *name, *inside;
} named[] = {
    {"alnum", "a-zA-Z0-9"},        {"alpha", "a-zA-Z"},
    {"ascii", "\\x00-\\x7F"},      {"blank", " \\t"},
    {"cntrl", "\\x00-\\x1F\\x7F"}, {"digit", "0-9"},
    {"graph", "\\x21-\\x7E"},      {"lower", "a-z"},
    {"print", "\\x20-\\x7E"},      {"punct", "\\-!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~"},
    {"space", " \\t\\r\\n\\v\\f"}, {"upper", "A-Z"},
    {"word", "A-Za-z0-9_"},        {"xdigit", "A-Fa-f0-9"},
};

/* What is read of a class: its inside, written as one of a regular expression. */
typedef struct {
    GString *inside;
    const char *at;
    GlobSyntax syntax;
    bool is_named;
} Reading;

static void add_range(CharacterClass *class, gunichar2 first, gunichar2 last)
{
    const CharacterRange range = {first, last};

    g_array_append_val(class->ranges, range);
}

/* Ranges of a named escape, and the same the other way round. */
static bool add_escape(CharacterClass *class, gunichar2 letter)
{
    static const char *const sets[] = {"dd09", "ww09AZ__az", "ss\t\r  "};
    const char lower = letter < 0x80 ? g_ascii_tolower((char)letter) : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
        unsigned next = 0;

        if (sets[i][0] != lower)
            continue;
        for (const char *pair = sets[i] + 2; *pair; pair += 2) {
            if (letter == (guchar)lower)
                add_range(class, (guchar)pair[0], (guchar)pair[1]);
            else if ((guchar)pair[0] > next)
                add_range(class, (gunichar2)next, (gunichar2)((guchar)pair[0] - 1));
            next = (unsigned)(guchar)pair[1] + 1;
        }
        if (letter != (guchar)lower)
            add_range(class, (gunichar2)next, 0xffff);
        return true;
    }
    return false;
}

bool glob_class_of_escape(char letter, CharacterClass *ret)
{
    static const char controls[] = "n\nr\rt\tf\fv\v";
    CharacterClass class = {.ranges = g_array_new(FALSE, FALSE, sizeof(CharacterRange))};
    bool found = add_escape(&class, (guchar)letter);

    for (const char *pair = controls; *pair && !found; pair += 2)
        if (*pair == letter) {
            add_range(&class, (guchar)pair[1], (guchar)pair[1]);
            found = true;
        }
    if (found)
        *ret = class;
    else
        g_array_unref(class.ranges);
    return found;
}

static gunichar2 hex_unit(const gunichar2 **at, const gunichar2 *end, unsigned digits)
{
    unsigned value = 0;

    if (end - *at < (ptrdiff_t)digits)
        return 0;
    for (unsigned i = 0; i < digits; i++) {
        const gunichar2 c = (*at)[i];

        if (c >= 0x80 || !g_ascii_isxdigit((char)c))
            return 0;
        value = value * 16 + (unsigned)g_ascii_xdigit_value((char)c);
    }
    *at += digits;
    return (gunichar2)value;
}

/* One member; *ret_set when it is a set like \d, which was added. */
static gunichar2 take_unit(CharacterClass *class, const gunichar2 **at, const gunichar2 *end,
                           bool *ret_set)
{
    static const char controls[] = "n\nr\rt\tf\fv\vb\b";
    gunichar2 c = *(*at)++;

    *ret_set = false;
    if (c != '\\' || *at >= end)
        return c;
    c = *(*at)++;
    if (add_escape(class, c)) {
        *ret_set = true;
        return 0;
    }
    if (c == 'x')
        return hex_unit(at, end, 2);
    for (const char *pair = controls; *pair; pair += 2)
        if (c == (guchar)*pair)
            return (guchar)pair[1];
    return c;
}

/* Reads the inside as JavaScript does; without ranges when one runs backwards, "[z-a]". */
static void read_inside(const char *inside, CharacterClass *ret)
{
    glong length = 0;
    g_autofree gunichar2 *units = g_utf8_to_utf16(inside, -1, NULL, &length, NULL);
    const gunichar2 *at = units, *end = units + length;
    CharacterClass class = {.ranges = g_array_new(FALSE, FALSE, sizeof(CharacterRange))};
    bool backwards = false;

    if (at < end && *at == '^') {
        class.negated = true;
        at++;
    }
    while (at < end && !backwards) {
        bool first_set, last_set = false;
        const gunichar2 first = take_unit(&class, &at, end, &first_set);
        gunichar2 last = first;

        if (end - at >= 2 && *at == '-') {
            at++;
            last = take_unit(&class, &at, end, &last_set);
            if (first_set || last_set) { /* then the '-' is itself, and so is what is no set */
                add_range(&class, '-', '-');
                if (!last_set)
                    add_range(&class, last, last);
                last = first;
            }
        }
        backwards = last < first;
        if (!first_set)
            add_range(&class, first, last);
    }
    if (backwards)
        g_clear_pointer(&class.ranges, g_array_unref);
    *ret = class;
}

/* A ':' within the class: the second one after a '[' ends a name. */
static bool take_name(Reading *reading)
{
    const char *open = strrchr(reading->inside->str, '[');

    if (!open)
        return false;
    reading->is_named = true;
    if (!strchr(reading->inside->str, ':') || open[1] != ':')
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++)
        if (strcmp(open + 2, named[i].name) == 0) {
            g_string_truncate(reading->inside, (gsize)(open - reading->inside->str));
            g_string_append(reading->inside, named[i].inside);
            reading->at++;
            if (*reading->at)
                reading->at = g_utf8_next_char(reading->at); /* not looked at: "]" is meant */
            return true;
        }
    return false;
}

static void take_escape(Reading *reading)
{
    if (reading->syntax == GLOB_IGNORE_FILE || !strchr("/.;", reading->at[1])) {
        g_string_append_c(reading->inside, '\\');
        if (strchr("dDwWsSnrtfvbxu0123456789c", reading->at[1]) &&
            reading->syntax == GLOB_IGNORE_FILE)
            g_string_truncate(reading->inside, reading->inside->len - 1);
    }
    reading->at++;
    g_string_append_len(reading->inside, reading->at, g_utf8_next_char(reading->at) - reading->at);
    reading->at = g_utf8_next_char(reading->at);
}

static void take_character(Reading *reading)
{
    const char c = *reading->at;
    const bool first = reading->inside->len == 0;

    if ((c == '[' && reading->at[1] != ':') || (c == '-' && reading->at[1] == ']') || c == ']')
        g_string_append_c(reading->inside, '\\');
    if (first && c == '!' && reading->syntax != GLOB_MATCH)
        g_string_append_c(reading->inside, '^');
    else
        g_string_append_len(reading->inside, reading->at,
                            g_utf8_next_char(reading->at) - reading->at);
    reading->at = g_utf8_next_char(reading->at);
}

/* Up to the ']' that ends the class; the first character is never it. */
static bool take_inside(Reading *reading)
{
    for (reading->at++; *reading->at;) {
        const char *inside = reading->inside->str;

        if (*reading->at == '\\' && !reading->at[1])
            return false;
        if (*reading->at == '\\')
            take_escape(reading);
        else if (*reading->at == ']' && *inside && strcmp(inside, "^") != 0)
            return true;
        else if (*reading->at != ':' || !take_name(reading))
            take_character(reading);
    }
    return false;
}

/* "[id].js" is a usual file name: without any special character the class stands for itself too. */
static char *own_text(const char *inside)
{
    GString *text = g_string_new("[");

    for (; *inside; inside++)
        if (*inside != '\\' || !inside[1])
            g_string_append_c(text, *inside);
    g_string_append_c(text, ']');
    return g_string_free(text, FALSE);
}

bool glob_class_parse(const char **at, GlobSyntax syntax, CharacterClass *ret, char **ret_text)
{
    Reading reading = {.inside = g_string_new(NULL), .at = *at, .syntax = syntax};
    const bool ends = strchr(*at, ']') && take_inside(&reading);
    const char *inside = reading.inside->str;

    *ret_text = NULL;
    if (ends) {
        if (syntax != GLOB_IGNORE_FILE && !inside[strcspn(inside, "-*+?.^${}(|)[]")])
            *ret_text = own_text(inside);
        /* a path's separator is never meant by what is not named */
        if (*inside == '^' && !reading.is_named && !strchr(inside, '/'))
            g_string_append_c(reading.inside, '/');
        read_inside(reading.inside->str, ret);
        *at = reading.at + 1;
    }
    g_string_free(reading.inside, TRUE);
    return ends;
}

const char *glob_class_end(const char *at)
{
    Reading reading = {.inside = g_string_new(NULL), .at = at, .syntax = GLOB_MATCH};
    const bool ends = strchr(at, ']') && take_inside(&reading);

    g_string_free(reading.inside, TRUE);
    return ends ? reading.at + 1 : at + 1;
}

static int by_bytes(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What stands between dots and commas, and what of these is no "..". */
static GPtrArray *split_range(const char *text)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);

    while (*text) {
        size_t length = strcspn(text, ".,");

        if (length == 0 && strncmp(text, "..", 2) == 0) {
            text += 2;
            continue;
        }
        length = MAX(length, 1);
        g_ptr_array_add(parts, g_strndup(text, length));
        text += length;
    }
    g_ptr_array_sort(parts, by_bytes);
    return parts;
}

bool glob_class_of_range(const char *inner, size_t length, CharacterClass *ret)
{
    g_autofree char *text = g_strndup(inner, length), *inside = NULL;
    g_autoptr(GPtrArray) parts = split_range(text);

    g_ptr_array_add(parts, NULL);
    inside = g_strjoinv("-", (char **)parts->pdata);
    read_inside(inside, ret);
    return ret->ranges != NULL;
}
