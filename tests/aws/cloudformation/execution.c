/* The machine: operations, phases, tasks and time. */
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/cloudformation/cloudformation.h"
#include "tests/aws/wire/api_call.h"
#include "tests/aws/wire/faults.h"
#include <string.h>

static void task_free(void *data)
{
    Task *task = data;

    g_free(task->logical_id);
    g_free(task->type);
    g_free(task->physical_id);
    g_ptr_array_unref(task->followers);
    g_free(task->failure);
    g_free(task);
}

static void before_free(void *data)
{
    Before *before = data;

    stack_resource_free(before->record);
    live_state_free(before->state);
    g_free(before);
}

void leftover_free(void *data)
{
    Leftover *leftover = data;

    g_free(leftover->logical_id);
    g_free(leftover->type);
    g_free(leftover->physical_id);
    g_free(leftover);
}

Leftover *leftover_new(const StackResource *record, bool retain)
{
    Leftover *leftover = g_new0(Leftover, 1);

    leftover->logical_id = g_strdup(record->logical_id);
    leftover->type = g_strdup(record->type);
    leftover->physical_id = g_strdup(record->physical_id);
    leftover->retain = retain;
    return leftover;
}

Operation *operation_new(Stack *stack, OperationKind kind, const char *type, const char *token,
                         int64_t now_ms)
{
    Operation *operation = g_new0(Operation, 1);
    json_t *entry = json_object();

    operation->kind = kind;
    operation->tasks = g_ptr_array_new_with_free_func(task_free);
    operation->now_ms = now_ms;
    operation->token = g_strdup(token);
    operation->id = double_uuid(region_double(stack->region));
    operation->before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, before_free);
    operation->replaced = g_ptr_array_new_with_free_func(leftover_free);
    operation->failed = g_ptr_array_new_with_free_func(g_free);
    operation->retained = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_set_text(entry, "OperationType", type);
    json_set_text(entry, "OperationId", operation->id);
    json_array_insert_new(stack->last_operations, 0, entry);
    while (json_array_size(stack->last_operations) > 5)
        json_array_remove(stack->last_operations, 5);
    return operation;
}

void operation_free(Operation *operation)
{
    if (operation == NULL)
        return;
    g_ptr_array_unref(operation->tasks);
    g_free(operation->token);
    g_free(operation->id);
    g_free(operation->on_failure);
    g_free(operation->change_set_id);
    g_hash_table_unref(operation->before);
    deployment_clear(&operation->previous);
    json_decref(operation->previous_outputs);
    g_ptr_array_unref(operation->replaced);
    g_ptr_array_unref(operation->failed);
    g_free(operation->cause);
    g_hash_table_unref(operation->retained);
    g_free(operation);
}

const char *operation_token(const Stack *stack)
{
    return stack->operation != NULL ? stack->operation->token : NULL;
}

const char *operation_id(const Stack *stack)
{
    return stack->operation != NULL ? stack->operation->id : NULL;
}

Task *task_add(Operation *operation, const char *logical_id)
{
    Task *task = g_new0(Task, 1);

    task->logical_id = g_strdup(logical_id);
    task->followers = g_ptr_array_new();
    g_ptr_array_add(operation->tasks, task);
    return task;
}

void task_wait_for(Task *task, Task *other)
{
    if (task == other)
        return;
    task->waits++;
    g_ptr_array_add(other->followers, task);
}

bool task_run(Stack *stack, Task *task, const char *type, const char *operation_name)
{
    Double *aws = region_double(stack->region);
    int64_t delay_ms = 0;
    const char *reason = faults_take_resource(aws->faults, stack->name, task->logical_id, type,
                                              operation_name, &delay_ms);

    task->finish_ms = stack->operation->now_ms + aws->options.resource_time_ms + delay_ms;
    if (reason != NULL)
        task->failure = g_strdup(reason);
    return reason == NULL;
}

static void task_start(Stack *stack, Task *task)
{
    task->state = TASK_RUNNING;
    task->finish_ms = stack->operation->now_ms;
    switch (stack->operation->phase) {
    case PHASE_PROVISION:
        provision_start(stack, task);
        break;
    case PHASE_RESTORE:
        restore_start(stack, task);
        break;
    case PHASE_CLEANUP:
    case PHASE_ROLLBACK_CLEANUP:
    case PHASE_DELETE:
        delete_start(stack, task);
        break;
    }
}

