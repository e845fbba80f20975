/* What refers to what, and the order that follows from it. */
#include "tests/aws/template/template.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

static void reference_free(void *data)
{
    Reference *reference = data;

    g_free(reference->name);
    g_free(reference->attribute);
    g_free(reference);
}

const char *function_of(json_t *value, json_t **ret_argument)
{
    const char *key = NULL;

    if (!json_is_object(value) || json_object_size(value) != 1)
        return NULL;
    key = json_object_iter_key(json_object_iter(value));
    if (strcmp(key, "Ref") != 0 && strcmp(key, "Condition") != 0 && !g_str_has_prefix(key, "Fn::"))
        return NULL;
    /* A property called Condition (of IAM policies) holds an object. */
    if (strcmp(key, "Condition") == 0 && !json_is_string(json_object_get(value, key)))
        return NULL;
    if (ret_argument != NULL)
        *ret_argument = json_object_get(value, key);
    return key;
}

static void add_reference(GPtrArray *found, const char *name, size_t length, const char *attribute)
{
    Reference *reference = NULL;

    for (guint i = 0; i < found->len; i++) {
        const Reference *other = found->pdata[i];

        if (strncmp(other->name, name, length) == 0 && other->name[length] == '\0' &&
            g_strcmp0(other->attribute, attribute) == 0)
            return;
    }
    reference = g_new0(Reference, 1);
    reference->name = g_strndup(name, length);
    reference->attribute = g_strdup(attribute);
    g_ptr_array_add(found, reference);
}

/* "Name" or "Name.Attribute" of Fn::GetAtt and ${…}. */
static void add_dotted(GPtrArray *found, const char *text, size_t length)
{
    const char *dot = memchr(text, '.', length);
    g_autofree char *attribute =
        dot != NULL ? g_strndup(dot + 1, length - (size_t)(dot + 1 - text)) : NULL;

    add_reference(found, text, dot != NULL ? (size_t)(dot - text) : length, attribute);
}

static void add_sub(GPtrArray *found, const char *text, json_t *variables)
{
    while ((text = strstr(text, "${")) != NULL) {
        const char *end = strchr(text, '}');
        g_autofree char *name = end != NULL ? g_strndup(text + 2, (size_t)(end - text - 2)) : NULL;

        if (end == NULL)
            return;
        g_strstrip(name);
        if (*name != '!' && *name != '\0' && json_object_get(variables, name) == NULL)
            add_dotted(found, name, strlen(name));
        text = end + 1;
    }
}

static void collect(json_t *value, Evaluation *evaluation, GPtrArray *found)
{
    json_t *argument = NULL, *item = NULL;
    const char *function = function_of(value, &argument);
    const char *key = NULL;
    size_t i = 0;

    if (function != NULL && strcmp(function, "Ref") == 0 && json_is_string(argument)) {
        add_reference(found, json_string_value(argument), json_string_length(argument), NULL);
        return;
    }
    if (function != NULL && strcmp(function, "Condition") == 0)
        return;
    if (function != NULL && strcmp(function, "Fn::GetAtt") == 0) {
        if (json_is_string(argument)) {
            add_dotted(found, json_string_value(argument), json_string_length(argument));
        } else if (json_is_string(json_array_get(argument, 0))) {
            const char *name = json_string_value(json_array_get(argument, 0));
            json_t *attribute = json_array_get(argument, 1);

            add_reference(found, name, strlen(name),
                          json_is_string(attribute) ? json_string_value(attribute) : "${}");
            collect(attribute, evaluation, found);
        }
        return;
    }
    if (function != NULL && strcmp(function, "Fn::Sub") == 0) {
        json_t *text = json_is_array(argument) ? json_array_get(argument, 0) : argument;
        json_t *variables = json_array_get(argument, 1);

        if (json_is_string(text))
            add_sub(found, json_string_value(text), variables);
        collect(variables, evaluation, found);
        return;
    }
    if (function != NULL && strcmp(function, "Fn::If") == 0 && evaluation != NULL) {
        const char *condition = json_string_value(json_array_get(argument, 0));
        bool holds = false;

        if (condition != NULL && evaluate_condition(evaluation, condition, &holds, NULL)) {
            collect(json_array_get(argument, holds ? 1 : 2), evaluation, found);
            return;
        }
    }
    json_object_foreach(value, key, item) collect(item, evaluation, found);
    json_array_foreach(value, i, item) collect(item, evaluation, found);
}

