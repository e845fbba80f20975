#include "reconcile/compile/variables/resolver.h"

/* ${env:NAME}: what the options grant, then .env where the service uses it. Nothing else of the
 * process's environment. */

Outcome source_env(SourceCall *call)
{
    const CompileOptions *options = call->resolver->options;
    const char *value = NULL;
    Outcome outcome;

    if (!source_needs_address(call, "${env:NAME}", &outcome))
        return outcome;
    if (options->env)
        value = g_hash_table_lookup(options->env, call->address);
    if (!value && call->resolver->dotenv)
        value = g_hash_table_lookup(call->resolver->dotenv, call->address);
    if (!value) {
        if (call->resolver->missing_env)
            g_hash_table_add(call->resolver->missing_env, g_strdup(call->address));
        return source_missing(call, "set or grant it, or give a fallback: ${env:X, 'value'}",
                              "there is no environment variable %s here", call->address);
    }
    if (!g_utf8_validate(value, -1, NULL))
        return source_fail(call, NULL, "the environment variable %s is not UTF-8 text",
                           call->address);
    call->value = json_string(value);
    if (options->secret_env && g_hash_table_contains(options->secret_env, call->address))
        resolver_add_secret(call->resolver, call->value);
    return resolver_spend_text(call->resolver, call->property, json_string_length(call->value))
               ? OUTCOME_VALUE
               : OUTCOME_FAILED;
}
