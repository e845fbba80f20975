/* CreateChangeSet, ExecuteChangeSet, DeleteChangeSet. */
#include "tests/aws/cloudformation/change_sets.h"
#include "tests/aws/cloudformation/change_set_compare.h"
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/cloudformation/operations.h"
#include "tests/aws/cloudformation/request.h"
#include <string.h>

#define NO_CHANGES                                                                                \
    "The submitted information didn't contain changes. Submit different information to create a " \
    "change set."

const char *change_set_status(const ChangeSet *change_set, int64_t now_ms)
{
    return now_ms < change_set->ready_ms ? "CREATE_IN_PROGRESS" : change_set->status;
}

const char *change_set_execution_status(const ChangeSet *change_set, int64_t now_ms)
{
    return now_ms < change_set->ready_ms ? "UNAVAILABLE" : change_set->execution_status;
}

ChangeSet *request_change_set(ApiCall *call)
{
    const char *name = api_text(call, "ChangeSetName");
    const char *stack_name = api_text(call, "StackName");
    const Stack *stack = NULL;
    ChangeSet *change_set = NULL;

    if (name == NULL) {
        api_fail(call, 400, "ValidationError",
                 "1 validation error detected: Value null at 'changeSetName' failed to satisfy "
                 "constraint: Member must not be null");
        return NULL;
    }
    if (g_str_has_prefix(name, "arn:")) {
        change_set = g_hash_table_lookup(call->region->change_sets, name);
    } else if (stack_name == NULL) {
        api_fail(call, 400, "ValidationError",
                 "StackName must be specified if ChangeSetName is not specified as an ARN.");
        return NULL;
    } else {
        stack = stack_find(call->region, stack_name);
        if (stack == NULL) {
            api_fail(call, 400, "ValidationError", STACK_MISSING, stack_name);
            return NULL;
        }
        change_set = stack_change_set_find(stack, name);
    }
    if (change_set == NULL)
        api_fail(call, 404, "ChangeSetNotFound", "ChangeSet [%s] does not exist", name);
    return change_set;
}

/* The stack that the change set is for; for a new one a stack in REVIEW_IN_PROGRESS is made later.
 * False on an error. */
static bool find_target(ApiCall *call, const char *type, Stack **ret)
{
    const char *name = api_text(call, "StackName");
    Stack *stack = stack_find(call->region, name);
    bool review = stack != NULL && strcmp(stack->status, "REVIEW_IN_PROGRESS") == 0;

    if (stack != NULL && stack->deleted_ms != 0)
        stack = NULL;
    if (strcmp(type, "CREATE") == 0) {
        if (stack != NULL && !review) {
            api_fail(call, 400, "ValidationError",
                     "Stack [%s] already exists and cannot be created again with the changeSet "
                     "[%s].",
                     stack->name, api_text(call, "ChangeSetName"));
            return false;
        }
    } else if (stack == NULL) {
        api_fail(call, 400, "ValidationError", STACK_MISSING, name);
        return false;
    } else if (!request_may_update(call, stack)) {
        return false;
    }
    *ret = stack;
    return true;
}

/* A change set of that name that is there already: the answer for a repeated call, or an error. */
static bool is_repeated(ApiCall *call, const Stack *stack, json_t **ret)
{
    const char *name = api_text(call, "ChangeSetName");
    const char *token = api_text(call, "ClientToken");
    const ChangeSet *existing = stack != NULL ? stack_change_set_find(stack, name) : NULL;

    if (existing == NULL)
        return false;
    if (token != NULL && g_strcmp0(existing->client_token, token) == 0)
        *ret = json_pack("{s:s, s:s}", "Id", existing->id, "StackId", stack->id);
    else
        *ret = api_fail(call, 400, "AlreadyExistsException", "ChangeSet %s already exists", name);
    return true;
}

