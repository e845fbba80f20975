#include <string.h>

#include "config/json_text.h"
#include "reconcile/compile/schema/validator.h"

/* How much of a value, and how many alternatives, a message shows. */
#define SHOWN_CHARACTERS 60
#define SHOWN_ALTERNATIVES 12

static void add_word(GPtrArray *words, char *word)
{
    for (guint i = 0; i < words->len; i++) {
        if (strcmp(words->pdata[i], word) == 0) {
            g_free(word);
            return;
        }
    }
    g_ptr_array_add(words, word);
}

char *join_words(GPtrArray *words, const char *last, guint most)
{
    GString *text = g_string_new(NULL);
    guint shown = MIN(words->len, most);

    for (guint i = 0; i < shown; i++) {
        if (i > 0)
            g_string_append(text, i + 1 == words->len ? last : ", ");
        g_string_append(text, words->pdata[i]);
    }
    if (shown < words->len)
        g_string_append_printf(text, ", … (%u more)", words->len - shown);
    return g_string_free(text, FALSE);
}

static char *shown_text(const char *text)
{
    if (g_utf8_strlen(text, -1) <= SHOWN_CHARACTERS)
        return g_strdup_printf("\"%s\"", text);
    g_autofree char *start = g_utf8_substring(text, 0, SHOWN_CHARACTERS);

    return g_strdup_printf("\"%s…\"", start);
}

char *describe_value(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return shown_text(json_string_value(value));
    case JSON_OBJECT:
        return g_strdup("a map");
    case JSON_ARRAY:
        return g_strdup(json_array_size(value) ? "a list" : "an empty list");
    default:
        return json_text(value, JSON_TEXT_COMPACT);
    }
}

/* {"type":"object","required":["Fn::Sub"],…}: a CloudFormation function. */
static const char *function_name(json_t *schema)
{
    json_t *required = json_object_get(schema, "required");
    const char *name = json_string_value(json_array_get(required, 0));

    if (!name && json_object_get(json_object_get(schema, "properties"), "Fn::Base64"))
        return "Fn::Base64";
    return name && json_array_size(required) == 1 &&
                   (g_str_has_prefix(name, "Fn::") || strcmp(name, "Ref") == 0)
               ? name
               : NULL;
}

static char *map_words(json_t *schema)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    size_t index;
    json_t *name;

    json_array_foreach(json_object_get(schema, "required"), index, name)
        g_ptr_array_add(names, (gpointer)json_string_value(name));
    if (names->len == 0)
        return g_strdup("a map");
    g_autofree char *joined = join_words(names, " and ", SHOWN_ALTERNATIVES);

    return g_strdup_printf("a map with %s", joined);
}

static char *type_words(json_t *schema, const char *type)
{
    const char *pattern = json_string_value(json_object_get(schema, "pattern"));

    if (strcmp(type, "string") == 0)
        return pattern ? g_strdup_printf("a text that matches %s", pattern) : g_strdup("a text");
    if (strcmp(type, "integer") == 0)
        return g_strdup("a whole number");
    if (strcmp(type, "number") == 0)
        return g_strdup("a number");
    if (strcmp(type, "boolean") == 0)
        return g_strdup("true or false");
    if (strcmp(type, "array") == 0)
        return g_strdup("a list");
    return strcmp(type, "object") == 0 ? map_words(schema) : g_strdup("null");
}

static void collect(Validator *validator, json_t *schema, GPtrArray *words)
{
    const char *type, *regexp;
    json_t *part;
    size_t index;

    schema = validator_follow(validator, schema);
    if (function_name(schema)) {
        add_word(words, g_strdup("a CloudFormation function"));
        return;
    }
    json_array_foreach(json_object_get(schema, "anyOf"), index, part)
        collect(validator, part, words);
    json_array_foreach(json_object_get(schema, "oneOf"), index, part)
        collect(validator, part, words);
    json_array_foreach(json_object_get(schema, "enum"), index, part)
        add_word(words, describe_value(part));
    if ((part = json_object_get(schema, "const")))
        add_word(words, describe_value(part));
    type = json_string_value(json_object_get(schema, "type"));
    regexp = json_string_value(json_object_get(schema, "regexp"));
    if (type && !json_object_get(schema, "enum"))
        add_word(words, regexp ? g_strdup_printf("a text that matches %s", regexp)
                               : type_words(schema, type));
}

char *describe_schema(Validator *validator, json_t *schema)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    collect(validator, schema, words);
    if (words->len == 0)
        return g_strdup("something else");
    return join_words(words, " or ", SHOWN_ALTERNATIVES);
}
