/* The way back: every resource that a failed update touched is put back as it was. */
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

void plan_restore(Stack *stack)
{
    Operation *operation = stack->operation;
    g_autoptr(GHashTable) tasks = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iterator;
    void *key = NULL, *value = NULL;

    g_hash_table_iter_init(&iterator, operation->before);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        const Before *before = value;

        if (before->record != NULL && !before->restored)
            g_hash_table_insert(tasks, key, task_add(operation, key));
    }
    g_hash_table_iter_init(&iterator, tasks);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        const Before *before = g_hash_table_lookup(operation->before, key);
        const GPtrArray *dependencies = before->record->dependencies;

        for (guint i = 0; dependencies != NULL && i < dependencies->len; i++) {
            Task *other = g_hash_table_lookup(tasks, dependencies->pdata[i]);

            if (other != NULL)
                task_wait_for(value, other);
        }
    }
}

static void put_record_back(Stack *stack, const Before *before, const StackResource *current)
{
    StackResource *record = stack_resource_copy(before->record);

    text_replace(&record->status, current->status);
    text_replace(&record->reason, current->reason);
    record->updated_ms = current->updated_ms;
    g_hash_table_replace(stack->resources, record->logical_id, record);
}

/* Puts the resource itself back; one that was deleted meanwhile is made again. */
static bool put_live_back(Stack *stack, const Before *before, GError **error)
{
    const StackResource *record = before->record;
    Live *live = live_find(stack->region, record->type, record->physical_id);

    if (live != NULL && before->state != NULL) {
        live_state_restore(live, before->state);
        return true;
    }
    if (live == NULL && before->state != NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Resource handler returned message: \"Resource of type '%s' with identifier "
                    "'%s' was not found.\" (RequestToken: %s, HandlerErrorCode: NotFound)",
                    record->type, record->physical_id, stack->operation->id);
        return false;
    }
    return true;
}

void restore_start(Stack *stack, Task *task)
{
    Before *before = g_hash_table_lookup(stack->operation->before, task->logical_id);
    StackResource *current = g_hash_table_lookup(stack->resources, task->logical_id);
    bool skipped = g_hash_table_contains(stack->operation->retained, task->logical_id);
    bool touched = current != NULL &&
                   (!json_equal(current->properties, before->record->properties) ||
                    g_strcmp0(current->physical_id, before->record->physical_id) != 0 ||
                    g_str_has_suffix(current->status, "FAILED") || stack->operation->revert_drift);
    GError *error = NULL;

    before->restored = true;
    if (current == NULL || !touched) {
        if (current != NULL)
            put_record_back(stack, before, current);
        return;
    }
    task->done_status = "UPDATE_COMPLETE";
    task->failed_status = "UPDATE_FAILED";
    if (skipped) {
        task_run(stack, task, "", "");
        put_record_back(stack, before, current);
        return;
    }
    stack_resource_event(stack, current, "UPDATE_IN_PROGRESS", NULL, stack->operation->now_ms);
    if (!task_run(stack, task, current->type, "ROLLBACK_UPDATE")) {
        before->restored = false;
        return;
    }
    if (!put_live_back(stack, before, &error)) {
        before->restored = false;
        task->failure = g_strdup(error->message);
        g_error_free(error);
        return;
    }
    /* What took its place in the failed update goes when all are back. */
    if (current->physical_id != NULL &&
        g_strcmp0(current->physical_id, before->record->physical_id) != 0)
        g_ptr_array_add(stack->operation->replaced, leftover_new(current, false));
    put_record_back(stack, before, current);
}
