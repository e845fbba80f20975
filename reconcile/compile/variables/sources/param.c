#include "reconcile/compile/variables/resolver.h"

/* ${param:name}: --param, then params.<stage>, then params.default. */

static Outcome configured(SourceCall *call, const char *section)
{
    char *keys[] = {(char *)"params", (char *)section, (char *)call->address, NULL};
    json_t *value = NULL;
    Outcome outcome;

    g_clear_pointer(&call->pointer, g_free);
    outcome = resolver_property(call->resolver, call->property, keys, &value, &call->pointer);
    if (outcome != OUTCOME_VALUE || !value)
        return outcome;
    call->value = resolver_copy(call->resolver, call->property, value);
    return call->value ? OUTCOME_VALUE : OUTCOME_FAILED;
}

Outcome source_param(SourceCall *call)
{
    const CompileOptions *options = call->resolver->options;
    g_autofree char *stage = NULL;
    const char *given;
    Outcome outcome;

    if (!source_needs_address(call, "${param:name}", &outcome))
        return outcome;
    outcome = resolver_stage(call, &stage);
    if (outcome != OUTCOME_VALUE)
        return outcome;
    given = options->params ? g_hash_table_lookup(options->params, call->address) : NULL;
    if (given) {
        call->value = json_string(given);
        return call->value ? OUTCOME_VALUE
                           : source_fail(call, NULL, "the parameter is not UTF-8 text");
    }
    outcome = configured(call, stage);
    if (outcome == OUTCOME_VALUE && !call->value)
        outcome = configured(call, "default");
    if (outcome != OUTCOME_VALUE || call->value)
        return outcome;
    return source_missing(call, "give it with --param, under params, or as a fallback",
                          "there is no parameter \"%s\" for stage %s", call->address, stage);
}
