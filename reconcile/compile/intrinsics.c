#include "reconcile/compile/intrinsics.h"

#include <stdarg.h>

static json_t *call(const char *function, json_t *argument_new)
{
    json_t *value = json_object();

    json_object_set_new_nocheck(value, function, argument_new);
    return value;
}

static json_t *pair(json_t *first_new, json_t *second_new)
{
    json_t *list = json_array();

    json_array_append_new(list, first_new);
    json_array_append_new(list, second_new);
    return list;
}

json_t *json_ref(const char *id)
{
    return call("Ref", json_string_nocheck(id));
}

json_t *json_get_att(const char *id, const char *attribute)
{
    return call("Fn::GetAtt", pair(json_string_nocheck(id), json_string_nocheck(attribute)));
}

json_t *json_join(const char *delimiter, json_t *parts_new)
{
    return call("Fn::Join", pair(json_string_nocheck(delimiter), parts_new));
}

json_t *json_sub(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return call("Fn::Sub", json_string_nocheck(text));
}
