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

/* What `present` becomes with `value` merged over it: a new reference. What others hold of
 * `present` stays as it is. */
static json_t *merged(json_t *present, json_t *value)
{
    json_t *own;

    if (json_is_object(present) && json_is_object(value))
        own = json_copy(present);
    else if (json_is_array(present) && json_is_array(value))
        own = merge_copy(present);
    else
        return merge_copy(value);
    merge_values(own, value);
    return own;
}

void merge_values(json_t *target, json_t *source)
{
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach(source, key, value) if (!merge_drops(key))
        json_object_set_new(target, key, merged(json_object_get(target, key), value));
    json_array_foreach(source, i, value)
    {
        json_t *item = merged(json_array_get(target, i), value);

        if (i < json_array_size(target))
            json_array_set_new(target, i, item);
        else
            json_array_append_new(target, item);
    }
}