static void start_ready_tasks(Stack *stack)
{
    Operation *operation = stack->operation;

    for (guint i = 0; i < operation->tasks->len; i++) {
        Task *task = operation->tasks->pdata[i];

        /* A deletion goes on after one failed; provisioning and restoring stop. */
        if (operation->failed->len > 0 && operation->phase == PHASE_PROVISION)
            return;
        if (task->state == TASK_WAITING && task->waits == 0)
            task_start(stack, task);
    }
}

static Task *next_to_finish(const Operation *operation)
{
    Task *first = NULL;

    for (guint i = 0; i < operation->tasks->len; i++) {
        Task *task = operation->tasks->pdata[i];

        if (task->state == TASK_RUNNING && (first == NULL || task->finish_ms < first->finish_ms))
            first = task;
    }
    return first;
}

/* What else runs when a resource fails is broken off, as CloudFormation does. */
static void break_off(Stack *stack)
{
    Operation *operation = stack->operation;

    for (guint i = 0; i < operation->tasks->len; i++) {
        Task *task = operation->tasks->pdata[i];
        StackResource *record = g_hash_table_lookup(stack->resources, task->logical_id);

        if (task->state != TASK_RUNNING)
            continue;
        task->state = TASK_FAILED;
        g_ptr_array_add(operation->failed, g_strdup(task->logical_id));
        if (record != NULL && task->failed_status != NULL)
            stack_resource_event(stack, record, task->failed_status,
                                 strcmp(task->failed_status, "CREATE_FAILED") == 0
                                     ? "Resource creation cancelled"
                                     : "Resource update cancelled",
                                 operation->now_ms);
    }
}

static void task_finish(Stack *stack, Task *task)
{
    Operation *operation = stack->operation;
    StackResource *record = g_hash_table_lookup(stack->resources, task->logical_id);
    bool deletes = operation->phase != PHASE_PROVISION && operation->phase != PHASE_RESTORE;
    const char *status = task->failure != NULL ? task->failed_status : task->done_status;

    if (task->finish_ms > operation->now_ms)
        operation->now_ms = task->finish_ms;
    task->state = task->failure != NULL ? TASK_FAILED : TASK_DONE;
    if (status != NULL && deletes && !(record != NULL && task->forget_record))
        stack_event(stack, task->logical_id, task->physical_id, task->type, status, task->failure,
                    operation->now_ms);
    else if (status != NULL && record != NULL)
        stack_resource_event(stack, record, status, task->failure, operation->now_ms);
    for (guint i = 0; i < task->followers->len; i++)
        ((Task *)task->followers->pdata[i])->waits--;
    if (task->failure != NULL) {
        g_ptr_array_add(operation->failed, g_strdup(task->logical_id));
        if (operation->phase == PHASE_PROVISION) {
            operation->creation_failed = g_strcmp0(task->failed_status, "CREATE_FAILED") == 0;
            break_off(stack);
        }
    } else if (deletes && task->forget_record) {
        g_hash_table_remove(stack->resources, task->logical_id);
    }
}

/* One step. False when nothing more is due. */
static bool operation_step(Stack *stack, int64_t now_ms)
{
    Operation *operation = stack->operation;
    Task *task = NULL;

    start_ready_tasks(stack);
    task = next_to_finish(operation);
    if (task != NULL) {
        if (task->finish_ms > now_ms)
            return false;
        task_finish(stack, task);
        return true;
    }
    if (operation->not_before_ms > now_ms)
        return false;
    if (operation->not_before_ms > operation->now_ms)
        operation->now_ms = operation->not_before_ms;
    phase_end(stack);
    return true;
}

void stack_catch_up(Stack *stack, int64_t now_ms)
{
    while (stack->operation != NULL && operation_step(stack, now_ms))
        ;
}

void region_catch_up(Region *region, int64_t now_ms)
{
    for (guint i = 0; i < region->busy_stacks->len;) {
        Stack *stack = region->busy_stacks->pdata[i];

        stack_catch_up(stack, now_ms);
        if (stack->operation == NULL)
            g_ptr_array_remove_index(region->busy_stacks, i);
        else
            i++;
    }
}

void phase_begin(Stack *stack, Phase phase)
{
    Operation *operation = stack->operation;
    int64_t resource_time_ms = region_double(stack->region)->options.resource_time_ms;

    operation->phase = phase;
    g_ptr_array_set_size(operation->tasks, 0);
    g_ptr_array_set_size(operation->failed, 0);
    operation->not_before_ms = operation->now_ms + resource_time_ms;
}