static ChangeSet *change_set_new(ApiCall *call, Stack *stack, const char *type,
                                 Deployment *deployment)
{
    ChangeSet *change_set = g_new0(ChangeSet, 1);
    g_autofree char *uuid = double_uuid(call->aws);

    change_set->region = call->region;
    change_set->stack = stack;
    change_set->name = g_strdup(api_text(call, "ChangeSetName"));
    change_set->id =
        g_strdup_printf("arn:aws:cloudformation:%s:%s:changeSet/%s/%s", call->region->name,
                        call->region->account->id, change_set->name, uuid);
    change_set->description = g_strdup(api_text(call, "Description"));
    change_set->type = g_strdup(type);
    change_set->created_ms = call->now_ms;
    change_set->ready_ms = call->now_ms + call->aws->options.resource_time_ms;
    change_set->client_token = g_strdup(api_text(call, "ClientToken"));
    change_set->role_arn = g_strdup(api_text(call, "RoleARN"));
    change_set->on_stack_failure = g_strdup(api_text(call, "OnStackFailure"));
    change_set->include_nested = api_flag(call, "IncludeNestedStacks", false);
    change_set->import_existing = api_flag(call, "ImportExistingResources", false);
    change_set->revert_drift = call->aws->options.drift_aware &&
                               g_strcmp0(api_text(call, "DeploymentMode"), "REVERT_DRIFT") == 0;
    change_set->changes = json_array();
    change_set->deployment = *deployment;
    memset(deployment, 0, sizeof *deployment);
    g_hash_table_insert(call->region->change_sets, g_strdup(change_set->id), change_set);
    g_ptr_array_add(stack->change_sets, change_set);
    return change_set;
}

static void compare(ChangeSet *change_set)
{
    GError *error = NULL;
    bool empty = false;

    if (!change_set_compare(change_set, &empty, &error)) {
        text_replace(&change_set->status, "FAILED");
        text_replace(&change_set->status_reason, error->message);
        g_error_free(error);
    } else if (empty) {
        text_replace(&change_set->status, "FAILED");
        text_replace(&change_set->status_reason, NO_CHANGES);
    } else {
        text_replace(&change_set->status, "CREATE_COMPLETE");
    }
    text_replace(&change_set->execution_status,
                 strcmp(change_set->status, "CREATE_COMPLETE") == 0 ? "AVAILABLE" : "UNAVAILABLE");
}

static bool options_are_valid(ApiCall *call, const char *type, const Stack *stack)
{
    const char *mode = api_text(call, "DeploymentMode");
    const char *failure = api_text(call, "OnStackFailure");

    if (strcmp(type, "CREATE") != 0 && strcmp(type, "UPDATE") != 0) {
        api_fail(call, 400, "ValidationError",
                 "the double makes change sets of type CREATE and UPDATE, not %s", type);
        return false;
    }
    if (mode != NULL && call->aws->options.drift_aware) {
        if (strcmp(mode, "REVERT_DRIFT") != 0) {
            api_fail(
                call, 400, "ValidationError",
                "1 validation error detected: Value '%s' at 'deploymentMode' failed to satisfy "
                "constraint: Member must satisfy enum value set: [REVERT_DRIFT]",
                mode);
            return false;
        }
        if (strcmp(type, "CREATE") == 0) {
            api_fail(call, 400, "ValidationError",
                     "DeploymentMode REVERT_DRIFT is not supported for change sets of type CREATE");
            return false;
        }
    }
    if (g_strcmp0(failure, "DELETE") == 0 && strcmp(type, "CREATE") != 0) {
        api_fail(call, 400, "ValidationError",
                 "OnStackFailure can only be set to DELETE for changesets of type CREATE");
        return false;
    }
    if (stack != NULL && stack->change_sets->len >= CHANGE_SETS_LIMIT) {
        api_fail(call, 400, "LimitExceededException", "ChangeSet limit exceeded for stack %s",
                 stack->name);
        return false;
    }
    return true;
}

json_t *cfn_create_change_set(ApiCall *call)
{
    const char *type = api_text(call, "ChangeSetType");
    Deployment deployment = {0};
    Stack *stack = NULL;
    ChangeSet *change_set = NULL;
    json_t *repeated = NULL;

    if (type == NULL)
        type = "UPDATE";
    if (!request_name_is_valid(call, "StackName", "stackName", true, 128) ||
        !request_name_is_valid(call, "ChangeSetName", "changeSetName", false, 128) ||
        !find_target(call, type, &stack))
        return NULL;
    if (is_repeated(call, stack, &repeated))
        return repeated;
    if (!options_are_valid(call, type, stack) ||
        !request_deployment(call, strcmp(type, "CREATE") == 0 ? NULL : stack, &deployment))
        return NULL;
    if (stack == NULL) {
        stack = stack_new(call->region, api_text(call, "StackName"), "REVIEW_IN_PROGRESS",
                          call->now_ms);
        stack_set_status(stack, "REVIEW_IN_PROGRESS", "User Initiated", call->now_ms);
    }
    change_set = change_set_new(call, stack, type, &deployment);
    compare(change_set);
    return json_pack("{s:s, s:s}", "Id", change_set->id, "StackId", stack->id);
}

