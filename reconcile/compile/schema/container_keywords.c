#include <string.h>

#include "config/problem.h"
#include "reconcile/compile/schema/validator.h"

/* Names listed for an unknown property. */
#define SHOWN_NAMES 40

static bool fits_count(Validator *validator, const Schema *schema, const Place *place, bool is_map,
                       size_t count)
{
    json_t *minimum = schema->of[is_map ? KEYWORD_MIN_PROPERTIES : KEYWORD_MIN_ITEMS];
    json_t *maximum = schema->of[is_map ? KEYWORD_MAX_PROPERTIES : KEYWORD_MAX_ITEMS];
    const char *one = is_map ? "property" : "item", *many = is_map ? "properties" : "items";
    json_int_t most = json_integer_value(maximum), least = json_integer_value(minimum);
    bool fits = true;

    if (maximum && (json_int_t)count > most)
        fits = misfit(validator, MISFIT_OTHER, place, NULL,
                      "can have at most %" JSON_INTEGER_FORMAT " %s and has %zu", most,
                      most == 1 ? one : many, count);
    if (minimum && (json_int_t)count < least)
        fits = misfit(validator, MISFIT_OTHER, place, NULL,
                      "needs at least %" JSON_INTEGER_FORMAT " %s and has %zu", least,
                      least == 1 ? one : many, count);
    return fits;
}

static bool check_item(Validator *validator, json_t *schema, const Place *place, size_t index)
{
    Place item = {.up = place,
                  .parent = place->data,
                  .index = index,
                  .data = json_array_get(place->data, index)};

    return validator_check(validator, schema, &item);
}

static bool check_items(Validator *validator, const Schema *schema, Place *place)
{
    json_t *items = schema->of[KEYWORD_ITEMS];
    size_t count = json_array_size(place->data);
    bool fits = true;

    if (json_is_array(items)) {
        if (json_is_false(schema->of[KEYWORD_ADDITIONAL_ITEMS]) && count > json_array_size(items))
            fits = misfit(validator, MISFIT_OTHER, place, NULL,
                          "can have at most %zu items and has %zu", json_array_size(items), count);
        for (size_t i = 0; i < MIN(count, json_array_size(items)); i++)
            fits &= check_item(validator, json_array_get(items, i), place, i);
    } else if (items) {
        for (size_t i = 0; i < count; i++)
            fits &= check_item(validator, items, place, i);
    }
    return fits;
}

/* The schema asks for it where few items are; the comparison is not meant for more. */
static bool is_unique(json_t *list)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, free, NULL);
    size_t index;
    json_t *item;

    json_array_foreach(
        list, index,
        item) if (!g_hash_table_add(seen, json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY |
                                                               JSON_SORT_KEYS))) return false;
    return true;
}

bool check_list(Validator *validator, const Schema *schema, Place *place)
{
    bool fits;

    if (!json_is_array(place->data))
        return true;
    fits = fits_count(validator, schema, place, false, json_array_size(place->data));
    fits &= check_items(validator, schema, place);
    if (json_is_true(schema->of[KEYWORD_UNIQUE_ITEMS]) && !is_unique(place->data))
        fits = misfit(validator, MISFIT_OTHER, place, NULL, "has the same item twice");
    return fits;
}

static bool check_required(Validator *validator, json_t *names, const Place *place)
{
    bool fits = true;
    size_t index;
    json_t *name;

    json_array_foreach(names, index,
                       name) if (!json_object_get(place->data, json_string_value(name))) fits =
        misfit(validator, MISFIT_OTHER, place, NULL, "needs \"%s\"", json_string_value(name));
    return fits;
}

static bool matches_any(Validator *validator, json_t *patterns, const char *name)
{
    const char *pattern;
    json_t *schema;

    json_object_foreach(patterns, pattern,
                        schema) if (matches(validator, pattern, false, name)) return true;
    return false;
}

static bool refuse_function_name(Validator *validator, const Place *place, const char *name)
{
    return misfit_at(validator, place, name, "rename it; the name in AWS can be set with `name`",
                     "\"%s\" cannot be the name of a function: it takes letters, digits, hyphens "
                     "and underscores",
                     name);
}

/* What there is instead: "there are a, b; names that match X". */
static char *list_properties(json_t *schema)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GString *list = g_string_new(NULL);
    const char *name;
    json_t *part;

    json_object_foreach(json_object_get(schema, "properties"), name, part)
        g_ptr_array_add(names, (gpointer)name);
    if (names->len > 0) {
        g_autofree char *joined = join_words(names, " and ", SHOWN_NAMES);

        g_string_append_printf(list, "there %s %s", names->len == 1 ? "is" : "are", joined);
    }
    json_object_foreach(json_object_get(schema, "patternProperties"), name, part)
        g_string_append_printf(list, "%snames that match %s", list->len ? "; " : "there can be ",
                               name);
    return g_string_free(list, FALSE);
}

