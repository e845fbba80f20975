/* reconcile/apply/record.h
 *
 * What is remembered of one stack between steps and over a restart. It is never believed over what
 * AWS says: it only tells whether what is seen there is our own doing. A plain value; the caller
 * stores it as JSON. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

// clang-format off
#define APPLY_PHASES(ROW)                                                              \
    ROW(IDLE,        "idle")                                                           \
    ROW(CHANGE_SET,  "change set")  /* created or about to be */                       \
    ROW(EXECUTING,   "executing")   /* ExecuteChangeSet sent or about to be */         \
    ROW(DELETING,    "deleting")    /* DeleteStack sent or about to be */              \
    ROW(CONTINUING,  "continuing")  /* ContinueUpdateRollback sent or about to be */   \
    ROW(ROLLING_BACK, "rolling back") /* RollbackStack sent or about to be */
// clang-format on

typedef enum {
#define ROW(name, text) PHASE_##name,
    APPLY_PHASES(ROW)
#undef ROW
} ApplyPhase;

typedef struct {
    char *stack_name;
    char *stack_id;        /* NULL: never seen. With it the stack is ours */
    char *change_set_name; /* of the request under way, or of the last one */
    char *change_set_id;
    char *change_set_digest; /* the request that change set was made from */
    unsigned attempt;        /* raised whenever a change set's name is used up */
    ApplyPhase phase;
    int64_t operation_started_ms; /* Unix time by AWS's clock or ours; failure.h looks no further
                                     back */
    char *deployed_digest;        /* the request the stack was last brought to; NULL: none */
    char *failed_digest;          /* the request that failed and is not tried again; NULL: none */
    char *failure;                /* one line: why */
    char *failed_resource;        /* logical id of its first cause, or NULL */
    char *approval_digest;        /* the request that waits for approval; NULL: none */
    unsigned retries;             /* of failed_digest's like, for passing reasons */
    int64_t retry_at_ms;          /* not before; 0: at once */
    unsigned polls;               /* looks at the running operation so far: spaces the next */
    unsigned rollback_loops;      /* ContinueUpdateRollback calls in a row */
    char *last_updated_time; /* the stack's LastUpdatedTime (or CreationTime) when it was last seen
                                settled, as AWS wrote it */
    bool created_by_us;      /* else adopted */
} Record;

Record *record_new(const char *stack_name);
void record_free(Record *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Record, record_free)
Record *record_copy(const Record *record);

/* A new reference. Holds no secrets. */
json_t *record_to_json(const Record *record);
/* (transfer full). Unknown keys are passed over (a newer version wrote them), what is missing is
 * empty; NULL only when `json` is no object. */
Record *record_from_json(json_t *json);

/* Forgets a failure, so that the same request is tried again: `driftless sync`, a changed input, a
 * person's wish. */
void record_forgive(Record *record);
