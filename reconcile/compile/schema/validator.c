#include "reconcile/compile/schema/validator.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config/problem.h"
#include "reconcile/compile/schema/schema_chunk.h"

/* More values than these are no sentence. */
#define MAX_VALUES_IN_MESSAGE 8

static void misfit_free(gpointer data)
{
    Misfit *noted = data;

    g_free(noted->pointer);
    g_free(noted->message);
    g_free(noted->hint);
    g_free(noted);
}

void validator_init(Validator *validator, json_t *extensions)
{
    validator->extensions = extensions;
    validator->extended =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_decref);
    validator->regexes =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_regex_unref);
    validator->misfits = g_ptr_array_new_with_free_func(misfit_free);
    validator->silent = 0;
}

void validator_release(Validator *validator)
{
    g_hash_table_unref(validator->extended);
    g_hash_table_unref(validator->regexes);
    g_ptr_array_unref(validator->misfits);
}

static int compare_chunk(const void *name, const void *chunk)
{
    return strcmp(name, ((const SchemaChunk *)chunk)->name);
}

/* As embedded, borrowed: read once by the process, as each service is held against most of them,
 * and changed by nobody. Not even its references are counted: jansson looks at the count of what it
 * is given without a lock. */
static json_t *embedded_chunk(const char *name)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static GHashTable *parsed;
    const SchemaChunk *chunk =
        bsearch(name, schema_chunks, schema_chunk_count, sizeof(SchemaChunk), compare_chunk);
    json_t *schema;

    g_assert(chunk);
    pthread_mutex_lock(&lock);
    if (!parsed)
        parsed = g_hash_table_new(g_direct_hash, g_direct_equal);
    schema = g_hash_table_lookup(parsed, chunk);
    if (!schema) {
        schema = json_loads(chunk->json, 0, NULL);
        g_assert(schema);
        g_hash_table_insert(parsed, (void *)chunk, schema);
    }
    pthread_mutex_unlock(&lock);
    return schema;
}

/* The part of a schema that is to be extended; a chunk of its own moves in for that. */
static json_t *part_of(json_t *schema, const char *key)
{
    json_t *part = json_object_get(schema, key);
    const char *reference = json_string_value(json_object_get(part, "$ref"));

    if (!reference)
        return part;
    part = json_deep_copy(embedded_chunk(reference + strlen("#/")));
    json_object_set_new(schema, key, part);
    return part;
}

/* Key by key; lists (of values, of branches) get longer. */
static void extend(json_t *schema, json_t *extension)
{
    const char *key;
    json_t *value;

    json_object_foreach(extension, key, value)
    {
        json_t *present = part_of(schema, key);

        if (json_is_object(present) && json_is_object(value))
            extend(present, value);
        else if (json_is_array(present) && json_is_array(value))
            json_array_extend(present, value);
        else
            json_object_set_new(schema, key, json_deep_copy(value));
    }
}

json_t *validator_chunk(Validator *validator, const char *name)
{
    json_t *own = g_hash_table_lookup(validator->extended, name), *schema, *extension;

    if (own)
        return own;
    schema = embedded_chunk(name);
    extension = json_object_get(validator->extensions, name);
    if (!extension)
        return schema;
    own = json_deep_copy(schema);
    extend(own, extension);
    g_hash_table_insert(validator->extended, g_strdup(name), own);
    return own;
}

json_t *validator_follow(Validator *validator, json_t *schema)
{
    const char *reference;

    while ((reference = json_string_value(json_object_get(schema, "$ref"))))
        schema = validator_chunk(validator, reference + strlen("#/"));
    return schema;
}

static int compare_keyword(const void *name, const void *keyword)
{
    return strcmp(name, *(const char *const *)keyword);
}

static Schema take_apart(json_t *whole)
{
    static const char *const names[] = {
        "$events",
        "$ref",
        "additionalItems",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "dependencies",
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "not",
        "oneOf",
        "pattern",
        "patternProperties",
        "properties",
        "propertyNames",
        "regexp",
        "required",
        "type",
        "uniqueItems",
    };
    Schema schema = {.whole = whole};
    const char *name;
    json_t *value;

    G_STATIC_ASSERT(G_N_ELEMENTS(names) == KEYWORDS);
    json_object_foreach(whole, name, value)
    {
        const char *const *known = bsearch(name, names, KEYWORDS, sizeof *names, compare_keyword);

        if (known)
            schema.of[known - names] = value;
    }
    return schema;
}

