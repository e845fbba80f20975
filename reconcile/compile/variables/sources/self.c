#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${self:custom.table.name}: another value of the configuration; without an address all of it. */

static size_t utf16_length(const char *text)
{
    size_t length = 0;

    for (; *text; text = g_utf8_next_char(text))
        length += g_utf8_get_char(text) > 0xffff ? 2 : 1;
    return length;
}

/* A list has a length, and a text, as in JavaScript: ${self:custom.zones.length}. */
static Outcome length_of(SourceCall *call, char **keys)
{
    guint last = g_strv_length(keys);
    json_t *value = NULL;
    Outcome outcome;

    if (last < 2 || strcmp(keys[last - 1], "length") != 0)
        return OUTCOME_VALUE;
    g_clear_pointer(&keys[last - 1], g_free);
    outcome = resolver_property(call->resolver, call->property, keys, &value, NULL);
    if (outcome == OUTCOME_VALUE && json_is_array(value))
        call->value = json_integer((json_int_t)json_array_size(value));
    if (outcome == OUTCOME_VALUE && json_is_string(value))
        call->value = json_integer((json_int_t)utf16_length(json_string_value(value)));
    return outcome;
}

/* Whether the address goes on below a text, which has nothing there. */
static bool is_below_text(const SourceCall *call, char *const *keys)
{
    json_t *value = call->resolver->config;

    while (*keys && json_is_object(value))
        value = json_object_get(value, *keys++);
    return *keys && json_is_string(value);
}

Outcome source_self(SourceCall *call)
{
    g_auto(GStrv) keys = g_strsplit(call->address ? call->address : "", ".", -1);
    json_t *value = NULL;
    Outcome outcome =
        resolver_property(call->resolver, call->property, keys, &value, &call->pointer);

    if (outcome == OUTCOME_VALUE && !value)
        outcome = length_of(call, keys);
    if (outcome != OUTCOME_VALUE || call->value)
        return outcome;
    if (!value)
        return source_missing(call,
                              is_below_text(call, keys)
                                  ? "what it goes on from is a text: end there, or give a fallback"
                                  : "set it, or give a fallback: ${self:x, 'value'}",
                              "the configuration has no value at %s",
                              call->address ? call->address : "its root");
    call->value = resolver_copy(call->resolver, call->property, value);
    return call->value ? OUTCOME_VALUE : OUTCOME_FAILED;
}
