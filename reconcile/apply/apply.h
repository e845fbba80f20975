/* reconcile/apply/apply.h
 *
 * One step of bringing a stack to its request: the calls of one action, and when to look again.
 * Nothing here sleeps, logs or keeps anything but the Record, which is saved before every call that
 * changes something, so that a step may be repeated after a crash at any point.
 *
 *     do {
 *         wait result.again_ms;
 *         apply_step (&context, desired, record, INTENT_DEPLOY, &result, &error);
 *     } while (result.outcome == STEP_AGAIN);
 *
 * Threads: one stack's steps come from one thread at a time; different stacks need nothing of each
 * other but a client each (aws_client.h says what may be shared). */
#pragma once
#include "config/settings.h"
#include "reconcile/apply/decide.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/plan/plan.h"

typedef enum {
    STEP_AGAIN,  /* not there yet: call again in again_ms */
    STEP_DONE,   /* the stack is what was asked for (removed: is gone) */
    STEP_HELD,   /* a person decides: what says on what */
    STEP_FAILED, /* waits for a new revision, a changed input, a person */
} StepOutcome;

typedef enum {
    GATE_PASS,
    GATE_HOLD,        /* the change set is cleared away, the step is HELD with the gate's reason */
    GATE_UNSUPPORTED, /* drift-aware change sets are not there: cleared away, the step is HELD with
                         result.unsupported set */
} GateVerdict;

/* Something worth a line in a log or a metric. Strings are borrowed for the call. */
typedef struct {
    const char *what; /* constant: "change set created", "executed", "deleting", "held", … */
    const char *stack_name;
    const char *detail; /* one line, or NULL */
} ApplyEvent;

typedef struct {
    AwsClient *client; /* for the stack's account and region */
    ApprovePolicy approve;
    const char *approved_digest; /* the request a person approved, or NULL */
    const char *owner;           /* value of OWNER_TAG, or NULL */
    const GPtrArray *secrets;    /* char*: hidden in texts; or NULL */
    int64_t now_ms;              /* Unix time of this step */

    /* Persists the record; called before every call that changes something in AWS, and after its
     * answer. Required. A failure stops the step. */
    bool (*save)(const Record *record, void *data, GError **error);
    void (*report)(const ApplyEvent *event, void *data); /* or NULL */
    /* Looks at a change set before it is executed; or NULL. `ret_reason` (transfer full) with
     * GATE_HOLD. */
    GateVerdict (*gate)(const CloudFormationChangeSet *change_set, void *data, char **ret_reason);
    void *data;
} ApplyContext;

typedef struct {
    StepOutcome outcome;
    unsigned again_ms; /* with AGAIN */
    bool changed;      /* with DONE: something was changed; false: the stack was equal already */
    bool unsupported;  /* with HELD: the gate said GATE_UNSUPPORTED */
    char *what; /* one line for people: "UPDATE_IN_PROGRESS: waiting", "rolled back: OrdersQueue
                   (AWS::SQS::Queue): …" */
    char *failed_resource; /* with FAILED: the logical id of the first cause, or NULL */
    char *approval_digest; /* with HELD for approval: what context.approved_digest must be; else
                              NULL */
    Plan *plan; /* what this request changes: given by the step that executes or holds its change
                   set; else NULL */
    StackStatus status; /* as this step last saw it */
} StepResult;

/* Frees what is inside and zeroes it. A StepResult starts as {0}. */
void step_result_clear(StepResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StepResult, step_result_clear)

/* Makes the calls of one action. `desired` may be NULL with INTENT_REMOVE. True with `ret` filled
 * (cleared first); false with an error when a call failed in a way that says nothing about the
 * request (network, credentials, a missing permission, throttled beyond retry, save): the caller
 * comes back later. What AWS refuses about the request itself (ValidationError and its like) is
 * STEP_FAILED. */
G_GNUC_WARN_UNUSED_RESULT
bool apply_step(const ApplyContext *context, const Desired *desired, Record *record, Intent intent,
                StepResult *ret, GError **error);

/* Whether a step would find nothing to do, judged by a stack from a shared page of DescribeStacks
 * (NULL: not among them): a deployed digest that equals the desired one, the same stack, settled,
 * not updated since. Pure. */
bool apply_is_settled(const Record *record, const Desired *desired,
                      const CloudFormationStack *stack);

/* What `desired` would change in the live stack (which may not exist): for `driftless plan`,
 * `adopt` and the gate. Reads only. Returns (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
Plan *apply_plan(AwsClient *client, const Desired *desired, GError **error);
