/* Values of a template: references, choices, conditions. */
#include "tests/aws/template/functions.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

/* AWS::NoValue while it is on its way to the object or array that leaves it out; recognised by its
 * address. */
static json_t *no_value(void)
{
    static json_t *marker;

    if (marker == NULL)
        marker = json_pack("{s:s}", "aws-double", "AWS::NoValue");
    return marker;
}

void evaluation_init(Evaluation *evaluation, const Template *template)
{
    memset(evaluation, 0, sizeof *evaluation);
    evaluation->template = template;
    evaluation->conditions = json_object();
}

void evaluation_clear(Evaluation *evaluation)
{
    json_decref(evaluation->conditions);
}

static json_t *pseudo_parameter(Evaluation *evaluation, const char *name)
{
    if (strcmp(name, "AWS::AccountId") == 0)
        return json_string(evaluation->account);
    if (strcmp(name, "AWS::Region") == 0)
        return json_string(evaluation->region);
    if (strcmp(name, "AWS::StackId") == 0)
        return json_string(evaluation->stack_id);
    if (strcmp(name, "AWS::StackName") == 0)
        return json_string(evaluation->stack_name);
    if (strcmp(name, "AWS::Partition") == 0)
        return json_string(g_str_has_prefix(evaluation->region, "cn-") ? "aws-cn" : "aws");
    if (strcmp(name, "AWS::URLSuffix") == 0)
        return json_string(g_str_has_prefix(evaluation->region, "cn-") ? "amazonaws.com.cn"
                                                                       : "amazonaws.com");
    if (strcmp(name, "AWS::NotificationARNs") == 0)
        return evaluation->notification_arns != NULL ? json_incref(evaluation->notification_arns)
                                                     : json_array();
    if (strcmp(name, "AWS::NoValue") == 0)
        return json_incref(no_value());
    return NULL;
}

json_t *evaluate_ref(Evaluation *evaluation, const char *name, GError **error)
{
    json_t *value = pseudo_parameter(evaluation, name);

    if (value != NULL)
        return value;
    value = json_object_get(evaluation->parameters, name);
    if (value != NULL)
        return json_incref(value);
    if (json_object_get(evaluation->template->resources, name) == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Unresolved resource dependencies [%s] in the Resources "
                    "block of the template",
                    name);
        return NULL;
    }
    return evaluation->hooks.reference(evaluation->data, name, NULL, error);
}

json_t *evaluate_attribute(Evaluation *evaluation, const char *name, const char *attribute,
                           GError **error)
{
    if (json_object_get(evaluation->template->resources, name) == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: instance of Fn::GetAtt references undefined resource %s",
                    name);
        return NULL;
    }
    return evaluation->hooks.reference(evaluation->data, name, attribute, error);
}

static json_t *function_ref(Evaluation *evaluation, json_t *argument, GError **error)
{
    if (!json_is_string(argument)) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Every Ref object must have a single String value.");
        return NULL;
    }
    return evaluate_ref(evaluation, json_string_value(argument), error);
}

static json_t *function_get_att(Evaluation *evaluation, json_t *argument, GError **error)
{
    const char *name = json_string_value(json_array_get(argument, 0));
    json_auto_t *attribute = NULL;

    if (json_is_string(argument)) {
        g_auto(GStrv) parts = g_strsplit(json_string_value(argument), ".", 2);

        if (g_strv_length(parts) == 2)
            return evaluate_attribute(evaluation, parts[0], parts[1], error);
    }
    if (name != NULL && json_array_size(argument) == 2) {
        attribute = evaluate(evaluation, json_array_get(argument, 1), error);
        if (attribute == NULL)
            return NULL;
        if (json_is_string(attribute))
            return evaluate_attribute(evaluation, name, json_string_value(attribute), error);
    }
    g_set_error(error, DOUBLE_ERROR, 400,
                "Template error: every Fn::GetAtt object requires two non-empty parameters, the "
                "resource name and the resource attribute");
    return NULL;
}

static json_t *function_select(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *index = NULL;
    json_auto_t *list = NULL;
    g_autofree char *text = NULL;
    json_t *chosen = NULL;
    char *stop = NULL;
    guint64 at = 0;

    if (json_array_size(argument) != 2) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Fn::Select requires a list argument with two elements: an "
                    "integer index and a list");
        return NULL;
    }
    index = evaluate(evaluation, json_array_get(argument, 0), error);
    list = index != NULL ? evaluate(evaluation, json_array_get(argument, 1), error) : NULL;
    if (list == NULL)
        return NULL;
    if (!json_is_array(list) && is_known_after_apply(list))
        return json_string(KNOWN_AFTER_APPLY);
    text = scalar_text(index);
    at = text != NULL ? g_ascii_strtoull(text, &stop, 10) : 0;
    chosen = json_array_get(list, (size_t)at);
    if (text == NULL || *text == '\0' || *stop != '\0' || chosen == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Fn::Select cannot select nonexistent value at index %s",
                    text != NULL ? text : "null");
        return NULL;
    }
    return json_incref(chosen);
}

