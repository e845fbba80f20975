#include "config/json_text.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

typedef struct {
    Compilation *compilation;
    Function *function;  /* the one whose schedules are counted */
    unsigned count;      /* of its schedules so far: ids count rates, not events */
    bool scheduler_used; /* by that function */
    json_t *statement;   /* what EventBridge Scheduler may invoke */
} Schedules;

/* The event's input as text. In an object, `body` given as text is JSON: it is put in as a value.
 * (transfer full) NULL without one. */
static char *input_text(Compilation *compilation, const EventCursor *cursor)
{
    json_t *input = json_object_get(cursor->event, "input");
    const char *body = json_string_value(json_object_get(input, "body"));
    json_t *copy;
    char *text;

    if (!js_is_truthy(input))
        return NULL;
    if (json_is_string(input))
        return g_strdup(json_string_value(input));
    copy = json_copy(input);
    if (body) {
        json_t *value = json_loads(body, JSON_DECODE_ANY, NULL);

        if (!value)
            event_error(compilation, cursor, "schedule", "/input/body",
                        "Write body as a map, or as text that is JSON",
                        "schedule event of function \"%s\": input.body is not JSON",
                        cursor->function->key);
        else
            json_object_set_new(copy, "body", value);
    }
    text = json_text(copy, JSON_TEXT_COMPACT);
    json_decref(copy);
    return text;
}

static json_t *input_transformer(json_t *transformer)
{
    json_t *result = json_object();

    property_copy(result, "InputTemplate", transformer, "inputTemplate");
    property_copy_truthy(result, "InputPathsMap", transformer, "inputPathsMap");
    return result;
}

static const char *state_of(json_t *event)
{
    return json_is_false(json_object_get(event, "enabled")) ? "DISABLED" : "ENABLED";
}

/* The way of EventBridge Scheduler: the function's role (or roleArn) is what it invokes with, so no
 * permission. */
static void add_schedule(Schedules *schedules, const EventCursor *cursor, json_t *expression)
{
    json_t *event = cursor->event;
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strdup_printf("%sSchedulerSchedule%u", function, schedules->count);
    g_autofree char *input = input_text(schedules->compilation, cursor);
    json_t *target = json_pack("{s:o}", "Arn", function_target_arn(cursor->function));
    json_t *properties =
        json_pack("{s:O,s:s,s:o,s:{s:s}}", "ScheduleExpression", expression, "State",
                  state_of(event), "Target", target, "FlexibleTimeWindow", "Mode", "OFF");
    json_t *function_resource =
        json_object_get(schedules->compilation->resources, cursor->function->logical_id);

    property_set(target, "RoleArn", pointer_get(function_resource, "/Properties/Role"));
    property_copy_truthy(target, "RoleArn", event, "roleArn");
    if (input)
        json_object_set_new(target, "Input", json_string(input));
    property_copy(properties, "Name", event, "name");
    property_copy(properties, "GroupName", event, "groupName");
    property_copy(properties, "Description", event, "description");
    property_copy(properties, "ScheduleExpressionTimezone", event, "timezone");
    resource_depend_on_alias(compilation_add_resource(schedules->compilation, id,
                                                      "AWS::Scheduler::Schedule", properties),
                             cursor->function);
    schedules->scheduler_used = true;
}

static void add_rule(Schedules *schedules, const EventCursor *cursor, json_t *expression)
{
    json_t *event = cursor->event;
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strdup_printf("%sEventsRuleSchedule%u", function, schedules->count);
    g_autofree char *permission =
        g_strdup_printf("%sLambdaPermissionEventsRuleSchedule%u", function, schedules->count);
    g_autofree char *target_id = g_strconcat(cursor->function->key, "Schedule", NULL);
    g_autofree char *input = input_text(schedules->compilation, cursor);
    g_autofree char *pasted = input ? pasted_text(input, true) : NULL;
    json_t *transformer = json_object_get(event, "inputTransformer");
    json_t *target =
        json_pack("{s:o,s:s}", "Arn", function_target_arn(cursor->function), "Id", target_id);
    json_t *properties =
        json_pack("{s:O,s:s}", "ScheduleExpression", expression, "State", state_of(event));

    property_paste(properties, "Name", event, "name");
    property_paste(properties, "Description", event, "description");
    if (input)
        json_object_set_new(target, "Input", json_string(pasted));
    property_paste(target, "InputPath", event, "inputPath");
    if (js_is_truthy(transformer))
        json_object_set_new(target, "InputTransformer", input_transformer(transformer));
    json_object_set_new(properties, "Targets", json_pack("[o]", target));
    resource_depend_on_alias(
        compilation_add_resource(schedules->compilation, id, "AWS::Events::Rule", properties),
        cursor->function);
    compilation_add_permission(schedules->compilation, permission, cursor->function,
                               "events.amazonaws.com", json_get_att(id, "Arn"));
}

