/* The forward way: create, update, replace. */
#include "tests/aws/cloudformation/difference.h"
#include "tests/aws/cloudformation/evaluation.h"
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/resources/identity.h"
#include "tests/aws/wire/api_call.h"
#include "tests/aws/wire/faults.h"
#include <string.h>

void plan_provision(Stack *stack)
{
    Operation *operation = stack->operation;
    StackEvaluation evaluation;
    g_autoptr(GHashTable) tasks = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) order = NULL;
    GError *error = NULL;

    stack_evaluation_init(&evaluation, stack, &stack->deployed);
    order = resources_in_order(&evaluation.evaluation, &error);
    if (order == NULL) {
        operation->cause = g_strdup(error->message);
        g_error_free(error);
    }
    for (guint i = 0; order != NULL && i < order->len; i++) {
        const char *logical_id = order->pdata[i];
        json_t *definition = json_object_get(stack->deployed.template->resources, logical_id);
        g_autoptr(GPtrArray) dependencies =
            dependencies_of(stack->deployed.template, definition, &evaluation.evaluation);
        Task *task = task_add(operation, logical_id);

        g_hash_table_insert(tasks, (void *)logical_id, task);
        for (guint at = 0; at < dependencies->len; at++) {
            Task *other = g_hash_table_lookup(tasks, dependencies->pdata[at]);

            if (other != NULL)
                task_wait_for(task, other);
        }
    }
    stack_evaluation_clear(&evaluation);
}

/* Notes how the resource was, once for an operation (and for those that follow a failed one that
 * was not rolled back). */
static void remember(Stack *stack, const char *logical_id, const StackResource *record)
{
    Before *before = NULL;
    const Live *live = NULL;

    if (g_hash_table_contains(stack->operation->before, logical_id))
        return;
    before = g_new0(Before, 1);
    if (record != NULL) {
        before->record = stack_resource_copy(record);
        live = live_find(stack->region, record->type, record->physical_id);
        before->state = live != NULL ? live_state_of(live) : NULL;
    }
    g_hash_table_insert(stack->operation->before, g_strdup(logical_id), before);
}

static LiveOwner owner_of(Stack *stack, const char *logical_id)
{
    return (LiveOwner){stack->region, stack->id,           stack->name,
                       logical_id,    ++stack->made_count, stack->operation->now_ms};
}

static void take_live(StackResource *record, const Live *live)
{
    text_replace(&record->physical_id, live->physical_id);
    json_decref(record->attributes);
    record->attributes = json_deep_copy(live->attributes);
}

static void task_fail(Task *task, GError *error)
{
    g_free(task->failure);
    task->failure = g_strdup(error->message);
    g_error_free(error);
}

static StackResource *record_new(Stack *stack, const char *logical_id, json_t *definition)
{
    StackResource *record = g_new0(StackResource, 1);

    record->logical_id = g_strdup(logical_id);
    record->type = g_strdup(json_text_of(definition, "Type"));
    g_hash_table_insert(stack->resources, record->logical_id, record);
    return record;
}

/* The definition and properties that the record now stands for. */
static void record_define(StackResource *record, json_t *definition, json_t *properties,
                          GPtrArray *dependencies)
{
    json_decref(record->definition);
    json_decref(record->properties);
    g_clear_pointer(&record->dependencies, g_ptr_array_unref);
    record->definition = json_incref(definition);
    record->properties = json_incref(properties);
    record->dependencies = dependencies;
}

static bool import_existing(Stack *stack, StackResource *record, json_t *properties)
{
    LiveOwner owner = {stack->region,      stack->id, stack->name,
                       record->logical_id, 0,         stack->operation->now_ms};
    Live *live = stack->operation->import_existing
                     ? live_find_named(&owner, record->type, properties)
                     : NULL;
    GError *error = NULL;

    if (live == NULL || live->stack_id != NULL)
        return false;
    text_replace(&live->stack_id, stack->id);
    text_replace(&live->stack_name, stack->name);
    text_replace(&live->logical_id, record->logical_id);
    take_live(record, live);
    stack_resource_event(stack, record, "IMPORT_IN_PROGRESS", "Resource import started.",
                         stack->operation->now_ms);
    if (!live_update(live, NULL, properties, stack->operation->now_ms, &error))
        g_error_free(error);
    return true;
}

