#include "config/number.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <string.h>

/* Up to here every integer is a double of its own. */
#define MAX_SAFE_INTEGER 9007199254740992.0

json_t *number_from_double(double value)
{
    if (value == trunc(value) && fabs(value) <= MAX_SAFE_INTEGER)
        return json_integer((json_int_t)value);
    return json_real(value);
}

json_t *number_read(const char *decimal)
{
    double value;

    if (!strpbrk(decimal, ".eE")) {
        gint64 integer;

        errno = 0;
        integer = g_ascii_strtoll(decimal, NULL, 10);
        if (errno == 0)
            return json_integer(integer);
    }
    value = g_ascii_strtod(decimal, NULL);
    return isfinite(value) ? number_from_double(value) : NULL;
}
