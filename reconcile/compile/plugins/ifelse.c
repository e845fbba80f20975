/* serverless-plugin-ifelse 1.0.7 (MIT): custom.serverlessIfElse sets values and takes them out
 * where a condition holds or does not. The plugin hands conditions to eval. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/condition.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

typedef struct {
    PluginTurn *turn;
    GString *pointer; /* of the item of serverlessIfElse, and what is below it */
} Rule;

/* The member of a map or list that a step of a path names; NULL where there is none. */
static json_t *step_into(json_t *value, const char *step)
{
    if (json_is_array(value))
        return json_array_get(value, (size_t)g_ascii_strtoull(step, NULL, 10));
    return json_object_get(value, step);
}

static bool has_step(json_t *value, const char *step)
{
    return step_into(value, step) != NULL;
}

/* A list keeps its length: JavaScript leaves a hole where an item is deleted. */
static void remove_step(json_t *parent, const char *step)
{
    if (!has_step(parent, step))
        return;
    if (json_is_array(parent))
        json_array_set_new(parent, (size_t)g_ascii_strtoull(step, NULL, 10), json_null());
    else
        json_object_del(parent, step);
}

static void set_step(json_t *parent, const char *step, json_t *value)
{
    if (json_is_object(parent))
        json_object_set_new(parent, step, json_deep_copy(value));
    else if (has_step(parent, step))
        json_array_set_new(parent, (size_t)g_ascii_strtoull(step, NULL, 10), json_deep_copy(value));
    else if (json_is_array(parent))
        json_array_append_new(parent, json_deep_copy(value));
}

/* Sets (or, where `value` is NULL, takes out) what the dotted path names. One without a dot, or
 * that leads nowhere, does nothing, as with the plugin. `from` is where the value is written. */
static void change(const Rule *rule, const char *path, json_t *value, const char *from)
{
    g_auto(GStrv) steps = g_strsplit(path, ".", -1);
    guint last = g_strv_length(steps) - 1;
    json_t *parent = rule->turn->service->config;
    g_autoptr(GString) to = g_string_new(NULL);

    if (!*path || last == 0)
        return;
    for (guint i = 0; i <= last; i++) {
        pointer_append(to, steps[i]);
        if (i < last)
            parent = step_into(parent, steps[i]);
        if (!js_is_truthy(parent))
            return;
    }
    if (!value) {
        remove_step(parent, steps[last]);
        return;
    }
    set_step(parent, steps[last], value);
    origins_move(rule->turn->service->origins, to->str, from);
}

static void set_values(const Rule *rule, const char *name, json_t *item)
{
    json_t *values = json_object_get(item, name), *value;
    const char *path;

    json_object_foreach(values, path, value)
    {
        g_autoptr(GString) from = g_string_new(rule->pointer->str);

        pointer_append(from, name);
        pointer_append(from, path);
        change(rule, path, value, from->str);
    }
}

static void exclude(const Rule *rule, json_t *paths)
{
    json_t *path;
    size_t i;

    if (json_is_string(paths))
        change(rule, json_string_value(paths), NULL, NULL);
    json_array_foreach(paths, i, path) if (json_is_string(path))
        change(rule, json_string_value(path), NULL, NULL);
}

/* Evaluates what is written at rule->pointer + `below`. False with a problem where that cannot be
 * done, and nothing is to be changed. */
static bool evaluate(const Rule *rule, const char *below, json_t *written, bool *ret)
{
    g_autofree char *pointer = g_strconcat(rule->pointer->str, below, NULL);
    g_autofree char *why = NULL;
    ConditionResult result;

    if (!json_is_string(written)) {
        *ret = js_is_truthy(written);
        return true;
    }
    result = condition_evaluate(json_string_value(written), rule->turn->options->env, &why);
    if (result == CONDITION_RAISES)
        plugin_problem(rule->turn, PROBLEM_WARNING, pointer, NULL,
                       "the condition fails, so nothing is changed by it: %s", why);
    else if (result == CONDITION_UNSUPPORTED)
        plugin_problem(rule->turn, PROBLEM_ERROR, pointer,
                       "compare texts in quotes: '\"${sls:stage}\" == \"prod\"'",
                       "the condition is a program, and Driftless runs none: %s", why);
    *ret = result == CONDITION_HOLDS;
    return result == CONDITION_HOLDS || result == CONDITION_FAILS;
}

static void exclude_if(const Rule *rule, json_t *conditions)
{
    const char *path;
    json_t *condition;

    json_object_foreach(conditions, path, condition)
    {
        g_autoptr(GString) below = g_string_new("/ExcludeIf");
        bool holds;

        pointer_append(below, path);
        if (evaluate(rule, below->str, condition, &holds) && holds)
            change(rule, path, NULL, NULL);
    }
}

static void apply(const Rule *rule, json_t *item)
{
    json_t *condition = json_object_get(item, "If");
    bool holds;

    if (js_is_truthy(condition) && evaluate(rule, "/If", condition, &holds)) {
        set_values(rule, holds ? "Set" : "ElseSet", item);
        exclude(rule, json_object_get(item, holds ? "Exclude" : "ElseExclude"));
    }
    exclude_if(rule, json_object_get(item, "ExcludeIf"));
}

static void initialize(PluginTurn *turn)
{
    json_t *written = plugin_custom(turn->service, "serverlessIfElse"), *rules, *item;
    size_t i;

    if (!js_is_present(written))
        return;
    if (!json_is_array(written)) {
        plugin_problem(turn, PROBLEM_ERROR, "/custom/serverlessIfElse", "write a list of rules",
                       "custom.serverlessIfElse is no list");
        return;
    }
    rules = json_deep_copy(written); /* a rule may change the rules */
    json_array_foreach(rules, i, item)
    {
        Rule rule = {.turn = turn, .pointer = g_string_new("/custom/serverlessIfElse")};

        pointer_append_index(rule.pointer, i);
        apply(&rule, item);
        g_string_free(rule.pointer, TRUE);
    }
    json_decref(rules);
}

const Plugin plugin_ifelse = {
    .name = "serverless-plugin-ifelse",
    .configure = {[PLUGIN_INITIALIZE] = initialize},
};
