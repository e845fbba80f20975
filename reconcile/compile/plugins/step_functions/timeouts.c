/* configureTaskTimeouts: a task that calls a function of the service waits as long as the function
 * may run, and no longer. */
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include <string.h>

#define MAX_DEPTH 100
#define DEFAULT_TIMEOUT_S 6 /* of functions, where the service says nothing */

static const Function *function_by_reference(Compilation *compilation, json_t *reference)
{
    const char *name = json_string_value(json_object_get(reference, "Ref"));

    if (!name)
        name = json_string_value(json_array_get(json_object_get(reference, "Fn::GetAtt"), 0));
    for (guint i = 0; name && i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];

        if (strcmp(function->key, name) == 0 || strcmp(function->logical_id, name) == 0)
            return function;
    }
    return NULL;
}

static const Function *function_of(Compilation *compilation, json_t *task)
{
    json_t *resource = json_object_get(task, "Resource");
    const char *text = json_string_value(resource);

    if (text && g_str_has_prefix(text, "arn:aws:states:::lambda:invoke"))
        return function_by_reference(
            compilation, json_object_get(json_object_get(task, "Parameters"), "FunctionName"));
    return function_by_reference(compilation, resource);
}

static void configure(Compilation *compilation, const StateMachine *machine, const char *name,
                      json_t *task)
{
    const Function *function = function_of(compilation, task);
    json_t *own = json_object_get(task, "TimeoutSeconds"), *limit;
    g_autofree char *pointer = g_strconcat(machine->pointer, "/definition", NULL);

    if (!function)
        return;
    limit = json_object_get(function->config, "timeout");
    if (!json_is_number(limit))
        limit = json_object_get(compilation->provider, "timeout");
    limit = json_is_number(limit) ? json_incref(limit) : json_integer(DEFAULT_TIMEOUT_S);
    if (!own && !json_object_get(task, "TimeoutSecondsPath"))
        json_object_set(task, "TimeoutSeconds", limit);
    else if (json_is_number(own) && json_number_value(own) > json_number_value(limit))
        compilation_problem(compilation, PROBLEM_WARNING, pointer,
                            "raise the function's timeout, or lower TimeoutSeconds",
                            "state machine %s: task %s waits for %g seconds, but function %s is "
                            "stopped after %g",
                            machine->key, name, json_number_value(own), function->key,
                            json_number_value(limit));
    json_decref(limit);
}

static void configure_states(Compilation *compilation, const StateMachine *machine, json_t *states,
                             unsigned depth)
{
    json_t *state, *branch, *processor;
    const char *name, *type;
    size_t i;

    if (depth == MAX_DEPTH)
        return;
    json_object_foreach(states, name, state)
    {
        type = json_string_value(json_object_get(state, "Type"));
        if (g_strcmp0(type, "Task") == 0)
            configure(compilation, machine, name, state);
        else if (g_strcmp0(type, "Parallel") == 0)
            json_array_foreach(json_object_get(state, "Branches"), i, branch) configure_states(
                compilation, machine, json_object_get(branch, "States"), depth + 1);
        else if (g_strcmp0(type, "Map") == 0) {
            processor = json_object_get(state, "ItemProcessor");
            if (!processor)
                processor = json_object_get(state, "Iterator");
            configure_states(compilation, machine, json_object_get(processor, "States"), depth + 1);
        }
    }
}

void step_functions_configure_timeouts(Compilation *compilation, const StateMachine *machine,
                                       json_t *definition)
{
    configure_states(compilation, machine, json_object_get(definition, "States"), 0);
}
