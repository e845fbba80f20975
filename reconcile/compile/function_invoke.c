#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

/* Where results go: a function of the service by its key, an ARN, or {type, arn}. */
typedef struct {
    const char *member; /* onSuccess, onFailure */
    json_t *value;
    Function *target; /* NULL: an ARN */
} Destination;

static void destination_problem(Compilation *compilation, const Function *function,
                                const Destination *destination, const char *hint,
                                const char *message)
{
    g_autofree char *below = g_strconcat("/destinations/", destination->member, NULL);
    g_autofree char *pointer = function_pointer(function, below);

    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint,
                        "function %s: destination %s: %s", function->key, destination->member,
                        message);
}

/* False when there is none, or with a problem. */
static bool read_destination(Compilation *compilation, const Function *function, const char *member,
                             Destination *ret)
{
    json_t *value = json_object_get(json_object_get(function->config, "destinations"), member);
    const char *text = json_string_value(value);
    Destination destination = {.member = member, .value = value};
    const char *condition;

    if (!js_is_truthy(value))
        return false;
    if (text && !g_str_has_prefix(text, "arn:")) {
        destination.target = compilation_function(compilation, text);
        if (!destination.target) {
            g_autofree char *message = g_strdup_printf("no function is called %s", text);

            destination_problem(compilation, function, &destination,
                                "name a function of this service, or give an ARN", message);
            return false;
        }
        condition = json_string_value(json_object_get(destination.target->config, "condition"));
        if (condition && !compilation->older &&
            g_strcmp0(condition,
                      json_string_value(json_object_get(function->config, "condition"))) != 0) {
            destination_problem(compilation, function, &destination,
                                "give both functions the same condition",
                                "the target is made only under a condition");
            return false;
        }
    }
    *ret = destination;
    return true;
}

static json_t *destination_arn(const Destination *destination)
{
    if (destination->target)
        return function_target_arn(destination->target);
    if (json_is_object(destination->value))
        return json_incref(json_object_get(destination->value, "arn"));
    return json_incref(destination->value);
}

/* NULL where the kind of target cannot be told. */
static const char *action_of(const Destination *destination)
{
    static const char *const actions[][3] = {{"function", ":function:", "lambda:InvokeFunction"},
                                             {"sqs", ":sqs:", "sqs:SendMessage"},
                                             {"sns", ":sns:", "sns:Publish"},
                                             {"eventBus", ":event-bus/", "events:PutEvents"}};
    const char *type = json_string_value(json_object_get(destination->value, "type"));
    const char *arn = json_string_value(destination->value);

    if (destination->target)
        return "lambda:InvokeFunction";
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        if (type ? strcmp(type, actions[i][0]) == 0 : arn && strstr(arn, actions[i][1]))
            return actions[i][2];
    return NULL;
}

/* By name and not by GetAtt, which would make a circle: the target function depends on this role.
 */
static json_t *allowed_resource(const Destination *destination)
{
    const Function *target = destination->target;

    if (!target)
        return destination_arn(destination);
    return json_sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:%s%s%s",
                    target->name, target->alias_name ? ":" : "",
                    target->alias_name ? target->alias_name : "");
}

/* Whether a function before this one already named the same destination (written as text): the
 * statement is there then. */
static bool is_allowed_already(Compilation *compilation, json_t *statement)
{
    json_t *statements = compilation_iam_statements(compilation), *existing;
    size_t i;

    json_array_foreach(statements, i, existing) if (json_equal(existing, statement)) return true;
    return false;
}

static void allow(Compilation *compilation, const Function *function,
                  const Destination *destination)
{
    const char *action = action_of(destination);
    json_t *statement;

    if (!action) {
        destination_problem(compilation, function, destination,
                            "give the ARN of a function, queue, topic or event bus, or {type, arn}",
                            "no telling what kind of target this is");
        return;
    }
    if (js_is_truthy(function_custom_role(compilation, function)))
        return;
    statement = json_pack("{s:s,s:s,s:o}", "Effect", "Allow", "Action", action, "Resource",
                          allowed_resource(destination));
    if (!json_is_string(destination->value) || !is_allowed_already(compilation, statement))
        compilation_add_iam_statement(compilation, json_incref(statement));
    json_decref(statement);
}

static void add_dependency(json_t *resource, const char *id)
{
    json_t *dependencies = json_object_get(resource, "DependsOn");

    if (!id)
        return;
    if (!dependencies)
        json_object_set_new(resource, "DependsOn", json_string(id));
    else if (json_is_array(dependencies) || strcmp(json_string_value(dependencies), id) != 0)
        resource_depend_on(resource, id);
}

static void add_destination(Compilation *compilation, const Function *function, const char *member,
                            const char *property, json_t *resource)
{
    json_t *properties = json_object_get(resource, "Properties");
    Destination destination;

    if (!read_destination(compilation, function, member, &destination))
        return;
    json_object_set_new(json_object_get(properties, "DestinationConfig"), property,
                        json_pack("{s:o}", "Destination", destination_arn(&destination)));
    allow(compilation, function, &destination);
    if (destination.target)
        add_dependency(resource, destination.target->alias_id);
}

void compile_function_invoke(Compilation *compilation, const Function *function)
{
    json_t *age = json_object_get(function->config, "maximumEventAge");
    json_t *attempts = json_object_get(function->config, "maximumRetryAttempts");
    g_autofree char *id = function_id(function, "LambdaEvConf");
    json_t *resource, *properties;

    if (!js_is_truthy(json_object_get(function->config, "destinations")) && !js_is_truthy(age) &&
        !js_is_present(attempts))
        return;
    properties = json_pack("{s:{s:s},s:{},s:s}", "FunctionName", "Ref", function->logical_id,
                           "DestinationConfig", "Qualifier",
                           function->alias_name ? function->alias_name : "$LATEST");
    resource =
        compilation_add_resource(compilation, id, "AWS::Lambda::EventInvokeConfig", properties);
    add_dependency(resource, function->alias_id);
    add_destination(compilation, function, "onSuccess", "OnSuccess", resource);
    add_destination(compilation, function, "onFailure", "OnFailure", resource);
    if (js_is_truthy(age))
        json_object_set(properties, "MaximumEventAgeInSeconds", age);
    if (js_is_present(attempts))
        json_object_set(properties, "MaximumRetryAttempts", attempts);
    function_apply_condition(compilation, function, resource);
}
