#include <string.h>

#include "reconcile/compile/schema/validator.h"

static GRegex *compiled(Validator *validator, const char *pattern, bool ignore_case)
{
    g_autofree char *key = g_strconcat(ignore_case ? "i" : "-", pattern, NULL);
    GRegex *regex = g_hash_table_lookup(validator->regexes, key);

    if (!regex) {
        /* JavaScript's $ matches at the very end only. */
        regex = g_regex_new(pattern, G_REGEX_DOLLAR_ENDONLY | (ignore_case ? G_REGEX_CASELESS : 0),
                            0, NULL);
        g_assert(regex);
        g_hash_table_insert(validator->regexes, g_steal_pointer(&key), regex);
    }
    return regex;
}

bool matches(Validator *validator, const char *pattern, bool ignore_case, const char *text)
{
    if (strlen(text) > VALIDATOR_MAX_SUBJECT_BYTES)
        return false;
    return g_regex_match(compiled(validator, pattern, ignore_case), text, 0, NULL);
}

static bool fits_pattern(Validator *validator, const Place *place, const char *shown,
                         const char *pattern, bool ignore_case)
{
    const char *text = json_string_value(place->data), *words = pattern_in_words(shown);
    g_autofree char *value = NULL;

    if (matches(validator, pattern, ignore_case, text))
        return true;
    value = describe_value(place->data);
    if (strlen(text) > VALIDATOR_MAX_SUBJECT_BYTES)
        return misfit(validator, MISFIT_OTHER, place, NULL,
                      "is too long (%zu bytes; at most %d here)", strlen(text),
                      VALIDATOR_MAX_SUBJECT_BYTES);
    return misfit(validator, MISFIT_OTHER, place, advice_on_pattern(place, shown),
                  "has to %s %s and is %s", words ? "be" : "match", words ? words : shown, value);
}

/* "/^token$/i" */
static bool fits_regexp(Validator *validator, const Place *place, const char *regexp)
{
    const char *end = strrchr(regexp, '/');
    g_autofree char *pattern = g_strndup(regexp + 1, (size_t)(end - regexp) - 1);

    return fits_pattern(validator, place, regexp, pattern, strchr(end, 'i') != NULL);
}

static bool fits_format(Validator *validator, const Place *place, const char *format)
{
    static const char date_time[] =
        "^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d:?\\d\\d)$";
    const char *text = json_string_value(place->data);
    g_autofree char *value = describe_value(place->data);

    if (strcmp(format, "uri") == 0 && !g_uri_is_valid(text, G_URI_FLAGS_NONE, NULL))
        return misfit(validator, MISFIT_OTHER, place, NULL, "has to be a URL and is %s", value);
    if (strcmp(format, "date-time") == 0 && !matches(validator, date_time, true, text))
        return misfit(validator, MISFIT_OTHER, place, NULL,
                      "has to be a date and time (2026-01-31T12:00:00Z) and is %s", value);
    return true;
}

static bool fits_length(Validator *validator, const Schema *schema, const Place *place)
{
    json_t *minimum = schema->of[KEYWORD_MIN_LENGTH], *maximum = schema->of[KEYWORD_MAX_LENGTH];
    json_int_t length;
    bool fits = true;

    if (!maximum && !minimum)
        return true;
    length = g_utf8_strlen(json_string_value(place->data), -1);
    if (maximum && length > json_integer_value(maximum))
        fits = misfit(validator, MISFIT_OTHER, place, NULL,
                      "can have at most %" JSON_INTEGER_FORMAT
                      " characters and has %" JSON_INTEGER_FORMAT,
                      json_integer_value(maximum), length);
    if (minimum && length < json_integer_value(minimum))
        fits = length == 0 ? misfit(validator, MISFIT_OTHER, place, NULL, "must not be empty")
                           : misfit(validator, MISFIT_OTHER, place, NULL,
                                    "needs at least %" JSON_INTEGER_FORMAT
                                    " characters and has %" JSON_INTEGER_FORMAT,
                                    json_integer_value(minimum), length);
    return fits;
}

bool check_text(Validator *validator, const Schema *schema, Place *place)
{
    const char *pattern, *format, *regexp;
    bool fits;

    if (!json_is_string(place->data))
        return true;
    pattern = json_string_value(schema->of[KEYWORD_PATTERN]);
    format = json_string_value(schema->of[KEYWORD_FORMAT]);
    regexp = json_string_value(schema->of[KEYWORD_REGEXP]);
    fits = fits_length(validator, schema, place);
    if (pattern)
        fits &= fits_pattern(validator, place, pattern, pattern, false);
    if (format)
        fits &= fits_format(validator, place, format);
    if (regexp)
        fits &= fits_regexp(validator, place, regexp);
    return fits;
}
