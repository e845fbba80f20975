/* Where operations begin, and what follows a phase. */
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/cloudformation/outputs.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

static void take_operation(Stack *stack, Operation *operation)
{
    stack->operation = operation;
    g_ptr_array_add(stack->region->busy_stacks, stack);
}

static ChangeSet *executed_change_set(const Stack *stack)
{
    return stack->operation->change_set_id != NULL
               ? g_hash_table_lookup(stack->region->change_sets, stack->operation->change_set_id)
               : NULL;
}

static void operation_end(Stack *stack, const char *status, const char *reason, bool good)
{
    ChangeSet *change_set = executed_change_set(stack);

    if (change_set != NULL)
        text_replace(&change_set->execution_status, good ? "EXECUTE_COMPLETE" : "EXECUTE_FAILED");
    stack_set_status(stack, status, reason, stack->operation->now_ms);
    operation_free(g_steal_pointer(&stack->operation));
}

/* Ends, but keeps what a rollback needs. */
static void operation_end_undoable(Stack *stack, const char *status, const char *reason)
{
    ChangeSet *change_set = executed_change_set(stack);

    if (change_set != NULL)
        text_replace(&change_set->execution_status, "EXECUTE_FAILED");
    stack_set_status(stack, status, reason, stack->operation->now_ms);
    operation_free(stack->undo);
    stack->undo = g_steal_pointer(&stack->operation);
}

static char *failed_list(const Operation *operation, const char *what)
{
    g_autofree char *list = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    if (operation->cause != NULL)
        return g_strdup_printf("%s ", operation->cause);
    for (guint i = 0; i < operation->failed->len; i++)
        g_ptr_array_add(names, operation->failed->pdata[i]);
    g_ptr_array_add(names, NULL);
    list = g_strjoinv(", ", (char **)names->pdata);
    return g_strdup_printf("The following resource(s) failed to %s: [%s]. ", what, list);
}

void operation_start_create(Stack *stack, Operation *operation, Deployment *deployment)
{
    operation->creating = true;
    take_operation(stack, operation);
    deployment_clear(&stack->deployed);
    stack->deployed = *deployment;
    memset(deployment, 0, sizeof *deployment);
    stack_set_status(stack, "CREATE_IN_PROGRESS", "User Initiated", operation->now_ms);
    phase_begin(stack, PHASE_PROVISION);
    plan_provision(stack);
}

void operation_start_update(Stack *stack, Operation *operation, Deployment *deployment)
{
    take_operation(stack, operation);
    if (stack->undo != NULL) {
        /* The way back leads to the last good state, not to the failed one. */
        Operation *undo = stack->undo;

        g_hash_table_unref(operation->before);
        operation->before = g_hash_table_ref(undo->before);
        operation->previous = undo->previous;
        memset(&undo->previous, 0, sizeof undo->previous);
        operation->previous_outputs = g_steal_pointer(&undo->previous_outputs);
        g_ptr_array_unref(operation->replaced);
        operation->replaced = g_ptr_array_ref(undo->replaced);
        operation->creating = undo->creating;
        operation_free(g_steal_pointer(&stack->undo));
        deployment_clear(&stack->deployed);
    } else {
        operation->previous = stack->deployed;
        operation->previous_outputs = json_incref(stack->outputs);
    }
    stack->deployed = *deployment;
    memset(deployment, 0, sizeof *deployment);
    stack->updated_ms = operation->now_ms;
    stack_set_status(stack, "UPDATE_IN_PROGRESS", "User Initiated", operation->now_ms);
    phase_begin(stack, PHASE_PROVISION);
    plan_provision(stack);
}

void operation_start_delete(Stack *stack, Operation *operation)
{
    take_operation(stack, operation);
    operation_free(g_steal_pointer(&stack->undo));
    stack_set_status(stack, "DELETE_IN_PROGRESS", "User Initiated", operation->now_ms);
    phase_begin(stack, PHASE_DELETE);
    plan_delete_all(stack);
}

static void begin_creation_rollback(Stack *stack, const char *reason)
{
    Operation *operation = stack->operation;
    const char *status = g_strcmp0(operation->on_failure, "DELETE") == 0 ? "DELETE_IN_PROGRESS"
                                                                         : "ROLLBACK_IN_PROGRESS";

    operation->kind = OPERATION_ROLLBACK;
    stack_set_status(stack, status, reason, operation->now_ms);
    phase_begin(stack, PHASE_DELETE);
    plan_delete_all(stack);
}

