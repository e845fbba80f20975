/* Intrinsic functions: their shapes as the CloudFormation user guide has them ("Intrinsic function
 * reference", 2025), and what they name. */
#include "reconcile/compile/check/checking.h"
#include <string.h>

typedef struct {
    Checking *checking;
    const Spot *at; /* of the argument */
    json_t *argument;
    ResourceShape shape; /* of where the function stands */
} Call;

static void call_problem(const Call *call, const char *hint, const char *message)
{
    check_problem(call->checking, PROBLEM_ERROR, call->at, true, hint, "%s", message);
}

static bool is_text(json_t *value)
{
    return json_is_string(value) || json_is_number(value) || json_is_boolean(value) ||
           is_function(value);
}

static bool is_list(json_t *value)
{
    return json_is_array(value) || is_function(value);
}

/* An argument of `count` items, told otherwise with what it looks like. */
static bool has_items(const Call *call, size_t least, size_t most, const char *form)
{
    size_t count = json_array_size(call->argument);

    if (json_is_array(call->argument) && count >= least && count <= most)
        return true;
    call_problem(call, form,
                 json_is_array(call->argument) ? "has the wrong number of items"
                                               : "expected a list");
    return false;
}

/* What is below an argument, of whose values nothing is known. */
static void walk_items(const Call *call)
{
    json_t *item;
    size_t i;

    if (!json_is_array(call->argument)) {
        check_value(call->checking, call->at, call->argument, RESOURCE_SHAPE_UNKNOWN);
        return;
    }
    json_array_foreach(call->argument, i, item)
    {
        const Spot here = {.above = call->at, .index = i};

        check_value(call->checking, &here, item, RESOURCE_SHAPE_UNKNOWN);
    }
}

static void call_ref(const Call *call)
{
    check_ref(call->checking, call->at, call->argument);
}

static void call_get_att(const Call *call)
{
    check_get_att(call->checking, call->at, call->argument);
}

static void call_if(const Call *call)
{
    const Spot name = {.above = call->at, .index = 0};

    if (!has_items(call, 3, 3, "write [CONDITION, VALUE, VALUE]"))
        return;
    check_condition_name(call->checking, &name, json_array_get(call->argument, 0));
    for (size_t i = 1; i < 3; i++) {
        const Spot here = {.above = call->at, .index = i};

        check_value(call->checking, &here, json_array_get(call->argument, i), call->shape);
    }
}

static void call_sub(const Call *call)
{
    const Spot text = {.above = call->at, .index = 0}, map = {.above = call->at, .index = 1};
    json_t *variables = json_array_get(call->argument, 1);

    if (json_is_string(call->argument)) {
        check_sub_text(call->checking, call->at, call->argument, NULL);
        return;
    }
    if (json_is_number(call->argument) || json_is_boolean(call->argument))
        return; /* a text to CloudFormation, which names nothing */
    if (!has_items(call, 2, 2, "write a text, or [TEXT, {NAME: VALUE}]"))
        return;
    if (!json_is_string(json_array_get(call->argument, 0)) || !json_is_object(variables)) {
        call_problem(call, "write a text, or [TEXT, {NAME: VALUE}]", "expected a text and a map");
        return;
    }
    check_sub_text(call->checking, &text, json_array_get(call->argument, 0), variables);
    check_value(call->checking, &map, variables, RESOURCE_SHAPE_UNKNOWN);
}

static void call_join(const Call *call)
{
    if (!has_items(call, 2, 2, "write [DELIMITER, [VALUE, …]]"))
        return;
    if (!json_is_string(json_array_get(call->argument, 0)) ||
        !is_list(json_array_get(call->argument, 1)))
        call_problem(call, "write [DELIMITER, [VALUE, …]]", "expected a text and a list");
    walk_items(call);
}

static bool is_index(json_t *value)
{
    const char *text = json_string_value(value);

    return json_is_integer(value) || is_function(value) ||
           (text && *text && strspn(text, "0123456789") == strlen(text));
}

