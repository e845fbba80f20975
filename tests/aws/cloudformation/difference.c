#include "tests/aws/cloudformation/difference.h"
#include <string.h>

static void difference_free(void *data)
{
    Difference *difference = data;

    g_free(difference->path);
    json_decref(difference->before);
    json_decref(difference->after);
    g_free(difference);
}

static void add(GPtrArray *found, const GString *path, json_t *before, json_t *after)
{
    Difference *difference = g_new0(Difference, 1);

    difference->path = g_strdup(path->str);
    difference->before = json_incref(before);
    difference->after = json_incref(after);
    g_ptr_array_add(found, difference);
}

static void compare(GPtrArray *found, GString *path, json_t *before, json_t *after)
{
    size_t length = path->len;
    const char *key = NULL;
    json_t *item = NULL;

    if (before != NULL && after != NULL && json_equal(before, after))
        return;
    if (json_is_object(before) && json_is_object(after)) {
        json_object_foreach(after, key, item)
        {
            g_string_append_printf(path, "/%s", key);
            compare(found, path, json_object_get(before, key), item);
            g_string_truncate(path, length);
        }
        json_object_foreach(before, key, item)
        {
            if (json_object_get(after, key) != NULL)
                continue;
            g_string_append_printf(path, "/%s", key);
            add(found, path, item, NULL);
            g_string_truncate(path, length);
        }
        return;
    }
    if (json_is_array(before) && json_is_array(after)) {
        size_t count = MAX(json_array_size(before), json_array_size(after));

        for (size_t i = 0; i < count; i++) {
            g_string_append_printf(path, "/%zu", i);
            compare(found, path, json_array_get(before, i), json_array_get(after, i));
            g_string_truncate(path, length);
        }
        return;
    }
    add(found, path, before, after);
}

GPtrArray *differences_between(json_t *before, json_t *after)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(difference_free);
    g_autoptr(GString) path = g_string_new(NULL);

    compare(found, path, before, after);
    return found;
}

unsigned difference_flags(const char *type, const char *path)
{
    const ResourceType *schema = resource_type_find(type);
    g_autofree char *at = g_strdup(*path == '/' ? path + 1 : path);
    Property property;

    if (schema == NULL)
        return 0;
    /* Values below what the schema describes have their parent's flags. */
    while (*at != '\0') {
        char *slash = strrchr(at, '/');

        if (resource_type_property(schema, at, &property))
            return property.flags;
        if (slash == NULL)
            break;
        *slash = '\0';
    }
    return 0;
}

static json_t *readable(const ResourceType *schema, GString *path, json_t *value)
{
    size_t length = path->len, i = 0;
    const char *key = NULL;
    json_t *item = NULL, *result = NULL;

    if (json_is_object(value)) {
        result = json_object();
        json_object_foreach(value, key, item)
        {
            Property property;

            g_string_append_printf(path, "%s%s", length > 0 ? "/" : "", key);
            if (!resource_type_property(schema, path->str, &property) ||
                (property.flags & (PROPERTY_WRITE_ONLY | PROPERTY_READ_ONLY)) == 0)
                json_object_set_new(result, key, readable(schema, path, item));
            g_string_truncate(path, length);
        }
        return result;
    }
    if (json_is_array(value)) {
        result = json_array();
        g_string_append(path, "/*");
        json_array_foreach(value, i, item)
            json_array_append_new(result, readable(schema, path, item));
        g_string_truncate(path, length);
        return result;
    }
    return json_incref(value);
}

json_t *readable_properties(const char *type, json_t *properties)
{
    const ResourceType *schema = resource_type_find(type);
    g_autoptr(GString) path = g_string_new(NULL);

    return schema != NULL ? readable(schema, path, properties) : json_deep_copy(properties);
}
