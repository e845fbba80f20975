#include "reconcile/compile/plugins/condition_values.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/variables/literal.h"
#include <glib.h>
#include <math.h>
#include <string.h>

double condition_to_number(const json_t *value)
{
    g_autofree char *text = NULL;
    double number;

    if (!value)
        return NAN;
    if (json_is_number(value))
        return json_number_value(value);
    if (json_is_true(value))
        return 1;
    if (json_is_false(value) || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return NAN;
    text = g_strstrip(g_strdup(json_string_value(value)));
    if (!*text)
        return 0;
    return literal_number(text, strlen(text), &number) ? number : NAN;
}

json_t *condition_number(double number)
{
    return isfinite(number) ? literal_number_json(number) : NULL;
}

/* String (value). (transfer full) */
static char *to_text(const json_t *value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_autoptr(GString) joined = NULL;
    json_t *item;
    size_t i;

    switch (value ? json_typeof(value) : JSON_OBJECT) {
    case JSON_STRING:
        return g_strdup(json_string_value(value));
    case JSON_INTEGER:
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL:
        return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.17g", json_real_value(value)));
    case JSON_TRUE:
        return g_strdup("true");
    case JSON_FALSE:
        return g_strdup("false");
    case JSON_NULL:
        return g_strdup("null");
    case JSON_ARRAY:
        joined = g_string_new(NULL);
        json_array_foreach((json_t *)value, i, item)
        {
            g_autofree char *text = json_is_null(item) ? g_strdup("") : to_text(item);

            g_string_append_printf(joined, "%s%s", i > 0 ? "," : "", text);
        }
        return g_string_free(g_steal_pointer(&joined), FALSE);
    case JSON_OBJECT:
        break;
    }
    return g_strdup(value ? "[object Object]" : "undefined");
}

static bool strictly_equal(const json_t *left, const json_t *right)
{
    if (!left || !right)
        return left == right;
    if (json_is_number(left) && json_is_number(right))
        return json_number_value(left) == json_number_value(right);
    if (json_is_array(left) || json_is_object(left))
        return left == right;
    return json_equal(left, right);
}

static bool loosely_equal(const json_t *left, const json_t *right)
{
    if (!js_is_present(left) || !js_is_present(right))
        return js_is_present(left) == js_is_present(right);
    if ((json_is_string(left) && json_is_string(right)) ||
        (json_is_array(left) && json_is_array(right)))
        return strictly_equal(left, right);
    if (json_is_array(left) || json_is_array(right)) {
        g_autofree char *a = to_text(left), *b = to_text(right);

        return strcmp(a, b) == 0;
    }
    return condition_to_number(left) == condition_to_number(right);
}

static bool compares(const char *operator, double order)
{
    if (isnan(order))
        return false;
    if (operator[0] == '<')
        return order < 0 || (operator[1] == '=' && order == 0);
    return order > 0 || (operator[1] == '=' && order == 0);
}

static json_t *add(const json_t *left, const json_t *right)
{
    g_autofree char *a = NULL, *b = NULL, *sum = NULL;

    if (!json_is_string(left) && !json_is_string(right) && !json_is_array(left) &&
        !json_is_array(right))
        return condition_number(condition_to_number(left) + condition_to_number(right));
    a = to_text(left);
    b = to_text(right);
    sum = g_strconcat(a, b, NULL);
    return json_string(sum);
}

static json_t *calculate(char operator, double left, double right)
{
    switch (operator) {
    case '-':
        return condition_number(left - right);
    case '*':
        return condition_number(left * right);
    case '/':
        return condition_number(left / right);
    default:
        return condition_number(fmod(left, right));
    }
}

json_t *condition_operate(const char *operator, const json_t * left, const json_t *right)
{
    if (strcmp(operator, "===") == 0 || strcmp(operator, "!==") == 0)
        return json_boolean(strictly_equal(left, right) == (operator[0] == '='));
    if (strcmp(operator, "==") == 0 || strcmp(operator, "!=") == 0)
        return json_boolean(loosely_equal(left, right) == (operator[0] == '='));
    if (operator[0] == '<' || operator[0] == '>') {
        if (json_is_string(left) && json_is_string(right))
            return json_boolean(compares(operator,(double) strcmp(json_string_value(left),
                                                                  json_string_value(right))));
        return json_boolean(
            compares(operator, condition_to_number(left) - condition_to_number(right)));
    }
    if (operator[0] == '+')
        return add(left, right);
    return calculate(operator[0], condition_to_number(left), condition_to_number(right));
}

static json_int_t index_in_list(const json_t *list, const json_t *wanted)
{
    json_t *item;
    size_t i;

    json_array_foreach((json_t *)list, i,
                       item) if (strictly_equal(item, wanted)) return (json_int_t)i;
    return -1;
}

static bool list_member(const json_t *list, const char *name, const json_t *wanted, bool is_call,
                        json_t **ret)
{
    if (!is_call && strcmp(name, "length") == 0)
        *ret = json_integer((json_int_t)json_array_size(list));
    else if (is_call && strcmp(name, "includes") == 0)
        *ret = json_boolean(index_in_list(list, wanted) >= 0);
    else if (is_call && strcmp(name, "indexOf") == 0)
        *ret = json_integer(index_in_list(list, wanted));
    else
        return false;
    return true;
}

static bool text_member_without_arguments(const char *text, const char *name, bool is_call,
                                          json_t **ret)
{
    g_autofree char *changed = NULL;

    if (!is_call && strcmp(name, "length") == 0) {
        *ret = json_integer(g_utf8_strlen(text, -1));
        return true;
    }
    if (strcmp(name, "toLowerCase") == 0)
        changed = g_utf8_strdown(text, -1);
    else if (strcmp(name, "toUpperCase") == 0)
        changed = g_utf8_strup(text, -1);
    else if (strcmp(name, "trim") == 0)
        changed = g_strstrip(g_strdup(text));
    if (!is_call || !changed)
        return false;
    *ret = json_string(changed);
    return true;
}

static bool text_member(const char *text, const char *name, const json_t *wanted, json_t **ret)
{
    g_autofree char *part = to_text(wanted);
    const char *found = strstr(text, part);

    if (strcmp(name, "includes") == 0)
        *ret = json_boolean(found != NULL);
    else if (strcmp(name, "indexOf") == 0)
        *ret = json_integer(found ? g_utf8_strlen(text, found - text) : -1);
    else if (strcmp(name, "startsWith") == 0)
        *ret = json_boolean(g_str_has_prefix(text, part));
    else if (strcmp(name, "endsWith") == 0)
        *ret = json_boolean(g_str_has_suffix(text, part));
    else
        return false;
    return true;
}

bool condition_member(const json_t *value, const char *name, const json_t *arguments, json_t **ret)
{
    const json_t *first = json_array_get(arguments, 0);

    if (json_array_size(arguments) > 1)
        return false;
    if (json_is_array(value))
        return list_member(value, name, first, arguments != NULL, ret);
    if (!json_is_string(value))
        return false;
    if (first)
        return text_member(json_string_value(value), name, first, ret);
    return text_member_without_arguments(json_string_value(value), name, arguments != NULL, ret);
}
