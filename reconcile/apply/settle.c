/* What no change set carries, once the stack is what it asked for. */
#include "reconcile/apply/rest_api_stage.h"
#include "reconcile/apply/step.h"
#include <string.h>

static bool settle_protection(Step *step, bool *ret_changed, GError **error)
{
    const Desired *desired = step->desired;

    *ret_changed = desired->termination_protection >= 0 &&
                   step->observed.termination_protection != (desired->termination_protection == 1);
    if (*ret_changed &&
        !cloud_formation_update_termination_protection(step->context->client, step->stack->id,
                                                       desired->termination_protection == 1, error))
        return false;
    return !desired->stack_policy ||
           cloud_formation_set_stack_policy(step->context->client, step->stack->id,
                                            desired->stack_policy, error);
}

/* `*ret_refusal` (transfer full): why the stage cannot be as it is wanted; NULL: it is. */
static bool settle_stage(Step *step, bool *ret_changed, char **ret_refusal, GError **error)
{
    AwsClient *client = step->context->client;
    json_t *wanted = step->desired->rest_api_stage;
    const char *stack_id = step->stack->id;
    g_autofree char *id = NULL;
    g_autoptr(GError) failure = NULL;
    json_auto_t *live = NULL, *changes = NULL;

    if (!wanted)
        return true;
    if (!rest_api_stage_look(client, stack_id, wanted, &id, &live, error))
        return false;
    if (!live) {
        *ret_refusal =
            g_strdup_printf("the stack is deployed, but its REST API has no stage %s to be set up",
                            json_string_value(json_object_get(wanted, "StageName")));
        return true;
    }
    changes = rest_api_stage_changes(wanted, live, stack_id);
    *ret_changed = json_array_size(changes) > 0;
    if (!*ret_changed || rest_api_stage_set(client, stack_id, wanted, id, changes, &failure)) {
        if (*ret_changed)
            step_report(step, "stage set", json_string_value(json_object_get(wanted, "StageName")));
        return true;
    }
    if (!rest_api_stage_is_refused(failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_refusal =
        g_strdup_printf("the stack is deployed, but its REST API's stage is not as asked: "
                        "%s",
                        failure->message);
    return true;
}

/* An empty change set passes no gate, but what lies beside it is a change as well. */
static bool ask_first(Step *step, bool *ret_held, GError **error)
{
    const Desired *desired = step->desired;
    g_autoptr(Plan) plan = NULL;

    *ret_held = false;
    if (step->context->approve != APPROVE_ALWAYS)
        return true;
    plan = plan_compare(desired->template, desired->template, NULL, NULL, error);
    if (!plan || !plan_add_settings(plan, step->context->client, desired, step->stack, error))
        return false;
    *ret_held = step_needs_approval(step, plan);
    if (!*ret_held)
        return true;
    step->result->plan = g_steal_pointer(&plan);
    step->record->phase = PHASE_IDLE;
    return step_hold_for_approval(step, approval_reason(step->result->plan), error);
}

static bool refused(Step *step, const char *refusal, GError **error)
{
    Record *record = step->record;
    g_autofree char *digest = g_strdup(record->change_set_digest);

    g_free(record->last_updated_time);
    record->last_updated_time = g_strdup(step->observed.last_updated_time);
    return step_failed(step, digest, refusal,
                       json_string_value(json_object_get(step->desired->rest_api_stage, "RestApi")),
                       error);
}

bool step_settle(Step *step, bool changed, const char *what, GError **error)
{
    const Desired *desired = step->desired;
    g_autofree char *refusal = NULL;
    bool stage_changed = false, protection_changed = false, held = false;

    /* A correction, or an earlier request that has ended, says nothing of what is beside it. */
    if (!desired || !step->stack || step->intent == INTENT_CORRECT ||
        g_strcmp0(desired->digest, step->record->change_set_digest) != 0)
        return step_done(step, changed, what, error);
    if (!changed && !ask_first(step, &held, error))
        return false;
    if (held)
        return true;
    if (!settle_protection(step, &protection_changed, error) ||
        !settle_stage(step, &stage_changed, &refusal, error))
        return false;
    if (refusal)
        return refused(step, refusal, error);
    if (stage_changed && !changed)
        what = "only its REST API's stage had to be set";
    else if (protection_changed && !changed)
        what = "only its termination protection had to be set";
    return step_done(step, changed || stage_changed || protection_changed, what, error);
}