/* Each way takes settings that the other does not know. */
static bool settings_fit(Compilation *compilation, const EventCursor *cursor, bool scheduler)
{
    static const char *const of_rules[] = {"inputTransformer", "inputPath", NULL};
    static const char *const of_scheduler[] = {"timezone", "groupName", NULL};
    const char *const *refused = scheduler ? of_rules : of_scheduler;

    for (; *refused; refused++) {
        g_autofree char *below = g_strconcat("/", *refused, NULL);

        if (!js_is_truthy(json_object_get(cursor->event, *refused)))
            continue;
        event_error(compilation, cursor, "schedule", below,
                    scheduler ? "Leave method out to use a rule, or take the setting out"
                              : "Add method: scheduler, or take the setting out",
                    "schedule event of function \"%s\": \"%s\" works with method %s only",
                    cursor->function->key, *refused, scheduler ? "eventBus" : "scheduler");
        return false;
    }
    return true;
}

static void compile_event(Schedules *schedules, const EventCursor *cursor)
{
    json_t *event = cursor->event;
    const char *method = property_string(event, "method");
    bool scheduler = method && strcmp(method, "scheduler") == 0;
    json_t *rate = json_is_object(event) ? json_object_get(event, "rate") : event;
    json_t *rates = json_is_array(rate) ? json_incref(rate) : json_pack("[O*]", rate);
    json_t *expression;
    size_t i;

    if (json_array_size(rates) == 0)
        event_error(schedules->compilation, cursor, "schedule", NULL,
                    "Add rate: rate(1 hour) or cron(0 12 * * ? *)",
                    "schedule event of function \"%s\" has no rate", cursor->function->key);
    else if (json_array_size(rates) > 1 && js_is_truthy(json_object_get(event, "name")))
        event_error(schedules->compilation, cursor, "schedule", "/name",
                    "Take the name out, or write one event for each rate",
                    "schedule event of function \"%s\" has one name for %zu rates",
                    cursor->function->key, json_array_size(rates));
    else if (settings_fit(schedules->compilation, cursor, scheduler))
        json_array_foreach(rates, i, expression)
        {
            schedules->count++;
            if (scheduler)
                add_schedule(schedules, cursor, expression);
            else
                add_rule(schedules, cursor, expression);
        }
    json_decref(rates);
}

static void finish_function(Schedules *schedules, Function *next)
{
    if (schedules->scheduler_used) {
        json_t *resources = json_object_get(schedules->statement, "Resource");
        g_autofree char *arn =
            g_strconcat("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:",
                        schedules->function->name, NULL);
        g_autofree char *of_versions = g_strconcat(arn, ":*", NULL);

        json_array_append_new(resources, json_pack("{s:s}", "Fn::Sub", arn));
        json_array_append_new(resources, json_pack("{s:s}", "Fn::Sub", of_versions));
    }
    schedules->function = next;
    schedules->count = 0;
    schedules->scheduler_used = false;
}

void schedule_compile(Compilation *compilation)
{
    Schedules schedules = {.compilation = compilation,
                           .statement = allow_statement_new("lambda:InvokeFunction")};
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "schedule", &cursor)) {
        if (cursor.function != schedules.function)
            finish_function(&schedules, cursor.function);
        compile_event(&schedules, &cursor);
    }
    finish_function(&schedules, NULL);
    if (json_array_size(json_object_get(schedules.statement, "Resource")) > 0)
        default_role_trust(compilation, "scheduler.amazonaws.com");
    add_statement_in_use(compilation, schedules.statement);
}
