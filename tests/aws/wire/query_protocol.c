#include "tests/aws/wire/query_protocol.h"
#include "config/json_text.h"
#include "tests/aws/wire/message.h"
#include <string.h>

enum { DEPTH_LIMIT = 16, LIST_LIMIT = 100000 };

static bool is_number(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static int compare_numbers(const void *a, const void *b)
{
    gint64 left = g_ascii_strtoll(*(const char *const *)a, NULL, 10);
    gint64 right = g_ascii_strtoll(*(const char *const *)b, NULL, 10);

    return left < right ? -1 : left > right;
}

/* An object whose keys are all numbers, as an array in their order. NULL for any other. */
static json_t *numbered_to_array(json_t *object)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    const char *key = NULL;
    json_t *value = NULL, *array = NULL;

    json_object_foreach(object, key, value)
    {
        if (!is_number(key))
            return NULL;
        g_ptr_array_add(keys, (void *)key);
    }
    if (keys->len == 0)
        return NULL;
    g_ptr_array_sort(keys, compare_numbers);
    array = json_array();
    for (guint i = 0; i < keys->len; i++)
        json_array_append(array, json_object_get(object, keys->pdata[i]));
    return array;
}

static json_t *lists_restored(json_t *value)
{
    json_t *member = NULL, *array = NULL;
    const char *key = NULL;
    void *next = NULL;

    if (!json_is_object(value))
        return json_incref(value);
    json_object_foreach_safe(value, next, key, member)
        json_object_set_new(value, key, lists_restored(member));
    member = json_object_get(value, "member");
    if (member != NULL && json_object_size(value) == 1 && json_is_array(member))
        return json_incref(member);
    array = numbered_to_array(value);
    return array != NULL ? array : json_incref(value);
}

static void put(json_t *root, const char *name, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", DEPTH_LIMIT);
    json_t *at = root;

    for (char **part = parts; *part != NULL; part++) {
        json_t *next = NULL;

        if (part[1] == NULL) {
            json_object_set_new(at, *part, json_string(value));
            return;
        }
        next = json_object_get(at, *part);
        if (!json_is_object(next)) {
            next = json_object();
            json_object_set_new(at, *part, next);
        }
        at = next;
    }
}

json_t *query_input(const GPtrArray *pairs)
{
    json_auto_t *root = json_object();

    for (guint i = 0; i < pairs->len && i < LIST_LIMIT; i++) {
        const QueryPair *pair = pairs->pdata[i];

        put(root, pair->name, pair->value);
    }
    return lists_restored(root);
}

void xml_append_text(GString *xml, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        switch (*at) {
        case '&':
            g_string_append(xml, "&amp;");
            break;
        case '<':
            g_string_append(xml, "&lt;");
            break;
        case '>':
            g_string_append(xml, "&gt;");
            break;
        case '"':
            g_string_append(xml, "&quot;");
            break;
        case '\r':
            g_string_append(xml, "&#13;");
            break;
        default:
            if (*at >= 0x20 || *at == '\n' || *at == '\t')
                g_string_append_c(xml, (char)*at);
        }
    }
}

static void append_element(GString *xml, const char *name, json_t *value, XmlLists lists);

static void append_value(GString *xml, json_t *value, XmlLists lists)
{
    if (json_is_object(value)) {
        xml_append_members(xml, value, lists);
    } else if (json_is_string(value)) {
        xml_append_text(xml, json_string_value(value));
    } else if (json_is_boolean(value)) {
        g_string_append(xml, json_is_true(value) ? "true" : "false");
    } else if (json_is_number(value)) {
        g_autofree char *text = json_number_text(value);

        g_string_append(xml, text);
    } else if (json_is_array(value)) {
        size_t i = 0;
        json_t *item = NULL;

        json_array_foreach(value, i, item) append_element(xml, "member", item, lists);
    }
}

static void append_element(GString *xml, const char *name, json_t *value, XmlLists lists)
{
    if (json_is_null(value))
        return;
    g_string_append_printf(xml, "<%s>", name);
    append_value(xml, value, lists);
    g_string_append_printf(xml, "</%s>", name);
}

void xml_append_members(GString *xml, json_t *object, XmlLists lists)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(object, key, value)
    {
        if (json_is_array(value) && lists == XML_LISTS_FLAT) {
            size_t i = 0;
            json_t *item = NULL;

            json_array_foreach(value, i, item) append_element(xml, key, item, lists);
        } else {
            append_element(xml, key, value, lists);
        }
    }
}
