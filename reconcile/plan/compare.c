#include "config/document.h"
#include "reconcile/plan/change.h"
#include "reconcile/plan/template_reference.h"
#include <string.h>

G_DEFINE_QUARK(driftless - plan - error, plan_error)

#define NO_ECHO_TEXT "****" /* what DescribeStacks shows of a NoEcho parameter */

typedef struct {
    ResourceChange *change;
    const char *type;
} Comparison;

static void compare_values(Comparison *comparison, const char *pointer, json_t *before,
                           json_t *after);

static void compare_below(Comparison *comparison, const char *pointer, const char *key,
                          json_t *before, json_t *after)
{
    g_autoptr(GString) below = g_string_new(pointer);

    pointer_append(below, key);
    compare_values(comparison, below->str, before, after);
}

static void compare_objects(Comparison *comparison, const char *pointer, json_t *before,
                            json_t *after)
{
    const char *key;
    json_t *value;

    json_object_foreach(after, key, value)
        compare_below(comparison, pointer, key, json_object_get(before, key), value);
    json_object_foreach(before, key, value)
    {
        if (!json_object_get(after, key))
            compare_below(comparison, pointer, key, value, NULL);
    }
}

/* What both share at the start and at the end is passed over, so that one inserted item is one
 * change. */
static void compare_arrays(Comparison *comparison, const char *pointer, json_t *before,
                           json_t *after)
{
    size_t old_size = json_array_size(before), new_size = json_array_size(after), start = 0,
           end = 0;

    while (start < MIN(old_size, new_size) &&
           json_equal(json_array_get(before, start), json_array_get(after, start)))
        start++;
    while (end < MIN(old_size, new_size) - start &&
           json_equal(json_array_get(before, old_size - 1 - end),
                      json_array_get(after, new_size - 1 - end)))
        end++;
    for (size_t i = start; i < MAX(old_size, new_size) - end; i++) {
        g_autoptr(GString) below = g_string_new(pointer);
        pointer_append_index(below, i);
        compare_values(comparison, below->str,
                       i < old_size - end ? json_array_get(before, i) : NULL,
                       i < new_size - end ? json_array_get(after, i) : NULL);
    }
}

static void compare_values(Comparison *comparison, const char *pointer, json_t *before,
                           json_t *after)
{
    if (before && after && json_equal(before, after))
        return;
    if (json_is_object(before) && json_is_object(after) && !value_is_function(before) &&
        !value_is_function(after)) {
        compare_objects(comparison, pointer, before, after);
        return;
    }
    if (json_is_array(before) && json_is_array(after)) {
        compare_arrays(comparison, pointer, before, after);
        return;
    }
    resource_change_add(comparison->change, pointer, before, after,
                        replacement_of_property(comparison->type, pointer, before, after));
}

static bool policy_keeps(json_t *resource, const char *attribute)
{
    const char *policy = json_string_value(json_object_get(resource, attribute));

    return policy && (strcmp(policy, "Retain") == 0 || strcmp(policy, "Snapshot") == 0 ||
                      strcmp(policy, "RetainExceptOnCreate") == 0);
}

static const char *type_of(json_t *resource)
{
    return json_string_value(json_object_get(resource, "Type"));
}

/* A change of one resource that is in both, or NULL when there is none. */
static ResourceChange *compare_resource(const char *id, json_t *before, json_t *after)
{
    ResourceChange *change = resource_change_new(CHANGE_MODIFY, id, type_of(after));
    Comparison comparison = {change, change->type};
    const char *key;
    json_t *value;

    if (strcmp(type_of(before), type_of(after)) != 0) {
        change->type_before = g_strdup(type_of(before));
        change->replacement = REPLACEMENT_ALWAYS;
    }
    json_object_foreach(after, key, value)
    {
        if (strcmp(key, "Type") != 0)
            compare_below(&comparison, "", key, json_object_get(before, key), value);
    }
    json_object_foreach(before, key, value)
    {
        if (!json_object_get(after, key))
            compare_below(&comparison, "", key, value, NULL);
    }
    change->retains_replaced = policy_keeps(before, "UpdateReplacePolicy");
    if (change->properties->len == 0 && !change->type_before)
        g_clear_pointer(&change, resource_change_free);
    return change;
}

static void compare_resources(Plan *plan, json_t *live, json_t *desired)
{
    const char *id;
    json_t *resource;

    json_object_foreach(desired, id, resource)
    {
        json_t *before = json_object_get(live, id);
        ResourceChange *change;
        if (before) {
            change = compare_resource(id, before, resource);
        } else {
            change = resource_change_new(CHANGE_ADD, id, type_of(resource));
            change->definition = json_incref(resource);
        }
        if (change)
            g_ptr_array_add(plan->resources, change);
    }
    json_object_foreach(live, id, resource)
    {
        if (json_object_get(desired, id))
            continue;
        ResourceChange *change = resource_change_new(
            policy_keeps(resource, "DeletionPolicy") ? CHANGE_RETAIN : CHANGE_REMOVE, id,
            type_of(resource));
        change->definition = json_incref(resource);
        g_ptr_array_add(plan->resources, change);
    }
}

static void section_change_free(gpointer pointer)
{
    SectionChange *change = pointer;

    g_free(change->name);
    json_decref(change->before);
    json_decref(change->after);
    g_free(change);
}

static SectionChange *section_add(Plan *plan, const char *section, const char *name, json_t *before,
                                  json_t *after)
{
    SectionChange *change = g_new0(SectionChange, 1);

    change->section = g_intern_string(section);
    change->name = g_strdup(name);
    change->before = json_incref(before);
    change->after = json_incref(after);
    g_ptr_array_add(plan->sections, change);
    return change;
}