static void create_resource(Stack *stack, Task *task, StackResource *record)
{
    LiveOwner owner = owner_of(stack, record->logical_id);
    int64_t now_ms = stack->operation->now_ms;
    GError *error = NULL;
    Live *live = NULL;

    if (import_existing(stack, record, record->properties)) {
        task->done_status = "IMPORT_COMPLETE";
        task->failed_status = "IMPORT_FAILED";
        task_run(stack, task, record->type, "CREATE");
        return;
    }
    task->done_status = "CREATE_COMPLETE";
    task->failed_status = "CREATE_FAILED";
    stack_resource_event(stack, record, "CREATE_IN_PROGRESS", NULL, now_ms);
    if (!task_run(stack, task, record->type, "CREATE"))
        return;
    live = live_create(&owner, record->type, record->properties, &error);
    if (live == NULL) {
        task_fail(task, error);
        return;
    }
    take_live(record, live);
    stack_resource_event(stack, record, "CREATE_IN_PROGRESS", "Resource creation Initiated",
                         now_ms);
}

/* Whether a difference calls for another resource. */
static bool calls_for_replacement(const char *type, json_t *before, json_t *after)
{
    g_autoptr(GPtrArray) differences = differences_between(before, after);

    for (guint i = 0; i < differences->len; i++) {
        const Difference *difference = differences->pdata[i];

        /* Schemas do not tell when "conditional" holds; the double takes it to hold always. */
        if ((difference_flags(type, difference->path) &
             (PROPERTY_CREATE_ONLY | PROPERTY_CONDITIONAL_CREATE_ONLY)) != 0)
            return true;
    }
    return false;
}

static void replace_resource(Stack *stack, Task *task, StackResource *record, json_t *old)
{
    const char *name_property = identity_name_property(record->type);
    LiveOwner owner = owner_of(stack, record->logical_id);
    int64_t now_ms = stack->operation->now_ms;
    GError *error = NULL;
    Live *live = NULL;
    bool same_name = name_property != NULL && json_object_get(old, name_property) != NULL &&
                     json_equal(json_object_get(old, name_property),
                                json_object_get(record->properties, name_property)) &&
                     live_find(stack->region, record->type, record->physical_id) != NULL;

    stack_resource_event(stack, record, "UPDATE_IN_PROGRESS",
                         "Requested update requires the creation of a new physical resource; hence "
                         "creating one.",
                         now_ms);
    if (!task_run(stack, task, record->type, "UPDATE"))
        return;
    if (same_name) {
        task->failure = g_strdup_printf(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            "Rename %s and update the stack again.",
            json_text_of(record->properties, name_property));
        return;
    }
    live = live_create(&owner, record->type, record->properties, &error);
    if (live == NULL) {
        task_fail(task, error);
        return;
    }
    g_ptr_array_add(stack->operation->replaced,
                    leftover_new(record, policy_retains(record->definition, "UpdateReplacePolicy",
                                                        false, false)));
    take_live(record, live);
    stack_resource_event(stack, record, "UPDATE_IN_PROGRESS", "Resource creation Initiated",
                         now_ms);
}

static void update_resource(Stack *stack, Task *task, StackResource *record, json_t *old)
{
    Live *live = live_find(stack->region, record->type, record->physical_id);
    int64_t now_ms = stack->operation->now_ms;
    GError *error = NULL;

    stack_resource_event(stack, record, "UPDATE_IN_PROGRESS", NULL, now_ms);
    if (!task_run(stack, task, record->type, "UPDATE"))
        return;
    if (live == NULL) {
        task->failure = g_strdup_printf(
            "Resource handler returned message: \"Resource of type '%s' with identifier '%s' was "
            "not found.\" (RequestToken: %s, HandlerErrorCode: NotFound)",
            record->type, record->physical_id, stack->operation->id);
        return;
    }
    if (live_update(live, stack->operation->revert_drift ? NULL : old, record->properties, now_ms,
                    &error))
        take_live(record, live);
    else
        task_fail(task, error);
}

