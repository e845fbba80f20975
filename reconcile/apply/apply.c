#include "reconcile/apply/apply.h"
#include "reconcile/apply/step.h"
#include "reconcile/plan/redact.h"
#include <string.h>

void step_result_clear(StepResult *result)
{
    g_free(result->what);
    g_free(result->failed_resource);
    g_free(result->approval_digest);
    plan_free(result->plan);
    *result = (StepResult){0};
}

static void set_what(Step *step, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);

    g_free(step->result->what);
    step->result->what = redact_text(text, step->context->secrets);
}

bool step_again(Step *step, unsigned again_ms, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_what(step, format, arguments);
    va_end(arguments);
    step->result->outcome = STEP_AGAIN;
    step->result->again_ms = again_ms;
    return true;
}

bool step_held(Step *step, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_what(step, format, arguments);
    va_end(arguments);
    step->result->outcome = STEP_HELD;
    step_report(step, "held", step->result->what);
    return true;
}

void step_report(const Step *step, const char *what, const char *detail)
{
    if (!step->context->report)
        return;
    g_autofree char *safe = redact_text(detail, step->context->secrets);
    ApplyEvent event = {what, step->record->stack_name, safe};
    step->context->report(&event, step->context->data);
}

bool step_save(const Step *step, GError **error)
{
    if (step->context->save(step->record, step->context->data, error))
        return true;
    g_prefix_error(error, "stack %s: its record could not be saved: ", step->record->stack_name);
    return false;
}

bool step_done(Step *step, bool changed, const char *what, GError **error)
{
    Record *record = step->record;

    g_free(record->deployed_digest);
    record->deployed_digest = g_strdup(record->change_set_digest);
    if (step->stack) {
        g_free(record->stack_id);
        record->stack_id = g_strdup(step->stack->id);
        g_free(record->last_updated_time);
        record->last_updated_time = g_strdup(step->observed.last_updated_time);
    }
    record->phase = PHASE_IDLE;
    record->polls = 0;
    g_clear_pointer(&record->approval_digest, g_free);
    if (step->intent == INTENT_CORRECT)
        record->retries = 0; /* a newer revision that failed stays failed */
    else
        record_forgive(record);
    if (!step_save(step, error))
        return false;
    step->result->outcome = STEP_DONE;
    step->result->changed = changed;
    step->result->what = g_strdup(what);
    step_report(step, changed ? "deployed" : "unchanged", NULL);
    return true;
}

bool step_failed(Step *step, const char *digest, const char *reason, const char *resource,
                 GError **error)
{
    Record *record = step->record;
    g_autofree char *safe = redact_text(reason, step->context->secrets);

    if (step->intent !=
        INTENT_CORRECT) { /* a correction is tried again when drift is found again */
        g_free(record->failed_digest);
        record->failed_digest = g_strdup(digest);
        g_free(record->failure);
        record->failure = g_strdup(safe);
        g_free(record->failed_resource);
        record->failed_resource = g_strdup(resource);
    }
    record->phase = PHASE_IDLE;
    record->retry_at_ms = 0;
    record->retries = 0;
    g_clear_pointer(&record->approval_digest, g_free);
    if (!step_save(step, error))
        return false;
    step->result->outcome = STEP_FAILED;
    step->result->what = g_steal_pointer(&safe);
    step->result->failed_resource = g_strdup(resource);
    step_report(step, "failed", step->result->what);
    return true;
}

bool error_is_about_request(const GError *error)
{
    static const char *const codes[] = {"ValidationError", "InsufficientCapabilitiesException",
                                        "InsufficientCapabilities", "InvalidTemplate",
                                        "TokenAlreadyExistsException"};

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (aws_error_is(error, codes[i]))
            return !strstr(aws_error_message(error), "_IN_PROGRESS");
    }
    return false;
}