static const char *nearest_property(json_t *schema, const char *wrong)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *name;
    json_t *part;

    json_object_foreach(json_object_get(schema, "properties"), name, part)
        g_ptr_array_add(names, (gpointer)name);
    g_ptr_array_add(names, NULL);
    return nearest_word(wrong, (const char *const *)names->pdata);
}

static bool tell_unknown(Validator *validator, json_t *schema, const Place *place, const char *name)
{
    const char *nearest = nearest_property(schema, name), *advice = advice_on_property(place, name);
    g_autofree char *where = place_words(place), *list = list_properties(schema);

    if (place->up && !place->up->up && g_strcmp0(place->key, "functions") == 0)
        return refuse_function_name(validator, place, name);
    if (!advice && nearest)
        return misfit_at(validator, place, name, NULL,
                         "%s has no property \"%s\": did you mean \"%s\"?", where, name, nearest);
    return misfit_at(validator, place, name,
                     advice  ? advice
                     : *list ? list
                             : NULL,
                     "%s has no property \"%s\"", where, name);
}

static bool refuse_property(Validator *validator, json_t *schema, const Place *place,
                            const char *name)
{
    guint before = validator->misfits->len;
    bool fits = tell_unknown(validator, schema, place, name);

    if (validator->misfits->len > before)
        ((Misfit *)validator->misfits->pdata[before])->kind = MISFIT_UNKNOWN;
    return fits;
}

static bool check_property(Validator *validator, json_t *schema, const Place *place,
                           const char *name)
{
    Place below = {.up = place,
                   .parent = place->data,
                   .key = name,
                   .data = json_object_get(place->data, name)};

    return validator_check(validator, schema, &below);
}

/* Names that neither `properties` nor `patternProperties` know. */
static bool check_additional(Validator *validator, const Schema *schema, const Place *place)
{
    json_t *additional = schema->of[KEYWORD_ADDITIONAL_PROPERTIES], *value;
    json_t *properties = schema->of[KEYWORD_PROPERTIES],
           *patterns = schema->of[KEYWORD_PATTERN_PROPERTIES];
    const char *name;
    bool fits = true;

    if (!json_is_false(additional) && !json_is_object(additional))
        return true;
    json_object_foreach(place->data, name, value)
    {
        if (json_object_get(properties, name) || matches_any(validator, patterns, name))
            continue;
        fits &= json_is_object(additional) ? check_property(validator, additional, place, name)
                                           : refuse_property(validator, schema->whole, place, name);
    }
    return fits;
}

static bool check_names(Validator *validator, json_t *schema, const Place *place)
{
    const char *name;
    json_t *value;
    bool fits = true;

    json_object_foreach(place->data, name, value)
    {
        json_t *text = json_string(name);
        Place at = {.up = place, .key = name, .data = text};

        fits &= validator_check(validator, schema, &at);
        json_decref(text);
    }
    return fits;
}

static bool check_dependencies(Validator *validator, json_t *dependencies, const Place *place)
{
    const char *name;
    json_t *needed;
    bool fits = true;

    json_object_foreach(dependencies, name, needed) if (json_object_get(place->data, name)) fits &=
        check_required(validator, needed, place);
    return fits;
}

bool check_map(Validator *validator, const Schema *schema, Place *place)
{
    json_t *names = schema->of[KEYWORD_PROPERTY_NAMES];
    json_t *properties = schema->of[KEYWORD_PROPERTIES], *part, *value;
    const char *name, *pattern;
    bool fits;

    if (!json_is_object(place->data))
        return true;
    fits = fits_count(validator, schema, place, true, json_object_size(place->data));
    fits &= check_required(validator, schema->of[KEYWORD_REQUIRED], place);
    if (names)
        fits &= check_names(validator, names, place);
    fits &= check_additional(validator, schema, place);
    fits &= check_dependencies(validator, schema->of[KEYWORD_DEPENDENCIES], place);
    json_object_foreach(place->data, name, value) if ((part = json_object_get(properties, name)))
        fits &= check_property(validator, part, place, name);
    json_object_foreach(schema->of[KEYWORD_PATTERN_PROPERTIES], pattern, part)
        json_object_foreach(place->data, name, value) if (matches(validator, pattern, false, name))
            fits &= check_property(validator, part, place, name);
    return fits;
}