static json_t *function_find_in_map(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *names = evaluate(evaluation, argument, error);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    json_t *value = evaluation->template->mappings;

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < 3; i++) {
        char *key = scalar_text(json_array_get(names, i));

        g_ptr_array_add(keys, key != NULL ? key : g_strdup(""));
        value = json_object_get(value, keys->pdata[i]);
    }
    if (value == NULL)
        value = json_object_get(json_array_get(names, 3), "DefaultValue");
    if (value == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Unable to get mapping for %s::%s::%s", (char *)keys->pdata[0],
                    (char *)keys->pdata[1], (char *)keys->pdata[2]);
        return NULL;
    }
    return json_incref(value);
}

static json_t *function_if(Evaluation *evaluation, json_t *argument, GError **error)
{
    const char *name = json_string_value(json_array_get(argument, 0));
    bool holds = false;

    if (name == NULL || json_array_size(argument) != 3) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Fn::If requires a list argument with three elements");
        return NULL;
    }
    if (!evaluate_condition(evaluation, name, &holds, error))
        return NULL;
    return evaluate(evaluation, json_array_get(argument, holds ? 1 : 2), error);
}

static json_t *function_import_value(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *name = evaluate(evaluation, argument, error);
    g_autofree char *text = name != NULL ? scalar_text(name) : NULL;

    if (name == NULL)
        return NULL;
    if (text == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: the attribute in Fn::ImportValue must be a string");
        return NULL;
    }
    if (is_known_after_apply(name))
        return json_incref(name);
    return evaluation->hooks.import(evaluation->data, text, error);
}

static json_t *function_get_azs(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *value = evaluate(evaluation, argument, error);
    const char *region = json_string_value(value);
    json_t *zones = NULL;

    if (value == NULL)
        return NULL;
    if (region == NULL || *region == '\0')
        region = evaluation->region;
    zones = json_array();
    for (const char *letter = "abc"; *letter != '\0'; letter++) {
        g_autofree char *zone = g_strdup_printf("%s%c", region, *letter);

        json_array_append_new(zones, json_string(zone));
    }
    return zones;
}

static json_t *function_length(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *list = evaluate(evaluation, argument, error);

    if (list == NULL)
        return NULL;
    if (!json_is_array(list)) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Fn::Length requires an array or a function that gives one");
        return NULL;
    }
    return json_integer((json_int_t)json_array_size(list));
}

static json_t *boolean_or_null(bool good, bool value)
{
    return good ? json_boolean(value) : NULL;
}

/* A condition's own functions: Fn::And, Fn::Or, Fn::Not, Fn::Equals, Condition. */
static bool condition_holds(Evaluation *evaluation, json_t *value, bool *ret, GError **error)
{
    json_t *argument = NULL;
    const char *function = function_of(value, &argument);
    json_auto_t *left = NULL;
    json_auto_t *right = NULL;
    size_t i = 0;
    json_t *item = NULL;

    if (function != NULL && strcmp(function, "Condition") == 0)
        return evaluate_condition(evaluation, json_string_value(argument), ret, error);
    if (function != NULL && strcmp(function, "Fn::Equals") == 0 && json_array_size(argument) == 2) {
        g_autofree char *a = NULL, *b = NULL;

        left = evaluate(evaluation, json_array_get(argument, 0), error);
        right = left != NULL ? evaluate(evaluation, json_array_get(argument, 1), error) : NULL;
        if (right == NULL)
            return false;
        a = scalar_text(left);
        b = scalar_text(right);
        *ret = a != NULL && b != NULL ? strcmp(a, b) == 0 : json_equal(left, right) != 0;
        return true;
    }
    if (function != NULL && strcmp(function, "Fn::Not") == 0 && json_array_size(argument) == 1) {
        bool inner = false;

        if (!condition_holds(evaluation, json_array_get(argument, 0), &inner, error))
            return false;
        *ret = !inner;
        return true;
    }
    if (function != NULL && (strcmp(function, "Fn::And") == 0 || strcmp(function, "Fn::Or") == 0) &&
        json_array_size(argument) >= 2 && json_array_size(argument) <= 10) {
        bool all = true, any = false;

        json_array_foreach(argument, i, item)
        {
            bool inner = false;

            if (!condition_holds(evaluation, item, &inner, error))
                return false;
            all = all && inner;
            any = any || inner;
        }
        *ret = strcmp(function, "Fn::And") == 0 ? all : any;
        return true;
    }
    g_set_error(error, DOUBLE_ERROR, 400,
                "Template format error: Every Conditions member must be a boolean function of "
                "Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition");
    return false;
}

