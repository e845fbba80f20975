#include "config/yaml_scalar.h"

#include <glib.h>
#include <string.h>

#include "config/number.h"

/* Most scalars begin as none of the words does. */
static bool is_one_of(const char *text, const char *const *words)
{
    return strchr("~nNtTfF.", *text) && g_strv_contains(words, text);
}

static json_t *read_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return is_one_of(text, words) ? json_null() : NULL;
}

static json_t *read_bool(const char *text)
{
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};

    if (is_one_of(text, yes))
        return json_true();
    return is_one_of(text, no) ? json_false() : NULL;
}

/* Digits of a base that JavaScript's parseInt would read: exact as far as int64 goes, then a
 * double. */
static json_t *read_digits(const char *digits, unsigned base, bool negative)
{
    guint64 exact = 0;
    double value = 0;
    bool fits = true;

    if (!*digits)
        return NULL;
    for (; *digits; digits++) {
        int digit = g_ascii_xdigit_value(*digits);

        if (digit < 0 || (unsigned)digit >= base)
            return NULL;
        value = value * base + digit;
        fits = fits && exact <= (G_MAXINT64 - (guint64)digit) / base;
        exact = exact * base + (guint64)digit;
    }
    if (fits)
        return json_integer(negative ? -(gint64)exact : (gint64)exact);
    return value <= G_MAXDOUBLE ? number_from_double(negative ? -value : value) : NULL;
}

static json_t *read_int(const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+');
    unsigned base = 0;

    if (digits[0] == '0')
        base = digits[1] == 'b' ? 2 : digits[1] == 'o' ? 8 : digits[1] == 'x' ? 16 : 0;
    if (base)
        return read_digits(digits + 2, base, *text == '-');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return NULL;
    return number_read(text);
}

/* [-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)? or \.[0-9]+([eE][-+]?[0-9]+)? */
static bool is_float(const char *text)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789"), fraction;

    if (whole == 0 && (at != text || *at != '.'))
        return false;
    at += whole;
    if (*at == '.') {
        fraction = strspn(at + 1, "0123456789");
        if (whole == 0 && fraction == 0)
            return false;
        at += 1 + fraction;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        if (!g_ascii_isdigit(*at))
            return false;
        at += strspn(at, "0123456789");
    }
    return *at == '\0';
}

static bool is_not_finite(const char *text)
{
    static const char *const infinity[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const not_a_number[] = {".nan", ".NaN", ".NAN", NULL};

    return is_one_of(text + (*text == '-' || *text == '+'), infinity) ||
           is_one_of(text, not_a_number);
}

json_t *yaml_scalar_read(const char *text, size_t length, YamlScalarKind kind, bool *ret_not_finite)
{
    json_t *value = NULL;

    if (kind == YAML_SCALAR_ANY || kind == YAML_SCALAR_NULL)
        value = read_null(text);
    if (!value && (kind == YAML_SCALAR_ANY || kind == YAML_SCALAR_BOOL))
        value = read_bool(text);
    if (!value && kind != YAML_SCALAR_NULL && kind != YAML_SCALAR_BOOL)
        value = read_int(text);
    if (!value && (kind == YAML_SCALAR_ANY || kind == YAML_SCALAR_FLOAT)) {
        if (is_not_finite(text)) {
            *ret_not_finite = true;
            return NULL;
        }
        value = is_float(text) ? number_read(text) : NULL;
    }
    if (!value && kind == YAML_SCALAR_ANY)
        value = json_stringn(text, length);
    return value;
}