static void delete_other_change_sets(Stack *stack, const ChangeSet *kept)
{
    for (guint i = stack->change_sets->len; i > 0; i--) {
        ChangeSet *other = stack->change_sets->pdata[i - 1];

        if (other != kept)
            stack_change_set_remove(stack, other);
    }
}

static bool may_execute(ApiCall *call, const ChangeSet *change_set)
{
    const char *status = change_set_execution_status(change_set, call->now_ms);

    if (strcmp(status, "AVAILABLE") != 0) {
        api_fail(call, 400, "InvalidChangeSetStatus",
                 "ChangeSet [%s] cannot be executed in its current status of [%s]", change_set->id,
                 strcmp(status, "UNAVAILABLE") == 0 ? change_set_status(change_set, call->now_ms)
                                                    : status);
        return false;
    }
    if (change_set->on_stack_failure != NULL &&
        json_object_get(call->input, "DisableRollback") != NULL) {
        api_fail(call, 400, "ValidationError",
                 "DisableRollback cannot be specified when OnStackFailure was specified for the "
                 "change set");
        return false;
    }
    if (strcmp(change_set->type, "CREATE") == 0)
        return true;
    return request_may_update(call, change_set->stack);
}

json_t *cfn_execute_change_set(ApiCall *call)
{
    ChangeSet *change_set = request_change_set(call);
    const char *token = api_text(call, "ClientRequestToken");
    bool create = change_set != NULL && strcmp(change_set->type, "CREATE") == 0;
    Operation *operation = NULL;
    Deployment deployment;
    Stack *stack = NULL;

    if (change_set == NULL)
        return NULL;
    if (token != NULL && g_strcmp0(change_set->executed_token, token) == 0)
        return json_object();
    if (!may_execute(call, change_set))
        return NULL;
    stack = change_set->stack;
    delete_other_change_sets(stack, change_set);
    text_replace(&change_set->executed_token, token);
    text_replace(&change_set->execution_status, "EXECUTE_IN_PROGRESS");
    text_replace(&stack->change_set_id, change_set->id);
    if (change_set->role_arn != NULL)
        text_replace(&stack->role_arn, change_set->role_arn);
    operation = operation_new(stack, create ? OPERATION_CREATE : OPERATION_UPDATE,
                              create ? "CREATE_STACK" : "UPDATE_STACK", token, call->now_ms);
    operation->revert_drift = change_set->revert_drift;
    operation->import_existing = change_set->import_existing;
    operation->retain_except_on_create = api_flag(call, "RetainExceptOnCreate", false);
    operation->disable_rollback = api_flag(call, "DisableRollback", false);
    operation->on_failure = g_strdup(change_set->on_stack_failure);
    operation->change_set_id = g_strdup(change_set->id);
    stack->disable_rollback = operation->disable_rollback;
    deployment_copy(&deployment, &change_set->deployment);
    if (create)
        operation_start_create(stack, operation, &deployment);
    else
        operation_start_update(stack, operation, &deployment);
    return json_object();
}

json_t *cfn_delete_change_set(ApiCall *call)
{
    ChangeSet *change_set = request_change_set(call);

    if (change_set == NULL) {
        if (call->error.status == 404) {
            /* One that is gone already is no trouble. */
            call->error.status = 0;
            return json_object();
        }
        return NULL;
    }
    if (strcmp(change_set->execution_status, "EXECUTE_IN_PROGRESS") == 0)
        return api_fail(call, 400, "InvalidChangeSetStatus",
                        "ChangeSet [%s] cannot be deleted in its current status of [%s]",
                        change_set->id, change_set->execution_status);
    stack_change_set_remove(change_set->stack, change_set);
    return json_object();
}
