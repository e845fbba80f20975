#include "reconcile/plan/redact.h"
#include <string.h>

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
        if (strlen(secret) < REDACT_INSIDE_MIN || !strstr(result, secret))
            continue;
        g_auto(GStrv) pieces = g_strsplit(result, secret, -1);
        g_free(result);
        result = g_strjoinv(REDACTED, pieces);
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
