#include "tests/aws/cloudformation/change_set_details.h"
#include "config/document.h"
#include "config/json_text.h"
#include "tests/aws/cloudformation/difference.h"
#include "tests/aws/template/functions.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

/* Where a property's new value comes from. */
typedef struct {
    const char *source, *evaluation;
    char *entity;
} Cause;

/* A value as Before/AfterValue show it: strings as they are, all else as JSON. (transfer full) */
static char *value_text(json_t *value)
{
    if (value == NULL)
        return NULL;
    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    return json_text(value, JSON_TEXT_COMPACT);
}

static const char *recreation_of(unsigned flags)
{
    if ((flags & PROPERTY_CREATE_ONLY) != 0)
        return "Always";
    return (flags & PROPERTY_CONDITIONAL_CREATE_ONLY) != 0 ? "Conditionally" : "Never";
}

/* "/Environment/Variables/LOG" to "Environment". (transfer full) */
static char *top_of(const char *path)
{
    const char *slash = strchr(path + 1, '/');

    return slash != NULL ? g_strndup(path + 1, (size_t)(slash - path - 1)) : g_strdup(path + 1);
}

static json_t *detail_new(const Difference *difference, const char *type, const Cause *cause)
{
    json_t *detail = json_object(), *target = json_object();
    g_autofree char *name = top_of(difference->path);
    g_autofree char *before = value_text(difference->before);
    g_autofree char *after = value_text(difference->after);
    g_autofree char *path = g_strconcat("/Properties", difference->path, NULL);
    bool tags = strcmp(name, "Tags") == 0;

    json_set_text(target, "Attribute", tags ? "Tags" : "Properties");
    if (!tags)
        json_set_text(target, "Name", name);
    json_set_text(target, "RequiresRecreation",
                  recreation_of(difference_flags(type, difference->path)));
    json_set_text(target, "Path", path);
    json_set_text(target, "BeforeValue", before);
    json_set_text(target, "AfterValue", after);
    json_set_text(target, "AttributeChangeType",
                  before == NULL  ? "Add"
                  : after == NULL ? "Remove"
                                  : "Modify");
    json_object_set_new(detail, "Target", target);
    json_set_text(detail, "Evaluation", cause->evaluation);
    json_set_text(detail, "ChangeSource", cause->source);
    json_set_text(detail, "CausingEntity", cause->entity);
    return detail;
}

static json_t *property_expression(json_t *definition, const char *name)
{
    return json_object_get(json_object_get(definition, "Properties"), name);
}

/* Why a top-level property changes whose text in the template may be the same. */
static void cause_of(Comparison *comparison, const StackResource *record, json_t *definition,
                     const char *name, Cause *ret)
{
    json_t *new_text = property_expression(definition, name);
    json_t *old_text = property_expression(record->definition, name);
    g_autoptr(GPtrArray) references = NULL;

    *ret = (Cause){"DirectModification", "Static", NULL};
    if (new_text == NULL || !json_equal(new_text, old_text))
        return;
    references = references_of(new_text, &comparison->evaluation.evaluation);
    for (guint i = 0; i < references->len; i++) {
        const Reference *reference = references->pdata[i];
        json_t *now =
            json_object_get(comparison->change_set->deployment.parameters.values, reference->name);
        json_t *before =
            json_object_get(comparison->stack->deployed.parameters.values, reference->name);

        if (now != NULL && !(before != NULL && json_equal(now, before))) {
            *ret = (Cause){"ParameterReference", "Static", g_strdup(reference->name)};
            return;
        }
        if (g_hash_table_contains(comparison->changed, reference->name)) {
            *ret = (Cause){reference->attribute != NULL ? "ResourceAttribute" : "ResourceReference",
                           "Dynamic",
                           reference->attribute != NULL
                               ? g_strdup_printf("%s.%s", reference->name, reference->attribute)
                               : g_strdup(reference->name)};
            return;
        }
    }
    ret->source = comparison->change_set->revert_drift ? "NoModification" : "DirectModification";
}

