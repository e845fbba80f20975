#include "reconcile/plan/change.h"
#include <string.h>

static void property_change_free(gpointer pointer)
{
    PropertyChange *change = pointer;

    g_free(change->path);
    json_decref(change->before);
    json_decref(change->after);
    g_free(change->follows);
    g_free(change);
}

ResourceChange *resource_change_new(ChangeAction action, const char *logical_id, const char *type)
{
    ResourceChange *change = g_new0(ResourceChange, 1);

    change->action = action;
    change->logical_id = g_strdup(logical_id);
    change->type = g_strdup(type);
    change->properties = g_ptr_array_new_with_free_func(property_change_free);
    return change;
}

void resource_change_free(ResourceChange *change)
{
    if (!change)
        return;
    g_free(change->logical_id);
    g_free(change->type);
    g_free(change->type_before);
    g_ptr_array_unref(change->properties);
    json_decref(change->definition);
    g_free(change);
}

PropertyChange *resource_change_add(ResourceChange *change, const char *path, json_t *before,
                                    json_t *after, Replacement replacement)
{
    PropertyChange *property = g_new0(PropertyChange, 1);

    property->path = g_strdup(path);
    property->before = json_incref(before);
    property->after = json_incref(after);
    property->replacement = replacement;
    change->replacement = MAX(change->replacement, replacement);
    g_ptr_array_add(change->properties, property);
    return property;
}

const char *change_action_name(ChangeAction action)
{
    static const char *const names[] = {"Add", "Modify", "Remove", "Retain"};

    return names[action];
}

const char *replacement_name(Replacement replacement)
{
    static const char *const names[] = {"Never", "Conditional", "Always"};

    return names[replacement];
}

bool value_is_function(json_t *value)
{
    if (json_object_size(value) != 1)
        return false;
    const char *key = json_object_iter_key(json_object_iter(value));
    return strcmp(key, "Ref") == 0 || g_str_has_prefix(key, "Fn::");
}
