#include "tests/aws/template/parameters.h"
#include "tests/aws/template/functions.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

void stack_parameters_clear(StackParameters *parameters)
{
    json_decref(parameters->list);
    json_decref(parameters->values);
    parameters->list = parameters->values = NULL;
}

static json_t *find_parameter(json_t *list, const char *key)
{
    size_t i = 0;
    json_t *entry = NULL;

    json_array_foreach(list, i, entry)
    {
        if (g_strcmp0(json_text_of(entry, "ParameterKey"), key) == 0)
            return entry;
    }
    return NULL;
}

static bool no_strangers(const Template *template, json_t *given, GError **error)
{
    g_autoptr(GString) strangers = g_string_new(NULL);
    size_t i = 0;
    json_t *entry = NULL;

    json_array_foreach(given, i, entry)
    {
        const char *key = json_text_of(entry, "ParameterKey");

        if (key == NULL) {
            g_set_error(error, DOUBLE_ERROR, 400, "ParameterKey must not be null");
            return false;
        }
        if (json_object_get(template->parameters, key) == NULL)
            g_string_append_printf(strangers, "%s%s", strangers->len > 0 ? ", " : "", key);
    }
    if (strangers->len == 0)
        return true;
    g_set_error(error, DOUBLE_ERROR, 400, "Parameters: [%s] do not exist in the template",
                strangers->str);
    return false;
}

static bool is_list_type(const char *type)
{
    return strcmp(type, "CommaDelimitedList") == 0 || g_str_has_prefix(type, "List<") ||
           strstr(type, "Value<List<") != NULL || strstr(type, "Value<CommaDelimitedList") != NULL;
}

static bool refuse(GError **error, json_t *definition, const char *format, const char *key,
                   const char *detail)
{
    const char *own = json_text_of(definition, "ConstraintDescription");
    g_autofree char *message = g_strdup_printf(format, key, detail);

    if (own != NULL)
        g_set_error(error, DOUBLE_ERROR, 400, "Parameter %s failed to satisfy constraint: %s", key,
                    own);
    else
        g_set_error(error, DOUBLE_ERROR, 400, "%s", message);
    return false;
}

static bool allowed_values_hold(const char *key, json_t *definition, const char *value,
                                GError **error)
{
    json_t *allowed = json_object_get(definition, "AllowedValues");
    g_autoptr(GString) list = g_string_new(NULL);
    size_t i = 0;
    json_t *item = NULL;

    if (!json_is_array(allowed))
        return true;
    json_array_foreach(allowed, i, item)
    {
        g_autofree char *text = scalar_text(item);

        if (g_strcmp0(text, value) == 0)
            return true;
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", text);
    }
    return refuse(error, definition, "Parameter '%s' must be one of AllowedValues%s", key, "");
}

static bool pattern_holds(const char *key, json_t *definition, const char *value, GError **error)
{
    const char *pattern = json_text_of(definition, "AllowedPattern");
    g_autofree char *whole = g_strdup_printf("^(?:%s)$", pattern != NULL ? pattern : "");

    if (pattern == NULL || g_regex_match_simple(whole, value, G_REGEX_DOLLAR_ENDONLY, 0))
        return true;
    return refuse(error, definition, "Parameter '%s' must match pattern %s", key, pattern);
}

