#include "reconcile/compile/merge.h"
#include <stdbool.h>

/* Whether `value` went into `present`, because both are of a kind that merges. */
static bool merge_into(json_t *present, json_t *value)
{
    if (!(json_is_object(present) && json_is_object(value)) &&
        !(json_is_array(present) && json_is_array(value)))
        return false;
    merge_values(present, value);
    return true;
}

void merge_values(json_t *target, json_t *source)
{
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach(source, key, value) if (!merge_into(json_object_get(target, key), value))
        json_object_set_new(target, key, json_deep_copy(value));
    json_array_foreach(source, i, value)
    {
        if (merge_into(json_array_get(target, i), value))
            continue;
        if (i < json_array_size(target))
            json_array_set_new(target, i, json_deep_copy(value));
        else
            json_array_append_new(target, json_deep_copy(value));
    }
}