static void observe(Step *step)
{
    const CloudFormationStack *stack = step->stack;
    Observed *observed = &step->observed;

    *observed = (Observed){.status = STACK_ABSENT};
    if (!stack)
        return;
    observed->status = stack_status_parse(stack->status);
    observed->status_text = stack->status;
    observed->status_reason = stack->status_reason;
    observed->stack_id = stack->id;
    observed->owner_tag = json_string_value(json_object_get(stack->tags, OWNER_TAG));
    observed->last_updated_time =
        stack->last_updated_time ? stack->last_updated_time : stack->creation_time;
    observed->termination_protection = stack->termination_protection;
}

static void forget_stack(Record *record)
{
    g_clear_pointer(&record->stack_id, g_free);
    g_clear_pointer(&record->deployed_digest, g_free);
    g_clear_pointer(&record->last_updated_time, g_free);
    record->created_by_us = false;
}

/* Ends phases whose operation is seen to have ended; an execution's end is judged on its own. */
static void settle_phase(Step *step)
{
    Record *record = step->record;
    StackStatus status = step->observed.status;
    bool absent = status == STACK_ABSENT || status == STACK_DELETE_COMPLETE;

    step->was_deleting = record->phase == PHASE_DELETING;
    if (record->phase == PHASE_CONTINUING && status == STACK_UPDATE_ROLLBACK_COMPLETE) {
        record->phase = PHASE_IDLE;
        record->rollback_loops = 0;
        record->retry_at_ms = 0;
    } else if (record->phase == PHASE_ROLLING_BACK && status != STACK_UPDATE_FAILED &&
               !stack_status_is_busy(status)) {
        record->phase = PHASE_IDLE;
    } else if (record->phase == PHASE_DELETING && absent) {
        record->phase = PHASE_IDLE;
    } else if (record->phase == PHASE_EXECUTING && absent) {
        record->phase = PHASE_IDLE;
    }
    if (absent)
        forget_stack(record);
}

static char *operation_token(const Record *record, const char *operation)
{
    return g_strdup_printf("driftless-%s-%u-%u", operation, record->attempt,
                           record->rollback_loops);
}

static bool step_continue_rollback(Step *step, GError **error)
{
    const unsigned first_ms = 2000, max_ms = 300000;
    Record *record = step->record;
    unsigned pause = first_ms << MIN(record->rollback_loops, 8);

    record->phase = PHASE_CONTINUING;
    record->rollback_loops++;
    record->retry_at_ms = step->context->now_ms + MIN(pause, max_ms);
    record->polls = 0;
    if (!step_save(step, error))
        return false;
    g_autofree char *token = operation_token(record, "continue");
    if (!cloud_formation_continue_update_rollback(step->context->client, step->stack->id, NULL,
                                                  NULL, token, error))
        return false;
    step_report(step, "rollback continued", step->observed.status_reason);
    return step_again(step, poll_interval_ms(0),
                      "UPDATE_ROLLBACK_FAILED: rollback continued (%u of %d)",
                      record->rollback_loops, ROLLBACK_LOOPS_MAX);
}

static bool step_roll_back_stack(Step *step, GError **error)
{
    Record *record = step->record;

    record->phase = PHASE_ROLLING_BACK;
    record->attempt++;
    record->polls = 0;
    if (!step_save(step, error))
        return false;
    g_autofree char *token = operation_token(record, "rollback");
    if (!cloud_formation_rollback_stack(step->context->client, step->stack->id, NULL, token, true,
                                        error))
        return false;
    step_report(step, "rolled back", step->observed.status_reason);
    return step_again(step, poll_interval_ms(0),
                      "UPDATE_FAILED: rolling back before the next update");
}

static bool step_wait(Step *step, const Decision *decision)
{
    step->record->polls++;
    if (step->observed.status == STACK_UNKNOWN)
        step_report(step, "unknown status", step->observed.status_text);
    return step_again(step, decision->look_again_ms, "%s: %s",
                      step->observed.status_text ? step->observed.status_text : "no stack",
                      decision->reason);
}

