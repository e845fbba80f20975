/* Calls that change stacks directly. */
#include "tests/aws/cloudformation/change_set_compare.h"
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/cloudformation/operations.h"
#include "tests/aws/cloudformation/outputs.h"
#include "tests/aws/cloudformation/request.h"
#include <string.h>

static json_t *stack_id_answer(const Stack *stack)
{
    return json_pack("{s:s}", "StackId", stack->id);
}

static void take_role(ApiCall *call, Stack *stack)
{
    if (api_text(call, "RoleARN") != NULL)
        text_replace(&stack->role_arn, api_text(call, "RoleARN"));
}

json_t *cfn_create_stack(ApiCall *call)
{
    const char *name = api_text(call, "StackName");
    Deployment deployment = {0};
    Operation *operation = NULL;
    Stack *stack = NULL;

    if (!request_name_is_valid(call, "StackName", "stackName", false, 128))
        return NULL;
    if (stack_find(call->region, name) != NULL)
        return api_fail(call, 400, "AlreadyExistsException", "Stack [%s] already exists", name);
    if (!request_deployment(call, NULL, &deployment))
        return NULL;
    stack = stack_new(call->region, name, "CREATE_IN_PROGRESS", call->now_ms);
    take_role(call, stack);
    stack->termination_protection = api_flag(call, "EnableTerminationProtection", false);
    stack->disable_rollback = api_flag(call, "DisableRollback", false);
    text_replace(&stack->policy, api_text(call, "StackPolicyBody"));
    operation = operation_new(stack, OPERATION_CREATE, "CREATE_STACK",
                              api_text(call, "ClientRequestToken"), call->now_ms);
    operation->disable_rollback = stack->disable_rollback;
    operation->on_failure = g_strdup(api_text(call, "OnFailure"));
    operation->retain_except_on_create = api_flag(call, "RetainExceptOnCreate", false);
    operation_start_create(stack, operation, &deployment);
    return stack_id_answer(stack);
}

/* Whether an update would do anything: found out by a change set that nobody sees. */
static bool update_has_changes(ApiCall *call, Stack *stack, Deployment *deployment)
{
    ChangeSet probe = {0};
    GError *error = NULL;
    bool empty = false, good = false;

    probe.region = stack->region;
    probe.stack = stack;
    probe.deployment = *deployment;
    good = change_set_compare(&probe, &empty, &error);
    json_decref(probe.changes);
    g_free(probe.stack_drift_status);
    if (!good)
        api_fail_validation(call, error);
    else if (empty)
        api_fail(call, 400, "ValidationError", "No updates are to be performed.");
    return good && !empty;
}

json_t *cfn_update_stack(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);
    Deployment deployment = {0};
    Operation *operation = NULL;

    if (stack == NULL || !request_may_update(call, stack) ||
        !request_deployment(call, stack, &deployment))
        return NULL;
    if (!update_has_changes(call, stack, &deployment)) {
        deployment_clear(&deployment);
        return NULL;
    }
    take_role(call, stack);
    for (guint i = 0; i < stack->change_sets->len; i++) {
        ChangeSet *other = stack->change_sets->pdata[i];

        if (strcmp(other->execution_status, "AVAILABLE") == 0)
            text_replace(&other->execution_status, "OBSOLETE");
    }
    operation = operation_new(stack, OPERATION_UPDATE, "UPDATE_STACK",
                              api_text(call, "ClientRequestToken"), call->now_ms);
    operation->disable_rollback = api_flag(call, "DisableRollback", false);
    operation->retain_except_on_create = api_flag(call, "RetainExceptOnCreate", false);
    operation_start_update(stack, operation, &deployment);
    return stack_id_answer(stack);
}

static void take_retained(ApiCall *call, const char *member, Operation *operation)
{
    size_t i = 0;
    json_t *item = NULL;

    json_array_foreach(api_array(call, member), i, item)
    {
        if (json_is_string(item))
            g_hash_table_add(operation->retained, g_strdup(json_string_value(item)));
    }
}

static bool may_delete(ApiCall *call, Stack *stack)
{
    if (stack->termination_protection) {
        api_fail(call, 400, "ValidationError",
                 "Stack [%s] cannot be deleted while TerminationProtection is enabled",
                 stack->name);
        return false;
    }
    if (api_array(call, "RetainResources") != NULL && strcmp(stack->status, "DELETE_FAILED") != 0) {
        api_fail(call, 400, "ValidationError",
                 "Invalid operation on stack [%s]. Only stacks in DELETE_FAILED state can specify "
                 "RetainResources when deleting",
                 stack->id);
        return false;
    }
    if (stack_is_busy(stack) && strcmp(stack->status, "DELETE_IN_PROGRESS") != 0) {
        api_fail(call, 400, "ValidationError", "Stack [%s] cannot be deleted while in status %s",
                 stack->id, stack->status);
        return false;
    }
    return true;
}

