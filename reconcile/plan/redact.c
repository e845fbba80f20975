#include "reconcile/plan/redact.h"
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

GPtrArray *redact_spellings(const char *secret)
{
    GPtrArray *spellings = g_ptr_array_new_with_free_func(g_free);
    json_t *value = json_string(secret); /* NULL: not UTF-8 */

    g_ptr_array_add(spellings, g_strdup(secret));
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

char *redact_text(const char *text, const GPtrArray *secrets)
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
        if (strlen(secret) < REDACT_INSIDE_MIN)
            continue;
        g_autoptr(GPtrArray) spellings = redact_spellings(secret);
        for (guint k = 0; k < spellings->len; k++)
            result = replace(result, spellings->pdata[k]);
    }
    return result;
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