static bool step_hold(Step *step, const Decision *decision, GError **error)
{
    if (step->record->phase == PHASE_DELETING) {
        /* Asked again by a person, deleting is tried again. */
        step->record->phase = PHASE_IDLE;
        if (!step_save(step, error))
            return false;
    }
    const char *cause = step->observed.status_reason;
    return cause && cause[0] != '\0'
               ? step_held(step, "%s (%s: %s)", decision->reason, step->observed.status_text, cause)
               : step_held(step, "%s", decision->reason);
}

static bool step_nothing(Step *step)
{
    step->result->outcome = STEP_DONE;
    step->result->what = g_strdup("no changes");
    return true;
}

static bool step_gone(Step *step, GError **error)
{
    step->record->phase = PHASE_IDLE;
    record_forgive(step->record);
    if (!step_save(step, error))
        return false;
    step->result->outcome = STEP_DONE;
    step->result->changed = step->was_deleting;
    step->result->what = g_strdup(step->was_deleting ? "removed" : "there is no such stack");
    if (step->was_deleting)
        step_report(step, "removed", NULL);
    return true;
}

static bool step_fail(Step *step, const Decision *decision)
{
    const char *failure = step->record->failure;

    step->result->outcome = STEP_FAILED;
    step->result->what = g_strdup(failure ? failure : decision->reason);
    step->result->failed_resource = g_strdup(step->record->failed_resource);
    return true;
}

static bool act(Step *step, const Decision *decision, GError **error)
{
    switch (decision->action) {
    case ACTION_NOTHING:
        return step_nothing(step);
    case ACTION_CREATE:
        return step_change_set(step, "CREATE", error);
    case ACTION_UPDATE:
        return step_change_set(step, "UPDATE", error);
    case ACTION_JUDGE:
        return step_judge(step, error);
    case ACTION_DISCARD:
        return step_discard(step, error);
    case ACTION_CONTINUE_ROLLBACK:
        return step_continue_rollback(step, error);
    case ACTION_ROLL_BACK_STACK:
        return step_roll_back_stack(step, error);
    case ACTION_DELETE:
        return step_delete(step, error);
    case ACTION_GONE:
        return step_gone(step, error);
    case ACTION_HOLD:
        return step_hold(step, decision, error);
    case ACTION_FAIL:
        return step_fail(step, decision);
    case ACTION_LOOK_FOR_DATA: /* done before: data_known is set */
    case ACTION_WAIT:
    case ACTION_COUNT:
        break;
    }
    return step_wait(step, decision);
}

static Decision decide_now(const Step *step)
{
    return decide(&step->observed, step->desired, step->record, step->intent, step->context->owner,
                  step->context->now_ms);
}

bool apply_step(const ApplyContext *context, const Desired *desired, Record *record, Intent intent,
                StepResult *ret, GError **error)
{
    g_autoptr(CloudFormationStack) stack = NULL;
    Step step = {
        .context = context, .desired = desired, .record = record, .intent = intent, .result = ret};
    const char *name = desired ? desired->stack_name : record->stack_name;

    g_assert(desired || intent == INTENT_REMOVE);
    step_result_clear(ret);
    if (!cloud_formation_describe_stack(context->client, name, &stack, error))
        return false;
    step.stack = stack;
    observe(&step);
    ret->status = step.observed.status;
    settle_phase(&step);

    Decision decision = decide_now(&step);
    if (decision.action == ACTION_LOOK_FOR_DATA) {
        if (!step_look_for_data(&step, error))
            return false;
        decision = decide_now(&step);
    }
    return act(&step, &decision, error);
}

bool apply_is_settled(const Record *record, const Desired *desired,
                      const CloudFormationStack *stack)
{
    if (!stack || record->phase != PHASE_IDLE || !record->stack_id || !record->deployed_digest)
        return false;
    const char *updated =
        stack->last_updated_time ? stack->last_updated_time : stack->creation_time;
    return strcmp(record->deployed_digest, desired->digest) == 0 &&
           g_strcmp0(record->stack_id, stack->id) == 0 &&
           g_strcmp0(record->last_updated_time, updated) == 0 &&
           !stack_status_is_busy(stack_status_parse(stack->status)) &&
           stack_status_parse(stack->status) != STACK_UNKNOWN;
}
