#include "reconcile/compile/javascript.h"
#include "reconcile/compile/merge.h"
#include "reconcile/compile/parts.h"
#include <string.h>

static void add_exports(Compilation *compilation)
{
    const char *key;
    json_t *output;

    json_object_foreach(compilation->outputs, key, output)
    {
        g_autofree char *name =
            g_strjoin("-", "sls", compilation->service, compilation->stage, key, NULL);

        if (!js_is_truthy(json_object_get(output, "Export")))
            json_object_set_new(output, "Export", json_pack("{s:s}", "Name", name));
    }
}

/* Who wrote a resource made it; who only changed one did not. */
static void note_makers(Compilation *compilation, json_t *resources)
{
    const char *id;
    json_t *resource;

    json_object_foreach(json_object_get(resources, "Resources"), id, resource)
    {
        GString *pointer = g_string_new("/resources/Resources");

        pointer_append(pointer, id);
        if (!json_object_get(compilation->resources, id))
            g_hash_table_replace(compilation->makers, g_strdup(id), g_strdup(pointer->str));
        g_string_free(pointer, TRUE);
    }
}

static void extension_problem(Compilation *compilation, const char *id, const char *attribute,
                              const char *hint, const char *message)
{
    g_autoptr(GString) pointer = g_string_new("/resources/extensions");

    pointer_append(pointer, id);
    if (attribute)
        pointer_append(pointer, attribute);
    compilation_problem(compilation, PROBLEM_ERROR, pointer->str, hint, "extension of %s: %s", id,
                        message);
}

static void assign(json_t *resource, const char *attribute, json_t *value)
{
    json_t *present = json_object_get(resource, attribute);

    if (!js_is_truthy(present)) {
        present = json_object();
        json_object_set_new(resource, attribute, present);
    }
    if (json_is_object(value))
        json_object_update(present, value);
}

static void append_dependencies(json_t *resource, json_t *value)
{
    json_t *present = json_object_get(resource, "DependsOn");

    if (!js_is_truthy(present))
        json_object_set_new(resource, "DependsOn", json_array());
    else if (json_is_string(present))
        json_object_set_new(resource, "DependsOn", json_pack("[O]", present));
    present = json_object_get(resource, "DependsOn");
    if (json_is_array(value))
        json_array_extend(present, value);
    else if (js_is_present(value))
        json_array_append(present, value);
}

static void extend_attribute(Compilation *compilation, const char *id, json_t *resource,
                             const char *attribute, json_t *value)
{
    static const char *const replaced[] = {"Condition", "CreationPolicy", "DeletionPolicy",
                                           "UpdatePolicy", "UpdateReplacePolicy"};

    for (size_t i = 0; i < G_N_ELEMENTS(replaced); i++)
        if (strcmp(attribute, replaced[i]) == 0) {
            json_object_set(resource, attribute, value);
            return;
        }
    if (strcmp(attribute, "Properties") == 0 || strcmp(attribute, "Metadata") == 0) {
        assign(resource, attribute, value);
    } else if (strcmp(attribute, "DependsOn") == 0) {
        append_dependencies(resource, value);
    } else {
        g_autofree char *message = g_strdup_printf("%s cannot be extended", attribute);

        extension_problem(
            compilation, id, attribute,
            "Condition, CreationPolicy, DeletionPolicy, DependsOn, Metadata, Properties, "
            "UpdatePolicy and UpdateReplacePolicy can",
            message);
    }
}

static void apply_extensions(Compilation *compilation, json_t *extensions)
{
    const char *id, *attribute;
    json_t *extension, *value;

    json_object_foreach(extensions, id, extension)
    {
        json_t *resource = json_object_get(compilation->resources, id);

        if (!json_is_object(resource) && json_object_size(extension) > 0) {
            extension_problem(compilation, id, NULL, "see the names with `driftless compile`",
                              "the template has no such resource");
            continue;
        }
        json_object_foreach(extension, attribute, value)
            extend_attribute(compilation, id, resource, attribute, value);
    }
}

/* Takes null members out of objects at every depth; items of arrays stay, as their index counts. */
static void strip_nulls(json_t *value)
{
    const char *key;
    json_t *item;
    void *next;
    size_t i;

    json_object_foreach_safe(value, next, key, item) if (json_is_null(item))
        json_object_del(value, key);
    else strip_nulls(item);
    json_array_foreach(value, i, item) strip_nulls(item);
}

static void check_resource(Compilation *compilation, const char *id, json_t *resource)
{
    g_autoptr(GString) pointer = NULL;

    if (json_is_string(json_object_get(resource, "Type")))
        return;
    pointer = g_string_new("/resources/Resources");
    pointer_append(pointer, id);
    if (!json_is_object(resource))
        compilation_problem(compilation, PROBLEM_ERROR, pointer->str,
                            "give it a Type and Properties", "resource %s is not a map", id);
    else
        compilation_problem(compilation, PROBLEM_ERROR, pointer->str, "add Type: AWS::…",
                            "resource %s has no Type", id);
}

static void finish_resources(Compilation *compilation)
{
    const char *id;
    json_t *resource;

    if (!json_is_object(compilation->resources))
        compilation_problem(compilation, PROBLEM_ERROR, "/resources/Resources", NULL,
                            "resources.Resources must be a map");
    json_object_foreach(compilation->resources, id, resource)
    {
        json_t *properties = json_object_get(resource, "Properties");

        check_resource(compilation, id, resource);
        if (js_is_truthy(properties))
            strip_nulls(properties);
        else
            json_object_del(resource, "Properties");
    }
}

void compile_resources(Compilation *compilation)
{
    json_t *written = json_object_get(compilation->config, "resources");
    json_t *rest;

    add_exports(compilation);
    if (json_is_object(written)) {
        rest = json_copy(written);
        json_object_del(rest, "extensions");
        if (json_is_null(json_object_get(rest, "Resources")))
            json_object_del(rest, "Resources");
        if (json_is_null(json_object_get(rest, "Outputs")))
            json_object_del(rest, "Outputs");
        note_makers(compilation, written);
        merge_values(compilation->template, rest);
        json_decref(rest);
        compilation->resources = json_object_get(compilation->template, "Resources");
        compilation->outputs = json_object_get(compilation->template, "Outputs");
        apply_extensions(compilation, json_object_get(written, "extensions"));
    }
    finish_resources(compilation);
}
