#include "reconcile/plan/template_reference.h"
#include <string.h>

/* The parts of a Sub's text: calls `found` for each "${name}" that is no "${!literal}"; offsets are
 * of "${" and past "}". */
typedef void (*SubPart)(const char *name, size_t begin, size_t end, void *data);

static void sub_parts(const char *text, SubPart found, void *data)
{
    for (const char *at = strstr(text, "${"); at; at = strstr(at + 2, "${")) {
        const char *end = strchr(at, '}');

        if (!end)
            return;
        if (at[2] == '!')
            continue;
        g_autofree char *name = g_strndup(at + 2, (gsize)(end - at - 2));
        found(g_strstrip(name), (size_t)(at - text), (size_t)(end + 1 - text), data);
    }
}

/* "id.attribute" apart; `ret_id` (transfer full), `ret_attribute` inside `name` or NULL. */
static char *name_split(const char *name, const char **ret_attribute)
{
    const char *dot = strchr(name, '.');

    *ret_attribute = dot ? dot + 1 : NULL;
    return dot ? g_strndup(name, (gsize)(dot - name)) : g_strdup(name);
}

/* The id and attribute of {"Fn::GetAtt": …} in both spellings; false for what is neither. `ret_id`
 * is (transfer full). */
static bool get_att_parts(json_t *argument, char **ret_id, char **ret_attribute)
{
    if (json_is_string(argument)) {
        const char *attribute;
        g_autofree char *id = name_split(json_string_value(argument), &attribute);

        if (!attribute)
            return false;
        *ret_attribute = g_strdup(attribute);
        *ret_id = g_steal_pointer(&id);
        return true;
    }
    const char *id = json_string_value(json_array_get(argument, 0));
    const char *attribute = json_string_value(json_array_get(argument, 1));
    if (!id || !attribute)
        return false;
    *ret_id = g_strdup(id);
    *ret_attribute = g_strdup(attribute);
    return true;
}

/* The only key of an object, or NULL. */
static const char *only_key(json_t *value, json_t **ret_argument)
{
    if (json_object_size(value) != 1)
        return NULL;
    void *iter = json_object_iter(value);
    *ret_argument = json_object_iter_value(iter);
    return json_object_iter_key(iter);
}

typedef struct {
    json_t *bound; /* the Sub's own map, or NULL */
    ReferenceFound found;
    void *data;
} SubReferences;

static void sub_reference(const char *name, size_t begin, size_t end, void *data)
{
    SubReferences *sub = data;
    const char *attribute;

    (void)begin;
    (void)end;
    if (json_object_get(sub->bound, name))
        return;
    g_autofree char *id = name_split(name, &attribute);
    sub->found(id, attribute, sub->data);
}

static void sub_references(json_t *argument, ReferenceFound found, void *data)
{
    json_t *text = json_is_array(argument) ? json_array_get(argument, 0) : argument;
    json_t *bound = json_is_array(argument) ? json_array_get(argument, 1) : NULL;
    SubReferences sub = {bound, found, data};

    if (json_is_string(text))
        sub_parts(json_string_value(text), sub_reference, &sub);
    template_references(bound, found, data);
}

void template_references(json_t *value, ReferenceFound found, void *data)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach(value, i, item) template_references(item, found, data);
        return;
    }
    if (!json_is_object(value))
        return;
    const char *function = only_key(value, &item);
    if (function && strcmp(function, "Ref") == 0 && json_is_string(item)) {
        found(json_string_value(item), NULL, data);
        return;
    }
    if (function && strcmp(function, "Fn::GetAtt") == 0) {
        g_autofree char *id = NULL, *attribute = NULL;
        if (get_att_parts(item, &id, &attribute))
            found(id, attribute, data);
        return;
    }
    if (function && strcmp(function, "Fn::Sub") == 0) {
        sub_references(item, found, data);
        return;
    }
    json_object_foreach(value, key, item) template_references(item, found, data);
}

typedef struct {
    const char *id;
    bool found;
} Search;

static void search_compare(const char *id, const char *attribute, void *data)
{
    Search *search = data;

    (void)attribute;
    if (strcmp(id, search->id) == 0)
        search->found = true;
}

bool template_refers_to(json_t *value, const char *id)
{
    Search search = {id, false};

    template_references(value, search_compare, &search);
    return search.found;
}

typedef struct {
    const char *text;
    json_t *bound;
    ReferenceValue replacement;
    void *data;
    GString *out;
    size_t copied;
    bool left; /* a "${…}" stayed */
} SubReplace;

static void sub_replace_part(const char *name, size_t begin, size_t end, void *data)
{
    SubReplace *sub = data;
    const char *attribute;
    g_autofree char *id = name_split(name, &attribute);
    json_t *value =
        json_object_get(sub->bound, name) ? NULL : sub->replacement(id, attribute, sub->data);

    g_string_append_len(sub->out, sub->text + sub->copied, (gssize)(begin - sub->copied));
    if (json_is_string(value)) {
        /* A "${" inside a literal would be read as a reference again. */
        g_auto(GStrv) pieces = g_strsplit(json_string_value(value), "${", -1);
        g_autofree char *escaped = g_strjoinv("${!", pieces);
        g_string_append(sub->out, escaped);
    } else {
        g_string_append_len(sub->out, sub->text + begin, (gssize)(end - begin));
        sub->left = true;
    }
    sub->copied = end;
    json_decref(value);
}

static json_t *sub_substitute(json_t *argument, ReferenceValue replacement, void *data)
{
    json_t *text = json_is_array(argument) ? json_array_get(argument, 0) : argument;
    json_t *bound = json_is_array(argument) ? json_array_get(argument, 1) : NULL;

    if (!json_is_string(text))
        return json_pack("{s:O}", "Fn::Sub", argument);
    SubReplace sub = {json_string_value(text), bound, replacement, data,
                      g_string_new(NULL),      0,     false};
    sub_parts(sub.text, sub_replace_part, &sub);
    g_string_append(sub.out, sub.text + sub.copied);
    g_autofree char *out = g_string_free(sub.out, FALSE);
    json_t *result;
    if (bound) {
        result =
            json_pack("{s:[s,o]}", "Fn::Sub", out, template_substitute(bound, replacement, data));
    } else if (!sub.left && !strstr(out, "${!")) {
        result = json_string(out);
    } else {
        result = json_pack("{s:s}", "Fn::Sub", out);
    }
    return result;
}

json_t *template_substitute(json_t *value, ReferenceValue replacement, void *data)
{
    const char *key;
    json_t *item, *copy;
    size_t i;

    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item)
            json_array_append_new(copy, template_substitute(item, replacement, data));
        return copy;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    const char *function = only_key(value, &item);
    if (function && strcmp(function, "Ref") == 0 && json_is_string(item)) {
        json_t *literal = replacement(json_string_value(item), NULL, data);
        return literal ? literal : json_deep_copy(value);
    }
    if (function && strcmp(function, "Fn::GetAtt") == 0) {
        g_autofree char *id = NULL, *attribute = NULL;
        json_t *literal = NULL;
        if (get_att_parts(item, &id, &attribute))
            literal = replacement(id, attribute, data);
        return literal ? literal : json_deep_copy(value);
    }
    if (function && strcmp(function, "Fn::Sub") == 0)
        return sub_substitute(item, replacement, data);
    copy = json_object();
    json_object_foreach(value, key, item)
        json_object_set_new(copy, key, template_substitute(item, replacement, data));
    return copy;
}
