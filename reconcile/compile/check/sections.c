/* What a template has beside Resources (user guide "Template anatomy", 2025). */
#include "reconcile/compile/check/checking.h"
#include <string.h>

static const char *const sections[] = {"AWSTemplateFormatVersion",
                                       "Description",
                                       "Metadata",
                                       "Parameters",
                                       "Mappings",
                                       "Conditions",
                                       "Transform",
                                       "Resources",
                                       "Outputs",
                                       "Rules",
                                       "Hooks",
                                       NULL};
static const char *const of_parameter[] = {
    "Type",      "Default",   "Description", "NoEcho",   "AllowedValues",         "AllowedPattern",
    "MaxLength", "MinLength", "MaxValue",    "MinValue", "ConstraintDescription", NULL};
static const char *const of_output[] = {"Value", "Description", "Export", "Condition", NULL};

static bool check_keys(Checking *checking, const Spot *at, json_t *object, const char *const *known,
                       const char *what)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object)) {
        check_problem(checking, PROBLEM_ERROR, at, true, NULL, "expected a map, found %s",
                      value_kind(object));
        return false;
    }
    json_object_foreach(object, key, value)
    {
        const Spot here = {.above = at, .key = key};
        const char *const *word = known;

        while (*word && strcmp(*word, key) != 0)
            word++;
        if (!*word && !g_str_has_prefix(key, "Fn::")) {
            g_autofree char *hint = check_suggestion(checking, key, known, NULL);

            check_problem(checking, PROBLEM_ERROR, &here, true, hint, "%s has no %s", what, key);
        }
    }
    return true;
}

static void check_top(Checking *checking)
{
    const char *key;
    json_t *value;

    json_object_foreach(checking->template, key, value)
    {
        const Spot at = {.key = key};
        const char *const *word = sections;

        while (*word && strcmp(*word, key) != 0)
            word++;
        if (*word || (checking->is_sam && strcmp(key, "Globals") == 0) ||
            g_str_has_prefix(key, "Fn::"))
            continue;
        g_autofree char *hint =
            check_suggestion(checking, key, sections,
                             json_object_get(value, "Type") ? "move it below Resources" : NULL);

        check_problem(checking, PROBLEM_ERROR, &at, true, hint, "a template has no section %s",
                      key);
    }
}

static bool is_parameter_type(const char *type)
{
    static const char *const plain[] = {"String", "Number", "CommaDelimitedList", "List<Number>",
                                        "List<String>"};

    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
        if (strcmp(type, plain[i]) == 0)
            return true;
    return g_str_has_prefix(type, "AWS::") || g_str_has_prefix(type, "List<AWS::");
}

static void check_default(Checking *checking, const Spot *at, json_t *parameter)
{
    const Spot here = {.above = at, .key = "Default"};
    json_t *value = json_object_get(parameter, "Default"), *allowed, *item;
    size_t i;

    allowed = json_object_get(parameter, "AllowedValues");
    if (!value || !json_is_array(allowed) || !json_is_string(value) ||
        g_strcmp0(json_string_value(json_object_get(parameter, "Type")), "String") != 0)
        return;
    json_array_foreach(allowed, i,
                       item) if (!json_is_string(item) || json_equal(item, value)) return;
    check_problem(checking, PROBLEM_ERROR, &here, false, NULL, "%s is not among AllowedValues",
                  json_string_value(value));
}

static void check_parameter(Checking *checking, const Spot *at, json_t *parameter)
{
    const Spot here = {.above = at, .key = "Type"};
    const char *type = json_string_value(json_object_get(parameter, "Type"));

    if (!check_keys(checking, at, parameter, of_parameter, "a parameter"))
        return;
    if (!type)
        check_problem(checking, PROBLEM_ERROR, at, true, "add Type: String", "has no Type");
    else if (!is_parameter_type(type))
        check_problem(checking, PROBLEM_ERROR, &here, false,
                      "String, Number, CommaDelimitedList, List<Number> and AWS's own are",
                      "%s is no type of parameters", type);
    check_default(checking, at, parameter);
}

static void check_parameters(Checking *checking)
{
    const Spot section = {.key = "Parameters"};
    const char *name;
    json_t *parameter;

    json_object_foreach(checking->parameters, name, parameter)
    {
        const Spot at = {.above = &section, .key = name};

        if (!g_str_has_prefix(name, "Fn::"))
            check_parameter(checking, &at, parameter);
    }
}

static void walk_condition(Checking *checking, const Spot *at, json_t *value)
{
    json_t *name = json_object_size(value) == 1 ? json_object_get(value, "Condition") : NULL;
    const char *key;
    json_t *item;
    size_t i;

    if (name) {
        const Spot here = {.above = at, .key = "Condition"};

        check_condition_name(checking, &here, name);
        return;
    }
    check_value(checking, at, value, RESOURCE_SHAPE_UNKNOWN);
    json_object_foreach(value, key, item)
    {
        const Spot function = {.above = at, .key = key};
        json_t *inner;

        json_array_foreach(item, i, inner)
        {
            const Spot here = {.above = &function, .index = i};

            if (json_is_object(inner) && json_object_get(inner, "Condition"))
                walk_condition(checking, &here, inner);
        }
    }
}

static void check_conditions(Checking *checking)
{
    const Spot section = {.key = "Conditions"};
    const char *name;
    json_t *condition;

    checking->is_in_conditions = true;
    json_object_foreach(checking->conditions, name, condition)
    {
        const Spot at = {.above = &section, .key = name};

        walk_condition(checking, &at, condition);
    }
    checking->is_in_conditions = false;
}

static void check_outputs(Checking *checking)
{
    const Spot section = {.key = "Outputs"};
    const char *name;
    json_t *output;

    json_object_foreach(json_object_get(checking->template, "Outputs"), name, output)
    {
        const Spot at = {.above = &section, .key = name};
        const Spot value = {.above = &at, .key = "Value"}, export = {.above = &at, .key = "Export"};
        const Spot condition = {.above = &at, .key = "Condition"};

        checking->size_bytes += strlen(name) + 24;
        if (g_str_has_prefix(name, "Fn::") ||
            !check_keys(checking, &at, output, of_output, "an output"))
            continue;
        if (!json_object_get(output, "Value"))
            check_problem(checking, PROBLEM_ERROR, &at, true, NULL, "has no Value");
        else
            check_value(checking, &value, json_object_get(output, "Value"), RESOURCE_SHAPE_UNKNOWN);
        if (json_object_get(output, "Export"))
            check_value(checking, &export, json_object_get(output, "Export"),
                        RESOURCE_SHAPE_UNKNOWN);
        if (json_object_get(output, "Condition"))
            check_condition_name(checking, &condition, json_object_get(output, "Condition"));
    }
}

static void check_mappings(Checking *checking)
{
    const Spot section = {.key = "Mappings"};
    const char *name;
    json_t *map;

    json_object_foreach(checking->mappings, name, map)
    {
        const Spot at = {.above = &section, .key = name};

        if (!json_is_object(map))
            check_problem(checking, PROBLEM_ERROR, &at, true, "write KEY: {NAME: VALUE}",
                          "expected a map, found %s", value_kind(map));
    }
}

void check_sections(Checking *checking)
{
    check_top(checking);
    check_parameters(checking);
    check_mappings(checking);
    check_conditions(checking);
    check_outputs(checking);
}
