#include "config/json_text.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"

static bool has_what_it_needs(Compilation *compilation, const EventCursor *cursor)
{
    if (js_is_truthy(json_object_get(cursor->event, "provisioningRoleArn")) &&
        js_is_present(json_object_get(cursor->event, "templateBody")))
        return true;
    event_error(compilation, cursor, "iotFleetProvisioning", NULL,
                "Add templateBody (a map) and provisioningRoleArn",
                "iotFleetProvisioning event of function \"%s\" lacks templateBody or "
                "provisioningRoleArn",
                cursor->function->key);
    return false;
}

static void compile_event(Compilation *compilation, const EventCursor *cursor)
{
    json_t *event = cursor->event;
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strconcat(function, "IotProvisioningTemplate", NULL);
    g_autofree char *permission =
        g_strconcat(function, "LambdaPermissionIotProvisioningTemplate", NULL);
    g_autofree char *body = NULL;
    json_t *properties;
    json_t *resource;

    if (!has_what_it_needs(compilation, cursor))
        return;
    body = json_text(json_object_get(event, "templateBody"), JSON_TEXT_COMPACT);
    properties =
        json_pack("{s:b,s:{s:o},s:O,s:s}", "Enabled", true, "PreProvisioningHook", "TargetArn",
                  function_target_arn(cursor->function), "ProvisioningRoleArn",
                  json_object_get(event, "provisioningRoleArn"), "TemplateBody", body);
    property_copy(properties, "Enabled", event, "enabled");
    property_copy_truthy(properties, "TemplateName", event, "templateName");
    resource =
        compilation_add_resource(compilation, id, "AWS::IoT::ProvisioningTemplate", properties);
    resource_depend_on(resource, permission);
    resource_depend_on(resource, cursor->function->alias_id);
    compilation_add_permission(compilation, permission, cursor->function, "iot.amazonaws.com",
                               NULL);
}

void iot_fleet_provisioning_compile(Compilation *compilation)
{
    const Function *function = NULL;
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "iotFleetProvisioning", &cursor)) {
        if (function && cursor.function == function)
            event_error(compilation, &cursor, "iotFleetProvisioning", NULL,
                        "Keep one, or use a function for each",
                        "function \"%s\" has more than one iotFleetProvisioning event",
                        function->key);
        else
            compile_event(compilation, &cursor);
        function = cursor.function;
    }
}
