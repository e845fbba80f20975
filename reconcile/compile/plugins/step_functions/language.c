/* validate: true: a definition by the rules of the Amazon States Language
 * (https://states-language.net/spec.html): which states lead where, and what excludes what. */
#include "reconcile/compile/plugins/step_functions/language.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

#define STATE_NAME_MAX 80

gsize language_enter(LanguageCheck *check, const char *key)
{
    const gsize mark = check->pointer->len;

    pointer_append(check->pointer, key);
    return mark;
}

gsize language_enter_item(LanguageCheck *check, size_t index)
{
    const gsize mark = check->pointer->len;

    pointer_append_index(check->pointer, index);
    return mark;
}

void language_leave(LanguageCheck *check, gsize mark)
{
    g_string_truncate(check->pointer, mark);
}

void language_complain(LanguageCheck *check, const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    if (check->silent) {
        ++*check->silent;
        return;
    }
    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    compilation_problem(check->compilation, PROBLEM_ERROR, check->pointer->str, hint,
                        "state machine %s: the definition is not valid: %s%s%s%s",
                        check->machine->key, check->state ? "state " : "",
                        check->state ? check->state : "", check->state ? ": " : "", message);
}

bool language_expect(LanguageCheck *check, bool good, const char *what)
{
    const char *field = check->pointer->str + MIN(check->base + 1, check->pointer->len);

    if (!good)
        language_complain(check, NULL, "%s%smust be %s", field, *field ? " " : "it ", what);
    return good;
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
    const char *below; /* where they stand in the state; NULL: in itself */
} exclusive[] = {
    {"Task", {"TimeoutSeconds", "TimeoutSecondsPath"}, false, NULL},
    {"Task", {"HeartbeatSeconds", "HeartbeatSecondsPath"}, false, NULL},
    {"Map",  {"ItemProcessor", "Iterator"}, true, NULL},
    {"Map",  {"ItemSelector", "Parameters"}, false, NULL},
    {"Map",  {"ToleratedFailureCount", "ToleratedFailureCountPath"}, false, NULL},
    {"Map",  {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}, false, NULL},
    {"Map",  {"MaxConcurrency", "MaxConcurrencyPath"}, false, NULL},
    {"Map",  {"MaxItems", "MaxItemsPath"}, false, "/ItemReader/ReaderConfig"},
    {"Map",  {"MaxItemsPerBatch", "MaxItemsPerBatchPath"}, false, "/ItemBatcher"},
    {"Map",  {"MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"}, false, "/ItemBatcher"},
    {"Wait", {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}, true, NULL},
    {"Fail", {"Cause", "CausePath"}, false, NULL},
    {"Fail", {"Error", "ErrorPath"}, false, NULL},
    {NULL,   {"Next", "End"}, true, NULL},
};
// clang-format on

static bool goes_on(const char *type)
{
    static const char *const others[] = {"Choice", "Succeed", "Fail", NULL};

    return !g_strv_contains(others, type);
}

static void check_exclusive(LanguageCheck *check, const char *type, json_t *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(exclusive); i++) {
        json_t *object = exclusive[i].below ? pointer_get(state, exclusive[i].below) : state;
        g_autofree char *fields = g_strjoinv(", ", (char **)exclusive[i].fields);
        unsigned present = 0;

        if (exclusive[i].type ? strcmp(exclusive[i].type, type) != 0 : !goes_on(type))
            continue;
        for (const char *const *field = exclusive[i].fields; *field; field++)
            present += json_object_get(object, *field) != NULL;
        if (present > 1)
            language_complain(check, NULL, "it has more than one of %s", fields);
        else if (present == 0 && exclusive[i].required)
            language_complain(check, NULL, "it (%s) has none of %s", type, fields);
    }
}

/* Whether the state that `object` names at `key` stands beside it; it is reached then. */
static void reach(LanguageCheck *check, json_t *states, GHashTable *reached, json_t *object,
                  const char *key)
{
    json_t *target = json_object_get(object, key);
    const char *name = json_string_value(target);
    gsize mark;

    if (!name) /* what is no text is told with the fields */
        return;
    if (json_object_get(states, name)) {
        g_hash_table_add(reached, (char *)name);
        return;
    }
    mark = language_enter(check, key);
    language_complain(check, "name a state that stands beside it",
                      "%s leads to %s, which is no state", key, name);
    language_leave(check, mark);
}

