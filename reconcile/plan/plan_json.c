#include "reconcile/plan/plan.h"
#include "reconcile/plan/redact.h"

static void set_value(json_t *object, const char *key, json_t *value, const GPtrArray *secrets)
{
    if (value)
        json_object_set_new(object, key, redact_json(value, secrets));
}

static json_t *properties_to_json(const GPtrArray *properties, const GPtrArray *secrets)
{
    json_t *list = json_array();

    for (guint i = 0; i < properties->len; i++) {
        const PropertyChange *property = properties->pdata[i];
        json_t *item = json_pack("{s:s, s:s}", "path", property->path, "replacement",
                                 replacement_name(property->replacement));
        json_t *before = redact_before(property->before, property->after, secrets);
        if (before)
            json_object_set_new(item, "before", before);
        set_value(item, "after", property->after, secrets);
        if (property->follows)
            json_object_set_new(item, "follows", json_string(property->follows));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *resource_to_json(const ResourceChange *change, const GPtrArray *secrets)
{
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "action", change_action_name(change->action),
                  "logicalId", change->logical_id, "type", change->type, "replacement",
                  replacement_name(change->replacement), "properties",
                  properties_to_json(change->properties, secrets));

    if (change->type_before)
        json_object_set_new(item, "typeBefore", json_string(change->type_before));
    return item;
}

static json_t *section_to_json(const SectionChange *change, const GPtrArray *secrets)
{
    json_t *item = json_pack("{s:s, s:s}", "section", change->section, "name", change->name);
    json_t *hidden = json_string(REDACTED);

    set_value(item, "before", change->before && change->secret ? hidden : change->before, secrets);
    set_value(item, "after", change->after && change->secret ? hidden : change->after, secrets);
    json_decref(hidden);
    return item;
}

json_t *plan_to_json(const Plan *plan, const GPtrArray *secrets)
{
    json_t *resources = json_array(), *sections = json_array(), *hazards = json_array();

    for (guint i = 0; i < plan->resources->len; i++)
        json_array_append_new(resources, resource_to_json(plan->resources->pdata[i], secrets));
    for (guint i = 0; i < plan->sections->len; i++)
        json_array_append_new(sections, section_to_json(plan->sections->pdata[i], secrets));
    for (guint i = 0; i < plan->hazards->len; i++) {
        const Hazard *hazard = plan->hazards->pdata[i];
        g_autofree char *safe = redact_text(hazard->text, secrets);
        json_array_append_new(hazards,
                              json_pack("{s:s, s:s, s:s, s:b}", "kind", hazard_name(hazard->kind),
                                        "logicalId", hazard->logical_id, "text", safe, "blocks",
                                        hazard->blocks));
    }
    return json_pack("{s:b, s:o, s:o, s:o}", "createsStack", plan->creates_stack, "resources",
                     resources, "sections", sections, "hazards", hazards);
}
