#include "tests/aws/cloudformation/change_set_compare.h"
#include "config/json_text.h"
#include "tests/aws/cloudformation/change_set_details.h"
#include "tests/aws/cloudformation/drift.h"
#include "tests/aws/cloudformation/evaluation.h"
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

static void set_context(json_t *change, const char *name, json_t *properties)
{
    json_auto_t *context = json_object();
    g_autofree char *text = NULL;

    json_object_set(context, "Properties", properties);
    text = json_text(context, JSON_TEXT_COMPACT);
    json_set_text(change, name, text);
}

static json_t *change_new(const char *action, const char *logical_id, const char *physical_id,
                          const char *type)
{
    json_t *change = json_object();

    json_set_text(change, "Action", action);
    json_set_text(change, "LogicalResourceId", logical_id);
    json_set_text(change, "PhysicalResourceId", physical_id);
    json_set_text(change, "ResourceType", type);
    return change;
}

static json_t *addition(Comparison *comparison, const char *logical_id, json_t *definition,
                        json_t *properties)
{
    const char *type = json_text_of(definition, "Type");
    LiveOwner owner = {comparison->stack->region,
                       comparison->stack->id,
                       comparison->stack->name,
                       logical_id,
                       0,
                       0};
    const Live *existing =
        comparison->change_set->import_existing ? live_find_named(&owner, type, properties) : NULL;
    bool import = existing != NULL && existing->stack_id == NULL;
    json_t *change = change_new(import ? "Import" : "Add", logical_id,
                                import ? existing->physical_id : NULL, type);

    json_object_set_new(change, "Scope", json_array());
    json_object_set_new(change, "Details", json_array());
    set_context(change, "AfterContext", properties);
    return change;
}

static json_t *recreation(const StackResource *record, json_t *properties)
{
    json_t *change = change_new("Add", record->logical_id, NULL, record->type);

    json_set_text(change, "ResourceDriftStatus", "DELETED");
    json_object_set_new(change, "Scope", json_array());
    json_object_set_new(change, "Details", json_array());
    set_context(change, "PreviousDeploymentContext", record->properties);
    set_context(change, "AfterContext", properties);
    return change;
}

static json_t *removal(const StackResource *record)
{
    json_t *change = change_new("Remove", record->logical_id, record->physical_id, record->type);

    json_set_text(change, "PolicyAction",
                  policy_retains(record->definition, "DeletionPolicy", false, false) ? "Retain"
                                                                                     : "Delete");
    json_object_set_new(change, "Scope", json_array());
    json_object_set_new(change, "Details", json_array());
    set_context(change, "BeforeContext", record->properties);
    return change;
}

/* True, False or Conditional, by the details. */
static const char *replacement_of(json_t *details)
{
    bool conditional = false;
    size_t i = 0;
    json_t *detail = NULL;

    json_array_foreach(details, i, detail)
    {
        json_t *target = json_object_get(detail, "Target");
        const char *recreation = json_text_of(target, "RequiresRecreation");
        bool fixed = g_strcmp0(json_text_of(detail, "Evaluation"), "Static") == 0;

        if (g_strcmp0(recreation, "Always") == 0 && fixed)
            return "True";
        conditional = conditional || g_strcmp0(recreation, "Always") == 0 ||
                      g_strcmp0(recreation, "Conditionally") == 0;
    }
    return conditional ? "Conditional" : "False";
}

static json_t *scope_of(json_t *details)
{
    json_t *scope = json_array();
    size_t i = 0, at = 0;
    json_t *detail = NULL, *known = NULL;

    json_array_foreach(details, i, detail)
    {
        const char *attribute = json_text_of(json_object_get(detail, "Target"), "Attribute");
        bool there = false;

        json_array_foreach(scope, at, known) there =
            there || g_strcmp0(json_string_value(known), attribute) == 0;
        if (!there)
            json_array_append_new(scope, json_string(attribute));
    }
    return scope;
}

static json_t *modification(const StackResource *record, json_t *before, json_t *properties,
                            json_t *details, json_t *definition)
{
    const char *replacement = replacement_of(details);
    json_t *change = change_new("Modify", record->logical_id, record->physical_id, record->type);

    if (strcmp(replacement, "False") != 0)
        json_set_text(change, "PolicyAction",
                      policy_retains(definition, "UpdateReplacePolicy", false, false)
                          ? "ReplaceAndRetain"
                          : "ReplaceAndDelete");
    json_set_text(change, "Replacement", replacement);
    json_object_set_new(change, "Scope", scope_of(details));
    json_object_set(change, "Details", details);
    set_context(change, "BeforeContext", before);
    set_context(change, "AfterContext", properties);
    return change;
}

/* What a drift-aware change set adds to a change: how the resource stands to its last deployment.
 */
static void add_drift(json_t *change, const StackResource *record, const char *status)
{
    json_set_text(change, "ResourceDriftStatus", status);
    json_object_set_new(change, "ResourceDriftIgnoredAttributes",
                        details_ignored_attributes(record));
    set_context(change, "PreviousDeploymentContext", record->properties);
}

static json_t *compare_drifted(Comparison *comparison, const StackResource *record,
                               json_t *definition, json_t *properties)
{
    const Live *live = live_find(comparison->stack->region, record->type, record->physical_id);
    json_auto_t *details = NULL;
    g_autofree char *status = NULL;
    json_t *change = NULL;

    if (live == NULL)
        return recreation(record, properties);
    status = drift_status_of(comparison->stack, record);
    details = details_of_drifted(comparison, record, live, definition, properties);
    if (json_array_size(details) == 0 && !details_are_synced(record, live, properties))
        return NULL;
    change = modification(record, live->properties, properties, details, definition);
    if (json_array_size(details) == 0) {
        json_set_text(change, "Action", "SyncWithActual");
        json_object_del(change, "Replacement");
    }
    add_drift(change, record, status);
    return change;
}

