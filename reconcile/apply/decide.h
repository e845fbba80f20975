/* reconcile/apply/decide.h
 *
 * The one place that decides what happens to a stack next: a table over every status × intent, and
 * the guards that every cell shares. Pure: values and a time in, a value out. Thread-safe. */
#pragma once
#include "reconcile/apply/record.h"
#include "reconcile/apply/request.h"
#include "reconcile/apply/stack_status.h"

typedef enum {
    INTENT_DEPLOY,    /* make the stack equal to the commit */
    INTENT_CORRECT,   /* put back what was changed by hand; drift.h is the one who asks */
    INTENT_ROLL_BACK, /* go back to an earlier request */
    INTENT_REMOVE,    /* delete the stack; only a person asks */
    INTENT_COUNT
} Intent;

const char *intent_name(Intent intent);

/* What is seen of the stack. Strings are borrowed. */
typedef struct {
    StackStatus status;
    const char *status_text; /* as AWS spelled it: for STACK_UNKNOWN's message; NULL when absent */
    const char *status_reason;     /* or NULL */
    const char *stack_id;          /* NULL when absent */
    const char *owner_tag;         /* value of OWNER_TAG on the stack, or NULL */
    const char *last_updated_time; /* LastUpdatedTime, else CreationTime; as AWS wrote it */
    bool holds_data; /* a resource that keeps data exists: asked where a rule would delete */
    bool data_known; /* holds_data was looked up */
    bool termination_protection;
} Observed;

// clang-format off
#define APPLY_ACTIONS(ROW)                                                                            \
    ROW(NOTHING,            "nothing to do")            /* the stack is what it should be */          \
    ROW(WAIT,               "wait")                     /* CloudFormation is at work, or a retry's time has not come */ \
    ROW(CREATE,             "create")                   /* change set of type CREATE */               \
    ROW(UPDATE,             "update")                   /* change set of type UPDATE */               \
    ROW(JUDGE,              "judge")                    /* our operation ended: take down how */      \
    ROW(DISCARD,            "discard")                  /* delete what a failed first creation left, then create */ \
    ROW(LOOK_FOR_DATA,      "look for data")            /* before discarding: does it hold any? */    \
    ROW(CONTINUE_ROLLBACK,  "continue rollback")        \
    ROW(ROLL_BACK_STACK,    "roll back")                /* RollbackStack */                           \
    ROW(DELETE,             "delete")                   \
    ROW(GONE,               "gone")                     /* removal is done */                         \
    ROW(HOLD,               "hold")                     /* a person decides */                        \
    ROW(FAIL,               "failed")                   /* waits for a new revision, input or person */
// clang-format on

typedef enum {
#define ROW(name, text) ACTION_##name,
    APPLY_ACTIONS(ROW)
#undef ROW
        ACTION_COUNT
} ActionKind;

const char *action_name(ActionKind action);

typedef struct {
    ActionKind action;
    const char *reason;     /* constant: why, for people; details are added by whoever acts */
    unsigned look_again_ms; /* with WAIT; 0: at once */
} Decision;

/* `desired` may be NULL with INTENT_REMOVE only. `owner` is what OWNER_TAG must say for a stack to
 * be ours (NULL: any value of the tag counts). `now_ms` is Unix time. */
Decision decide(const Observed *observed, const Desired *desired, const Record *record,
                Intent intent, const char *owner, int64_t now_ms);

/* Whether a stack is ours: recorded by its id, or tagged as ours. */
bool stack_is_ours(const Observed *observed, const Record *record, const char *owner);

/* How long to wait before the next look at an operation that was looked at `polls` times: 5 ms at
 * first, half as much again each time, 5 s at most. */
unsigned poll_interval_ms(unsigned polls);

#define ROLLBACK_LOOPS_MAX 10 /* ContinueUpdateRollback in a row, as the CDK does */
#define RETRIES_MAX 3         /* of what failed for a passing reason */
