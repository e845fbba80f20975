#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"

static void set_line(json_t *object, const char *name, json_t *event, const char *key)
{
    const char *text = property_string(event, key);
    g_autofree char *line = text ? text_without_line_ends(text) : NULL;

    if (line)
        json_object_set_new(object, name, json_string(line));
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, unsigned number)
{
    json_t *event = cursor->event;
    bool disabled = json_is_false(json_object_get(event, "enabled"));
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strdup_printf("%sIotTopicRule%u", function, number);
    g_autofree char *permission =
        g_strdup_printf("%sLambdaPermissionIotTopicRule%u", function, number);
    json_t *payload;
    json_t *properties;

    if (!json_is_object(event) || !event_string(compilation, cursor, "iot", "sql"))
        return;
    payload = json_pack("{s:b,s:[{s:{s:o}}]}", "RuleDisabled", disabled, "Actions", "Lambda",
                        "FunctionArn", function_target_arn(cursor->function));
    properties = json_pack("{s:o}", "TopicRulePayload", payload);
    set_line(payload, "Sql", event, "sql");
    set_line(payload, "Description", event, "description");
    set_line(payload, "AwsIotSqlVersion", event, "sqlVersion");
    set_line(properties, "RuleName", event, "name");
    resource_depend_on_alias(
        compilation_add_resource(compilation, id, "AWS::IoT::TopicRule", properties),
        cursor->function);
    compilation_add_permission(
        compilation, permission, cursor->function, "iot.amazonaws.com",
        json_join("", json_pack("[s,{s:s},s,{s:s},s,{s:s},s,{s:s}]", "arn:", "Ref",
                                "AWS::Partition", ":iot:", "Ref", "AWS::Region", ":", "Ref",
                                "AWS::AccountId", ":rule/", "Ref", id)));
}

void iot_compile(Compilation *compilation)
{
    const Function *function = NULL;
    EventCursor cursor = {0};
    unsigned number = 0;

    while (compilation_next_event(compilation, "iot", &cursor)) {
        number = cursor.function == function ? number + 1 : 1;
        function = cursor.function;
        compile_event(compilation, &cursor, number);
    }
}
