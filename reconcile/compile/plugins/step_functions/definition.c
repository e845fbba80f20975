/* The definition of a state machine as CloudFormation takes it: a text, in which references to
 * resources are parameters of Fn::Sub. */
#include "config/json_text.h"
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

#define MAX_DEPTH 100

/* A reference that a `${…}` stands for now. */
typedef struct {
    char *placeholder; /* "${md5}" */
    json_t *value;
    bool is_number; /* the placeholder stands without quotes: seconds of a Wait */
} Mapping;

static void mapping_clear(void *data)
{
    Mapping *mapping = data;

    g_free(mapping->placeholder);
    json_decref(mapping->value);
}

static void take_out(GArray *mappings, json_t *value, bool is_number, json_t **ret_placeholder)
{
    g_autofree char *text = json_text(value, JSON_TEXT_COMPACT);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);
    Mapping mapping = {.placeholder = g_strdup_printf("${%s}", digest),
                       .value = json_incref(value),
                       .is_number = is_number};

    *ret_placeholder = json_string(mapping.placeholder);
    g_array_append_val(mappings, mapping);
}

static void take_out_all(GArray *mappings, json_t *value, unsigned depth)
{
    const char *key, *type = json_string_value(json_object_get(value, "Type"));
    const bool waits = g_strcmp0(type, "Wait") == 0;
    json_t *item, *placeholder;
    size_t i;

    if (depth == MAX_DEPTH)
        return;
    json_object_foreach(value, key, item)
    {
        if (!step_functions_is_intrinsic(item)) {
            take_out_all(mappings, item, depth + 1);
            continue;
        }
        take_out(mappings, item, waits && strcmp(key, "Seconds") == 0, &placeholder);
        json_object_set_new(value, key, placeholder);
    }
    json_array_foreach(value, i, item)
    {
        if (!step_functions_is_intrinsic(item)) {
            take_out_all(mappings, item, depth + 1);
            continue;
        }
        take_out(mappings, item, false, &placeholder);
        json_array_set_new(value, i, placeholder);
    }
}

/* #{AWS::Region} to ${AWS::Region}; whether there was any. */
static bool replace_pseudo_parameters(GString *text)
{
    bool replaced = false;

    for (gsize at = 0; at + 1 < text->len; at++) {
        const char *end;

        if (text->str[at] != '#' || text->str[at + 1] != '{')
            continue;
        end = strchr(text->str + at, '}');
        if (!end)
            break;
        if (end == text->str + at + 2)
            continue;
        text->str[at] = '$';
        replaced = true;
    }
    return replaced;
}

static void replace_mapping(Compilation *compilation, GString *text, json_t *parameters,
                            const Mapping *mapping)
{
    json_t *translated = step_functions_translate(compilation, mapping->value);
    const char *function = step_functions_function_name(compilation, translated);
    g_autofree char *name =
        g_strndup(mapping->placeholder + 2, strlen(mapping->placeholder) - strlen("${}"));

    if (function) {
        /* by its name and not by reference, as a Ref gives no ARN */
        g_autofree char *arn = g_strdup_printf("arn:${AWS::Partition}:lambda:${AWS::Region}:"
                                               "${AWS::AccountId}:function:%s",
                                               function);

        g_string_replace(text, mapping->placeholder, arn, 0);
        json_decref(translated);
    } else {
        json_object_set_new(parameters, name, translated);
    }
}

static const char *version_of(Compilation *compilation, const char *function_id)
{
    const char *id;
    json_t *resource;

    json_object_foreach(
        compilation->resources, id,
        resource) if (g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                                "AWS::Lambda::Version") == 0 &&
                      g_strcmp0(
                          json_string_value(pointer_get(resource, "/Properties/FunctionName/Ref")),
                          function_id) == 0) return id;
    return NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A version that changes with the function's layers, which its own id does not tell. */
