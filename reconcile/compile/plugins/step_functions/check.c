/* What may be said of a state machine: the plugin refuses a service for anything else. */
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

static bool refuse(Compilation *compilation, const StateMachine *machine, const char *below,
                   const char *hint, const char *message)
{
    g_autofree char *pointer = g_strconcat(machine->pointer, below, NULL);

    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "state machine %s: %s",
                        machine->key, message);
    return false;
}

static bool check_definition(Compilation *compilation, const StateMachine *machine)
{
    json_t *definition = json_object_get(machine->config, "definition");

    return json_is_object(definition) || json_is_string(definition) ||
           refuse(compilation, machine, definition ? "/definition" : NULL,
                  "give it a definition in the Amazon States Language", "definition is missing");
}

static bool check_keys(Compilation *compilation, const StateMachine *machine)
{
    static const char *const keys[] = {"id",
                                       "events",
                                       "name",
                                       "role",
                                       "useExactVersion",
                                       "configureTaskTimeouts",
                                       "definition",
                                       "dependsOn",
                                       "tags",
                                       "alarms",
                                       "notifications",
                                       "type",
                                       "retain",
                                       "loggingConfig",
                                       "tracingConfig",
                                       "encryptionConfig",
                                       "inheritGlobalTags",
                                       "iamRoleStatements",
                                       "kmsKeyArns",
                                       NULL};
    const char *key;
    json_t *value;
    bool good = true;

    json_object_foreach(machine->config, key, value)
    {
        g_autoptr(GString) below = g_string_new(NULL);
        const char *nearest = nearest_word(key, keys);
        g_autofree char *message = g_strdup_printf("%s is no property of a state machine", key);
        g_autofree char *hint = g_strdup_printf("did you mean %s?", nearest ? nearest : "");

        if (g_strv_contains(keys, key))
            continue;
        pointer_append(below, key);
        good = refuse(compilation, machine, below->str, nearest ? hint : NULL, message);
    }
    return good;
}

static bool is_one_of(json_t *value, const char *const *texts)
{
    return !value || (json_is_string(value) && g_strv_contains(texts, json_string_value(value)));
}

static bool check_values(Compilation *compilation, const StateMachine *machine)
{
    static const char *const types[] = {"STANDARD", "EXPRESS", NULL};
    static const char *const levels[] = {"ALL", "ERROR", "FATAL", "OFF", NULL};
    json_t *config = machine->config;
    bool good = true;

    if (!is_one_of(json_object_get(config, "type"), types))
        good =
            refuse(compilation, machine, "/type", "STANDARD or EXPRESS", "its type is not known");
    if (!is_one_of(pointer_get(config, "/loggingConfig/level"), levels))
        good = refuse(compilation, machine, "/loggingConfig/level", "ALL, ERROR, FATAL or OFF",
                      "its logging level is not known");
    if (json_object_get(config, "role") && json_object_get(config, "iamRoleStatements"))
        good = refuse(compilation, machine, "/iamRoleStatements",
                      "give the statements to that role, or take role out",
                      "role and iamRoleStatements exclude one another");
    return good;
}

bool step_functions_check(Compilation *compilation, const StateMachine *machine)
{
    bool good;

    if (!json_is_object(machine->config))
        return refuse(compilation, machine, NULL, "give it a definition", "it is not a map");
    good = check_definition(compilation, machine);
    good = check_keys(compilation, machine) && good;
    return check_values(compilation, machine) && good;
}
