/* Properties against AWS's resource schemas, before a handler sees them. */
#include "config/json_text.h"
#include "config/resource_types.h"
#include "tests/aws/resources/live.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

enum { TROUBLES_LIMIT = 10 };

typedef struct {
    const ResourceType *schema;
    GString *path;      /* "Code/S3Bucket" */
    GPtrArray *trouble; /* char* */
} Check;

static json_t *checked(Check *check, json_t *value);

static void complain(Check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void complain(Check *check, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (check->trouble->len < TROUBLES_LIMIT)
        g_ptr_array_add(check->trouble,
                        g_strdup_printf("#%s%s: %s", check->path->len > 0 ? "/" : "",
                                        check->path->str, message));
}

static bool integer_of(const char *text, json_int_t *ret)
{
    char *end = NULL;
    gint64 value = g_ascii_strtoll(text, &end, 10);

    if (*text == '\0' || *end != '\0')
        return false;
    *ret = value;
    return true;
}

static json_t *number_of(const char *text)
{
    json_int_t integer = 0;
    char *end = NULL;
    double number = 0;

    if (text == NULL)
        return NULL;
    if (integer_of(text, &integer))
        return json_integer(integer);
    number = g_ascii_strtod(text, &end);
    return *text != '\0' && *end == '\0' ? json_real(number) : NULL;
}

/* A scalar brought to the kind the schema asks for; NULL when it cannot be. A new reference. */
static json_t *coerced(PropertyKind kind, json_t *value)
{
    const char *text = json_string_value(value);
    json_int_t integer = 0;

    switch (kind) {
    case PROPERTY_INTEGER:
        if (json_is_integer(value))
            return json_incref(value);
        return text != NULL && integer_of(text, &integer) ? json_integer(integer) : NULL;
    case PROPERTY_NUMBER:
        return json_is_number(value) ? json_incref(value) : number_of(text);
    case PROPERTY_BOOLEAN:
        if (json_is_boolean(value))
            return json_incref(value);
        if (g_strcmp0(text, "true") == 0 || g_strcmp0(text, "false") == 0)
            return json_boolean(text[0] == 't');
        return NULL;
    case PROPERTY_STRING:
        if (text != NULL)
            return json_incref(value);
        if (json_is_boolean(value))
            return json_string(json_is_true(value) ? "true" : "false");
        if (json_is_number(value)) {
            g_autofree char *printed = json_number_text(value);

            return json_string(printed);
        }
        return NULL;
    case PROPERTY_ARRAY:
        return json_is_array(value) ? json_incref(value) : NULL;
    case PROPERTY_OBJECT:
        return json_is_object(value) ? json_incref(value) : NULL;
    default:
        return json_incref(value);
    }
}

static const char *kind_name(PropertyKind kind)
{
    static const char *const names[] = {"Any",     "String",    "Integer",   "Number",
                                        "Boolean", "JSONArray", "JSONObject"};

    return names[kind];
}

static const char *value_kind(json_t *value)
{
    return json_is_string(value)    ? "String"
           : json_is_integer(value) ? "Integer"
           : json_is_real(value)    ? "Number"
           : json_is_boolean(value) ? "Boolean"
           : json_is_array(value)   ? "JSONArray"
                                    : "JSONObject";
}

static void check_enum(Check *check, const Property *property, json_t *value)
{
    if (property->enum_count == 0 || !json_is_string(value))
        return;
    /* The list of runtimes is never complete: those that AWS has retired still run. */
    if (strcmp(check->path->str, "Runtime") == 0)
        return;
    for (unsigned i = 0; i < property->enum_count; i++) {
        if (strcmp(resource_type_enum_value(check->schema, check->path->str, i),
                   json_string_value(value)) == 0)
            return;
    }
    complain(check, "%s is not a valid enum value", json_string_value(value));
}

/* Finds the property at the path, where map values stand as "*". */
static bool property_at(Check *check, size_t parent_length, Property *ret)
{
    g_autofree char *any = NULL;

    if (resource_type_property(check->schema, check->path->str, ret))
        return true;
    any = g_strdup_printf("%.*s%s*", (int)parent_length, check->path->str,
                          parent_length > 0 ? "/" : "");
    return resource_type_property(check->schema, any, ret);
}

static json_t *checked_member(Check *check, const char *key, json_t *value, bool closed)
{
    size_t length = check->path->len;
    Property property;
    json_t *result = NULL;
    json_auto_t *scalar = NULL;

    g_string_append_printf(check->path, "%s%s", length > 0 ? "/" : "", key);
    if (!property_at(check, length, &property)) {
        g_string_truncate(check->path, length);
        if (closed)
            complain(check, "extraneous key [%s] is not permitted", key);
        return json_deep_copy(value);
    }
    scalar = coerced(property.kind, value);
    if (scalar == NULL) {
        complain(check, "expected type: %s, found: %s", kind_name(property.kind),
                 value_kind(value));
        result = json_deep_copy(value);
    } else {
        check_enum(check, &property, scalar);
        result = checked(check, scalar);
    }
    g_string_truncate(check->path, length);
    return result;
}

static void check_required(Check *check, json_t *value)
{
    g_autofree const char **names = resource_type_property_names(check->schema, check->path->str);

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        g_autofree char *path =
            g_strdup_printf("%s%s%s", check->path->str, check->path->len > 0 ? "/" : "", names[i]);
        Property property;

        if (strcmp(names[i], "*") != 0 && resource_type_property(check->schema, path, &property) &&
            (property.flags & PROPERTY_REQUIRED) != 0 &&
            (property.flags & PROPERTY_READ_ONLY) == 0 && json_object_get(value, names[i]) == NULL)
            complain(check, "required key [%s] not found", names[i]);
    }
}

