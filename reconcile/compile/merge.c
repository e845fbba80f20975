#include "reconcile/compile/merge.h"
#include <stdio.h>

static bool merge_both(json_t *present, json_t *value)
{
    return (json_is_object(present) && json_is_object(value)) ||
           (json_is_array(present) && json_is_array(value));
}

/* Merges `value` into `present` where both are of a kind that merges; false otherwise. */
static bool merge_member(json_t *present, json_t *value, Origins *origins, const char *target,
                         const char *source, const char *segment)
{
    g_autoptr(GString) target_member = g_string_new(target);
    g_autoptr(GString) source_member = g_string_new(source);
    bool both = merge_both(present, value);

    pointer_append(target_member, segment);
    pointer_append(source_member, segment);
    if (both)
        merge_values(present, value, origins, target_member->str, source_member->str);
    else if (origins)
        origins_move(origins, target_member->str, source_member->str);
    return both;
}

void merge_values(json_t *target, json_t *source, Origins *origins, const char *target_pointer,
                  const char *source_pointer)
{
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach(source, key,
                        value) if (!merge_member(json_object_get(target, key), value, origins,
                                                 target_pointer, source_pointer, key))
        json_object_set_new(target, key, json_deep_copy(value));
    json_array_foreach(source, i, value)
    {
        char index[24];

        snprintf(index, sizeof index, "%zu", i);
        if (merge_member(json_array_get(target, i), value, origins, target_pointer, source_pointer,
                         index))
            continue;
        if (i < json_array_size(target))
            json_array_set_new(target, i, json_deep_copy(value));
        else
            json_array_append_new(target, json_deep_copy(value));
    }
}