/* Attributes of resources that change may change too: CloudFormation lists who asks for them. */
static void add_attribute_references(Comparison *comparison, const StackResource *record,
                                     json_t *definition, json_t *details, GHashTable *named)
{
    const char *name = NULL;
    json_t *expression = NULL;

    json_object_foreach(json_object_get(definition, "Properties"), name, expression)
    {
        g_autoptr(GPtrArray) references =
            references_of(expression, &comparison->evaluation.evaluation);

        if (g_hash_table_contains(named, name))
            continue;
        for (guint i = 0; i < references->len; i++) {
            const Reference *reference = references->pdata[i];
            g_autofree char *path = g_strconcat("/", name, NULL);
            Difference difference = {path, json_object_get(record->properties, name), NULL};
            Cause cause = {"ResourceAttribute", "Dynamic", NULL};
            json_t *detail = NULL;

            if (reference->attribute == NULL ||
                !g_hash_table_contains(comparison->changed, reference->name))
                continue;
            cause.entity = g_strdup_printf("%s.%s", reference->name, reference->attribute);
            difference.after = difference.before;
            detail = detail_new(&difference, record->type, &cause);
            json_array_append_new(details, detail);
            g_free(cause.entity);
            break;
        }
    }
}

/* Changes of a resource's other members: Metadata, policies. */
static void add_attribute_changes(const StackResource *record, json_t *definition, json_t *details)
{
    static const char *const attributes[] = {"Metadata", "CreationPolicy", "UpdatePolicy",
                                             "DeletionPolicy", "UpdateReplacePolicy"};

    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        json_t *before = json_object_get(record->definition, attributes[i]);
        json_t *after = json_object_get(definition, attributes[i]);
        json_t *target = NULL, *detail = NULL;
        g_autofree char *path = g_strconcat("/", attributes[i], NULL);
        g_autofree char *before_text = value_text(before);
        g_autofree char *after_text = value_text(after);

        if ((before == NULL && after == NULL) ||
            (before != NULL && after != NULL && json_equal(before, after)))
            continue;
        target = json_object();
        detail = json_object();
        json_set_text(target, "Attribute", attributes[i]);
        json_set_text(target, "RequiresRecreation", "Never");
        json_set_text(target, "Path", path);
        json_set_text(target, "BeforeValue", before_text);
        json_set_text(target, "AfterValue", after_text);
        json_set_text(target, "AttributeChangeType",
                      before == NULL  ? "Add"
                      : after == NULL ? "Remove"
                                      : "Modify");
        json_object_set_new(detail, "Target", target);
        json_set_text(detail, "Evaluation", "Static");
        json_set_text(detail, "ChangeSource", "DirectModification");
        json_array_append_new(details, detail);
    }
}

/* The stack's own tags go to every resource that takes tags. */
static void add_stack_tags(Comparison *comparison, const StackResource *record, json_t *details)
{
    const ResourceType *schema = resource_type_find(record->type);
    Property property;
    json_t *detail = NULL, *target = NULL;

    if (!comparison->tags_differ || schema == NULL ||
        !resource_type_property(schema, "Tags", &property))
        return;
    detail = json_object();
    target = json_object();
    json_set_text(target, "Attribute", "Tags");
    json_set_text(target, "RequiresRecreation", "Never");
    json_object_set_new(detail, "Target", target);
    json_set_text(detail, "Evaluation", "Static");
    json_set_text(detail, "ChangeSource", "DirectModification");
    json_array_append_new(details, detail);
}

json_t *details_of(Comparison *comparison, const StackResource *record, json_t *definition,
                   json_t *properties)
{
    g_autoptr(GPtrArray) differences = differences_between(record->properties, properties);
    g_autoptr(GHashTable) named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_t *details = json_array();

    for (guint i = 0; i < differences->len; i++) {
        const Difference *difference = differences->pdata[i];
        g_autofree char *name = top_of(difference->path);
        Cause cause;

        cause_of(comparison, record, definition, name, &cause);
        json_array_append_new(details, detail_new(difference, record->type, &cause));
        g_free(cause.entity);
        g_hash_table_add(named, g_steal_pointer(&name));
    }
    add_attribute_references(comparison, record, definition, details, named);
    add_attribute_changes(record, definition, details);
    add_stack_tags(comparison, record, details);
    return details;
}

/* Marks where a drift-aware detail's values come from, and what drifted. */
static void add_drift(json_t *detail, const Difference *difference, json_t *deployed)
{
    json_t *target = json_object_get(detail, "Target");
    json_t *before = pointer_get(deployed, difference->path);
    bool drifted =
        !(before != NULL && difference->before != NULL ? json_equal(before, difference->before)
                                                       : before == difference->before);

    json_set_text(target, "BeforeValueFrom",
                  drifted ? "ACTUAL_STATE" : "PREVIOUS_DEPLOYMENT_STATE");
    json_set_text(target, "AfterValueFrom", "TEMPLATE");
    if (drifted) {
        json_t *drift = json_object();
        g_autofree char *previous = value_text(before);
        g_autofree char *actual = value_text(difference->before);

        json_set_text(drift, "PreviousValue", previous);
        json_set_text(drift, "ActualValue", actual);
        json_set_time(drift, "DriftDetectionTimestamp", double_now_ms());
        json_object_set_new(target, "Drift", drift);
    }
}