static bool compare_resource(Comparison *comparison, const char *logical_id, GError **error)
{
    json_t *definition =
        json_object_get(comparison->evaluation.evaluation.template->resources, logical_id);
    const char *type = json_text_of(definition, "Type");
    const StackResource *record = g_hash_table_lookup(comparison->stack->resources, logical_id);
    json_auto_t *predicted = stack_predict_properties(&comparison->evaluation, logical_id, error);
    json_auto_t *properties = NULL;
    json_auto_t *details = NULL;
    json_t *change = NULL;

    if (predicted == NULL)
        return false;
    properties = live_properties_coerced(type, predicted);
    if (record == NULL || record->physical_id == NULL) {
        change = addition(comparison, logical_id, definition, properties);
    } else if (strcmp(record->type, type) != 0) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Update of resource type is not permitted. The new template modifies resource "
                    "type of the following resources: [%s]",
                    logical_id);
        return false;
    } else if (comparison->change_set->revert_drift) {
        change = compare_drifted(comparison, record, definition, properties);
    } else {
        details = details_of(comparison, record, definition, properties);
        if (json_array_size(details) > 0)
            change = modification(record, record->properties, properties, details, definition);
    }
    if (change == NULL)
        return true;
    g_hash_table_add(comparison->changed, g_strdup(logical_id));
    if (g_strcmp0(json_text_of(change, "Action"), "Add") == 0 ||
        g_strcmp0(json_text_of(change, "Replacement"), "True") == 0)
        g_hash_table_add(comparison->evaluation.unknown, g_strdup(logical_id));
    json_object_set_new(comparison->changes, logical_id, change);
    return true;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *sorted_changes(json_t *changes)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    json_t *list = json_array();
    const char *key = NULL;
    json_t *change = NULL;

    json_object_foreach(changes, key, change) g_ptr_array_add(names, (void *)key);
    g_ptr_array_sort(names, compare_text);
    for (guint i = 0; i < names->len; i++)
        json_array_append(list, json_object_get(changes, names->pdata[i]));
    return list;
}

/* Outputs can change without any resource. */
static bool outputs_differ(const Stack *stack, const Template *template)
{
    return stack->deployed.template == NULL ||
           !json_equal(stack->deployed.template->outputs, template->outputs);
}

static void set_stack_drift(ChangeSet *change_set)
{
    bool drifted = false;
    size_t i = 0;
    json_t *change = NULL;

    json_array_foreach(change_set->changes, i, change)
    {
        const char *status = json_text_of(change, "ResourceDriftStatus");

        drifted =
            drifted || g_strcmp0(status, "MODIFIED") == 0 || g_strcmp0(status, "DELETED") == 0;
    }
    text_replace(&change_set->stack_drift_status, drifted ? "DRIFTED" : "IN_SYNC");
}

static bool outputs_evaluable(Comparison *comparison, GError **error)
{
    const char *key = NULL;
    json_t *definition = NULL;

    json_object_foreach(comparison->evaluation.evaluation.template->outputs, key, definition)
    {
        bool active = false;
        json_auto_t *value = NULL;

        if (!evaluation_is_active(&comparison->evaluation.evaluation, definition, &active, error))
            return false;
        if (!active)
            continue;
        value = evaluate(&comparison->evaluation.evaluation, json_object_get(definition, "Value"),
                         error);
        if (value == NULL)
            return false;
    }
    return true;
}

static bool compare_all(Comparison *comparison, GPtrArray *order, GError **error)
{
    g_autoptr(GHashTable) active = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) records = stack_resources_sorted(comparison->stack);

    for (guint i = 0; i < order->len; i++) {
        g_hash_table_add(active, order->pdata[i]);
        if (!compare_resource(comparison, order->pdata[i], error))
            return false;
    }
    for (guint i = 0; i < records->len; i++) {
        const StackResource *record = records->pdata[i];

        if (!g_hash_table_contains(active, record->logical_id))
            json_object_set_new(comparison->changes, record->logical_id, removal(record));
    }
    return outputs_evaluable(comparison, error);
}

bool change_set_compare(ChangeSet *change_set, bool *ret_empty, GError **error)
{
    Comparison comparison = {0};
    g_autoptr(GPtrArray) order = NULL;
    Stack *stack = change_set->stack;
    bool good = false;

    comparison.change_set = change_set;
    comparison.stack = stack;
    comparison.changes = json_object();
    comparison.changed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    comparison.tags_differ = stack->deployed.template != NULL &&
                             !json_equal(stack->deployed.tags, change_set->deployment.tags);
    stack_evaluation_init(&comparison.evaluation, stack, &change_set->deployment);
    comparison.evaluation.unknown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    comparison.evaluation.ref_quirk = change_set->revert_drift;
    order = resources_in_order(&comparison.evaluation.evaluation, error);
    good = order != NULL && compare_all(&comparison, order, error);
    if (good) {
        json_decref(change_set->changes);
        change_set->changes = sorted_changes(comparison.changes);
        *ret_empty = json_array_size(change_set->changes) == 0 &&
                     !outputs_differ(stack, change_set->deployment.template);
        if (change_set->revert_drift)
            set_stack_drift(change_set);
    }
    g_hash_table_unref(comparison.evaluation.unknown);
    g_hash_table_unref(comparison.changed);
    stack_evaluation_clear(&comparison.evaluation);
    json_decref(comparison.changes);
    return good;
}
