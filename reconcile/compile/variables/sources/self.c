#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${self:custom.table.name}: another value of the configuration; without an address all of it. */

/* A list has a length, as in JavaScript: ${self:custom.zones.length}. */
static Outcome length_of_list(SourceCall *call, char **keys)
{
    guint last = g_strv_length(keys);
    json_t *list = NULL;
    Outcome outcome;

    if (last < 2 || strcmp(keys[last - 1], "length") != 0)
        return OUTCOME_VALUE;
    g_clear_pointer(&keys[last - 1], g_free);
    outcome = resolver_property(call->resolver, call->property, keys, &list, NULL);
    if (outcome == OUTCOME_VALUE && json_is_array(list))
        call->value = json_integer((json_int_t)json_array_size(list));
    return outcome;
}

Outcome source_self(SourceCall *call)
{
    g_auto(GStrv) keys = g_strsplit(call->address ? call->address : "", ".", -1);
    json_t *value = NULL;
    Outcome outcome =
        resolver_property(call->resolver, call->property, keys, &value, &call->pointer);

    if (outcome == OUTCOME_VALUE && !value)
        outcome = length_of_list(call, keys);
    if (outcome != OUTCOME_VALUE || call->value)
        return outcome;
    if (!value)
        return source_missing(call, "set it, or give a fallback: ${self:x, 'value'}",
                              "the configuration has no value at %s",
                              call->address ? call->address : "its root");
    call->value = resolver_copy(call->resolver, call->property, value);
    return call->value ? OUTCOME_VALUE : OUTCOME_FAILED;
}
