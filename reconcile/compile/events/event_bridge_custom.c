#include "reconcile/compile/events/custom_resource.h"
#include "reconcile/compile/events/event_bridge.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

bool event_bridge_is_custom(json_t *config)
{
    json_t *options = pointer_get(config, "/provider/eventBridge");

    return js_is_truthy(options) && !js_is_truthy(json_object_get(options, "useCloudFormation"));
}

static void refuse(Compilation *compilation, const EventCursor *cursor, const char *key)
{
    g_autofree char *below = g_strconcat("/", key, NULL);

    event_error(compilation, cursor, "eventBridge", below,
                "Take provider.eventBridge.useCloudFormation: false out",
                "eventBridge event of function \"%s\": %s needs a rule that CloudFormation makes",
                cursor->function->key, key);
}

static bool is_possible(Compilation *compilation, const EventCursor *cursor)
{
    const char *const impossible[] = {"retryPolicy", "deadLetterQueueArn"};

    for (size_t i = 0; i < G_N_ELEMENTS(impossible); i++)
        if (js_is_truthy(json_object_get(cursor->event, impossible[i]))) {
            refuse(compilation, cursor, impossible[i]);
            return false;
        }
    if (json_is_object(json_object_get(cursor->event, "eventBus"))) {
        event_error(compilation, cursor, "eventBridge", "/eventBus",
                    "Write its name or ARN, or take provider.eventBridge.useCloudFormation out",
                    "eventBridge event of function \"%s\": a bus that CloudFormation names needs a "
                    "rule that CloudFormation makes",
                    cursor->function->key);
        return false;
    }
    return true;
}

void event_bridge_custom_add(Compilation *compilation, const EventCursor *cursor, const char *rule,
                             json_t *transformer)
{
    static const char *const names[][2] = {
        {"EventBus", "eventBus"}, {"Schedule", "schedule"},   {"Pattern", "pattern"},
        {"Input", "input"},       {"InputPath", "inputPath"},
    };
    g_autofree char *suffix = g_strdup_printf("CustomEventBridge%zu", cursor->index + 1);
    bool enabled = !json_is_false(json_object_get(cursor->event, "enabled"));
    json_t *config;

    if (!is_possible(compilation, cursor))
        return;
    config = json_pack("{s:s,s:s}", "RuleName", rule, "State", enabled ? "ENABLED" : "DISABLED");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        property_copy(config, names[i][0], cursor->event, names[i][1]);
    property_set(config, "InputTransformer", transformer);
    custom_resource_add_for(compilation, CUSTOM_EVENT_BRIDGE, cursor->function, suffix,
                            json_pack("{s:o}", "EventBridgeConfig", config));
}

static json_t *statement(const char *service, json_t *resource_new, json_t *actions_new)
{
    return json_pack("{s:s,s:o,s:o}", "Effect", "Allow", "Resource",
                     json_join(":", json_pack("[s,{s:s},s,{s:s},{s:s},o]", "arn", "Ref",
                                              "AWS::Partition", service, "Ref", "AWS::Region",
                                              "Ref", "AWS::AccountId", resource_new)),
                     "Action", actions_new);
}

static json_t *function_statement(void)
{
    json_t *added =
        statement("lambda", json_string("function"),
                  json_pack("[s,s]", "lambda:AddPermission", "lambda:RemovePermission"));

    json_array_append_new(pointer_get(added, "/Resource/Fn::Join/1"), json_string("*"));
    return added;
}

/* Whether some event names a bus of its own. */
static bool has_bus(Compilation *compilation)
{
    EventCursor cursor = {0};
    bool found = false;

    while (compilation_next_event(compilation, "eventBridge", &cursor)) {
        json_t *bus = json_object_get(cursor.event, "eventBus");

        found = found || (js_is_truthy(bus) && g_strcmp0(json_string_value(bus), "default") != 0);
    }
    return found;
}

void event_bridge_custom_finish(Compilation *compilation)
{
    json_t *statements = json_array();

    if (has_bus(compilation))
        json_array_append_new(statements, statement("events", json_string("event-bus/*"),
                                                    json_pack("[s,s]", "events:CreateEventBus",
                                                              "events:DeleteEventBus")));
    json_array_append_new(statements,
                          statement("events", json_string("rule/*"),
                                    json_pack("[s,s,s,s]", "events:PutRule", "events:RemoveTargets",
                                              "events:PutTargets", "events:DeleteRule")));
    json_array_append_new(statements, function_statement());
    custom_resource_add_function(compilation, CUSTOM_EVENT_BRIDGE, statements);
}
