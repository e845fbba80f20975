#include "reconcile/compile/events/event_bridge.h"
#include "config/json_text.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* Names of rules and ids of targets are at most this long on AWS. */
enum { NAME_MAX_LENGTH = 64 };

typedef struct {
    json_t *name; /* of the bus as the rule names it: text or a CloudFormation function; NULL: the
                     default bus */
    char *own_id; /* logical id of the bus where this stack makes it, or NULL */
} Bus;

static void bus_clear(Bus *bus)
{
    json_decref(bus->name);
    g_free(bus->own_id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bus, bus_clear)

/* A name that is too long is cut and gets the MD5 of the whole. (transfer full) */
static char *fitting_name(const char *name, const char *suffix)
{
    g_autofree char *digest = NULL;

    if (strlen(name) <= NAME_MAX_LENGTH)
        return g_strdup(name);
    digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, name, -1);
    return g_strdup_printf("%.*s%s-%s", (int)(31 - strlen(suffix)), name, digest, suffix);
}

/* A plain name is a bus of this stack; an ARN or a function stands for one that exists. */
static void read_bus(Compilation *compilation, json_t *written, Bus *bus)
{
    const char *text = json_string_value(written);
    g_autofree char *normalized = NULL;

    if (!js_is_truthy(written) || (text && strcmp(text, "default") == 0))
        return;
    if (!text) {
        bus->name = json_incref(written);
        return;
    }
    if (g_str_has_prefix(text, "arn")) {
        bus->name = json_string(strchr(text, '/') ? strchr(text, '/') + 1 : text);
        return;
    }
    bus->name = json_string(text);
    normalized = naming_normalize(text);
    bus->own_id = g_strconcat(normalized, "EventBridgeEventBus", NULL);
    compilation_add_resource(compilation, bus->own_id, "AWS::Events::EventBus",
                             json_pack("{s:s}", "Name", text));
}

/* The keys of the framework are CloudFormation's but for the first letter. */
static json_t *with_upper_case_keys(json_t *object)
{
    json_t *result = json_object();
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        g_autofree char *name = g_strdup(key);

        name[0] = g_ascii_toupper(name[0]);
        json_object_set(result, name, value);
    }
    return result;
}

static json_t *target_of(const EventCursor *cursor, const char *rule_name)
{
    json_t *event = cursor->event;
    g_autofree char *long_id = g_strconcat(rule_name, "-target", NULL);
    g_autofree char *id = fitting_name(long_id, "target");
    json_t *target = json_pack("{s:o,s:s}", "Arn", function_target_arn(cursor->function), "Id", id);
    json_t *retry = json_object_get(event, "retryPolicy");
    json_t *queue = json_object_get(event, "deadLetterQueueArn");
    json_t *input = json_object_get(event, "input");
    json_t *transformer = json_object_get(event, "inputTransformer");

    if (js_is_truthy(retry)) {
        json_t *policy = json_object();

        property_copy(policy, "MaximumEventAgeInSeconds", retry, "maximumEventAge");
        property_copy(policy, "MaximumRetryAttempts", retry, "maximumRetryAttempts");
        json_object_set_new(target, "RetryPolicy", policy);
    }
    if (js_is_truthy(queue))
        json_object_set_new(target, "DeadLetterConfig", json_pack("{s:O}", "Arn", queue));
    if (js_is_truthy(input)) {
        g_autofree char *text = json_text(input, JSON_TEXT_COMPACT);

        json_object_set_new(target, "Input", json_string(text));
    }
    property_copy_truthy(target, "InputPath", event, "inputPath");
    if (js_is_truthy(transformer))
        json_object_set_new(target, "InputTransformer", with_upper_case_keys(transformer));
    return target;
}

static json_t *rule_properties(const EventCursor *cursor, const Bus *bus, const char *name)
{
    json_t *event = cursor->event;
    bool enabled = !json_is_false(json_object_get(event, "enabled"));
    json_t *properties =
        json_pack("{s:s,s:s,s:[o]}", "Name", name, "State", enabled ? "ENABLED" : "DISABLED",
                  "Targets", target_of(cursor, name));

    property_copy(properties, "Description", event, "description");
    property_set(properties, "EventBusName", bus->name);
    property_copy(properties, "EventPattern", event, "pattern");
    property_copy(properties, "ScheduleExpression", event, "schedule");
    return properties;
}

