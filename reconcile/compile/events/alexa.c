#include "reconcile/compile/events/alexa.h"
#include "reconcile/compile/events/event_properties.h"

static void add_permission(Compilation *compilation, const EventCursor *cursor,
                           const AlexaService *service, unsigned number)
{
    const char *skill = event_string(compilation, cursor, service->type, "appId");
    bool enabled = !json_is_false(json_object_get(cursor->event, "enabled"));
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strdup_printf("%s%s%u", function, service->id_suffix, number);
    json_t *properties;

    if (!skill)
        return;
    properties = json_object_get(
        compilation_add_permission(compilation, id, cursor->function, service->principal, NULL),
        "Properties");
    json_object_set_new(properties, "EventSourceToken", json_string(skill));
    if (!enabled)
        json_object_set_new(properties, "Action", json_string("lambda:DisableInvokeFunction"));
}

void alexa_compile(Compilation *compilation, const AlexaService *service)
{
    const Function *function = NULL;
    EventCursor cursor = {0};
    unsigned number = 0;

    while (compilation_next_event(compilation, service->type, &cursor)) {
        number = cursor.function == function ? number + 1 : 1;
        function = cursor.function;
        add_permission(compilation, &cursor, service, number);
    }
}
