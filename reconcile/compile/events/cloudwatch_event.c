#include "config/json_text.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* The framework drops the escapes \n and \r from JSON text here. (transfer full) */
static char *without_line_escapes(const char *text)
{
    GString *result = g_string_new(NULL);

    for (const char *at = text; *at; at++) {
        if (at[0] == '\\' && (at[1] == 'n' || at[1] == 'r'))
            at++;
        else
            g_string_append_c(result, *at);
    }
    return g_string_free(result, FALSE);
}

/* A new reference. */
static json_t *pattern_of(json_t *event)
{
    json_t *written = json_object_get(event, "event");
    g_autofree char *text = written ? json_text(written, JSON_TEXT_COMPACT) : g_strdup("null");
    g_autofree char *stripped = without_line_escapes(text);
    json_t *pattern = json_loads(stripped, JSON_DECODE_ANY, NULL);

    return pattern ? pattern : json_incref(written);
}

static void set_input(json_t *target, json_t *event)
{
    json_t *input = json_object_get(event, "input");
    const char *path = property_string(event, "inputPath");
    json_t *transformer = json_object_get(event, "inputTransformer");

    if (js_is_truthy(input)) {
        g_autofree char *text = json_is_string(input) ? g_strdup(json_string_value(input))
                                                      : json_text(input, JSON_TEXT_COMPACT);
        g_autofree char *stripped = without_line_escapes(text);
        g_autofree char *pasted = pasted_text(stripped, true);

        json_object_set_new(target, "Input", json_string(pasted));
    }
    if (path) {
        g_autofree char *line = text_without_line_ends(path);
        g_autofree char *pasted = pasted_text(line, false);

        json_object_set_new(target, "InputPath", json_string(pasted));
    }
    if (js_is_truthy(transformer)) {
        json_t *value = json_object();

        property_copy(value, "InputTemplate", transformer, "inputTemplate");
        property_copy_truthy(value, "InputPathsMap", transformer, "inputPathsMap");
        json_object_set_new(target, "InputTransformer", value);
    }
}

static bool has_one_input(Compilation *compilation, const EventCursor *cursor)
{
    int inputs = js_is_truthy(json_object_get(cursor->event, "input")) +
                 js_is_truthy(json_object_get(cursor->event, "inputPath")) +
                 js_is_truthy(json_object_get(cursor->event, "inputTransformer"));

    if (inputs > 1)
        event_error(compilation, cursor, "cloudwatchEvent", NULL, "Keep one of the three",
                    "cloudwatchEvent event of function \"%s\" sets more than one of input, "
                    "inputPath and inputTransformer",
                    cursor->function->key);
    return inputs <= 1;
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, unsigned number)
{
    json_t *event = cursor->event;
    bool enabled = !json_is_false(json_object_get(event, "enabled"));
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strdup_printf("%sEventsRuleCloudWatchEvent%u", function, number);
    g_autofree char *permission =
        g_strdup_printf("%sLambdaPermissionEventsRuleCloudWatchEvent%u", function, number);
    g_autofree char *target_id = g_strconcat(cursor->function->key, "CloudWatchEvent", NULL);
    json_t *target;
    json_t *properties;

    if (!has_one_input(compilation, cursor))
        return;
    target = json_pack("{s:o,s:s}", "Arn", function_target_arn(cursor->function), "Id", target_id);
    set_input(target, event);
    properties = json_pack("{s:o*,s:s,s:[o]}", "EventPattern", pattern_of(event), "State",
                           enabled ? "ENABLED" : "DISABLED", "Targets", target);
    property_paste(properties, "Description", event, "description");
    property_paste(properties, "Name", event, "name");
    resource_depend_on_alias(
        compilation_add_resource(compilation, id, "AWS::Events::Rule", properties),
        cursor->function);
    compilation_add_permission(compilation, permission, cursor->function, "events.amazonaws.com",
                               json_get_att(id, "Arn"));
}

void cloudwatch_event_compile(Compilation *compilation)
{
    const Function *function = NULL;
    EventCursor cursor = {0};
    unsigned number = 0;

    while (compilation_next_event(compilation, "cloudwatchEvent", &cursor)) {
        number = cursor.function == function ? number + 1 : 1;
        function = cursor.function;
        compile_event(compilation, &cursor, number);
    }
}
