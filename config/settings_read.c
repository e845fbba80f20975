#include "config/settings_read.h"

#include <string.h>

#include "config/json_text.h"
#include "config/settings_syntax.h"

size_t settings_enter(SettingsReader *reader, const char *key)
{
    size_t mark = reader->pointer->len;

    pointer_append(reader->pointer, key);
    return mark;
}

size_t settings_enter_index(SettingsReader *reader, size_t index)
{
    size_t mark = reader->pointer->len;

    pointer_append_index(reader->pointer, index);
    return mark;
}

void settings_leave(SettingsReader *reader, size_t mark)
{
    g_string_truncate(reader->pointer, mark);
}

Position settings_position(const SettingsReader *reader)
{
    Position at = document_locate(reader->document, reader->pointer->str, true);

    at.file = reader->settings->file;
    return at;
}

static void complain(SettingsReader *reader, const char *key, bool at_key, const char *hint,
                     const char *format, va_list arguments)
{
    size_t mark = key ? settings_enter(reader, key) : reader->pointer->len;
    g_autofree char *message = g_strdup_vprintf(format, arguments);

    document_problem(reader->document, reader->problems, PROBLEM_ERROR, reader->pointer->str,
                     at_key, hint, "%s", message);
    settings_leave(reader, mark);
}

void settings_complain(SettingsReader *reader, const char *key, const char *hint,
                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(reader, key, false, hint, format, arguments);
    va_end(arguments);
}

void settings_complain_of_key(SettingsReader *reader, const char *key, const char *hint,
                              const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(reader, key, true, hint, format, arguments);
    va_end(arguments);
}

void settings_complain_of_secret(SettingsReader *reader, const char *key, const char *hint,
                                 const char *message)
{
    size_t mark = settings_enter(reader, key);
    Position at = document_locate(reader->document, reader->pointer->str, false);

    problems_add(reader->problems, PROBLEM_ERROR, &at, hint, "%s", message);
    settings_leave(reader, mark);
}

static void unknown_key(SettingsReader *reader, const char *key, const char *const *keys)
{
    const char *nearest = nearest_word(key, keys);
    g_autofree char *all = g_strjoinv(", ", (char **)keys);
    g_autofree char *hint = nearest ? g_strdup_printf("did you mean \"%s\"?", nearest)
                                    : g_strdup_printf("known here: %s", all);

    settings_complain_of_key(reader, key, hint, "unknown key \"%s\"", key);
}

bool settings_is_mapping(SettingsReader *reader, json_t *value, const char *const *keys)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value)) {
        const char *name = strrchr(reader->pointer->str, '/');

        settings_complain(reader, NULL,
                          json_is_string(value) ? "write its keys below it, indented, or in {}"
                                                : NULL,
                          "%s%s%s must be a map, but is %s", name ? "\"" : "",
                          name ? name + 1 : "the file", name ? "\"" : "", value_kind(value));
        return false;
    }
    if (keys)
        json_object_foreach(value, key, item) if (!g_strv_contains(keys, key))
            unknown_key(reader, key, keys);
    return true;
}

json_t *settings_mapping(SettingsReader *reader, json_t *parent, const char *key,
                         const char *const *keys)
{
    json_t *value = json_object_get(parent, key);
    size_t mark;
    bool ok;

    if (!value)
        return NULL;
    mark = settings_enter(reader, key);
    ok = settings_is_mapping(reader, value, keys);
    settings_leave(reader, mark);
    return ok ? value : NULL;
}

json_t *settings_list(SettingsReader *reader, json_t *parent, const char *key)
{
    json_t *value = json_object_get(parent, key);

    if (!value || json_is_array(value))
        return value;
    settings_complain(reader, key, NULL, "\"%s\" must be a list, but is %s", key,
                      value_kind(value));
    return NULL;
}

const char *settings_text(SettingsReader *reader, json_t *parent, const char *key)
{
    json_t *value = json_object_get(parent, key);
    bool is_scalar = json_is_number(value) || json_is_boolean(value);

    if (!value)
        return NULL;
    if (json_is_string(value) && json_string_length(value) > 0)
        return json_string_value(value);
    settings_complain(reader, key, is_scalar ? "put quotes around it" : NULL,
                      "\"%s\" must be a text, but is %s", key,
                      json_is_string(value) ? "empty" : value_kind(value));
    return NULL;
}

const char *settings_required_text(SettingsReader *reader, json_t *parent, const char *key)
{
    if (!json_object_get(parent, key)) {
        settings_complain_of_key(reader, NULL, NULL, "\"%s\" is missing", key);
        return NULL;
    }
    return settings_text(reader, parent, key);
}

char *settings_valid_text(SettingsReader *reader, json_t *parent, const char *key,
                          bool (*is_valid)(const char *text), const char *expected)
{
    const char *text = settings_text(reader, parent, key);

    if (!text)
        return NULL;
    if (!is_valid(text)) {
        settings_complain(reader, key, expected, "\"%s\" is no valid %s", text, key);
        return NULL;
    }
    return g_strdup(text);
}

unsigned settings_word(SettingsReader *reader, json_t *parent, const char *key,
                       const char *const *words, unsigned missing)
{
    const char *text = settings_text(reader, parent, key);
    g_autofree char *hint = NULL;

    if (!text)
        return missing;
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    hint = g_strjoinv(", ", (char **)words);
    settings_complain(reader, key, NULL, "\"%s\" must be one of %s, not \"%s\"", key, hint, text);
    return missing;
}

unsigned settings_duration(SettingsReader *reader, json_t *parent, const char *key,
                           unsigned least_ms, unsigned missing_ms)
{
    static const char how[] =
        "write a number with its unit: 500ms, 60s, 15m, 2h or 1d; at most 30d";
    json_t *value = json_object_get(parent, key);
    g_autofree char *text = value ? settings_scalar_text(value) : NULL;
    unsigned ms = 0;

    if (!value)
        return missing_ms;
    if (!json_is_string(value) || !syntax_read_duration(text, &ms)) {
        settings_complain(reader, key, how, "\"%s\" must be a duration, but is %s%s%s", key,
                          text ? "\"" : "", text ? text : value_kind(value), text ? "\"" : "");
        return missing_ms;
    }
    if (ms < least_ms) {
        settings_complain(reader, key, NULL, "\"%s\" must be at least %us", key, least_ms / 1000);
        return missing_ms;
    }
    return ms;
}

char *settings_scalar_text(const json_t *value)
{
    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    if (json_is_number(value))
        return json_number_text(value);
    if (json_is_boolean(value))
        return g_strdup(json_is_true(value) ? "true" : "false");
    return NULL;
}
