#include "reconcile/apply/failure.h"
#include "reconcile/apply/step.h"
#include <string.h>

#define CLOCK_SLACK_MS 60000 /* between ours and AWS's */

static Failure *first_cause(Step *step, GError **error)
{
    const Record *record = step->record;
    g_autoptr(GPtrArray) events = NULL;
    int64_t since = record->operation_started_ms > CLOCK_SLACK_MS
                        ? record->operation_started_ms - CLOCK_SLACK_MS
                        : 0;

    if (!cloud_formation_describe_stack_events(step->context->client, step->stack->id, NULL, since,
                                               0, &events, error))
        return NULL;
    g_autofree FailureEvent *plain = g_new0(FailureEvent, events->len + 1);
    for (guint i = 0; i < events->len; i++) {
        const CloudFormationEvent *event = events->pdata[i];
        plain[i] = (FailureEvent){.time_ms = event->time_ms,
                                  .logical_id = event->logical_id,
                                  .physical_id = event->physical_id,
                                  .type = event->type,
                                  .status = event->status,
                                  .reason = event->reason,
                                  .client_token = event->client_token};
    }
    Failure *failure =
        failure_find(plain, events->len, step->stack->name, record->change_set_name, since);
    if (!failure) {
        failure = g_new0(Failure, 1);
        failure->reason = g_strdup(step->observed.status_reason ? step->observed.status_reason
                                                                : "CloudFormation gave no reason");
        failure->class = failure_classify(failure->reason);
    }
    return failure;
}

static bool retry(Step *step, const Failure *failure, GError **error)
{
    const unsigned first_ms = 5000;
    Record *record = step->record;
    bool name_taken = strstr(failure->reason, "after deleting a queue") != NULL; /* SQS: 60 s */
    unsigned pause = name_taken ? 60000 : first_ms << record->retries;
    g_autofree char *text = failure_to_text(failure);

    record->retries++;
    record->retry_at_ms = step->context->now_ms + pause;
    record->phase = PHASE_IDLE;
    if (!step_save(step, error))
        return false;
    step_report(step, "retried", text);
    return step_again(step, pause, "failed for a passing reason, trying again (%u of %d): %s",
                      record->retries, RETRIES_MAX, text);
}

static bool judge_failure(Step *step, GError **error)
{
    Record *record = step->record;
    g_autoptr(Failure) failure = first_cause(step, error);

    if (!failure)
        return false;
    /* The stack's time moved with the failed operation; what is deployed is what was before. */
    g_free(record->last_updated_time);
    record->last_updated_time = g_strdup(step->observed.last_updated_time);
    if (failure->class == FAILURE_PASSING && record->retries < RETRIES_MAX)
        return retry(step, failure, error);
    g_autofree char *text = failure_to_text(failure);
    g_autofree char *digest = g_strdup(record->change_set_digest);
    if (!step_failed(step, digest, text, failure->logical_id, error))
        return false;
    bool stuck = step->observed.status == STACK_UPDATE_ROLLBACK_FAILED;
    bool superseded = step->desired && strcmp(step->desired->digest, digest) != 0;
    if (step->intent != INTENT_CORRECT && (stuck || superseded)) {
        g_autofree char *what = g_steal_pointer(&step->result->what);
        return step_again(step, 0, "%s", what);
    }
    return true;
}

static bool judge_success(Step *step, GError **error)
{
    if (!step_settle(step, true, "deployed", error))
        return false;
    if (step->result->outcome == STEP_DONE && step->desired &&
        strcmp(step->desired->digest, step->record->deployed_digest) != 0)
        return step_again(step, 0, "deployed an earlier request; going on to the newest");
    return true;
}

static bool judge_by_stack(Step *step, GError **error)
{
    return stack_status_is_failed(step->observed.status) ? judge_failure(step, error)
                                                         : judge_success(step, error);
}

bool step_judge(Step *step, GError **error)
{
    Record *record = step->record;
    g_autoptr(CloudFormationChangeSet) change_set = NULL;

    if (!cloud_formation_describe_change_set(step->context->client, step->stack->id,
                                             record->change_set_name, &change_set, error))
        return false;
    const char *execution =
        change_set && change_set->execution_status ? change_set->execution_status : "";
    if (strcmp(execution, "AVAILABLE") == 0) { /* the call never arrived */
        record->phase = PHASE_CHANGE_SET;
        return step_again(step, 0, "not executed yet");
    }
    if (strcmp(execution, "EXECUTE_IN_PROGRESS") == 0)
        return step_again(step, poll_interval_ms(record->polls++), "executing");
    if (change_set && strcmp(execution, "OBSOLETE") == 0) {
        record->phase = PHASE_IDLE;
        return step_again(step, 0, "somebody else changed the stack in between");
    }
    if (!change_set &&
        g_strcmp0(record->last_updated_time, step->observed.last_updated_time) == 0) {
        record->phase = PHASE_IDLE; /* gone without a trace of an update */
        return step_again(step, 0, "the change set is gone");
    }
    return judge_by_stack(step, error);
}
