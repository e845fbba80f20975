#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

/* The logical id of the function's role, borrowed; NULL for one outside the stack. */
static const char *role_id(Compilation *compilation, const Function *function)
{
    json_t *role = function_custom_role(compilation, function);
    json_t *get_att = json_object_get(role, "Fn::GetAtt");
    const char *attribute = json_string_value(json_array_get(get_att, 1));

    if (!js_is_truthy(role))
        return "IamRoleLambdaExecution";
    if (json_is_string(role))
        return strchr(json_string_value(role), ':') ? NULL : json_string_value(role);
    if (json_array_size(get_att) == 2 && attribute && strcmp(attribute, "Arn") == 0)
        return json_string_value(json_array_get(get_att, 0));
    if (json_object_get(role, "Fn::ImportValue") || json_object_get(role, "Ref") ||
        json_object_get(role, "Fn::Sub"))
        return NULL;
    return "IamRoleLambdaExecution";
}

json_t *event_source_mapping_add(Compilation *compilation, const Function *function, const char *id,
                                 json_t *properties_new)
{
    json_t *resource = compilation_add_resource(compilation, id, "AWS::Lambda::EventSourceMapping",
                                                properties_new);

    json_object_set_new(properties_new, "FunctionName", function_target_arn(function));
    json_object_set_new(resource, "DependsOn", json_array());
    resource_depend_on(resource, role_id(compilation, function));
    resource_depend_on(resource, function->alias_id);
    return resource;
}

void event_source_mapping_set_batching(json_t *properties, json_t *event)
{
    json_t *filters = filter_criteria(json_object_get(event, "filterPatterns"));

    property_copy_truthy(properties, "BatchSize", event, "batchSize");
    property_copy_truthy(properties, "MaximumBatchingWindowInSeconds", event,
                         "maximumBatchingWindow");
    property_copy(properties, "Enabled", event, "enabled");
    if (filters)
        json_object_set_new(properties, "FilterCriteria", filters);
}

bool event_source_mapping_set_position(Compilation *compilation, const EventCursor *cursor,
                                       const char *type, json_t *properties)
{
    const char *position = property_string(cursor->event, "startingPosition");
    json_t *timestamp = json_object_get(cursor->event, "startingPositionTimestamp");
    bool given = strcmp(type, "stream") == 0 ? js_is_truthy(timestamp) : js_is_present(timestamp);

    if (position && strcmp(position, "AT_TIMESTAMP") == 0 && !given) {
        event_error(compilation, cursor, type, "/startingPosition",
                    "Add startingPositionTimestamp, in seconds since 1970",
                    "startingPosition AT_TIMESTAMP of function \"%s\" has no "
                    "startingPositionTimestamp",
                    cursor->function->key);
        return false;
    }
    json_object_set_new(properties, "StartingPosition",
                        json_string(position ? position : "TRIM_HORIZON"));
    if (given)
        json_object_set(properties, "StartingPositionTimestamp", timestamp);
    return true;
}

json_t *allow_statement_new(const char *actions)
{
    g_auto(GStrv) names = g_strsplit(actions, " ", -1);
    json_t *list = json_array();

    for (char **name = names; *name; name++)
        json_array_append_new(list, json_string(*name));
    return json_pack("{s:s,s:o,s:[]}", "Effect", "Allow", "Action", list, "Resource");
}

json_t *network_interface_statement(void)
{
    json_t *statement = allow_statement_new(
        "ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeVpcs "
        "ec2:DeleteNetworkInterface ec2:DescribeSubnets ec2:DescribeSecurityGroups");

    json_object_set_new(statement, "Resource", json_string("*"));
    return statement;
}

void statement_append(json_t *statement, json_t *resource)
{
    json_array_append(json_object_get(statement, "Resource"), resource);
}

void add_statement_in_use(Compilation *compilation, json_t *statement_new)
{
    json_t *resources = json_object_get(statement_new, "Resource");

    if (json_is_array(resources) && json_array_size(resources) == 0)
        json_decref(statement_new);
    else
        compilation_add_iam_statement(compilation, statement_new);
}
