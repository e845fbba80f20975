#include <math.h>
#include <string.h>

#include "config/json_text.h"
#include "reconcile/compile/schema/validator.h"
#include "reconcile/compile/variables/literal.h"

/* Coercions as AJV 8.20 makes them with coerceTypes "array" (lib/compile/validate/dataType.ts). */

void place_set(Place *place, json_t *value)
{
    if (json_is_object(place->parent))
        json_object_set_new(place->parent, place->key, value);
    else if (json_is_array(place->parent))
        json_array_set_new(place->parent, place->index, value);
    place->data = value;
}

static bool is_whole(const json_t *value)
{
    return json_is_integer(value) ||
           (json_is_real(value) && json_real_value(value) == floor(json_real_value(value)));
}

bool has_type(const json_t *value, const char *type)
{
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "integer") == 0)
        return is_whole(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    return strcmp(type, "null") == 0 && json_is_null(value);
}

static bool is_zero_or_one(const json_t *value, int number)
{
    return json_is_number(value) && json_number_value(value) == number;
}

static json_t *to_string(const json_t *value)
{
    g_autofree char *number = NULL;

    if (json_is_boolean(value))
        return json_string(json_is_true(value) ? "true" : "false");
    if (json_is_null(value))
        return json_string("");
    if (!json_is_number(value))
        return NULL;
    number = json_number_text(value);
    return json_string(number);
}

static json_t *to_number(const json_t *value, bool whole)
{
    double number;

    if (json_is_boolean(value))
        return json_integer(json_is_true(value) ? 1 : 0);
    if (json_is_null(value))
        return json_integer(0);
    if (!json_is_string(value) ||
        !literal_number(json_string_value(value), json_string_length(value), &number))
        return NULL;
    return whole && number != floor(number) ? NULL : literal_number_json(number);
}

static json_t *to_boolean(const json_t *value)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";

    if (strcmp(text, "false") == 0 || is_zero_or_one(value, 0) || json_is_null(value))
        return json_false();
    return strcmp(text, "true") == 0 || is_zero_or_one(value, 1) ? json_true() : NULL;
}

static json_t *to_null(const json_t *value)
{
    bool is_empty =
        (json_is_string(value) && json_string_length(value) == 0) || json_is_false(value);

    return is_empty || is_zero_or_one(value, 0) ? json_null() : NULL;
}

static json_t *to_list(json_t *value)
{
    return json_is_object(value) || json_is_array(value) ? NULL : json_pack("[O]", value);
}

static json_t *coerced_value(json_t *value, const char *type)
{
    if (strcmp(type, "string") == 0)
        return to_string(value);
    if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)
        return to_number(value, strcmp(type, "integer") == 0);
    if (strcmp(type, "boolean") == 0)
        return to_boolean(value);
    if (strcmp(type, "null") == 0)
        return to_null(value);
    return strcmp(type, "array") == 0 ? to_list(value) : NULL;
}

bool coerce(Place *place, const char *type)
{
    json_t *value;

    if (has_type(place->data, type))
        return true;
    if (strcmp(type, "object") == 0)
        return false;
    /* A list of one is looked into even if its item does not fit: branches that come later see the
     * item. */
    if (json_is_array(place->data) && json_array_size(place->data) == 1) {
        place->data = json_array_get(place->data, 0);
        if (has_type(place->data, type)) {
            place_set(place, json_incref(place->data));
            return true;
        }
    }
    value = coerced_value(place->data, type);
    if (!value)
        return false;
    place_set(place, value);
    return true;
}
