#include "reconcile/compile/events/event_properties.h"
#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

void property_set(json_t *object, const char *name, json_t *value)
{
    if (value)
        json_object_set(object, name, value);
}

void property_copy(json_t *to, const char *name, json_t *from, const char *key)
{
    property_set(to, name, json_object_get(from, key));
}

void property_copy_truthy(json_t *to, const char *name, json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);

    if (js_is_truthy(value))
        json_object_set(to, name, value);
}

const char *property_string(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text ? text : NULL;
}

char *text_without_line_ends(const char *text)
{
    GString *line = g_string_sized_new(strlen(text));

    for (const char *at = text; *at; at++) {
        if (*at == '\n' || (*at == '\r' && at[1] == '\n'))
            continue;
        g_string_append_c(line, *at);
    }
    return g_string_free(line, FALSE);
}

char *pasted_text(const char *text, bool quotes)
{
    g_autoptr(GString) template = g_string_new("\"");
    json_t *read;
    char *pasted;

    for (const char *at = text; *at; at++) {
        if (quotes && *at == '"')
            g_string_append_c(template, '\\');
        g_string_append_c(template, *at);
    }
    g_string_append_c(template, '"');
    read = json_loads(template->str, JSON_DECODE_ANY, NULL);
    pasted = g_strdup(json_is_string(read) ? json_string_value(read) : text);
    json_decref(read);
    return pasted;
}

void property_paste(json_t *to, const char *name, json_t *from, const char *key)
{
    const char *text = property_string(from, key);
    g_autofree char *pasted = text ? pasted_text(text, false) : NULL;

    if (pasted)
        json_object_set_new(to, name, json_string(pasted));
}

void append_unique(json_t *list, json_t *value)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (json_equal(item, value))
            return;
    }
    json_array_append(list, value);
}

json_t *unique_list(json_t *value)
{
    json_t *list = json_array();
    json_t *item;
    size_t i;

    if (!json_is_array(value)) {
        if (value)
            json_array_append(list, value);
        return list;
    }
    json_array_foreach(value, i, item)
    {
        append_unique(list, item);
    }
    return list;
}

json_t *filter_criteria(json_t *patterns)
{
    json_t *filters;
    json_t *pattern;
    size_t i;

    if (!json_is_array(patterns))
        return NULL;
    filters = json_array();
    json_array_foreach(patterns, i, pattern)
    {
        g_autofree char *text = json_text(pattern, JSON_TEXT_COMPACT);

        json_array_append_new(filters, json_pack("{s:s}", "Pattern", text));
    }
    return json_pack("{s:o}", "Filters", filters);
}

void resource_depend_on_alias(json_t *resource, const Function *function)
{
    if (function->alias_id)
        json_object_set_new(resource, "DependsOn", json_string(function->alias_id));
}

void event_error(Compilation *compilation, const EventCursor *cursor, const char *type,
                 const char *below, const char *hint, const char *format, ...)
{
    g_autofree char *pointer = event_pointer(cursor, type, below);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "%s", message);
}

const char *event_string(Compilation *compilation, const EventCursor *cursor, const char *type,
                         const char *key)
{
    const char *text = json_is_object(cursor->event) ? property_string(cursor->event, key)
                                                     : json_string_value(cursor->event);

    if (text && *text)
        return text;
    event_error(compilation, cursor, type, NULL, NULL,
                "%s event of function \"%s\" has no \"%s\" that is a string", type,
                cursor->function->key, key);
    return NULL;
}

void default_role_trust(Compilation *compilation, const char *service)
{
    json_t *statements;
    json_t *statement;
    size_t i;

    if (!compilation->has_default_role)
        return;
    statements =
        pointer_get(compilation->resources,
                    "/IamRoleLambdaExecution/Properties/AssumeRolePolicyDocument/Statement");
    json_array_foreach(statements, i, statement)
    {
        json_t *services = pointer_get(statement, "/Principal/Service");

        if (json_is_array(services)) {
            json_array_append_new(services, json_string(service));
            return;
        }
    }
}
