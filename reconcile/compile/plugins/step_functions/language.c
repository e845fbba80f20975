/* validate: true: a definition by the rules of the Amazon States Language
 * (https://states-language.net/spec.html): which states lead where, and what excludes what. */
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

#define MAX_DEPTH 100

typedef struct {
    Compilation *compilation;
    const StateMachine *machine;
    GHashTable *names; /* of all states so far, borrowed */
} Check;

static void complain(Check *check, const char *hint, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void complain(Check *check, const char *hint, const char *format, ...)
{
    g_autofree char *pointer = g_strconcat(check->machine->pointer, "/definition", NULL);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    compilation_problem(check->compilation, PROBLEM_ERROR, pointer, hint,
                        "state machine %s: the definition is not valid: %s", check->machine->key,
                        message);
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

// clang-format off
/* Of the fields of a row, one at most; with `required`, one. */
static const struct {
    const char *type; /* NULL: all that go on to another state */
    const char *fields[5];
    bool required;
} exclusive[] = {
    {"Task", {"TimeoutSeconds", "TimeoutSecondsPath"}, false},
    {"Task", {"HeartbeatSeconds", "HeartbeatSecondsPath"}, false},
    {"Task", {"Resource"}, true},
    {"Map",  {"ItemProcessor", "Iterator"}, true},
    {"Map",  {"ItemSelector", "Parameters"}, false},
    {"Map",  {"ToleratedFailureCount", "ToleratedFailureCountPath"}, false},
    {"Map",  {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}, false},
    {"Map",  {"MaxConcurrency", "MaxConcurrencyPath"}, false},
    {"Map",  {"Items", "ItemsPath"}, false},
    {"Wait", {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}, true},
    {"Fail", {"Cause", "CausePath"}, false},
    {"Fail", {"Error", "ErrorPath"}, false},
    {"Parallel", {"Branches"}, true},
    {"Choice", {"Choices"}, true},
    {NULL,   {"Next", "End"}, true},
};
// clang-format on

static bool goes_on(const char *type)
{
    static const char *const others[] = {"Choice", "Succeed", "Fail", NULL};

    return !g_strv_contains(others, type);
}

static void check_fields(Check *check, const char *name, json_t *state)
{
    static const char *const types[] = {"Task", "Pass", "Choice",   "Wait", "Succeed",
                                        "Fail", "Map",  "Parallel", NULL};
    const char *type = text_of(state, "Type");

    if (!type || !g_strv_contains(types, type)) {
        complain(check, "Task, Pass, Choice, Wait, Succeed, Fail, Map or Parallel",
                 "state %s has no known Type", name);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(exclusive); i++) {
        g_autofree char *fields = g_strjoinv(", ", (char **)exclusive[i].fields);
        unsigned present = 0;

        if (exclusive[i].type ? strcmp(exclusive[i].type, type) != 0 : !goes_on(type))
            continue;
        for (const char *const *field = exclusive[i].fields; *field; field++)
            present += json_object_get(state, *field) != NULL;
        if (present > 1)
            complain(check, fields, "state %s has more than one of these", name);
        else if (present == 0 && exclusive[i].required)
            complain(check, fields, "state %s (%s) has none of these", name, type);
    }
}

/* Whether the state that `target` names is there; it is reached then. */
static void reach(Check *check, json_t *states, GHashTable *reached, json_t *target,
                  const char *from)
{
    const char *name = json_string_value(target);

    if (!target)
        return;
    if (!name || !json_object_get(states, name))
        complain(check, "name a state that stands beside it", "%s leads to %s, which is no state",
                 from, name ? name : "something");
    else
        g_hash_table_add(reached, (char *)name);
}

static void reach_from(Check *check, json_t *states, GHashTable *reached, const char *name,
                       json_t *state)
{
    static const char *const lists[] = {"Choices", "Catch"};
    g_autofree char *from = g_strconcat("state ", name, NULL);
    json_t *item;
    size_t i;

    reach(check, states, reached, json_object_get(state, "Next"), from);
    reach(check, states, reached, json_object_get(state, "Default"), from);
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++)
        json_array_foreach(json_object_get(state, lists[list]), i, item)
            reach(check, states, reached, json_object_get(item, "Next"), from);
}

static void check_machine(Check *check, json_t *machine, const char *what, unsigned depth);

static void check_nested(Check *check, const char *name, json_t *state, unsigned depth)
{
    const char *type = text_of(state, "Type");
    json_t *processor = json_object_get(state, "ItemProcessor"), *branch;
    size_t i;

    if (g_strcmp0(type, "Parallel") == 0)
        json_array_foreach(json_object_get(state, "Branches"), i, branch)
            check_machine(check, branch, name, depth);
    if (g_strcmp0(type, "Map") == 0) {
        processor = processor ? processor : json_object_get(state, "Iterator");
        if (processor)
            check_machine(check, processor, name, depth);
    }
}

static bool is_terminal(json_t *state)
{
    const char *type = text_of(state, "Type");

    return g_strcmp0(type, "Succeed") == 0 || g_strcmp0(type, "Fail") == 0 ||
           js_is_truthy(json_object_get(state, "End"));
}

static void check_machine(Check *check, json_t *machine, const char *what, unsigned depth)
{
    json_t *states = json_object_get(machine, "States"), *state;
    g_autoptr(GHashTable) reached = g_hash_table_new(g_str_hash, g_str_equal);
    bool terminal = false;
    const char *name;

    if (json_object_size(states) == 0 || !json_object_get(machine, "StartAt") ||
        depth == MAX_DEPTH) {
        complain(check, "give it StartAt and States", "%s has no states to start at", what);
        return;
    }
    reach(check, states, reached, json_object_get(machine, "StartAt"), "StartAt");
    json_object_foreach(states, name, state)
    {
        if (!g_hash_table_add(check->names, (char *)name))
            complain(check, "name states differently", "two states are called %s", name);
        check_fields(check, name, state);
        reach_from(check, states, reached, name, state);
        check_nested(check, name, state, depth + 1);
        terminal |= is_terminal(state);
    }
    json_object_foreach(states, name, state) if (!g_hash_table_contains(reached, name))
        complain(check, "lead to it by StartAt, Next or Default, or take it out",
                 "state %s is never reached", name);
    if (!terminal)
        complain(check, "end a state by End: true, or add a state of type Succeed or Fail",
                 "%s never ends", what);
}

/* What the plugin's validator writes into all states that it finds, wherever they are. */
static void set_language(json_t *value, const char *language, unsigned depth)
{
    json_t *item;
    const char *key;
    size_t i;

    if (depth == MAX_DEPTH)
        return;
    json_object_foreach(json_object_get(value, "States"), key, item)
    {
        if (json_is_object(item) && !js_is_truthy(json_object_get(item, "QueryLanguage")))
            json_object_set_new(item, "QueryLanguage", json_string(language));
    }
    json_object_foreach(value, key, item) set_language(item, language, depth + 1);
    json_array_foreach(value, i, item) set_language(item, language, depth + 1);
}

void step_functions_validate(Compilation *compilation, const StateMachine *machine,
                             json_t *definition)
{
    const char *language = text_of(definition, "QueryLanguage");
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    Check check = {.compilation = compilation, .machine = machine, .names = names};

    set_language(definition, language ? language : "JSONPath", 0);
    check_machine(&check, definition, "the machine", 0);
}