static void reach_from(LanguageCheck *check, json_t *states, GHashTable *reached, json_t *state)
{
    static const char *const lists[] = {"Choices", "Catch"};
    json_t *item;
    size_t i;

    reach(check, states, reached, state, "Next");
    reach(check, states, reached, state, "Default");
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++) {
        gsize mark = language_enter(check, lists[list]);

        json_array_foreach(json_object_get(state, lists[list]), i, item)
        {
            gsize inner = language_enter_item(check, i);

            reach(check, states, reached, item, "Next");
            language_leave(check, inner);
        }
        language_leave(check, mark);
    }
}

static void check_machine(LanguageCheck *check, json_t *machine, bool closed, unsigned depth);

static void check_branches(LanguageCheck *check, json_t *branches, unsigned depth)
{
    json_t *branch;
    size_t i;

    if (!branches || !language_expect(check, json_is_array(branches), "a list of machines"))
        return;
    json_array_foreach(branches, i, branch)
    {
        gsize mark = language_enter_item(check, i);

        check_machine(check, branch, true, depth);
        language_leave(check, mark);
    }
}

static void check_nested(LanguageCheck *check, json_t *state, unsigned depth)
{
    static const char *const processors[] = {"ItemProcessor", "Iterator"};
    const char *type = text_of(state, "Type");
    gsize mark;

    if (g_strcmp0(type, "Parallel") == 0) {
        mark = language_enter(check, "Branches");
        check_branches(check, json_object_get(state, "Branches"), depth);
        language_leave(check, mark);
    }
    for (size_t i = 0; g_strcmp0(type, "Map") == 0 && i < G_N_ELEMENTS(processors); i++) {
        json_t *processor = json_object_get(state, processors[i]);

        mark = language_enter(check, processors[i]);
        if (processor)
            check_machine(check, processor, false, depth);
        language_leave(check, mark);
    }
}

static bool is_terminal(json_t *state)
{
    const char *type = text_of(state, "Type");

    return g_strcmp0(type, "Succeed") == 0 || g_strcmp0(type, "Fail") == 0 ||
           js_is_truthy(json_object_get(state, "End"));
}

static void check_query_language(LanguageCheck *check, json_t *object)
{
    json_t *value = json_object_get(object, "QueryLanguage");
    const char *language = json_string_value(value);
    gsize mark = language_enter(check, "QueryLanguage");

    language_expect(check,
                    !value || g_strcmp0(language, "JSONPath") == 0 ||
                        g_strcmp0(language, "JSONata") == 0,
                    "JSONPath or JSONata");
    language_leave(check, mark);
}

/* The state at check->pointer. */
static void check_state(LanguageCheck *check, const char *name, json_t *states, json_t *state,
                        GHashTable *reached, unsigned depth)
{
    static const char *const types[] = {"Task", "Pass", "Choice",   "Wait", "Succeed",
                                        "Fail", "Map",  "Parallel", NULL};
    const char *type = text_of(state, "Type");
    const LanguageCheck outer = *check;

    check->state = name;
    check->base = check->pointer->len;
    check->jsonata = g_strcmp0(text_of(state, "QueryLanguage"), "JSONata") == 0;
    check->depth = 0;
    if (!g_hash_table_add(check->names, (char *)name))
        language_complain(check, "name states differently", "another state has the same name");
    if (!json_is_object(state)) {
        language_expect(check, false, "a map");
    } else if (!type || !g_strv_contains(types, type)) {
        language_complain(check, "Task, Pass, Choice, Wait, Succeed, Fail, Map or Parallel",
                          "it has no known Type");
    } else {
        check_query_language(check, state);
        language_check_fields(check, type, state);
        check_exclusive(check, type, state);
    }
    reach_from(check, states, reached, state);
    check_nested(check, state, depth);
    *check = outer;
}