static bool refuse_type(Validator *validator, const Schema *schema, const Place *place)
{
    g_autofree char *expected = describe_schema(validator, schema->whole),
                    *value = describe_value(place->data);

    return misfit(validator, MISFIT_KIND, place, NULL, "has to be %s and is %s", expected, value);
}

static bool check_number(Validator *validator, const Schema *schema, const Place *place)
{
    json_t *minimum = schema->of[KEYWORD_MINIMUM], *maximum = schema->of[KEYWORD_MAXIMUM];
    g_autofree char *value = NULL;
    bool fits = true;

    if (!json_is_number(place->data))
        return true;
    value = describe_value(place->data);
    if (maximum && json_number_value(place->data) > json_number_value(maximum)) {
        g_autofree char *limit = describe_value(maximum);

        fits = misfit(validator, MISFIT_OTHER, place, NULL, "can be at most %s and is %s", limit,
                      value);
    }
    if (minimum && json_number_value(place->data) < json_number_value(minimum)) {
        g_autofree char *limit = describe_value(minimum);

        fits = misfit(validator, MISFIT_OTHER, place, NULL, "has to be at least %s and is %s",
                      limit, value);
    }
    return fits;
}

/* 5 and 5.0 are the same number, as in JavaScript. */
static bool is_equal(json_t *a, json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

static const char *nearest_value(json_t *values, const json_t *value)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    size_t index;
    json_t *allowed;

    json_array_foreach(values, index, allowed) if (json_is_string(allowed))
        g_ptr_array_add(words, (gpointer)json_string_value(allowed));
    g_ptr_array_add(words, NULL);
    return json_is_string(value)
               ? nearest_word(json_string_value(value), (const char *const *)words->pdata)
               : NULL;
}

/* A long list of values goes to the hint. */
static bool refuse_value(Validator *validator, json_t *values, const Place *place)
{
    g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = describe_value(place->data), *list = NULL, *hint = NULL;
    const char *nearest = nearest_value(values, place->data);
    size_t index;
    json_t *allowed;

    json_array_foreach(values, index, allowed) g_ptr_array_add(shown, describe_value(allowed));
    if (shown->len <= MAX_VALUES_IN_MESSAGE) {
        list = join_words(shown, " or ", shown->len);
        hint = nearest ? g_strdup_printf("did you mean \"%s\"?", nearest) : NULL;
        return misfit(validator, MISFIT_KIND, place, hint, "has to be %s and is %s", list, value);
    }
    list = join_words(shown, " or ", shown->len);
    hint = nearest ? g_strdup_printf("did you mean \"%s\"? It can be %s", nearest, list)
                   : g_strdup_printf("it can be %s", list);
    return misfit(validator, MISFIT_KIND, place, hint, "cannot be %s", value);
}

static bool check_values(Validator *validator, const Schema *schema, const Place *place)
{
    json_t *constant = schema->of[KEYWORD_CONST], *values = schema->of[KEYWORD_ENUM], *allowed;
    bool fits = true, found = values == NULL;
    size_t index;

    if (constant && !is_equal(constant, place->data)) {
        g_autofree char *wanted = describe_value(constant), *value = describe_value(place->data);

        fits = misfit(validator, MISFIT_KIND, place, NULL, "has to be %s and is %s", wanted, value);
    }
    json_array_foreach(values, index, allowed) found = found || is_equal(allowed, place->data);
    return found ? fits : refuse_value(validator, values, place);
}

bool validator_check(Validator *validator, json_t *whole, Place *place)
{
    const Schema schema = take_apart(validator_follow(validator, whole));
    const char *type = json_string_value(schema.of[KEYWORD_TYPE]);
    bool fits = true;

    if (schema.of[KEYWORD_EVENTS])
        return check_event(validator, schema.of[KEYWORD_EVENTS], place);
    if (type && !coerce(place, type))
        return refuse_type(validator, &schema, place);
    fits &= check_number(validator, &schema, place);
    fits &= check_text(validator, &schema, place);
    fits &= check_values(validator, &schema, place);
    fits &= check_unions(validator, &schema, place);
    fits &= check_list(validator, &schema, place);
    fits &= check_map(validator, &schema, place);
    return fits;
}
