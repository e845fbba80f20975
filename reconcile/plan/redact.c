#include "reconcile/plan/redact.h"
#include "config/json_text.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void add_spelling(GPtrArray *spellings, json_t *value, size_t flags)
{
    char *quoted = json_dumps(value, JSON_ENCODE_ANY | flags);

    if (!quoted)
        return;
    char *spelling = g_strndup(quoted + 1, strlen(quoted) - 2);
    if (g_ptr_array_find_with_equal_func(spellings, spelling, g_str_equal, NULL))
        g_free(spelling);
    else
        g_ptr_array_add(spellings, spelling);
    free(quoted);
}

/* Takes a spelling that is not there yet, unless it is so short that it is everywhere. */
static void take_spelling(GPtrArray *spellings, char *spelling)
{
    if (spelling && strlen(spelling) >= REDACT_INSIDE_MIN &&
        !g_ptr_array_find_with_equal_func(spellings, spelling, g_str_equal, NULL))
        g_ptr_array_add(spellings, spelling);
    else
        g_free(spelling);
}

/* What base64 makes of the secret where `before` bytes of the text stand before its first group of
 * three: the characters that hang on the secret alone. */
static char *base64_spelling(const char *secret, size_t before)
{
    size_t length = strlen(secret), first = (before * 8 + 5) / 6;
    size_t end = (before + length) * 8 / 6;
    g_autofree guchar *bytes = g_malloc0(before + length);
    g_autofree char *encoded = NULL;

    memcpy(bytes + before, secret, length); /* NOLINT(bugprone-not-null-terminated-result): bytes */
    encoded = g_base64_encode(bytes, before + length);
    return end > first ? g_strndup(encoded + first, end - first) : NULL;
}

/* Base64 (Fn::Base64 of a text that holds the secret), and the same for URLs. */
static void add_base64(GPtrArray *spellings, const char *secret)
{
    for (size_t before = 0; before < 3; before++) {
        char *spelling = base64_spelling(secret, before);
        char *for_urls = g_strdup(spelling);

        take_spelling(spellings, spelling);
        if (for_urls)
            g_strdelimit(g_strdelimit(for_urls, "+", '-'), "/", '_');
        take_spelling(spellings, for_urls);
    }
}

/* The ways in which a text may hold a secret: as it is, as JSON writes it, where the text is JSON
 * itself, and where it is not shorter than REDACT_INSIDE_MIN as base64 of a longer text and as a
 * URL writes it. (transfer full) char*. */
static GPtrArray *spellings_of(const char *secret)
{
    GPtrArray *spellings = g_ptr_array_new_with_free_func(g_free);
    json_t *value = json_string(secret); /* NULL: not UTF-8 */

    g_ptr_array_add(spellings, g_strdup(secret));
    if (strlen(secret) >= REDACT_INSIDE_MIN) {
        add_base64(spellings, secret);
        take_spelling(spellings, g_uri_escape_string(secret, NULL, FALSE));
    }
    if (value) {
        add_spelling(spellings, value, 0);
        add_spelling(spellings, value, JSON_ENSURE_ASCII);
        add_spelling(spellings, value, JSON_ESCAPE_SLASH);
    }
    json_decref(value);
    return spellings;
}

/* Takes `text`. (transfer full) */
static char *replace(char *text, const char *secret)
{
    if (!strstr(text, secret))
        return text;
    g_auto(GStrv) pieces = g_strsplit(text, secret, -1);
    g_free(text);
    return g_strjoinv(REDACTED, pieces);
}

static char *hide(const char *text, const GPtrArray *secrets, size_t inside_min)
{
    char *result = g_strdup(text);

    for (guint i = 0; text && secrets && i < secrets->len; i++) {
        const char *secret = secrets->pdata[i];
        if (secret[0] == '\0')
            continue;
        if (strcmp(result, secret) == 0) {
            g_free(result);
            return g_strdup(REDACTED);
        }
        if (strlen(secret) < inside_min)
            continue;
        g_autoptr(GPtrArray) spellings = spellings_of(secret);
        for (guint k = 0; k < spellings->len; k++)
            result = replace(result, spellings->pdata[k]);
    }
    return result;
}

char *redact_text(const char *text, const GPtrArray *secrets)
{
    return hide(text, secrets, REDACT_INSIDE_MIN);
}

char *redact_anywhere(const char *text, const GPtrArray *secrets)
{
    return hide(text, secrets, 1);
}

json_t *redact_json(json_t *value, const GPtrArray *secrets)
{
    const char *key;
    json_t *item, *copy;
    size_t i;

    if (json_is_string(value)) {
        g_autofree char *text = redact_text(json_string_value(value), secrets);
        return json_string(text);
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item) json_array_append_new(copy, redact_json(item, secrets));
        return copy;
    }
    if (json_is_number(value)) {
        g_autofree char *text = json_number_text(value);
        g_autofree char *shown = redact_text(text, secrets);

        return strcmp(text, shown) == 0 ? json_incref(value) : json_string(shown);
    }
    if (!json_is_object(value))
        return json_incref(value);
    copy = json_object();
    json_object_foreach(value, key, item)
        json_object_set_new(copy, key, redact_json(item, secrets));
    return copy;
}

json_t *redact_before(json_t *before, json_t *after, const GPtrArray *secrets)
{
    json_t *shown = redact_json(after, secrets);
    bool secret = after && !json_equal(shown, after);

    json_decref(shown);
    return secret && before ? json_string(REDACTED) : redact_json(before, secrets);
}
