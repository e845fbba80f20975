#include "reconcile/apply/adopt.h"
#include "reconcile/apply/step.h"
#include <string.h>

G_DEFINE_QUARK(driftless - adopt - error, adopt_error)

static bool may_be_adopted(const CloudFormationStack *stack, const Desired *desired,
                           const char *owner, bool force, GError **error)
{
    StackStatus status = stack ? stack_status_parse(stack->status) : STACK_ABSENT;
    const char *tag = stack ? json_string_value(json_object_get(stack->tags, OWNER_TAG)) : NULL;

    if (status == STACK_ABSENT || status == STACK_REVIEW_IN_PROGRESS ||
        status == STACK_DELETE_COMPLETE) {
        g_set_error(error, ADOPT_ERROR, ADOPT_ERROR_NO_STACK,
                    "stack %s does not exist: there is nothing to adopt, a deploy creates it",
                    desired->stack_name);
        return false;
    }
    if (tag && owner && strcmp(tag, owner) != 0 && !force) {
        g_set_error(error, ADOPT_ERROR, ADOPT_ERROR_OTHERS,
                    "stack %s belongs to the service %s (tag %s): give one of them another "
                    "stackName, or force it",
                    desired->stack_name, tag, OWNER_TAG);
        return false;
    }
    bool updatable = status == STACK_CREATE_COMPLETE || status == STACK_UPDATE_COMPLETE ||
                     status == STACK_UPDATE_ROLLBACK_COMPLETE || status == STACK_IMPORT_COMPLETE ||
                     status == STACK_IMPORT_ROLLBACK_COMPLETE;
    if (!updatable) {
        g_set_error(
            error, ADOPT_ERROR, ADOPT_ERROR_BUSY,
            "stack %s is in %s: it can be adopted once it has settled in a *_COMPLETE state",
            desired->stack_name, stack->status);
        return false;
    }
    return true;
}

static const Hazard *lasting_loss(const Plan *plan)
{
    for (guint i = 0; i < plan->hazards->len; i++) {
        const Hazard *hazard = plan->hazards->pdata[i];
        if (hazard->blocks)
            return hazard;
    }
    return NULL;
}

static bool take(const ApplyContext *context, const CloudFormationStack *stack, Record *record,
                 GError **error)
{
    g_free(record->stack_name);
    record->stack_name = g_strdup(stack->name);
    g_free(record->stack_id);
    record->stack_id = g_strdup(stack->id);
    g_clear_pointer(&record->deployed_digest, g_free);
    record->phase = PHASE_IDLE;
    record->created_by_us = false;
    record_forgive(record);
    if (!context->save(record, context->data, error)) {
        g_prefix_error(error, "stack %s: its record could not be saved: ", stack->name);
        return false;
    }
    return true;
}

bool adopt_stack(const ApplyContext *context, const Desired *desired, bool force, Record *record,
                 Plan **ret_plan, GError **error)
{
    g_autoptr(CloudFormationStack) stack = NULL;

    if (!cloud_formation_describe_stack(context->client, desired->stack_name, &stack, error))
        return false;
    if (!may_be_adopted(stack, desired, context->owner, force, error))
        return false;
    g_autoptr(Plan) plan = plan_against_stack(context->client, desired, stack, error);
    if (!plan)
        return false;
    const Hazard *loss = lasting_loss(plan);
    if (loss && !force) {
        g_set_error(error, ADOPT_ERROR, ADOPT_ERROR_DATA,
                    "stack %s is not adopted, because its next deploy would destroy data: %s",
                    desired->stack_name, loss->text);
        *ret_plan = g_steal_pointer(&plan);
        return false;
    }
    if (!take(context, stack, record, error))
        return false;
    *ret_plan = g_steal_pointer(&plan);
    return true;
}