static void call_select(const Call *call)
{
    json_t *index = json_array_get(call->argument, 0), *list = json_array_get(call->argument, 1);
    json_int_t number = json_is_string(index) ? g_ascii_strtoll(json_string_value(index), NULL, 10)
                                              : json_integer_value(index);

    if (!has_items(call, 2, 2, "write [INDEX, [VALUE, …]]"))
        return;
    if (!is_index(index) || !is_list(list))
        call_problem(call, "write [INDEX, [VALUE, …]]", "expected a number and a list");
    else if (json_is_array(list) && !is_function(index) &&
             (number < 0 || number >= (json_int_t)json_array_size(list)))
        call_problem(call, "the first has index 0", "the list has no item of that index");
    walk_items(call);
}

static void call_split(const Call *call)
{
    if (!has_items(call, 2, 2, "write [DELIMITER, TEXT]"))
        return;
    if (!json_is_string(json_array_get(call->argument, 0)) ||
        !is_text(json_array_get(call->argument, 1)))
        call_problem(call, "write [DELIMITER, TEXT]", "expected two texts");
    walk_items(call);
}

static void find_in_map(const Call *call, json_t *map)
{
    json_t *first = json_array_get(call->argument, 1), *second = json_array_get(call->argument, 2);
    const Spot here = {.above = call->at, .index = 1}, there = {.above = call->at, .index = 2};
    json_t *row = json_is_string(first) ? json_object_get(map, json_string_value(first)) : NULL;
    g_autofree char *hint = NULL;

    if (json_is_string(first) && !row) {
        hint = check_suggestion_of_keys(call->checking, json_string_value(first), NULL, map, NULL);
        check_problem(call->checking, PROBLEM_ERROR, &here, false, hint,
                      "the mapping has no key %s", json_string_value(first));
    } else if (json_is_string(second) && row && !json_object_get(row, json_string_value(second))) {
        hint = check_suggestion_of_keys(call->checking, json_string_value(second), NULL, row, NULL);
        check_problem(call->checking, PROBLEM_ERROR, &there, false, hint,
                      "the mapping has no key %s below %s", json_string_value(second),
                      json_string_value(first));
    }
}

static void call_find_in_map(const Call *call)
{
    json_t *name = json_array_get(call->argument, 0), *mappings = call->checking->mappings;
    const Spot here = {.above = call->at, .index = 0};
    bool has_default = json_array_size(call->argument) == 4;

    if (!has_items(call, 3, call->checking->has_extensions ? 4 : 3, "write [MAP, KEY, KEY]"))
        return;
    if (json_is_string(name) && !call->checking->has_more_names && !has_default) {
        json_t *map = json_object_get(mappings, json_string_value(name));

        if (map) {
            find_in_map(call, map);
        } else {
            g_autofree char *hint = check_suggestion_of_keys(
                call->checking, json_string_value(name), NULL, mappings, NULL);

            check_problem(call->checking, PROBLEM_ERROR, &here, false, hint, "Mappings has no %s",
                          json_string_value(name));
        }
    }
    walk_items(call);
}

static void call_text(const Call *call)
{
    if (!is_text(call->argument))
        call_problem(call, NULL, "expected a text");
    walk_items(call);
}

static void call_cidr(const Call *call)
{
    if (has_items(call, 2, 3, "write [BLOCK, COUNT, BITS]"))
        walk_items(call);
}

static void call_transform(const Call *call)
{
    if (!json_is_object(call->argument) || !json_object_get(call->argument, "Name"))
        call_problem(call, "write {Name: MACRO, Parameters: {…}}", "expected a map with Name");
    walk_items(call);
}

static void call_anything(const Call *call)
{
    walk_items(call);
}

static void require_conditions(const Call *call)
{
    if (!call->checking->is_in_conditions)
        call_problem(call, "name a condition and use Fn::If",
                     "this function is known in Conditions only");
}

static void call_logic(const Call *call)
{
    require_conditions(call);
    if (has_items(call, 2, 10, "write a list of 2 to 10 conditions"))
        walk_items(call);
}

