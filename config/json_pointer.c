#include "config/document_tree.h"

#include <string.h>

void pointer_append(GString *pointer, const char *segment)
{
    g_string_append_c(pointer, '/');
    for (; *segment; segment++) {
        if (*segment == '~')
            g_string_append(pointer, "~0");
        else if (*segment == '/')
            g_string_append(pointer, "~1");
        else
            g_string_append_c(pointer, *segment);
    }
}

void pointer_append_index(GString *pointer, size_t index)
{
    g_string_append_printf(pointer, "/%zu", index);
}

char *pointer_decode(const char *segment)
{
    GString *text = g_string_new(NULL);

    for (; *segment; segment++) {
        bool escaped = *segment == '~' && (segment[1] == '0' || segment[1] == '1');

        g_string_append_c(text, escaped ? (segment[1] == '0' ? '~' : '/') : *segment);
        segment += escaped;
    }
    return g_string_free(text, FALSE);
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
    g_auto(GStrv) segments = g_strsplit(pointer, "/", -1);

    if (segments[0] && segments[0][0])
        return NULL;
    for (char **segment = segments; root && *segment && segment[1]; segment++) {
        g_autofree char *name = pointer_decode(segment[1]);

        root = json_is_array(root) ? array_get(root, name) : json_object_get(root, name);
    }
    return root;
}
