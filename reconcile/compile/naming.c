#include "reconcile/compile/naming.h"
#include <string.h>

static void upper_first(GString *text)
{
    if (text->len > 0)
        text->str[0] = g_ascii_toupper(text->str[0]);
}

char *naming_normalize(const char *name)
{
    GString *id = g_string_sized_new(strlen(name) + 16);

    for (const char *at = name; *at; at++) {
        if (*at == '-')
            g_string_append(id, "Dash");
        else if (*at == '_')
            g_string_append(id, "Underscore");
        else
            g_string_append_c(id, *at);
    }
    upper_first(id);
    return g_string_free(id, FALSE);
}

char *naming_alphanumeric(const char *text)
{
    GString *id = g_string_sized_new(strlen(text));

    for (const char *at = text; *at; at++)
        if (g_ascii_isalnum(*at))
            g_string_append_c(id, *at);
    upper_first(id);
    return g_string_free(id, FALSE);
}

/* From the first "{" to the last "}" of a segment is one variable, so "{a}-{b}" is one too: the
 * framework's rule. */
static void append_segment(GString *id, const char *segment, size_t length)
{
    gsize start = id->len;
    const char *open = memchr(segment, '{', length);
    const char *close = open ? g_strrstr_len(segment, (gssize)length, "}") : NULL;

    for (const char *at = segment; at < segment + length; at++) {
        if (*at == '-')
            g_string_append(id, "Dash");
        else if (close > open && at == close)
            g_string_append(id, "Var");
        else if (g_ascii_isalnum(*at))
            g_string_append_c(id, g_ascii_tolower(*at));
    }
    if (id->len > start)
        id->str[start] = g_ascii_toupper(id->str[start]);
}

char *naming_path(const char *path)
{
    GString *id = g_string_sized_new(strlen(path) + 16);

    for (;;) {
        size_t length = strcspn(path, "/");

        append_segment(id, path, length);
        if (path[length] == '\0')
            return g_string_free(id, FALSE);
        path += length + 1;
    }
}