static void call_not(const Call *call)
{
    require_conditions(call);
    if (has_items(call, 1, 1, "write [CONDITION]"))
        walk_items(call);
}

static void call_equals(const Call *call)
{
    require_conditions(call);
    if (has_items(call, 2, 2, "write [VALUE, VALUE]"))
        walk_items(call);
}

static const struct {
    const char *name;
    void (*check)(const Call *call);
} functions[] = {
    {"Ref", call_ref},
    {"Fn::GetAtt", call_get_att},
    {"Fn::Sub", call_sub},
    {"Fn::Join", call_join},
    {"Fn::If", call_if},
    {"Fn::ImportValue", call_text},
    {"Fn::Select", call_select},
    {"Fn::Split", call_split},
    {"Fn::FindInMap", call_find_in_map},
    {"Fn::Base64", call_text},
    {"Fn::GetAZs", call_text},
    {"Fn::Cidr", call_cidr},
    {"Fn::Transform", call_transform},
    {"Fn::GetStackOutput", call_anything},
    {"Fn::Length", call_anything},
    {"Fn::ToJsonString", call_anything},
    {"Fn::And", call_logic},
    {"Fn::Or", call_logic},
    {"Fn::Not", call_not},
    {"Fn::Equals", call_equals},
    /* Functions of Rules, which nothing else may use but nobody else would understand. */
    {"Fn::Contains", call_anything},
    {"Fn::EachMemberEquals", call_anything},
    {"Fn::EachMemberIn", call_anything},
    {"Fn::RefAll", call_anything},
    {"Fn::ValueOf", call_anything},
    {"Fn::ValueOfAll", call_anything},
};

static const char *only_key(json_t *value)
{
    return json_object_size(value) == 1 ? json_object_iter_key(json_object_iter(value)) : NULL;
}

bool is_function(json_t *value)
{
    const char *key = only_key(value);

    return key && ((key[0] == 'F' && key[1] == 'n' && key[2] == ':') || strcmp(key, "Ref") == 0);
}

bool is_function_name(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        if (strcmp(functions[i].name, key) == 0)
            return true;
    return false;
}

bool may_be_absent(json_t *value)
{
    const char *key = only_key(value);
    const char *name = json_string_value(json_object_get(value, "Ref"));

    return key && (strcmp(key, "Fn::If") == 0 || g_strcmp0(name, "AWS::NoValue") == 0);
}

static void unknown_function(Checking *checking, const Spot *at, const char *name)
{
    const char *names[G_N_ELEMENTS(functions) + 1] = {NULL};
    g_autofree char *hint = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        names[i] = functions[i].name;
    hint = check_suggestion(checking, name, names, NULL);
    check_problem(checking, PROBLEM_ERROR, at, true, hint, "CloudFormation has no function %s",
                  name);
}

/* A text that is too long whatever is put into it. */
static void check_result(Checking *checking, const Spot *at, json_t *function, const char *name,
                         ResourceShape shape)
{
    bool gives_text = strcmp(name, "Fn::Sub") == 0 || strcmp(name, "Fn::Join") == 0;
    bool exact = true;
    size_t length;

    if (shape == RESOURCE_SHAPE_UNKNOWN || !gives_text ||
        resource_shape_kind(shape) != PROPERTY_STRING)
        return;
    length = least_length(checking, function, &exact);
    check_length(checking, at, length, exact, shape);
}

void check_function(Checking *checking, const Spot *at, json_t *function, ResourceShape shape)
{
    const char *name = only_key(function);
    const Spot here = {.above = at, .key = name};
    const Call call = {checking, &here, json_object_get(function, name), shape};

    g_assert(name);
    checking->size_bytes += strlen(name) + 6;
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        if (strcmp(functions[i].name, name) == 0) {
            functions[i].check(&call);
            check_result(checking, at, function, name, shape);
            return;
        }
    if (g_str_has_prefix(name, "Fn::ForEach::"))
        walk_items(&call);
    else
        unknown_function(checking, &here, name);
}
