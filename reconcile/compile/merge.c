#include "reconcile/compile/merge.h"
#include <string.h>

bool merge_drops(const char *key)
{
    return strcmp(key, "__proto__") == 0 || strcmp(key, "constructor") == 0 ||
           strcmp(key, "prototype") == 0;
}

json_t *merge_copy(const json_t *value)
{
    json_t *copy, *item;
    const char *key;
    size_t i;

    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach((json_t *)value, key, item) if (!merge_drops(key))
            json_object_set_new(copy, key, merge_copy(item));
        return copy;
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item) json_array_append_new(copy, merge_copy(item));
        return copy;
    }
    return json_incref((json_t *)value);
}

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

    json_object_foreach(source, key, value)
    {
        if (!merge_drops(key) && !merge_into(json_object_get(target, key), value))
            json_object_set_new(target, key, merge_copy(value));
    }
    json_array_foreach(source, i, value)
    {
        if (merge_into(json_array_get(target, i), value))
            continue;
        if (i < json_array_size(target))
            json_array_set_new(target, i, merge_copy(value));
        else
            json_array_append_new(target, merge_copy(value));
    }
}