static bool limits_hold(const char *key, json_t *definition, const char *value, GError **error)
{
    static const struct {
        const char *name, *message;
        bool length, least;
    } limits[] = {
        {"MinLength", "Parameter '%s' must contain at least %s characters", true, true},
        {"MaxLength", "Parameter '%s' must contain at most %s characters", true, false},
        {"MinValue", "Parameter '%s' must be a number not less than %s", false, true},
        {"MaxValue", "Parameter '%s' must be a number not greater than %s", false, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        json_t *limit = json_object_get(definition, limits[i].name);
        g_autofree char *text = limit != NULL ? scalar_text(limit) : NULL;
        double bound = text != NULL ? g_ascii_strtod(text, NULL) : 0;
        double actual =
            limits[i].length ? (double)g_utf8_strlen(value, -1) : g_ascii_strtod(value, NULL);

        if (text != NULL && (limits[i].least ? actual < bound : actual > bound))
            return refuse(error, definition, limits[i].message, key, text);
    }
    return true;
}

static bool constraints_hold(const char *key, json_t *definition, const char *type,
                             const char *value, GError **error)
{
    char *stop = NULL;

    if (strcmp(type, "Number") == 0) {
        g_ascii_strtod(value, &stop);
        if (*value == '\0' || *stop != '\0') {
            g_set_error(error, DOUBLE_ERROR, 400, "Parameter '%s' must be a number.", key);
            return false;
        }
    }
    return allowed_values_hold(key, definition, value, error) &&
           pattern_holds(key, definition, value, error) &&
           limits_hold(key, definition, value, error);
}

static json_t *list_value(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    json_t *list = json_array();

    for (char **part = parts; *part != NULL; part++)
        json_array_append_new(list, json_string(g_strstrip(*part)));
    return list;
}

/* The text of one parameter: sent, kept, or the default. NULL when there is none. (transfer full)
 */
static char *text_of_parameter(const char *key, json_t *definition, json_t *given, json_t *previous)
{
    json_t *sent = find_parameter(given, key);
    json_t *kept = find_parameter(previous, key);
    const char *use = json_text_of(sent, "UsePreviousValue");
    json_t *fallback = json_object_get(definition, "Default");

    if (sent != NULL && use != NULL && g_ascii_strcasecmp(use, "true") == 0)
        return g_strdup(json_text_of(kept, "ParameterValue"));
    if (json_text_of(sent, "ParameterValue") != NULL)
        return g_strdup(json_text_of(sent, "ParameterValue"));
    return fallback != NULL ? scalar_text(fallback) : NULL;
}

static bool resolve_one(const char *key, json_t *definition, const char *text, SsmLookup lookup,
                        void *data, StackParameters *ret, GError **error)
{
    const char *type = json_text_of(definition, "Type");
    json_t *entry = json_pack("{s:s, s:s}", "ParameterKey", key, "ParameterValue", text);
    json_auto_t *stored = NULL;

    json_array_append_new(ret->list, entry);
    if (type == NULL)
        type = "String";
    if (!constraints_hold(key, definition, type, text, error))
        return false;
    if (g_str_has_prefix(type, "AWS::SSM::Parameter::Value<")) {
        stored = lookup(data, text);
        if (stored == NULL) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Unable to fetch parameters [%s] from parameter store for this account.",
                        text);
            return false;
        }
        text = json_string_value(stored);
        json_set_text(entry, "ResolvedValue", text);
    }
    json_object_set_new(ret->values, key,
                        is_list_type(type) ? list_value(text) : json_string(text));
    return true;
}

bool parameters_resolve(const Template *template, json_t *given, json_t *previous, SsmLookup lookup,
                        void *data, StackParameters *ret, GError **error)
{
    StackParameters result = {json_array(), json_object()};
    g_autoptr(GString) missing = g_string_new(NULL);
    const char *key = NULL;
    json_t *definition = NULL;
    bool good = no_strangers(template, given, error);

    json_object_foreach(template->parameters, key, definition)
    {
        g_autofree char *text = text_of_parameter(key, definition, given, previous);

        if (text == NULL)
            g_string_append_printf(missing, "%s%s", missing->len > 0 ? ", " : "", key);
        else if (good)
            good = resolve_one(key, definition, text, lookup, data, &result, error);
    }
    if (good && missing->len > 0) {
        g_set_error(error, DOUBLE_ERROR, 400, "Parameters: [%s] must have values", missing->str);
        good = false;
    }
    if (good)
        *ret = result;
    else
        stack_parameters_clear(&result);
    return good;
}

json_t *parameters_shown(const Template *template, json_t *list)
{
    json_t *shown = json_array();
    size_t i = 0;
    json_t *entry = NULL;

    json_array_foreach(list, i, entry)
    {
        json_t *definition =
            json_object_get(template->parameters, json_text_of(entry, "ParameterKey"));
        json_t *no_echo = json_object_get(definition, "NoEcho");
        g_autofree char *text = no_echo != NULL ? scalar_text(no_echo) : NULL;
        json_t *copy = json_copy(entry);

        if (g_strcmp0(text, "true") == 0)
            json_set_text(copy, "ParameterValue", "****");
        json_array_append_new(shown, copy);
    }
    return shown;
}
