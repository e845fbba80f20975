#include "reconcile/compile/compilation.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/variables/origins.h"
#include <string.h>

void compilation_set_maker(Compilation *compilation, const char *pointer)
{
    char *previous = compilation->maker;

    compilation->maker = g_strdup(pointer);
    g_free(previous);
}

Function *compilation_function(Compilation *compilation, const char *key)
{
    for (guint i = 0; i < compilation->functions->len; i++) {
        Function *function = compilation->functions->pdata[i];

        if (strcmp(function->key, key) == 0)
            return function;
    }
    return NULL;
}

char *event_pointer(const EventCursor *cursor, const char *type, const char *below)
{
    GString *pointer = g_string_new("/functions");

    pointer_append(pointer, cursor->function->key);
    g_string_append(pointer, "/events");
    pointer_append_index(pointer, cursor->index);
    pointer_append(pointer, type);
    g_string_append(pointer, below ? below : "");
    return g_string_free(pointer, FALSE);
}

/* The framework passes over events whose value is not truthy ("- http:" with nothing below it), and
 * so do we. */
static bool visit(Compilation *compilation, const char *type, EventCursor *cursor)
{
    json_t *event = json_array_get(cursor->function->events, cursor->event_at);
    json_t *value = json_object_get(event, type);
    g_autofree char *pointer = NULL;

    cursor->index = cursor->event_at++;
    if (!js_is_truthy(value))
        return false;
    cursor->event = value;
    pointer = event_pointer(cursor, type, NULL);
    compilation_set_maker(compilation, pointer);
    return true;
}

bool compilation_next_event(Compilation *compilation, const char *type, EventCursor *cursor)
{
    for (; cursor->function_at < compilation->functions->len; cursor->function_at++) {
        cursor->function = compilation->functions->pdata[cursor->function_at];
        while (cursor->event_at < json_array_size(cursor->function->events))
            if (visit(compilation, type, cursor))
                return true;
        cursor->event_at = 0;
    }
    compilation_set_maker(compilation, NULL);
    return false;
}

json_t *compilation_add_resource(Compilation *compilation, const char *id, const char *type,
                                 json_t *properties_new)
{
    json_t *resource = json_object();

    /* unchecked: what a document says is UTF-8, its reader has looked */
    json_object_set_new_nocheck(resource, "Type", json_string_nocheck(type));
    if (properties_new)
        json_object_set_new_nocheck(resource, "Properties", properties_new);
    json_object_set_new_nocheck(compilation->resources, id, resource);
    if (compilation->maker)
        g_hash_table_replace(compilation->makers, g_strdup(id), g_strdup(compilation->maker));
    return resource;
}

json_t *compilation_add_output(Compilation *compilation, const char *id, const char *description,
                               json_t *value_new)
{
    json_t *output = json_object();

    if (description)
        json_object_set_new_nocheck(output, "Description", json_string_nocheck(description));
    json_object_set_new_nocheck(output, "Value", value_new);
    json_object_set_new_nocheck(compilation->outputs, id, output);
    return output;
}

json_t *compilation_iam_statements(Compilation *compilation)
{
    if (!compilation->has_default_role)
        return NULL;
    return pointer_get(compilation->resources, "/IamRoleLambdaExecution/Properties/Policies/0"
                                               "/PolicyDocument/Statement");
}

void compilation_add_iam_statement(Compilation *compilation, json_t *statement_new)
{
    json_t *statements = compilation_iam_statements(compilation);

    if (statements)
        json_array_append_new(statements, statement_new);
    else
        json_decref(statement_new);
}

json_t *function_target_arn(const Function *function)
{
    if (!function->alias_id)
        return json_get_att(function->logical_id, "Arn");
    return json_pack("{s:[s,[{s:[s,s]},s]]}", "Fn::Join", ":", "Fn::GetAtt", function->logical_id,
                     "Arn", function->alias_name);
}

static bool depends_on(json_t *dependencies, const char *id)
{
    json_t *item;
    size_t i;

    json_array_foreach(dependencies, i,
                       item) if (json_is_string(item) &&
                                 strcmp(json_string_value(item), id) == 0) return true;
    return false;
}

void resource_add_dependency(json_t *resource, const char *id)
{
    json_t *dependencies = json_object_get(resource, "DependsOn");

    if (!json_is_array(dependencies)) {
        json_t *all = json_array();

        if (dependencies)
            json_array_append(all, dependencies);
        json_object_set_new(resource, "DependsOn", all);
        dependencies = all;
    }
    json_array_append_new(dependencies, json_string(id));
}

void resource_depend_on(json_t *resource, const char *id)
{
    json_t *dependencies = json_object_get(resource, "DependsOn");
    const char *only = json_string_value(dependencies);

    if (id && !depends_on(dependencies, id) && g_strcmp0(only, id) != 0)
        resource_add_dependency(resource, id);
}

json_t *compilation_add_permission(Compilation *compilation, const char *id,
                                   const Function *function, const char *principal,
                                   json_t *source_arn_new)
{
    json_t *resource = compilation_add_resource(
        compilation, id, "AWS::Lambda::Permission",
        json_pack("{s:o,s:s,s:s}", "FunctionName", function_target_arn(function), "Action",
                  "lambda:InvokeFunction", "Principal", principal));

    if (source_arn_new)
        json_object_set_new(json_object_get(resource, "Properties"), "SourceArn", source_arn_new);
    if (function->alias_id)
        json_object_set_new(resource, "DependsOn", json_string(function->alias_id));
    return resource;
}

void compilation_problem(Compilation *compilation, ProblemSeverity severity, const char *pointer,
                         const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    origins_problem(compilation->origins, compilation->problems, severity, pointer, false, hint,
                    "%s", message);
}
