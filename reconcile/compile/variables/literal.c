#include "reconcile/compile/variables/literal.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Number (text) is asked about whole words only; a longer text is none. */
#define MAX_NUMBER_BYTES 400
#define MAX_SAFE_INTEGER 9007199254740992.0 /* 2^53 */

static bool read_radix(const char *digits, unsigned radix, double *ret)
{
    double number = 0;

    if (!*digits)
        return false;
    for (; *digits; digits++) {
        int digit = g_ascii_xdigit_value(*digits);

        if (digit < 0 || (unsigned)digit >= radix)
            return false;
        number = number * radix + digit;
    }
    *ret = number;
    return true;
}

/* Whether it is [+-] digits [. digits] [e [+-] digits] with at least one digit before the exponent:
 * strtod takes more
 * ("inf", "0x1p3"). */
static bool is_decimal(const char *text)
{
    size_t before, after = 0;

    text += *text == '+' || *text == '-';
    before = strspn(text, "0123456789");
    text += before;
    if (*text == '.') {
        after = strspn(++text, "0123456789");
        text += after;
    }
    if (before + after == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        size_t digits;

        text++;
        text += *text == '+' || *text == '-';
        digits = strspn(text, "0123456789");
        if (digits == 0)
            return false;
        text += digits;
    }
    return *text == '\0';
}

bool literal_number(const char *text, size_t length, double *ret)
{
    char word[MAX_NUMBER_BYTES + 1];
    double number;

    while (length > 0 && g_ascii_isspace(*text))
        text++, length--;
    while (length > 0 && g_ascii_isspace(text[length - 1]))
        length--;
    if (length == 0 || length > MAX_NUMBER_BYTES || memchr(text, '\0', length))
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    if (word[0] == '0' && strchr("xX", word[1]) && word[1])
        return read_radix(word + 2, 16, ret);
    if (word[0] == '0' && strchr("oO", word[1]) && word[1])
        return read_radix(word + 2, 8, ret);
    if (word[0] == '0' && strchr("bB", word[1]) && word[1])
        return read_radix(word + 2, 2, ret);
    if (!is_decimal(word))
        return false;
    number = g_ascii_strtod(word, NULL);
    if (!isfinite(number))
        return false;
    *ret = number;
    return true;
}

json_t *literal_number_json(double number)
{
    if (number == floor(number) && fabs(number) <= MAX_SAFE_INTEGER)
        return json_integer((json_int_t)number);
    return json_real(number);
}

json_t *literal_parse(const char *text, size_t length)
{
    double number;

    if (length == 4 && memcmp(text, "true", 4) == 0)
        return json_true();
    if (length == 5 && memcmp(text, "false", 5) == 0)
        return json_false();
    if (length == 4 && memcmp(text, "null", 4) == 0)
        return json_null();
    return literal_number(text, length, &number) ? literal_number_json(number) : NULL;
}
