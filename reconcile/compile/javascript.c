#include "reconcile/compile/javascript.h"
#include <glib.h>
#include <string.h>

bool js_is_truthy(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) < 0 || json_real_value(value) > 0;
    default:
        return true;
    }
}

bool js_is_present(const json_t *value)
{
    return value && !json_is_null(value);
}

/* Array indices are 0 … 2^32 - 2 in their one decimal spelling. */
static bool is_array_index(const char *key, guint64 *ret)
{
    size_t length = g_ascii_isdigit(*key) ? strspn(key, "0123456789") : 0;

    if (length == 0 || key[length] || length > 10 || (key[0] == '0' && length > 1))
        return false;
    *ret = g_ascii_strtoull(key, NULL, 10);
    return *ret < G_MAXUINT32;
}

static int compare_indices(const void *first, const void *second)
{
    guint64 a = 0, b = 0;

    is_array_index(*(char *const *)first, &a);
    is_array_index(*(char *const *)second, &b);
    return (a > b) - (a < b);
}

/* Takes every member out and puts it back in the order of `keys`. */
static void reorder(json_t *object, GPtrArray *keys)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();

    for (guint i = 0; i < keys->len; i++)
        g_ptr_array_add(values, json_incref(json_object_get(object, keys->pdata[i])));
    json_object_clear(object);
    for (guint i = 0; i < keys->len; i++)
        json_object_set_new_nocheck(object, keys->pdata[i], values->pdata[i]);
}

static bool has_indices(json_t *object)
{
    const char *key;
    json_t *value;
    guint64 index;

    json_object_foreach(object, key, value) if (is_array_index(key, &index)) return true;
    return false;
}

static void order_object(json_t *object)
{
    g_autoptr(GPtrArray) indices = NULL;
    const char *key;
    json_t *value;
    guint64 index;

    if (!has_indices(object))
        return;
    indices = g_ptr_array_new_with_free_func(g_free);
    json_object_foreach(object, key, value) if (is_array_index(key, &index))
        g_ptr_array_add(indices, g_strdup(key));
    g_ptr_array_sort(indices, compare_indices);
    json_object_foreach(object, key, value) if (!is_array_index(key, &index))
        g_ptr_array_add(indices, g_strdup(key));
    reorder(object, indices);
}

void js_order_keys(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_object(value)) {
        order_object(value);
        json_object_foreach(value, key, item) js_order_keys(item);
    }
    json_array_foreach(value, i, item) js_order_keys(item);
}

/* ICU's root order of what is printable in ASCII, letters folded. */
static unsigned collation_weight(gunichar character)
{
    static const char order[] =
        " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";
    const char *at;

    if (character == 0 || character >= 128)
        return 128 + character;
    at = strchr(order, g_ascii_tolower((char)character));
    return at ? (unsigned)(at - order) + 1 : 0;
}

/* By letters, and with `cases` by case where nothing else differs. */
static int compare_letters(const char *key, const char *other, bool cases)
{
    int by_case = 0;

    for (; *key && *other; key = g_utf8_next_char(key), other = g_utf8_next_char(other)) {
        gunichar a = g_utf8_get_char(key), b = g_utf8_get_char(other);
        unsigned weight, against;

        if (a == b)
            continue;
        weight = collation_weight(a);
        against = collation_weight(b);
        if (weight != against)
            return weight < against ? -1 : 1;
        if (by_case == 0)
            by_case = a > b ? -1 : 1;
    }
    if (*key || *other)
        return *key ? 1 : -1;
    return cases ? by_case : 0;
}

/* Parts letters and the marks on them ("ü" is u and a diaeresis). */
static void part_marks(const char *text, GString *letters, GString *marks)
{
    g_autofree char *parted = g_utf8_normalize(text, -1, G_NORMALIZE_NFD);

    for (const char *at = parted ? parted : text; *at; at = g_utf8_next_char(at))
        g_string_append_unichar(g_unichar_ismark(g_utf8_get_char(at)) ? marks : letters,
                                g_utf8_get_char(at));
}

static bool is_ascii(const char *text)
{
    while (*text && (guchar)*text < 128)
        text++;
    return !*text;
}

int js_locale_compare(const char *key, const char *other)
{
    g_autoptr(GString) letters = NULL, marks = NULL, others = NULL, other_marks = NULL;
    int order;

    if (is_ascii(key) && is_ascii(other))
        return compare_letters(key, other, true);
    letters = g_string_new(NULL), marks = g_string_new(NULL);
    others = g_string_new(NULL), other_marks = g_string_new(NULL);
    part_marks(key, letters, marks);
    part_marks(other, others, other_marks);
    order = compare_letters(letters->str, others->str, false);
    if (order == 0)
        order = strcmp(marks->str, other_marks->str);
    return order ? order : compare_letters(letters->str, others->str, true);
}

int js_compare_keys(const char *key, const char *other)
{
    guint64 index, other_index;
    bool is_index = is_array_index(key, &index), is_other = is_array_index(other, &other_index);

    if (is_index && is_other)
        return (index > other_index) - (index < other_index);
    return is_index || is_other ? (int)is_other - (int)is_index : js_locale_compare(key, other);
}

static int compare_keys(const void *first, const void *second)
{
    return js_compare_keys(*(char *const *)first, *(char *const *)second);
}

json_t *js_sorted_keys(json_t *object)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    json_t *copy = json_object(), *item;
    const char *key;

    json_object_foreach(object, key, item) g_ptr_array_add(keys, (void *)key);
    g_ptr_array_sort(keys, compare_keys);
    for (guint i = 0; i < keys->len; i++)
        json_object_set_nocheck(copy, keys->pdata[i], json_object_get(object, keys->pdata[i]));
    return copy;
}
