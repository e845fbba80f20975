/* reconcile/apply/failure.h
 *
 * Why an operation on a stack failed: the first cause among the stack's events, and whether it may
 * pass by itself. Pure; thread-safe. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* One event, as DescribeStackEvents tells it. Strings are borrowed. */
typedef struct {
    int64_t time_ms; /* 0: unknown */
    /* Each may be NULL. */
    const char *logical_id, *physical_id, *type, *status, *reason, *client_token;
} FailureEvent;

typedef enum {
    FAILURE_LASTING, /* waits for a new revision, a changed input or a person */
    FAILURE_PASSING, /* throttling, IAM propagation, an internal failure: retried a few times */
} FailureClass;

typedef struct {
    char *logical_id; /* of the resource that failed first, or NULL: the stack itself */
    char *type;
    char *reason; /* AWS's words, one line */
    FailureClass class;
} Failure;

/* The first cause in an operation: the earliest *_FAILED event of a resource whose reason is none
 * of its own ("Resource creation cancelled", …), among those with `client_token` or, where events
 * carry none, since `since_ms`. `events` are newest first, as AWS gives them. When no resource
 * failed, the stack's own status reason. (transfer full); NULL when nothing failed. */
Failure *failure_find(const FailureEvent *events, size_t count, const char *stack_name,
                      const char *client_token, int64_t since_ms);
void failure_free(Failure *failure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Failure, failure_free)

/* "OrdersQueue (AWS::SQS::Queue): Invalid value for …" (transfer full) */
char *failure_to_text(const Failure *failure);

/* By AWS's words of a reason. */
FailureClass failure_classify(const char *reason);

/* Whether a change set's StatusReason says that there is nothing to change: both texts that
 * CloudFormation has for it. */
bool change_set_reason_is_empty(const char *reason);
