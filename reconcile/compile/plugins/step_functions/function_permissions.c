/* Tasks that call a function: the function itself and all its versions. */
#include "reconcile/compile/plugins/step_functions/tasks.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

#define FUNCTION "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"

static bool is_lambda_arn(const char *text)
{
    return g_regex_match_simple("^arn:aws(-[a-z]+)*:lambda", text, 0, 0);
}

static json_t *named_function(const char *format, const char *name)
{
    g_autofree char *arn = g_strdup_printf(format, name), *versions = g_strconcat(arn, ":*", NULL);

    return json_pack("[{s:s},{s:s}]", "Fn::Sub", arn, "Fn::Sub", versions);
}

static json_t *written_function(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, ":", -1);
    g_autofree char *versions = g_strconcat(name, ":*", NULL);

    if (is_lambda_arn(name))
        return json_pack("[s,s]", name, versions);
    if (g_strv_length(parts) == 3 && *parts[0] &&
        strspn(parts[0], "0123456789") == strlen(parts[0]))
        return named_function("arn:${AWS::Partition}:lambda:${AWS::Region}:%s", name);
    return named_function(FUNCTION "%s", name);
}

static json_t *referred_function(Tasks *tasks, json_t *name)
{
    const char *known = step_functions_function_name(tasks->compilation, name);
    json_t *translated, *resource;

    if (known)
        return named_function(FUNCTION "%s", known);
    translated = step_functions_translate(tasks->compilation, name);
    if (json_object_get(name, "Fn::GetAtt"))
        resource = json_pack("[O,o]", translated,
                             task_sub_one("${functionArn}:*", "functionArn", translated));
    else
        resource =
            json_pack("[o,o]", task_sub_one(FUNCTION "${functionArn}", "functionArn", translated),
                      task_sub_one(FUNCTION "${functionArn}:*", "functionArn", translated));
    json_decref(translated);
    return resource;
}

void task_invoke_function(Tasks *tasks, json_t *state, const char *action)
{
    json_t *name = task_parameter(state, "FunctionName"),
           *allowed = task_parameter(state, "AllowedFunctions");

    if (task_is_dynamic(state, "FunctionName"))
        task_allow(tasks, action, js_is_truthy(allowed) ? json_incref(allowed) : task_everything());
    else if (json_is_string(name))
        task_allow(tasks, action, written_function(json_string_value(name)));
    else if (json_object_get(name, "Fn::GetAtt") || json_object_get(name, "Ref"))
        task_allow(tasks, action, referred_function(tasks, name));
    else
        task_allow(tasks, action, json_incref(name));
}

/* A function's ARN without its alias. */
static json_t *without_alias(json_t *resource)
{
    const char *text = json_string_value(resource);
    g_auto(GStrv) parts = text && is_lambda_arn(text) ? g_strsplit(text, ":", -1) : NULL;

    return parts && g_strv_length(parts) == 8
               ? json_stringn(text, strlen(text) - strlen(parts[7]) - 1)
               : json_incref(resource);
}

static json_t *all_versions(json_t *arn)
{
    json_t *text = json_object_get(arn, "Fn::Sub"), *first = json_array_get(text, 0);
    g_autofree char *longer = NULL;

    if (json_is_string(text) || json_is_string(first))
        longer = g_strconcat(json_string_value(json_is_string(text) ? text : first), ":*", NULL);
    if (json_is_string(text))
        return task_sub(longer);
    if (longer)
        return json_pack("{s:[s,O]}", "Fn::Sub", longer, json_array_get(text, 1));
    return task_sub_one("${functionArn}:*", "functionArn", arn);
}

void task_invoke_resource(Tasks *tasks, json_t *resource)
{
    const char *text = json_string_value(resource);
    json_t *trimmed, *arn;
    const char *known;

    if (!step_functions_is_intrinsic(resource) &&
        !(text && g_regex_match_simple("arn:aws(-[a-z]+)*:lambda", text, 0, 0)))
        return;
    trimmed = without_alias(resource);
    known = step_functions_function_name(tasks->compilation, trimmed);
    if (known) {
        task_allow(tasks, "lambda:InvokeFunction", named_function(FUNCTION "%s", known));
    } else {
        arn = step_functions_translate(tasks->compilation, trimmed);
        task_allow(tasks, "lambda:InvokeFunction", json_pack("[o,o]", arn, all_versions(arn)));
    }
    json_decref(trimmed);
}
