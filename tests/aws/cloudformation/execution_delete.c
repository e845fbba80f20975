/* Deletion: of leftovers, and of all that a stack has. */
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

bool policy_retains(json_t *definition, const char *policy, bool rolling_back_creation,
                    bool retain_except_on_create)
{
    const char *value = json_text_of(definition, policy);

    if (rolling_back_creation && retain_except_on_create)
        return false;
    if (g_strcmp0(value, "RetainExceptOnCreate") == 0)
        return !rolling_back_creation;
    return g_strcmp0(value, "Retain") == 0;
}

static Task *delete_task(Operation *operation, const char *logical_id, const char *type,
                         const char *physical_id, bool retain)
{
    Task *task = task_add(operation, logical_id);

    task->type = g_strdup(type);
    task->physical_id = g_strdup(physical_id);
    task->retain = retain;
    return task;
}

/* What depends on a resource goes before it. */
static void order_deletions(Stack *stack)
{
    GPtrArray *tasks = stack->operation->tasks;
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < tasks->len; i++)
        g_hash_table_insert(by_id, ((Task *)tasks->pdata[i])->logical_id, tasks->pdata[i]);
    for (guint i = 0; i < tasks->len; i++) {
        Task *task = tasks->pdata[i];
        const StackResource *record = g_hash_table_lookup(stack->resources, task->logical_id);

        for (guint at = 0;
             record != NULL && record->dependencies != NULL && at < record->dependencies->len;
             at++) {
            Task *other = g_hash_table_lookup(by_id, record->dependencies->pdata[at]);

            if (other != NULL)
                task_wait_for(other, task);
        }
    }
}

void plan_leftovers(Stack *stack, GPtrArray *leftovers)
{
    for (guint i = 0; i < leftovers->len; i++) {
        const Leftover *leftover = leftovers->pdata[i];
        const StackResource *record = g_hash_table_lookup(stack->resources, leftover->logical_id);
        Task *task = delete_task(stack->operation, leftover->logical_id, leftover->type,
                                 leftover->physical_id, leftover->retain);

        task->forget_record =
            record != NULL && g_strcmp0(record->physical_id, leftover->physical_id) == 0;
    }
    order_deletions(stack);
}

void plan_delete_all(Stack *stack)
{
    Operation *operation = stack->operation;
    g_autoptr(GPtrArray) records = stack_resources_sorted(stack);
    bool rolling_back = operation->kind != OPERATION_DELETE;

    for (guint i = 0; i < records->len; i++) {
        StackResource *record = records->pdata[i];
        bool retain = policy_retains(record->definition, "DeletionPolicy", rolling_back,
                                     operation->retain_except_on_create) ||
                      g_hash_table_contains(operation->retained, record->logical_id);
        Task *task =
            delete_task(operation, record->logical_id, record->type, record->physical_id, retain);

        task->forget_record = true;
    }
    order_deletions(stack);
}

/* Leaves the resource where it is; it is nobody's from now on. */
static void let_go(Stack *stack, const Task *task)
{
    Live *live = live_find(stack->region, task->type, task->physical_id);

    if (live == NULL)
        return;
    text_replace(&live->stack_id, NULL);
    text_replace(&live->stack_name, NULL);
}

void delete_start(Stack *stack, Task *task)
{
    StackResource *record = g_hash_table_lookup(stack->resources, task->logical_id);
    bool rolls_back =
        stack->operation->phase == PHASE_ROLLBACK_CLEANUP ||
        (stack->operation->phase == PHASE_DELETE && stack->operation->kind != OPERATION_DELETE);
    int64_t now_ms = stack->operation->now_ms;
    GError *error = NULL;
    Live *live = NULL;

    if (task->retain) {
        let_go(stack, task);
        task->done_status = "DELETE_SKIPPED";
        task->finish_ms = now_ms;
        return;
    }
    task->done_status = "DELETE_COMPLETE";
    task->failed_status = "DELETE_FAILED";
    /* What never came to be goes without a word. */
    if (task->physical_id == NULL) {
        task->done_status = NULL;
        return;
    }
    if (task->forget_record && record != NULL)
        stack_resource_event(stack, record, "DELETE_IN_PROGRESS", NULL, now_ms);
    else
        stack_event(stack, task->logical_id, task->physical_id, task->type, "DELETE_IN_PROGRESS",
                    NULL, now_ms);
    if (!task_run(stack, task, task->type, rolls_back ? "ROLLBACK_DELETE" : "DELETE"))
        return;
    live = live_find(stack->region, task->type, task->physical_id);
    if (live != NULL && !live_delete(live, now_ms, &error)) {
        task->failure = g_strdup(error->message);
        g_error_free(error);
    }
}