/* Puts the write-only members of `deployed` into `actual`: they cannot be read, so they count as
 * they were deployed. */
static void overlay_write_only(const ResourceType *schema, GString *path, json_t *deployed,
                               json_t *actual)
{
    size_t length = path->len;
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(deployed, key, value)
    {
        Property property;
        json_t *there = json_object_get(actual, key);

        g_string_append_printf(path, "%s%s", length > 0 ? "/" : "", key);
        if (resource_type_property(schema, path->str, &property) &&
            (property.flags & PROPERTY_WRITE_ONLY) != 0)
            json_object_set(actual, key, value);
        else if (json_is_object(value) && json_is_object(there))
            overlay_write_only(schema, path, value, there);
        g_string_truncate(path, length);
    }
}

/* Top-level members of what is there that the template speaks of, now or when it was last deployed;
 * write-only ones as they were deployed. A new reference. */
static json_t *comparable_actual(const StackResource *record, const Live *live, json_t *properties)
{
    const ResourceType *schema = resource_type_find(record->type);
    json_auto_t *readable = readable_properties(record->type, live->properties);
    g_autoptr(GString) path = g_string_new(NULL);
    json_t *actual = json_object();
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(readable, key, value)
    {
        if (json_object_get(properties, key) != NULL ||
            json_object_get(record->properties, key) != NULL)
            json_object_set(actual, key, value);
    }
    if (schema != NULL)
        overlay_write_only(schema, path, record->properties, actual);
    return actual;
}

json_t *details_of_drifted(Comparison *comparison, const StackResource *record, const Live *live,
                           json_t *definition, json_t *properties)
{
    json_auto_t *actual = comparable_actual(record, live, properties);
    g_autoptr(GPtrArray) differences = differences_between(actual, properties);
    json_t *details = json_array();

    for (guint i = 0; i < differences->len; i++) {
        const Difference *difference = differences->pdata[i];
        g_autofree char *name = top_of(difference->path);
        json_t *wanted_before = pointer_get(record->properties, difference->path);
        bool untouched = wanted_before != NULL && difference->after != NULL &&
                         json_equal(wanted_before, difference->after);
        json_t *detail = NULL;
        Cause cause;

        /* What cannot be changed in place is not reconciled. */
        if (untouched &&
            (difference_flags(record->type, difference->path) & PROPERTY_CREATE_ONLY) != 0)
            continue;
        cause_of(comparison, record, definition, name, &cause);
        detail = detail_new(difference, record->type, &cause);
        add_drift(detail, difference, record->properties);
        json_array_append_new(details, detail);
        g_free(cause.entity);
    }
    add_attribute_changes(record, definition, details);
    return details;
}

bool details_are_synced(const StackResource *record, const Live *live, json_t *properties)
{
    json_auto_t *actual = comparable_actual(record, live, properties);

    return json_equal(actual, properties) && !json_equal(record->properties, properties);
}

static void add_write_only(json_t *list, const ResourceType *schema, GString *path, json_t *value)
{
    size_t length = path->len;
    const char *key = NULL;
    json_t *item = NULL;

    json_object_foreach(value, key, item)
    {
        Property property;

        g_string_append_printf(path, "%s%s", length > 0 ? "/" : "", key);
        if (resource_type_property(schema, path->str, &property) &&
            (property.flags & PROPERTY_WRITE_ONLY) != 0) {
            json_t *entry = json_object();

            json_set_format(entry, "Path", "/Properties/%s", path->str);
            json_set_text(entry, "Reason", "WRITE_ONLY_PROPERTY");
            json_array_append_new(list, entry);
        } else {
            add_write_only(list, schema, path, item);
        }
        g_string_truncate(path, length);
    }
}

json_t *details_ignored_attributes(const StackResource *record)
{
    const ResourceType *schema = resource_type_find(record->type);
    json_t *list = json_array();
    g_autoptr(GString) path = g_string_new(NULL);

    if (schema != NULL)
        add_write_only(list, schema, path, record->properties);
    return list;
}