static void check_states(LanguageCheck *check, json_t *machine, json_t *states, unsigned depth)
{
    g_autoptr(GHashTable) reached = g_hash_table_new(g_str_hash, g_str_equal);
    bool terminal = false;
    const char *name;
    json_t *state;
    gsize mark;

    reach(check, states, reached, machine, "StartAt");
    mark = language_enter(check, "States");
    json_object_foreach(states, name, state)
    {
        gsize inner = language_enter(check, name);

        if (!language_is_line(name) || g_utf8_strlen(name, -1) > STATE_NAME_MAX)
            language_complain(check, "give it a name of one line of 80 characters at most",
                              "a state's name is not allowed");
        check_state(check, name, states, state, reached, depth + 1);
        language_leave(check, inner);
        terminal |= is_terminal(state);
    }
    json_object_foreach(states, name, state)
    {
        gsize inner = language_enter(check, name);

        if (!g_hash_table_contains(reached, name))
            language_complain(check, "lead to it by StartAt, Next or Default, or take it out",
                              "state %s is never reached", name);
        language_leave(check, inner);
    }
    if (!terminal)
        language_complain(check, "end a state by End: true, or add a state of type Succeed or Fail",
                          "the states never end");
    language_leave(check, mark);
}

static void machine_timeout(LanguageCheck *check, json_t *value)
{
    const LanguageCheck outer = *check;

    check->jsonata = false;
    language_count(check, value);
    *check = outer;
}

/* Fields of a machine itself; `closed`: it has no others. */
static void check_machine_fields(LanguageCheck *check, json_t *machine, bool closed)
{
    static const struct {
        const char *name;
        bool everywhere;
        LanguageValue value;
    } fields[] = {
        {"Comment", true, language_text},           {"StartAt", true, language_text},
        {"States", true, language_anything},        {"Version", false, language_text},
        {"TimeoutSeconds", false, machine_timeout}, {"QueryLanguage", false, language_anything},
    };
    const char *name;
    json_t *value;

    json_object_foreach(machine, name, value)
    {
        gsize mark = language_enter(check, name);
        size_t i = 0;

        while (i < G_N_ELEMENTS(fields) && strcmp(fields[i].name, name) != 0)
            i++;
        if (i == G_N_ELEMENTS(fields) && closed)
            language_complain(check, NULL, "a machine has no %s", name);
        else if (i < G_N_ELEMENTS(fields) && (closed || fields[i].everywhere))
            fields[i].value(check, value);
        language_leave(check, mark);
    }
    if (closed)
        check_query_language(check, machine);
}

static void check_machine(LanguageCheck *check, json_t *machine, bool closed, unsigned depth)
{
    json_t *states = json_object_get(machine, "States");
    const gsize base = check->base;

    check->base = check->pointer->len;
    if (language_expect(check, json_is_object(machine), "a map"))
        check_machine_fields(check, machine, closed);
    if (json_object_size(states) == 0 || !json_object_get(machine, "StartAt") ||
        depth >= LANGUAGE_DEPTH_MAX)
        language_complain(check, "give it StartAt and States",
                          "a machine has no states to start at");
    else
        check_states(check, machine, states, depth);
    check->base = base;
}

/* In Parameters and ResultSelector, wherever they are (`evaluated`: this is below one): names that
 * are the same without the ".$" of those that are computed. */
static void check_names(LanguageCheck *check, json_t *value, bool evaluated, unsigned depth)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_t *item;
    const char *key;
    size_t i;

    if (depth == LANGUAGE_DEPTH_MAX)
        return;
    json_object_foreach(value, key, item)
    {
        const bool starts = strcmp(key, "Parameters") == 0 || strcmp(key, "ResultSelector") == 0;
        const size_t length = strlen(key) - (g_str_has_suffix(key, ".$") ? 2 : 0);
        gsize mark = language_enter(check, key);

        if (evaluated && !g_hash_table_add(names, g_strndup(key, length)))
            language_complain(check, NULL, "%s is there twice, once with .$", key);
        check_names(check, item, evaluated || starts, depth + 1);
        language_leave(check, mark);
    }
    json_array_foreach(value, i, item)
    {
        gsize mark = language_enter_item(check, i);

        check_names(check, item, evaluated, depth + 1);
        language_leave(check, mark);
    }
}

/* What the plugin's validator writes into all states that it finds, wherever they are. */
static void set_language(json_t *value, const char *language, unsigned depth)
{
    json_t *item;
    const char *key;
    size_t i;

    if (depth == LANGUAGE_DEPTH_MAX)
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
    g_autoptr(GString) pointer = g_string_new(machine->pointer);
    LanguageCheck check = {
        .compilation = compilation, .machine = machine, .pointer = pointer, .names = names};

    pointer_append(pointer, "definition");
    set_language(definition, language ? language : "JSONPath", 0);
    check_machine(&check, definition, true, 0);
    check_names(&check, definition, false, 0);
}
