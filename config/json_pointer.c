#include "config/document_tree.h"

#include <string.h>

void pointer_append(GString *pointer, const char *segment)
{
    g_string_append_c(pointer, '/');
    while (*segment) {
        size_t plain = strcspn(segment, "~/");

        g_string_append_len(pointer, segment, (gssize)plain);
        segment += plain;
        if (*segment)
            g_string_append(pointer, *segment++ == '~' ? "~0" : "~1");
    }
}

void pointer_append_index(GString *pointer, size_t index)
{
    char digits[24], *at = digits + sizeof digits; /* printf is slow for what every list asks for */

    do
        *--at = (char)('0' + index % 10);
    while (index /= 10);
    *--at = '/';
    g_string_append_len(pointer, at, digits + sizeof digits - at);
}

char *pointer_next(char **rest)
{
    char *segment = *rest, *to = segment, *from = segment;

    if (!segment)
        return NULL;
    while (*from && *from != '/') {
        bool escaped = *from == '~' && (from[1] == '0' || from[1] == '1');

        *to++ = escaped ? (from[1] == '0' ? '~' : '/') : *from;
        from += escaped ? 2 : 1;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return segment;
}

static json_t *array_get(const json_t *array, const char *segment)
{
    char *end = NULL;
    guint64 index = g_ascii_strtoull(segment, &end, 10);

    /* RFC 6901 knows no leading zeros, signs or spaces. */
    if (!g_ascii_isdigit(segment[0]) || *end || (segment[0] == '0' && segment[1]))
        return NULL;
    return json_array_get(array, index);
}

json_t *pointer_get(json_t *root, const char *pointer)
{
    g_autofree char *copy = g_strdup(pointer);
    char *rest = *copy ? copy + 1 : NULL, *name;

    if (*copy && *copy != '/')
        return NULL;
    while (root && (name = pointer_next(&rest)))
        root = json_is_array(root) ? array_get(root, name) : json_object_get(root, name);
    return root;
}