static json_t *rule_arn(const Bus *bus, const char *name)
{
    json_t *path = json_pack("[s]", "rule");

    if (bus->name)
        json_array_append(path, bus->name);
    json_array_append_new(path, json_string(name));
    return json_join(":", json_pack("[s,{s:s},s,{s:s},{s:s},o]", "arn", "Ref", "AWS::Partition",
                                    "events", "Ref", "AWS::Region", "Ref", "AWS::AccountId",
                                    json_join("/", path)));
}

/* The stack can only be removed when the rule goes before its bus. */
static void depend_on_bus(json_t *rule, const Bus *bus, const Function *function)
{
    resource_depend_on_alias(rule, function);
    if (!bus->own_id)
        return;
    if (function->alias_id)
        resource_depend_on(rule, bus->own_id);
    else
        json_object_set_new(rule, "DependsOn", json_string(bus->own_id));
}

static bool has_one_input(Compilation *compilation, const EventCursor *cursor)
{
    int inputs = js_is_truthy(json_object_get(cursor->event, "input")) +
                 js_is_truthy(json_object_get(cursor->event, "inputPath")) +
                 js_is_truthy(json_object_get(cursor->event, "inputTransformer"));

    if (inputs > 1)
        event_error(compilation, cursor, "eventBridge", NULL, "Keep one of the three",
                    "eventBridge event of function \"%s\" sets more than one of input, inputPath "
                    "and inputTransformer",
                    cursor->function->key);
    return inputs <= 1;
}

/* Rules are counted from 1 among all events of the function, whatever their type. */
static void compile_event(Compilation *compilation, const EventCursor *cursor)
{
    size_t index = cursor->index + 1;
    const char *name = property_string(cursor->event, "name");
    g_autofree char *suffix = g_strdup_printf("rule-%zu", index);
    g_autofree char *long_name = g_strconcat(cursor->function->name, "-", suffix, NULL);
    g_autofree char *rule_name = name ? g_strdup(name) : fitting_name(long_name, suffix);
    g_autofree char *stub = naming_alphanumeric(long_name);
    g_autofree char *id = g_strconcat(stub, "EventBridgeRule", NULL);
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *permission =
        g_strdup_printf("%sEventBridgeLambdaPermission%zu", function, index);
    g_auto(Bus) bus = {0};
    json_t *rule;

    if (!json_is_object(cursor->event)) {
        event_error(compilation, cursor, "eventBridge", NULL,
                    "Write a map with pattern or schedule",
                    "eventBridge event of function \"%s\" is not a map", cursor->function->key);
        return;
    }
    if (!has_one_input(compilation, cursor))
        return;
    if (compilation->older && event_bridge_is_custom(compilation->config)) {
        json_t *transformer = json_object_get(cursor->event, "inputTransformer");
        json_t *renamed = js_is_truthy(transformer) ? with_upper_case_keys(transformer) : NULL;

        event_bridge_custom_add(compilation, cursor, rule_name, renamed);
        json_decref(renamed);
        return;
    }
    read_bus(compilation, json_object_get(cursor->event, "eventBus"), &bus);
    rule = compilation_add_resource(compilation, id, "AWS::Events::Rule",
                                    rule_properties(cursor, &bus, rule_name));
    depend_on_bus(rule, &bus, cursor->function);
    compilation_add_permission(compilation, permission, cursor->function, "events.amazonaws.com",
                               rule_arn(&bus, rule_name));
}

void event_bridge_compile(Compilation *compilation)
{
    EventCursor cursor = {0};

    bool any = false;

    while (compilation_next_event(compilation, "eventBridge", &cursor)) {
        compile_event(compilation, &cursor);
        any = true;
    }
    if (any && compilation->older && event_bridge_is_custom(compilation->config))
        event_bridge_custom_finish(compilation);
}
