/* reconcile/apply/step.h
 *
 * Inside the room only: one step under way, and its parts. Each action function fills `result` and
 * returns true, or false with an error that says nothing about the request. */
#pragma once
#include "reconcile/apply/apply.h"

typedef struct {
    const ApplyContext *context;
    const Desired *desired; /* NULL only with INTENT_REMOVE */
    Record *record;
    Intent intent;
    StepResult *result;
    CloudFormationStack *stack; /* NULL: absent */
    Observed observed;
    bool was_deleting;
} Step;

/* Outcomes; each returns true. `format` makes result.what, secrets hidden. */
bool step_again(Step *step, unsigned again_ms, const char *format, ...) G_GNUC_PRINTF(3, 4);
bool step_held(Step *step, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The stack is what record->change_set_digest asked for: notes it, saves. */
bool step_done(Step *step, bool changed, const char *what, GError **error);
/* The request failed for good: notes it as failed_digest, saves. `reason` is one line; `resource`
 * may be NULL. */
bool step_failed(Step *step, const char *digest, const char *reason, const char *resource,
                 GError **error);

void step_report(const Step *step, const char *what, const char *detail);
bool step_save(const Step *step, GError **error);

/* Whether an error tells that this request is wrong, so that repeating it is no use. */
bool error_is_about_request(const GError *error);

/* change_set.c: creates, describes, gates and executes the change set of `desired`; `type` is
 * CREATE or UPDATE. */
bool step_change_set(Step *step, const char *type, GError **error);

/* Whether `plan` waits for an approval that is not there, and why it does. A correction never does.
 */
bool step_needs_approval(const Step *step, const Plan *plan);
const char *approval_reason(const Plan *plan);
/* Held, `reason` among what is said; the record remembers the request that waits. */
bool step_hold_for_approval(Step *step, const char *reason, GError **error);

/* judge.c: our execution has ended. */
bool step_judge(Step *step, GError **error);

/* settle.c: the stack is what was asked for; what no change set carries is set, and the step is
 * done. `changed` and `what` as of step_done where nothing more had to be. Held instead where
 * nothing was `changed`, so that nobody was asked, and what would be set waits for approval. */
bool step_settle(Step *step, bool changed, const char *what, GError **error);

/* removal.c */
bool step_discard(Step *step, GError **error);
bool step_delete(Step *step, GError **error);
bool step_look_for_data(Step *step, GError **error);

/* live_plan.c: the plan of `desired` against the live stack (NULL: absent, or without resources).
 */
G_GNUC_WARN_UNUSED_RESULT
Plan *plan_against_stack(AwsClient *client, const Desired *desired,
                         const CloudFormationStack *stack, GError **error);
/* Adds what no change set carries: termination protection, and what would be set of a REST API's
 * stage; nothing where `desired` says nothing of them. */
G_GNUC_WARN_UNUSED_RESULT
bool plan_add_settings(Plan *plan, AwsClient *client, const Desired *desired,
                       const CloudFormationStack *stack, GError **error);
/* Puts the change set's word on replacements over the prediction. */
void plan_take_change_set(Plan *plan, const CloudFormationChangeSet *change_set);
