/* What Lambda's durable functions do not go together with (AWS docs "Lambda durable functions", and
 * the framework's checks). */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

#define MAX_MAPPED_TIMEOUT_S 900 /* an event source mapping invokes synchronously */

static bool is_any_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static void refuse(Compilation *compilation, const Function *function, const char *below,
                   const char *hint, const char *message)
{
    g_autofree char *pointer = function_pointer(function, below);

    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "function %s: durableConfig %s",
                        function->key, message);
}

static void check_runtime(Compilation *compilation, const Function *function)
{
    static const char *const durable[] = {"nodejs22.x", "nodejs24.x", "python3.13", "python3.14",
                                          "java17",     "java21",     "java25",     NULL};
    static const char *const snapshots[] = {"python3.13", "python3.14", "java17",
                                            "java21",     "java25",     NULL};
    json_t *own = json_object_get(function->config, "runtime");
    json_t *shared = provider_get(compilation, "runtime");
    json_t *chosen = js_is_truthy(own) ? own : shared;
    const char *runtime = chosen ? json_string_value(chosen) : "nodejs24.x";
    bool image = js_is_truthy(json_object_get(function->config, "image"));
    bool snap_start = js_is_truthy(json_object_get(function->config, "snapStart"));

    if (!image && (!runtime || !is_any_of(runtime, durable)))
        refuse(compilation, function, "/durableConfig",
               "take nodejs22.x, nodejs24.x, python3.13, python3.14, java17, java21, java25 or an "
               "image",
               "does not work with this runtime");
    if (snap_start && (image || !runtime || !is_any_of(runtime, snapshots)))
        refuse(compilation, function, "/snapStart",
               "take python3.13, python3.14, java17, java21 or java25",
               "and snapStart do not work together with this runtime");
}

static void check_snap_start(Compilation *compilation, const Function *function)
{
    json_t *storage = json_object_get(function->config, "ephemeralStorageSize");

    if (!js_is_truthy(json_object_get(function->config, "snapStart")))
        return;
    if (js_is_truthy(json_object_get(function->config, "fileSystemConfig")))
        refuse(compilation, function, "/fileSystemConfig", "remove one of them",
               "and snapStart exclude fileSystemConfig");
    if (json_integer_value(storage) > 512)
        refuse(compilation, function, "/ephemeralStorageSize", "set it to 512",
               "and snapStart exclude more than 512 MB of ephemeral storage");
}

static void check_events(Compilation *compilation, const Function *function)
{
    static const char *const mapped[] = {"sqs",      "stream",   "msk", "kafka",
                                         "activemq", "rabbitmq", NULL};
    json_t *timeout = pointer_get(function->config, "/durableConfig/executionTimeout");
    bool too_long = json_integer_value(timeout) > MAX_MAPPED_TIMEOUT_S;
    json_t *event, *value;
    const char *type;
    size_t i;

    json_array_foreach(function->events, i, event) json_object_foreach(event, type, value)
    {
        if (too_long && is_any_of(type, mapped))
            refuse(compilation, function, "/durableConfig/executionTimeout",
                   "set executionTimeout to at most 900 seconds",
                   "gives more time than an event source mapping waits");
        if (strcmp(type, "cloudFront") == 0)
            refuse(compilation, function, "/durableConfig", "remove one of them",
                   "excludes cloudFront events");
    }
}

void check_function_durable(Compilation *compilation, const Function *function)
{
    if (!js_is_truthy(json_object_get(function->config, "durableConfig")))
        return;
    check_runtime(compilation, function);
    check_snap_start(compilation, function);
    check_events(compilation, function);
    if (js_is_truthy(json_object_get(function->config, "destinations")))
        refuse(compilation, function, "/destinations", "remove one of them",
               "excludes destinations");
    if (js_is_present(json_object_get(function->config, "maximumRetryAttempts")))
        refuse(compilation, function, "/maximumRetryAttempts", "remove one of them",
               "excludes maximumRetryAttempts");
}