static void begin_update_rollback(Stack *stack, const char *reason)
{
    Operation *operation = stack->operation;

    operation->kind = OPERATION_ROLLBACK;
    stack_set_status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason, operation->now_ms);
    phase_begin(stack, PHASE_RESTORE);
    plan_restore(stack);
}

static void provision_failed(Stack *stack)
{
    Operation *operation = stack->operation;
    bool create = operation->kind == OPERATION_CREATE;
    g_autofree char *list =
        failed_list(operation, create || operation->creation_failed ? "create" : "update");
    bool stay = g_strcmp0(operation->on_failure, "DO_NOTHING") == 0 ||
                (operation->on_failure == NULL && operation->disable_rollback);
    g_autofree char *reason = g_strconcat(
        list,
        stay                                                        ? ""
        : create && g_strcmp0(operation->on_failure, "DELETE") == 0 ? "Delete requested by user."
        : create                                                    ? "Rollback requested by user."
                                                                    : "",
        NULL);

    if (stay)
        operation_end_undoable(stack, create ? "CREATE_FAILED" : "UPDATE_FAILED",
                               g_strchomp(reason));
    else if (create || operation->creating)
        begin_creation_rollback(stack, g_strchomp(reason));
    else
        begin_update_rollback(stack, reason);
}

/* Records whose logical id the new template no longer has. */
static GPtrArray *removed_resources(Stack *stack)
{
    GPtrArray *leftovers = g_ptr_array_new_with_free_func(leftover_free);
    g_autoptr(GPtrArray) records = stack_resources_sorted(stack);
    g_autoptr(GHashTable) active = outputs_active_resources(stack);

    for (guint i = 0; i < records->len; i++) {
        StackResource *record = records->pdata[i];

        if (!g_hash_table_contains(active, record->logical_id))
            g_ptr_array_add(leftovers,
                            leftover_new(record, policy_retains(record->definition,
                                                                "DeletionPolicy", false, false)));
    }
    return leftovers;
}

static void begin_cleanup(Stack *stack)
{
    Operation *operation = stack->operation;
    g_autoptr(GPtrArray) leftovers = removed_resources(stack);

    stack_set_status(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", NULL, operation->now_ms);
    phase_begin(stack, PHASE_CLEANUP);
    for (guint i = 0; i < operation->replaced->len; i++) {
        Leftover *leftover = operation->replaced->pdata[i];
        Leftover *copy = g_new0(Leftover, 1);

        copy->logical_id = g_strdup(leftover->logical_id);
        copy->type = g_strdup(leftover->type);
        copy->physical_id = g_strdup(leftover->physical_id);
        copy->retain = leftover->retain;
        g_ptr_array_add(leftovers, copy);
    }
    plan_leftovers(stack, leftovers);
}

static void provision_end(Stack *stack)
{
    Operation *operation = stack->operation;
    GError *error = NULL;

    if (operation->failed->len == 0 && operation->cause == NULL &&
        !outputs_evaluate(stack, &error)) {
        operation->cause = g_strdup(error->message);
        g_error_free(error);
    }
    if (operation->failed->len > 0 || operation->cause != NULL)
        provision_failed(stack);
    else if (operation->kind == OPERATION_CREATE)
        operation_end(stack, "CREATE_COMPLETE", NULL, true);
    else
        begin_cleanup(stack);
}

static void restore_end(Stack *stack)
{
    Operation *operation = stack->operation;
    g_autoptr(GPtrArray) leftovers = g_ptr_array_new_with_free_func(leftover_free);
    GHashTableIter iterator;
    void *key = NULL, *value = NULL;

    if (operation->failed->len > 0) {
        g_autofree char *reason = failed_list(operation, "update");

        g_clear_pointer(&operation->cause, g_free);
        operation_end_undoable(stack, "UPDATE_ROLLBACK_FAILED", g_strchomp(reason));
        return;
    }
    stack_set_status(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", NULL,
                     operation->now_ms);
    phase_begin(stack, PHASE_ROLLBACK_CLEANUP);
    g_hash_table_iter_init(&iterator, operation->before);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        const StackResource *record = g_hash_table_lookup(stack->resources, key);

        if (((Before *)value)->record == NULL && record != NULL)
            g_ptr_array_add(
                leftovers,
                leftover_new(record, policy_retains(record->definition, "DeletionPolicy", true,
                                                    operation->retain_except_on_create)));
    }
    for (guint i = 0; i < operation->replaced->len; i++) {
        const Leftover *other = operation->replaced->pdata[i];
        const StackResource *record = g_hash_table_lookup(stack->resources, other->logical_id);

        /* The old half of a replacement is the stack's again. */
        if (record == NULL || g_strcmp0(record->physical_id, other->physical_id) != 0) {
            Leftover *copy = g_new0(Leftover, 1);

            copy->logical_id = g_strdup(other->logical_id);
            copy->type = g_strdup(other->type);
            copy->physical_id = g_strdup(other->physical_id);
            g_ptr_array_add(leftovers, copy);
        }
    }
    plan_leftovers(stack, leftovers);
}