void plan_add_setting(Plan *plan, const char *section, const char *name, json_t *before,
                      json_t *after)
{
    section_add(plan, section, name, before, after);
}

static void compare_section(Plan *plan, const char *section, json_t *before, json_t *after)
{
    const char *name;
    json_t *value;

    if (before && after && json_equal(before, after))
        return;
    if ((before && !json_is_object(before)) || (after && !json_is_object(after))) {
        section_add(plan, section, "", before, after);
        return;
    }
    json_object_foreach(after, name, value)
    {
        json_t *old = json_object_get(before, name);
        if (!old || !json_equal(old, value))
            section_add(plan, section, name, old, value);
    }
    json_object_foreach(before, name, value)
    {
        if (!json_object_get(after, name))
            section_add(plan, section, name, value, NULL);
    }
}

static void compare_sections(Plan *plan, json_t *live, json_t *desired)
{
    static const char *const sections[] = {"Description", "Metadata",  "Mappings", "Conditions",
                                           "Rules",       "Transform", "Outputs"};

    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++)
        compare_section(plan, sections[i], json_object_get(live, sections[i]),
                        json_object_get(desired, sections[i]));
}

/* What a parameter's value is: as given, else the template's default. Borrowed. */
static json_t *parameter_value(json_t *template, json_t *given, const char *name)
{
    json_t *value = json_object_get(given, name);

    return value ? value
                 : json_object_get(json_object_get(json_object_get(template, "Parameters"), name),
                                   "Default");
}

static json_t *parameter_lookup(const char *id, const char *attribute, void *data)
{
    return attribute ? NULL : json_incref(json_object_get(data, id));
}

static bool is_no_echo(json_t *template, const char *name)
{
    json_t *flag =
        json_object_get(json_object_get(json_object_get(template, "Parameters"), name), "NoEcho");

    return json_is_true(flag) || g_strcmp0(json_string_value(flag), "true") == 0;
}

/* Notes which parameters change, and gives what their references stand for on each side, so that
 * their change shows up as one of the properties that use them. */
static void compare_parameters(Plan *plan, json_t *live, json_t *desired, json_t *live_values,
                               json_t *desired_values, json_t *before, json_t *after)
{
    const char *name;
    json_t *definition;

    json_object_foreach(json_object_get(desired, "Parameters"), name, definition)
    {
        json_t *old = parameter_value(live, live_values, name);
        json_t *new = json_object_get(desired_values, name);
        if (!new)
            new = json_object_get(live_values, name) ? old : parameter_value(desired, NULL, name);
        if (g_strcmp0(json_string_value(old), NO_ECHO_TEXT) == 0 ||
            (old && new &&json_equal(old, new)))
            continue;
        if (!old && !new)
            continue;
        SectionChange *change = section_add(plan, "Parameters", name, old, new);
        change->secret = is_no_echo(desired, name);
        if (old && new && !change->secret) {
            json_object_set(before, name, old);
            json_object_set(after, name, new);
        }
    }
    json_object_foreach(json_object_get(live, "Parameters"), name, definition)
    {
        if (json_object_get(json_object_get(desired, "Parameters"), name))
            continue;
        json_t *old = parameter_value(live, live_values, name);
        section_add(plan, "Parameters", name, old ? old : definition, NULL)->secret =
            is_no_echo(live, name);
    }
}

static bool check_template(json_t *template, const char *which, GError **error)
{
    json_t *resources = json_object_get(template, "Resources"), *resource;
    const char *id;

    if (!json_is_object(resources)) {
        g_set_error(error, PLAN_ERROR, PLAN_ERROR_NOT_A_TEMPLATE,
                    "the %s template has no Resources", which);
        return false;
    }
    json_object_foreach(resources, id, resource)
    {
        if (!type_of(resource)) {
            g_set_error(error, PLAN_ERROR, PLAN_ERROR_NOT_A_TEMPLATE,
                        "resource %s of the %s template has no Type", id, which);
            return false;
        }
    }
    return true;
}

static Plan *plan_new(void)
{
    Plan *plan = g_new0(Plan, 1);

    plan->resources = g_ptr_array_new_with_free_func((GDestroyNotify)resource_change_free);
    plan->sections = g_ptr_array_new_with_free_func(section_change_free);
    return plan;
}

Plan *plan_compare(json_t *live_template, json_t *desired_template, json_t *live_parameters,
                   json_t *desired_parameters, GError **error)
{
    if ((live_template && !check_template(live_template, "live", error)) ||
        !check_template(desired_template, "desired", error))
        return NULL;

    Plan *plan = plan_new();
    json_t *before = json_object(), *after = json_object();
    plan->creates_stack = !live_template;
    if (live_template) {
        compare_parameters(plan, live_template, desired_template, live_parameters,
                           desired_parameters, before, after);
        compare_sections(plan, live_template, desired_template);
    }
    json_t *live = live_template ? template_substitute(json_object_get(live_template, "Resources"),
                                                       parameter_lookup, before)
                                 : NULL;
    json_t *desired = template_substitute(json_object_get(desired_template, "Resources"),
                                          parameter_lookup, after);
    compare_resources(plan, live, desired);
    replacement_propagate(plan->resources, live, desired);
    plan->hazards = hazards_find(plan->resources, live, desired);
    json_decref(live);
    json_decref(desired);
    json_decref(before);
    json_decref(after);
    return plan;
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->resources);
    g_ptr_array_unref(plan->sections);
    g_ptr_array_unref(plan->hazards);
    g_free(plan);
}
