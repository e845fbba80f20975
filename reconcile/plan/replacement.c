#include "config/document.h"
#include "config/resource_types.h"
#include "reconcile/plan/change.h"
#include "reconcile/plan/template_reference.h"
#include <string.h>

static bool holds_function(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (value_is_function(value))
        return true;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            if (holds_function(item))
                return true;
        }
    }
    json_object_foreach(value, key, item)
    {
        if (holds_function(item))
            return true;
    }
    return false;
}

static Replacement replacement_of_flags(unsigned flags)
{
    if (flags & PROPERTY_CREATE_ONLY)
        return REPLACEMENT_ALWAYS;
    return flags & PROPERTY_CONDITIONAL_CREATE_ONLY ? REPLACEMENT_CONDITIONAL : REPLACEMENT_NEVER;
}

/* The worst that `path` or, where a whole object comes or goes, a property below it does. */
static Replacement replacement_at(const ResourceType *type, const char *path, json_t *value)
{
    Property property;
    const char *key;
    json_t *item;
    Replacement worst = REPLACEMENT_NEVER;

    if (resource_type_property(type, path, &property))
        worst = replacement_of_flags(property.flags);
    if (worst == REPLACEMENT_ALWAYS || !json_is_object(value) || value_is_function(value))
        return worst;
    json_object_foreach(value, key, item)
    {
        g_autofree char *below = g_strconcat(path, "/", key, NULL);
        worst = MAX(worst, replacement_at(type, below, item));
    }
    return worst;
}

Replacement replacement_of_property(const char *type, const char *pointer, json_t *before,
                                    json_t *after)
{
    const char prefix[] = "/Properties/";
    const ResourceType *known = resource_type_find(type);

    if (!known || !g_str_has_prefix(pointer, prefix))
        return REPLACEMENT_NEVER;
    const char *path = pointer + strlen(prefix);
    Replacement worst = replacement_at(known, path, before);
    worst = MAX(worst, replacement_at(known, path, after));
    if (worst == REPLACEMENT_ALWAYS && (holds_function(before) || holds_function(after)))
        return REPLACEMENT_CONDITIONAL;
    return worst;
}

typedef struct {
    GPtrArray *changes;
    json_t *live, *desired;
    ResourceChange *replaced; /* what others may refer to */
    const char *id;           /* the resource looked at */
    const char *type;
    ResourceChange *change; /* of id, or NULL as yet */
    bool grown;
} Propagation;

static ResourceChange *change_find(const GPtrArray *changes, const char *logical_id)
{
    for (guint i = 0; i < changes->len; i++) {
        ResourceChange *change = changes->pdata[i];
        if (strcmp(change->logical_id, logical_id) == 0)
            return change;
    }
    return NULL;
}

/* Where in the template's order a resource's change belongs: before the first change of a later
 * resource. */
static gint place_in_order(const Propagation *propagation)
{
    const char *key;
    json_t *resource;
    bool later = false;

    json_object_foreach(propagation->desired, key, resource)
    {
        if (strcmp(key, propagation->id) == 0) {
            later = true;
            continue;
        }
        if (!later)
            continue;
        for (guint i = 0; i < propagation->changes->len; i++) {
            if (strcmp(((ResourceChange *)propagation->changes->pdata[i])->logical_id, key) == 0)
                return (gint)i;
        }
    }
    for (guint i = 0; i < propagation->changes->len; i++) {
        ChangeAction action = ((ResourceChange *)propagation->changes->pdata[i])->action;
        if (action == CHANGE_REMOVE || action == CHANGE_RETAIN)
            return (gint)i;
    }
    return -1;
}

static void follow(Propagation *propagation, const char *pointer, json_t *value)
{
    Replacement effect = MIN(replacement_of_property(propagation->type, pointer, NULL, NULL),
                             propagation->replaced->replacement);

    if (!propagation->change) {
        propagation->change =
            resource_change_new(CHANGE_MODIFY, propagation->id, propagation->type);
        g_ptr_array_insert(propagation->changes, place_in_order(propagation), propagation->change);
        propagation->grown = true;
    }
    for (guint i = 0; i < propagation->change->properties->len; i++) {
        PropertyChange *known = propagation->change->properties->pdata[i];
        if (strcmp(known->path, pointer) == 0) {
            known->replacement = MAX(known->replacement, effect);
            if (propagation->change->replacement < effect) {
                propagation->change->replacement = effect;
                propagation->grown = true;
            }
            return;
        }
    }
    if (propagation->change->replacement < effect)
        propagation->grown = true;
    PropertyChange *property =
        resource_change_add(propagation->change, pointer, value, value, effect);
    property->follows = g_strdup(propagation->replaced->logical_id);
}

static void follow_references(Propagation *propagation, const char *pointer, json_t *value)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value) || value_is_function(value)) {
        /* An array is one property of the schema as far as replacement goes. */
        if (template_refers_to(value, propagation->replaced->logical_id))
            follow(propagation, pointer, value);
        return;
    }
    json_object_foreach(value, key, item)
    {
        g_autoptr(GString) below = g_string_new(pointer);
        pointer_append(below, key);
        follow_references(propagation, below->str, item);
    }
}

/* One round: everything that refers to one replaced resource. */
static bool propagate_from(GPtrArray *changes, json_t *live, json_t *desired,
                           ResourceChange *replaced)
{
    Propagation propagation = {
        .changes = changes, .live = live, .desired = desired, .replaced = replaced};
    const char *key;
    json_t *resource;

    json_object_foreach(desired, key, resource)
    {
        if (strcmp(key, replaced->logical_id) == 0 || !json_object_get(live, key))
            continue; /* what is new refers to the new one anyway */
        propagation.id = key;
        propagation.type = json_string_value(json_object_get(resource, "Type"));
        propagation.change = change_find(changes, key);
        follow_references(&propagation, "/Properties", json_object_get(resource, "Properties"));
    }
    return propagation.grown;
}

void replacement_propagate(GPtrArray *changes, json_t *live_resources, json_t *desired_resources)
{
    bool grown = true;

    /* Each round makes at least one more replacement, or one stronger: the number of resources
     * bounds it. */
    for (size_t round = 0; grown && round <= 2 * json_object_size(desired_resources); round++) {
        g_autoptr(GPtrArray) replaced = g_ptr_array_new();
        grown = false;
        for (guint i = 0; i < changes->len; i++) {
            ResourceChange *change = changes->pdata[i];
            if (change->action == CHANGE_MODIFY && change->replacement != REPLACEMENT_NEVER)
                g_ptr_array_add(replaced, change);
        }
        for (guint i = 0; i < replaced->len; i++)
            grown |= propagate_from(changes, live_resources, desired_resources, replaced->pdata[i]);
    }
}