GPtrArray *references_of(json_t *value, Evaluation *evaluation)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(reference_free);

    collect(value, evaluation, found);
    return found;
}

static void add_dependency(const Template *template, json_t *definition, const char *name,
                           GPtrArray *found)
{
    json_t *other = json_object_get(template->resources, name);

    if (other == NULL || other == definition)
        return;
    for (guint i = 0; i < found->len; i++) {
        if (strcmp(found->pdata[i], name) == 0)
            return;
    }
    g_ptr_array_add(found, g_strdup(name));
}

GPtrArray *dependencies_of(const Template *template, json_t *definition, Evaluation *evaluation)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    json_t *depends = json_object_get(definition, "DependsOn");
    g_autoptr(GPtrArray) references =
        references_of(json_object_get(definition, "Properties"), evaluation);
    size_t i = 0;
    json_t *item = NULL;

    for (guint at = 0; at < references->len; at++)
        add_dependency(template, definition, ((Reference *)references->pdata[at])->name, found);
    if (json_is_string(depends))
        add_dependency(template, definition, json_string_value(depends), found);
    json_array_foreach(depends, i, item)
    {
        if (json_is_string(item))
            add_dependency(template, definition, json_string_value(item), found);
    }
    return found;
}

typedef struct {
    Evaluation *evaluation;
    GHashTable *state; /* logical id → 1 being visited, 2 done */
    GPtrArray *order, *path;
} Visit;

static bool visit(Visit *visit_state, const char *logical_id, GError **error)
{
    const Template *template = visit_state->evaluation->template;
    json_t *definition = json_object_get(template->resources, logical_id);
    int state = GPOINTER_TO_INT(g_hash_table_lookup(visit_state->state, logical_id));
    g_autoptr(GPtrArray) dependencies = NULL;
    bool active = false;

    if (state == 2)
        return true;
    if (state == 1) {
        g_autoptr(GString) list = g_string_new(NULL);

        for (guint i = 0; i < visit_state->path->len; i++)
            g_string_append_printf(list, "%s%s", i > 0 ? ", " : "",
                                   (char *)visit_state->path->pdata[i]);
        g_set_error(error, DOUBLE_ERROR, 400, "Circular dependency between resources: [%s]",
                    list->str);
        return false;
    }
    if (!evaluation_is_active(visit_state->evaluation, definition, &active, error))
        return false;
    g_hash_table_insert(visit_state->state, (char *)logical_id, GINT_TO_POINTER(active ? 1 : 2));
    if (!active)
        return true;
    g_ptr_array_add(visit_state->path, (char *)logical_id);
    dependencies = dependencies_of(template, definition, visit_state->evaluation);
    for (guint i = 0; i < dependencies->len; i++) {
        /* The template's own key: the list of names is freed. */
        void *iterator = json_object_iter_at(template->resources, dependencies->pdata[i]);

        if (!visit(visit_state, json_object_iter_key(iterator), error))
            return false;
    }
    g_ptr_array_set_size(visit_state->path, (gint)visit_state->path->len - 1);
    g_hash_table_insert(visit_state->state, (char *)logical_id, GINT_TO_POINTER(2));
    g_ptr_array_add(visit_state->order, (char *)logical_id);
    return true;
}

GPtrArray *resources_in_order(Evaluation *evaluation, GError **error)
{
    Visit state = {evaluation, g_hash_table_new(g_str_hash, g_str_equal), g_ptr_array_new(),
                   g_ptr_array_new()};
    const char *logical_id = NULL;
    json_t *definition = NULL;
    bool good = true;

    json_object_foreach(evaluation->template->resources, logical_id, definition)
    {
        if (!visit(&state, logical_id, error)) {
            good = false;
            break;
        }
    }
    g_hash_table_unref(state.state);
    g_ptr_array_unref(state.path);
    if (!good)
        g_clear_pointer(&state.order, g_ptr_array_unref);
    return state.order;
}
