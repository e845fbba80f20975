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

static void set_text(json_t *options, const char *name, const char *text)
{
    if (text)
        json_object_set_new(options, name, json_string(text));
}

json_t *variables_options(const CompileOptions *options)
{
    json_t *all = json_object();
    GHashTableIter iter;
    gpointer name, value;

    if (options->options) {
        g_hash_table_iter_init(&iter, options->options);
        while (g_hash_table_iter_next(&iter, &name, &value))
            json_object_set_new(all, name, json_deep_copy(value));
    }
    set_text(all, "region", options->region);
    set_text(all, "stage", options->stage);
    return all;
}

Outcome source_opt(SourceCall *call)
{
    if (!call->address) {
        if (call->resolver->pass == 1)
            return OUTCOME_LATE;
        call->value = variables_options(call->resolver->options);
        return OUTCOME_VALUE;
    }
    call->value = option_value(call->resolver, call->address);
    if (call->value)
        return OUTCOME_VALUE;
    if (call->resolver->pass == 1 && !g_strv_contains(known_options, call->address))
        return OUTCOME_LATE;
    return source_missing(call, "give the option, or a fallback: ${opt:x, 'value'}",
                          "the option --%s was not given", call->address);
}