bool evaluate_condition(Evaluation *evaluation, const char *name, bool *ret, GError **error)
{
    json_t *known = json_object_get(evaluation->conditions, name);
    json_t *definition = json_object_get(evaluation->template->conditions, name);
    bool value = false;

    if (json_is_boolean(known)) {
        *ret = json_is_true(known);
        return true;
    }
    if (definition == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Unresolved condition dependency %s in the Conditions "
                    "block of the template",
                    name);
        return false;
    }
    if (known != NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Circular dependency between conditions: [%s]", name);
        return false;
    }
    json_object_set_new(evaluation->conditions, name, json_null());
    if (!condition_holds(evaluation, definition, &value, error))
        return false;
    json_object_set_new(evaluation->conditions, name, json_boolean(value));
    *ret = value;
    return true;
}

bool evaluation_is_active(Evaluation *evaluation, json_t *definition, bool *ret, GError **error)
{
    const char *condition = json_text_of(definition, "Condition");

    if (condition != NULL)
        return evaluate_condition(evaluation, condition, ret, error);
    *ret = true;
    return true;
}

static json_t *function_condition(Evaluation *evaluation, json_t *argument, GError **error)
{
    bool holds = false;
    bool good = evaluate_condition(evaluation, json_string_value(argument), &holds, error);

    return boolean_or_null(good, holds);
}

static const struct {
    const char *name;
    TemplateFunction function;
} FUNCTIONS[] = {
    {"Ref", function_ref},
    {"Condition", function_condition},
    {"Fn::GetAtt", function_get_att},
    {"Fn::Sub", function_sub},
    {"Fn::Join", function_join},
    {"Fn::Select", function_select},
    {"Fn::Split", function_split},
    {"Fn::FindInMap", function_find_in_map},
    {"Fn::If", function_if},
    {"Fn::ImportValue", function_import_value},
    {"Fn::Base64", function_base64},
    {"Fn::GetAZs", function_get_azs},
    {"Fn::Cidr", function_cidr},
    {"Fn::Length", function_length},
    {"Fn::ToJsonString", function_to_json_string},
};

static json_t *call_function(Evaluation *evaluation, const char *name, json_t *value,
                             json_t *argument, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FUNCTIONS); i++) {
        if (strcmp(FUNCTIONS[i].name, name) == 0)
            return FUNCTIONS[i].function(evaluation, argument, error);
    }
    if (strcmp(name, "Fn::And") == 0 || strcmp(name, "Fn::Or") == 0 ||
        strcmp(name, "Fn::Not") == 0 || strcmp(name, "Fn::Equals") == 0) {
        bool holds = false;
        bool good = condition_holds(evaluation, value, &holds, error);

        return boolean_or_null(good, holds);
    }
    g_set_error(error, DOUBLE_ERROR, 400, "Template error: the double does not carry out %s", name);
    return NULL;
}

json_t *evaluate(Evaluation *evaluation, json_t *value, GError **error)
{
    json_t *argument = NULL, *item = NULL, *result = NULL;
    const char *function = function_of(value, &argument);
    const char *key = NULL;
    size_t i = 0;

    if (value == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400, "Template format error: a value is missing");
        return NULL;
    }
    if (function != NULL)
        return call_function(evaluation, function, value, argument, error);
    if (json_is_string(value) && strstr(json_string_value(value), "{{resolve:") != NULL)
        return resolve_dynamic(evaluation, json_string_value(value), error);
    if (!json_is_object(value) && !json_is_array(value))
        return json_incref(value);
    result = json_is_object(value) ? json_object() : json_array();
    json_object_foreach(value, key, item)
    {
        json_t *member = evaluate(evaluation, item, error);

        if (member == NULL) {
            json_decref(result);
            return NULL;
        }
        if (member == no_value())
            json_decref(member);
        else
            json_object_set_new(result, key, member);
    }
    json_array_foreach(value, i, item)
    {
        json_t *member = evaluate(evaluation, item, error);

        if (member == NULL) {
            json_decref(result);
            return NULL;
        }
        if (member == no_value())
            json_decref(member);
        else
            json_array_append_new(result, member);
    }
    return result;
}