static json_t *checked(Check *check, json_t *value)
{
    size_t length = check->path->len;
    json_t *result = NULL, *item = NULL;
    const char *key = NULL;
    size_t i = 0;

    if (json_is_array(value)) {
        result = json_array();
        json_array_foreach(value, i, item)
        {
            g_autofree char *index = g_strdup_printf("%zu", i);

            json_array_append_new(result, checked_member(check, index, item, false));
        }
        return result;
    }
    if (json_is_object(value)) {
        Property self = {0};
        bool known = length == 0 || resource_type_property(check->schema, check->path->str, &self);
        bool closed = length == 0 || (known && self.closed);

        result = json_object();
        if (known)
            check_required(check, value);
        json_object_foreach(value, key, item)
            json_object_set_new(result, key, checked_member(check, key, item, closed));
        return result;
    }
    return json_incref(value);
}

json_t *live_properties_coerced(const char *type, json_t *properties)
{
    Check check = {resource_type_find(type), g_string_new(NULL),
                   g_ptr_array_new_with_free_func(g_free)};
    json_t *result =
        check.schema != NULL ? checked(&check, properties) : json_deep_copy(properties);

    g_ptr_array_unref(check.trouble);
    g_string_free(check.path, TRUE);
    return result;
}

json_t *live_properties_checked(const char *type, const char *logical_id, json_t *properties,
                                GError **error)
{
    Check check = {resource_type_find(type), g_string_new(NULL),
                   g_ptr_array_new_with_free_func(g_free)};
    json_t *result = NULL;

    if (check.schema == NULL)
        result = json_deep_copy(properties);
    else
        result = checked(&check, properties);
    if (check.trouble->len > 0) {
        g_autofree char *list = NULL;

        g_ptr_array_add(check.trouble, NULL);
        list = g_strjoinv(", ", (char **)check.trouble->pdata);
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Properties validation failed for resource %s with message:\n[%s]", logical_id,
                    list);
        json_decref(result);
        result = NULL;
    }
    g_ptr_array_unref(check.trouble);
    g_string_free(check.path, TRUE);
    return result;
}