/* With drift-aware change sets: whether what is there differs from what is wanted where it can be
 * put right. */
static bool has_drifted(const StackResource *record, const Live *live, json_t *wanted)
{
    json_auto_t *actual = readable_properties(record->type, live->properties);
    json_auto_t *readable = readable_properties(record->type, wanted);
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(readable, key, value)
    {
        g_autofree char *path = g_strconcat("/", key, NULL);

        if (!json_equal(value, json_object_get(actual, key)) &&
            (difference_flags(record->type, path) & PROPERTY_CREATE_ONLY) == 0)
            return true;
    }
    return false;
}

static void change_resource(Stack *stack, Task *task, StackResource *record, json_t *definition,
                            json_t *properties, GPtrArray *dependencies)
{
    json_auto_t *old = json_incref(record->properties);
    json_auto_t *old_definition = json_incref(record->definition);
    const Live *live = live_find(stack->region, record->type, record->physical_id);
    bool revert = stack->operation->revert_drift;
    bool gone = revert && live == NULL;
    bool same = json_equal(old, properties) && !gone &&
                !(revert && live != NULL && has_drifted(record, live, properties)) &&
                g_strcmp0(record->status, "UPDATE_FAILED") != 0 &&
                g_strcmp0(record->status, "CREATE_FAILED") != 0;

    remember(stack, record->logical_id, record);
    record_define(record, definition, properties, dependencies);
    if (same)
        return;
    if (gone) {
        text_replace(&record->physical_id, NULL);
        create_resource(stack, task, record);
        return;
    }
    if (g_strcmp0(record->status, "CREATE_FAILED") == 0 && live == NULL) {
        create_resource(stack, task, record);
        return;
    }
    task->done_status = "UPDATE_COMPLETE";
    task->failed_status = "UPDATE_FAILED";
    if (calls_for_replacement(record->type, old, properties))
        replace_resource(stack, task, record, old);
    else
        update_resource(stack, task, record, old);
    /* What was refused is as it was, for whoever tries again. */
    if (task->failure != NULL) {
        json_decref(record->definition);
        json_decref(record->properties);
        record->definition = json_incref(old_definition);
        record->properties = json_incref(old);
    }
}

void provision_start(Stack *stack, Task *task)
{
    json_t *definition = json_object_get(stack->deployed.template->resources, task->logical_id);
    StackResource *record = g_hash_table_lookup(stack->resources, task->logical_id);
    StackEvaluation evaluation;
    GPtrArray *dependencies = NULL;
    GError *error = NULL;
    json_auto_t *properties = NULL;
    bool is_new = record == NULL;

    stack_evaluation_init(&evaluation, stack, &stack->deployed);
    evaluation.note_imports = true;
    properties = stack_evaluate_properties(&evaluation, task->logical_id, &error);
    dependencies = dependencies_of(stack->deployed.template, definition, &evaluation.evaluation);
    stack_evaluation_clear(&evaluation);
    if (is_new) {
        remember(stack, task->logical_id, NULL);
        record = record_new(stack, task->logical_id, definition);
    }
    if (properties == NULL) {
        task->failed_status = is_new ? "CREATE_FAILED" : "UPDATE_FAILED";
        if (!is_new)
            remember(stack, task->logical_id, record);
        task_fail(task, error);
        g_ptr_array_unref(dependencies);
    } else if (is_new) {
        record_define(record, definition, properties, dependencies);
        create_resource(stack, task, record);
    } else {
        change_resource(stack, task, record, definition, properties, dependencies);
    }
}
