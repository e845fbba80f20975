#include "reconcile/aws/percent_encoding.h"
#include <string.h>

void percent_encode(GString *to, const char *text, const char *keep)
{
    for (; *text; text++) {
        if (g_ascii_isalnum(*text) || strchr("-._~", *text) || (keep && strchr(keep, *text)))
            g_string_append_c(to, *text);
        else
            g_string_append_printf(to, "%%%02X", (unsigned char)*text);
    }
}

char *percent_decode(const char *text, gssize length)
{
    size_t size = length < 0 ? strlen(text) : (size_t)length;
    GString *decoded = g_string_sized_new(size);

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && i + 2 < size && g_ascii_isxdigit(text[i + 1]) &&
            g_ascii_isxdigit(text[i + 2])) {
            g_string_append_c(decoded, (char)(g_ascii_xdigit_value(text[i + 1]) * 16 +
                                              g_ascii_xdigit_value(text[i + 2])));
            i += 2;
        } else {
            g_string_append_c(decoded, text[i]);
        }
    }
    return g_string_free(decoded, FALSE);
}