static void update_rolled_back(Stack *stack)
{
    Operation *operation = stack->operation;
    GHashTableIter iterator;
    void *key = NULL, *value = NULL;

    deployment_clear(&stack->deployed);
    stack->deployed = operation->previous;
    memset(&operation->previous, 0, sizeof operation->previous);
    /* Records of what was made and could not be deleted go all the same. */
    g_hash_table_iter_init(&iterator, operation->before);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        if (((Before *)value)->record == NULL)
            g_hash_table_remove(stack->resources, key);
    }
    outputs_restore(stack, operation->previous_outputs);
    operation_end(stack, "UPDATE_ROLLBACK_COMPLETE", NULL, false);
}

static void delete_end(Stack *stack)
{
    Operation *operation = stack->operation;
    bool rolling_back = operation->kind == OPERATION_ROLLBACK;
    bool to_nothing = !rolling_back || g_strcmp0(operation->on_failure, "DELETE") == 0;

    if (operation->failed->len > 0) {
        g_autofree char *reason = NULL;

        g_clear_pointer(&operation->cause, g_free);
        reason = failed_list(operation, "delete");
        operation_end(stack, to_nothing ? "DELETE_FAILED" : "ROLLBACK_FAILED", g_strchomp(reason),
                      false);
        return;
    }
    outputs_withdraw(stack);
    if (to_nothing) {
        stack_mark_deleted(stack, operation->now_ms);
        operation_end(stack, "DELETE_COMPLETE", NULL, !rolling_back);
    } else {
        operation_end(stack, "ROLLBACK_COMPLETE", NULL, false);
    }
}

void phase_end(Stack *stack)
{
    switch (stack->operation->phase) {
    case PHASE_PROVISION:
        provision_end(stack);
        break;
    case PHASE_CLEANUP:
        outputs_forget_removed(stack);
        operation_end(stack, "UPDATE_COMPLETE", NULL, true);
        break;
    case PHASE_RESTORE:
        restore_end(stack);
        break;
    case PHASE_ROLLBACK_CLEANUP:
        update_rolled_back(stack);
        break;
    case PHASE_DELETE:
        delete_end(stack);
        break;
    }
}

void operation_start_rollback(Stack *stack, Operation *operation)
{
    Operation *undo = g_steal_pointer(&stack->undo);

    /* The failed operation goes on as its own rollback, under the new call's token. */
    g_free(undo->token);
    g_free(undo->id);
    undo->token = g_steal_pointer(&operation->token);
    undo->id = g_steal_pointer(&operation->id);
    g_hash_table_unref(undo->retained);
    undo->retained = g_hash_table_ref(operation->retained);
    undo->retain_except_on_create =
        undo->retain_except_on_create || operation->retain_except_on_create;
    undo->now_ms = operation->now_ms;
    g_clear_pointer(&undo->on_failure, g_free);
    g_clear_pointer(&undo->change_set_id, g_free);
    undo->disable_rollback = false;
    operation_free(operation);
    take_operation(stack, undo);
    if (undo->creating)
        begin_creation_rollback(stack, "User Initiated");
    else
        begin_update_rollback(stack, "User Initiated");
}

void operation_cancel(Stack *stack, int64_t now_ms)
{
    Operation *operation = stack->operation;

    if (now_ms > operation->now_ms)
        operation->now_ms = now_ms;
    begin_update_rollback(stack, "User Initiated");
}
