/* serverless-plugin-conditional-functions 1.0.8 (ISC): a function whose `enabled` is false is left
 * out. The plugin hands the text to eval. */
#include "reconcile/compile/plugins/condition.h"
#include "reconcile/compile/plugins/plugins.h"

static bool is_left_out(PluginTurn *turn, const char *key, const char *enabled)
{
    g_autoptr(GString) pointer = g_string_new("/functions");
    g_autofree char *why = NULL;
    ConditionResult result = condition_evaluate(enabled, turn->options->env, &why);

    pointer_append(pointer, key);
    g_string_append(pointer, "/enabled");
    if (result == CONDITION_RAISES)
        plugin_problem(turn, PROBLEM_WARNING, pointer->str, NULL,
                       "the condition fails, so %s is deployed: %s", key, why);
    else if (result == CONDITION_UNSUPPORTED)
        plugin_problem(turn, PROBLEM_ERROR, pointer->str,
                       "compare texts in quotes: '\"${sls:stage}\" === \"prod\"'",
                       "the condition is a program, and Driftless runs none: %s", why);
    return result == CONDITION_FAILS;
}

static void initialize(PluginTurn *turn)
{
    json_t *functions = json_object_get(turn->service->config, "functions"), *function;
    const char *key;
    void *next;

    json_object_foreach_safe(functions, next, key, function)
    {
        const char *enabled = json_string_value(json_object_get(function, "enabled"));

        if (enabled && *enabled && is_left_out(turn, key, enabled))
            json_object_del(functions, key);
    }
}

const Plugin plugin_conditional_functions = {
    .name = "serverless-plugin-conditional-functions",
    .schema = "{\"service/function\":{\"properties\":{\"enabled\":{\"type\":\"string\"}}}}",
    .configure = {[PLUGIN_INITIALIZE] = initialize},
};
