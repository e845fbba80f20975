/* tests/aws/cloudformation/execution.h
 *
 * What a stack is doing: an Operation goes through phases, each of tasks on resources in dependency
 * order. Nothing runs by itself: stack_catch_up does what is due. The machine:
 *
 *   create    PROVISION ─▶ done │ failed ─▶ DELETE of what was made ─▶ ROLLBACK_COMPLETE/_FAILED
 *   update    PROVISION ─▶ CLEANUP ─▶ done │ failed ─▶ RESTORE ─▶ ROLLBACK_CLEANUP ─▶
 * UPDATE_ROLLBACK_COMPLETE delete    DELETE ─▶ DELETE_COMPLETE/_FAILED
 */
#pragma once
#include "tests/aws/cloudformation/stack.h"
#include "tests/aws/resources/live.h"

typedef enum {
    OPERATION_CREATE,
    OPERATION_UPDATE,
    OPERATION_DELETE,
    OPERATION_ROLLBACK
} OperationKind;

typedef enum {
    PHASE_PROVISION,        /* create, update and replace by the new template */
    PHASE_CLEANUP,          /* delete what the new template no longer has */
    PHASE_RESTORE,          /* put updated resources back */
    PHASE_ROLLBACK_CLEANUP, /* delete what the failed update made */
    PHASE_DELETE, /* delete the stack's resources: its deletion, or a failed creation's rollback */
} Phase;

typedef enum { TASK_WAITING, TASK_RUNNING, TASK_DONE, TASK_FAILED } TaskState;

/* One resource's part of a phase. */
typedef struct {
    char *logical_id, *type, *physical_id; /* the last two of deletions */
    bool retain;                           /* deletion: leave the resource, drop the record */
    bool forget_record;                    /* deletion: the record goes with the resource */
    unsigned waits;                        /* tasks that must be finished before */
    GPtrArray *followers;                  /* Task* that wait for this one */
    TaskState state;
    int64_t finish_ms;
    char *failure; /* why it will fail, known from its start */
    const char *done_status,
        *failed_status; /* events at its end; done_status NULL: nothing to say */
} Task;

/* How a resource was before the operation touched it. */
typedef struct {
    StackResource *record; /* NULL: it was not there */
    LiveState *state;      /* NULL: nothing was there */
    bool restored;
} Before;

/* A resource that is no longer part of the stack's records and waits to be deleted. */
typedef struct {
    char *logical_id, *type, *physical_id;
    bool retain;
} Leftover;

struct Operation {
    OperationKind kind;
    Phase phase;
    bool creating; /* the stack itself is new: a rollback deletes all of it */
    GPtrArray *tasks;
    int64_t now_ms;        /* up to when it has been carried out */
    int64_t not_before_ms; /* the phase takes at least until then */
    char *token, *id;
    bool revert_drift, import_existing, retain_except_on_create, disable_rollback;
    char *on_failure; /* DO_NOTHING, ROLLBACK, DELETE; NULL: by disable_rollback */
    char *change_set_id;
    GHashTable *before;  /* logical id → Before */
    Deployment previous; /* what an update replaces */
    json_t *previous_outputs;
    GPtrArray *replaced;  /* Leftover*: the old ones of replacements */
    GPtrArray *failed;    /* char* logical ids */
    bool creation_failed; /* of a resource, rather than an update */
    char *cause;          /* of a failure that is no resource's */
    GHashTable *retained; /* DeleteStack's RetainResources, or ResourcesToSkip */
};

Operation *operation_new(Stack *stack, OperationKind kind, const char *type, const char *token,
                         int64_t now_ms);
void operation_free(Operation *operation);

/* The client token and the id of what is under way, or NULL. */
const char *operation_token(const Stack *stack);
const char *operation_id(const Stack *stack);

/* Starts. The stack takes `operation`, whose options are set; `deployment` is taken over. */
void operation_start_create(Stack *stack, Operation *operation, Deployment *deployment);
void operation_start_update(Stack *stack, Operation *operation, Deployment *deployment);
void operation_start_delete(Stack *stack, Operation *operation);

/* Rolls back what stack->undo holds (UPDATE_FAILED, UPDATE_ROLLBACK_FAILED, CREATE_FAILED), or
 * breaks off the update that is under way. */
void operation_start_rollback(Stack *stack, Operation *operation);
void operation_cancel(Stack *stack, int64_t now_ms);

/* Does what is due by `now_ms`. */
void stack_catch_up(Stack *stack, int64_t now_ms);

/* For the parts of the machine (execution_*.c). */
Task *task_add(Operation *operation, const char *logical_id);
void task_wait_for(Task *task, Task *other);
void phase_begin(Stack *stack, Phase phase);
void provision_start(Stack *stack, Task *task);
void restore_start(Stack *stack, Task *task);
void delete_start(Stack *stack, Task *task);
void phase_end(Stack *stack);
void leftover_free(void *leftover);
Leftover *leftover_new(const StackResource *record, bool retain);
void plan_provision(Stack *stack);
void plan_restore(Stack *stack);
void plan_delete_all(Stack *stack);
void plan_leftovers(Stack *stack, GPtrArray *leftovers);

/* Sets when the task ends, and takes a scripted fault of `operation_name` into account. False: it
 * will fail. */
bool task_run(Stack *stack, Task *task, const char *type, const char *operation_name);

/* A policy of a resource's definition ("DeletionPolicy"): whether what is deleted is to stay. */
bool policy_retains(json_t *definition, const char *policy, bool rolling_back_creation,
                    bool retain_except_on_create);
