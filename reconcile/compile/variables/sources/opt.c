#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${opt:stage}: what was given on the command line; without an address all of it as a map. */

/* Options that every command of the framework has: not given, they have no value at once. Of others
 * it is known only in the second pass, when plugins could have brought them. */
static const char *const known_options[] = {"stage", "region",  "aws-profile", "config",
                                            "param", "help",    "version",     "verbose",
                                            "debug", "package", NULL};

static json_t *option_value(const Resolver *resolver, const char *name)
{
    json_t *value =
        resolver->options->options ? g_hash_table_lookup(resolver->options->options, name) : NULL;

    if (strcmp(name, "stage") == 0 && resolver->options->stage)
        return json_string(resolver->options->stage);
    if (strcmp(name, "region") == 0 && resolver->options->region)
        return json_string(resolver->options->region);
    return value ? json_deep_copy(value) : NULL;
}

static json_t *all_options(const Resolver *resolver)
{
    json_t *all = json_object();
    GHashTableIter iter;
    gpointer name, value;

    if (resolver->options->options) {
        g_hash_table_iter_init(&iter, resolver->options->options);
        while (g_hash_table_iter_next(&iter, &name, &value))
            json_object_set_new(all, name, json_deep_copy(value));
    }
    if (resolver->options->region)
        json_object_set_new(all, "region", json_string(resolver->options->region));
    if (resolver->options->stage)
        json_object_set_new(all, "stage", json_string(resolver->options->stage));
    return all;
}

Outcome source_opt(SourceCall *call)
{
    if (!call->address) {
        if (call->resolver->pass == 1)
            return OUTCOME_WAITING;
        call->value = all_options(call->resolver);
        return OUTCOME_VALUE;
    }
    call->value = option_value(call->resolver, call->address);
    if (call->value)
        return OUTCOME_VALUE;
    if (call->resolver->pass == 1 && !g_strv_contains(known_options, call->address))
        return OUTCOME_WAITING;
    return source_missing(call, "give the option, or a fallback: ${opt:x, 'value'}",
                          "the option --%s was not given", call->address);
}