json_t *cfn_delete_stack(ApiCall *call)
{
    const char *name = api_text(call, "StackName");
    Stack *stack = stack_find(call->region, name);
    Operation *operation = NULL;
    const Export *export = NULL;
    const char *importer = NULL;

    /* A stack that is not there is as good as deleted. */
    if (name != NULL && (stack == NULL || stack->deleted_ms != 0))
        return json_object();
    stack = request_stack(call, false, STACK_MISSING);
    if (stack == NULL || !may_delete(call, stack))
        return NULL;
    if (stack_is_busy(stack))
        return json_object();
    take_role(call, stack);
    export = outputs_in_use(stack, &importer);
    if (export != NULL) {
        g_autofree char *status = g_strdup(stack->status);
        g_autofree char *reason =
            g_strdup_printf("Delete canceled. Cannot delete export %s as it is in use by %s.",
                            export->name, importer);

        stack_set_status(stack, status, reason, call->now_ms);
        return json_object();
    }
    operation = operation_new(stack, OPERATION_DELETE, "DELETE_STACK",
                              api_text(call, "ClientRequestToken"), call->now_ms);
    take_retained(call, "RetainResources", operation);
    operation_start_delete(stack, operation);
    return json_object();
}

static bool skips_are_valid(ApiCall *call, const Stack *stack)
{
    size_t i = 0;
    json_t *item = NULL;

    json_array_foreach(api_array(call, "ResourcesToSkip"), i, item)
    {
        const StackResource *record =
            json_is_string(item) ? g_hash_table_lookup(stack->resources, json_string_value(item))
                                 : NULL;

        if (record == NULL || g_strcmp0(record->status, "UPDATE_FAILED") != 0) {
            api_fail(call, 400, "ValidationError",
                     "[%s] are not in UPDATE_FAILED state and can not be skipped",
                     json_string_value(item));
            return false;
        }
    }
    return true;
}

json_t *cfn_continue_update_rollback(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);
    Operation *operation = NULL;

    if (stack == NULL)
        return NULL;
    if (strcmp(stack->status, "UPDATE_ROLLBACK_FAILED") != 0)
        return api_fail(call, 400, "ValidationError",
                        "Stack:%s is in %s state and can not continue update rollback.", stack->id,
                        stack->status);
    if (!skips_are_valid(call, stack))
        return NULL;
    take_role(call, stack);
    operation = operation_new(stack, OPERATION_ROLLBACK, "CONTINUE_ROLLBACK",
                              api_text(call, "ClientRequestToken"), call->now_ms);
    take_retained(call, "ResourcesToSkip", operation);
    operation_start_rollback(stack, operation);
    return json_object();
}

json_t *cfn_rollback_stack(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);
    Operation *operation = NULL;

    if (stack == NULL)
        return NULL;
    if ((strcmp(stack->status, "CREATE_FAILED") != 0 &&
         strcmp(stack->status, "UPDATE_FAILED") != 0) ||
        stack->undo == NULL)
        return api_fail(call, 400, "ValidationError",
                        "Stack:%s is in %s state and can not be rolled back.", stack->id,
                        stack->status);
    take_role(call, stack);
    operation = operation_new(stack, OPERATION_ROLLBACK, "ROLLBACK",
                              api_text(call, "ClientRequestToken"), call->now_ms);
    operation->retain_except_on_create = api_flag(call, "RetainExceptOnCreate", false);
    operation_start_rollback(stack, operation);
    return stack_id_answer(stack);
}

json_t *cfn_cancel_update_stack(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);

    if (stack == NULL)
        return NULL;
    if (strcmp(stack->status, "UPDATE_IN_PROGRESS") != 0)
        return api_fail(call, 400, "ValidationError",
                        "CancelUpdateStack cannot be called from current stack status");
    operation_cancel(stack, call->now_ms);
    return json_object();
}

json_t *cfn_update_termination_protection(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);

    if (stack == NULL)
        return NULL;
    stack->termination_protection = api_flag(call, "EnableTerminationProtection", false);
    return stack_id_answer(stack);
}

json_t *cfn_set_stack_policy(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);

    if (stack == NULL)
        return NULL;
    text_replace(&stack->policy, api_text(call, "StackPolicyBody"));
    return json_object();
}

json_t *cfn_get_stack_policy(ApiCall *call)
{
    const Stack *stack = request_stack(call, false, STACK_MISSING);
    json_t *answer = NULL;

    if (stack == NULL)
        return NULL;
    answer = json_object();
    json_set_text(answer, "StackPolicyBody", stack->policy);
    return answer;
}