static char *version_with_layers(Compilation *compilation, const char *version, json_t *layers)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *joined = NULL, *digest = NULL, *id = NULL;
    json_t *layer;
    size_t i;

    json_array_foreach(layers, i, layer)
        g_ptr_array_add(texts, json_is_string(layer) ? g_strdup(json_string_value(layer))
                                                     : json_text(layer, JSON_TEXT_COMPACT));
    g_ptr_array_sort(texts, compare_texts);
    g_ptr_array_add(texts, NULL);
    joined = g_strjoinv(",", (char **)texts->pdata);
    digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, joined, -1);
    id = g_strdup_printf("%sL%.8s", version, digest);
    if (!json_object_get(compilation->resources, id))
        json_object_set_new(compilation->resources, id,
                            json_deep_copy(json_object_get(compilation->resources, version)));
    return g_steal_pointer(&id);
}

/* References to functions become references to the versions published now. */
static void use_versions(Compilation *compilation, json_t *parameters)
{
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(parameters, next, name, value)
    {
        const char *reference = json_string_value(json_object_get(value, "Ref")),
                   *function = reference ? reference
                                         : json_string_value(json_array_get(
                                               json_object_get(value, "Fn::GetAtt"), 0)),
                   *version;
        json_t *resource = function ? json_object_get(compilation->resources, function) : NULL,
               *layers = pointer_get(resource, "/Properties/Layers");
        g_autofree char *layered = NULL;

        version = g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                            "AWS::Lambda::Function") == 0
                      ? version_of(compilation, function)
                      : NULL;
        if (!version)
            continue;
        if (json_array_size(layers))
            layered = version_with_layers(compilation, version, layers);
        json_object_set_new(parameters, name, json_ref(layered ? layered : version));
    }
}

static json_t *substitution(Compilation *compilation, const StateMachine *machine, GString *text,
                            const GArray *mappings)
{
    const bool exact = json_is_true(json_object_get(machine->config, "useExactVersion"));
    json_t *parameters = json_object();

    for (guint i = 0; i < mappings->len; i++) {
        const Mapping *mapping = &g_array_index(mappings, Mapping, i);
        g_autofree char *quoted = g_strdup_printf("\"%s\"", mapping->placeholder);

        if (mapping->is_number)
            g_string_replace(text, quoted, mapping->placeholder, 0);
    }
    for (guint i = 0; i < mappings->len; i++)
        replace_mapping(compilation, text, parameters, &g_array_index(mappings, Mapping, i));
    if (exact)
        use_versions(compilation, parameters);
    if (exact || json_object_size(parameters))
        return json_pack("{s:[s,o]}", "Fn::Sub", text->str, parameters);
    json_decref(parameters);
    return json_pack("{s:s}", "Fn::Sub", text->str);
}

/* A definition that is a text already goes out as JSON writes that text, without its line ends. */
static json_t *written_as_text(json_t *definition)
{
    g_autofree char *quoted = json_text(definition, JSON_TEXT_COMPACT);
    g_autoptr(GString) text = g_string_new(quoted);

    g_string_replace(text, "\\n", "", 0);
    g_string_replace(text, "\\r", "", 0);
    return json_string(text->str);
}

json_t *step_functions_definition(Compilation *compilation, const StateMachine *machine)
{
    json_t *written = json_object_get(machine->config, "definition"), *definition, *result;
    g_autoptr(GArray) mappings = g_array_new(FALSE, FALSE, sizeof(Mapping));
    g_autofree char *indented = NULL;
    g_autoptr(GString) text = NULL;
    bool replaced;

    if (json_is_string(written) &&
        js_is_truthy(pointer_get(compilation->config, "/stepFunctions/validate")))
        step_functions_validate(compilation, machine, written);
    if (json_is_string(written))
        return written_as_text(written);
    g_array_set_clear_func(mappings, mapping_clear);
    definition = json_deep_copy(written);
    js_order_keys(definition);
    if (js_is_truthy(pointer_get(compilation->config, "/stepFunctions/validate")))
        step_functions_validate(compilation, machine, definition);
    if (json_is_true(json_object_get(machine->config, "configureTaskTimeouts")))
        step_functions_configure_timeouts(compilation, machine, definition);
    take_out_all(mappings, definition, 0);
    indented = json_text(definition, JSON_TEXT_INDENT);
    text = g_string_new(indented);
    json_decref(definition);
    replaced = replace_pseudo_parameters(text);
    if (!replaced && mappings->len == 0)
        result = json_string(text->str);
    else
        result = substitution(compilation, machine, text, mappings);
    return result;
}
