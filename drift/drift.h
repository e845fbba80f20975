/* drift/drift.h
 *
 * One step of looking for drift in one stack and, where the policy says so, of putting it right.
 * Like apply_step: makes the calls of one action, saves its record before what changes something,
 * never sleeps, may be repeated after a crash at any point.
 *
 *     idle → detecting → correcting (apply_step, INTENT_CORRECT; Lambda code; a REST API's stage)
 *     → verifying (detecting again) → idle
 *
 * Correcting begins with a drift-aware change set. Where that is not offered, or would do more than
 * what was found, it goes in two steps; only what they cannot do either is held.
 *
 * SQS refuses a deleted queue's name for 60 s: the update that wants it too early rolls back and is
 * repeated a minute later (failure.h counts it among what passes), so that nobody waits for
 * nothing.
 *
 * Threads: as apply.h. */
#pragma once
#include "drift/detect.h"
#include "drift/finding.h"
#include "reconcile/apply/apply.h"

// clang-format off
#define DRIFT_PHASES(ROW)                                                                    \
    ROW(IDLE,       "idle")                                                                  \
    ROW(DETECTING,  "detecting")                                                             \
    ROW(REVERTING,  "reverting")   /* drift-aware change set */                              \
    ROW(ADJUSTING,  "adjusting")   /* two-step: the first, what is there */                  \
    ROW(RESTORING,  "restoring")   /* two-step: the second, what is wanted */                \
    ROW(DIRECT,     "direct")      /* what no change set carries: Lambda code, a stage */     \
    ROW(VERIFYING,  "verifying")
// clang-format on

typedef enum {
#define ROW(name, text) DRIFT_PHASE_##name,
    DRIFT_PHASES(ROW)
#undef ROW
        DRIFT_PHASE_COUNT
} DriftPhase;

/* What is remembered of a detection under way; stored as JSON beside the stack's Record. */
typedef struct {
    DriftPhase phase;
    char *detection_id;
    int64_t phase_started_ms;
    unsigned polls;
    GPtrArray *findings;       /* Finding*: what the correction under way is about; else NULL */
    json_t *adjusted_template; /* step one's, while it is under way; else NULL. It may hold secrets
                                  and is not stored: a restarted step makes it again */
    bool no_drift_aware; /* seen: this account and region does not offer drift-aware change sets */
    char *unexplained;   /* why this correction goes in two steps all the same: what the drift-aware
                            change set would have done besides; else NULL */
} DriftRecord;

DriftRecord *drift_record_new(void);
void drift_record_free(DriftRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriftRecord, drift_record_free)
/* A new reference. Holds no secrets, as far as the context named them. */
json_t *drift_record_to_json(const DriftRecord *record);
/* (transfer full); NULL when it is no object. */
DriftRecord *drift_record_from_json(json_t *json);

typedef struct {
    ApplyContext apply; /* its save, report and data serve here too; gate is drift_step's own */
    DriftMode mode;     /* DRIFT_OFF: nothing is done */
    const GPtrArray *ignore;   /* DriftIgnore*, or NULL */
    const Desired *desired;    /* the request the stack was last brought to */
    GHashTable *sha256_by_key; /* S3 key → base64 SHA-256 of every artifact deployed; or NULL: code
                                  is not compared */
    unsigned detect_timeout_ms; /* 0: 10 minutes */

    /* Persists the drift record; called when it changed and before calls that change something.
     * Required. */
    bool (*save_drift)(const DriftRecord *record, void *data, GError **error);
} DriftContext;

// clang-format off
#define DRIFT_OUTCOMES(ROW)                                                                        \
    ROW(AGAIN,     "again")     /* call again in again_ms */                                       \
    ROW(IN_SYNC,   "in sync")                                                                      \
    ROW(DRIFTED,   "drifted")   /* found; the policy is to report */                               \
    ROW(CORRECTED, "corrected") /* found, put right, looked at again */                            \
    ROW(HELD,      "held")      /* found, a person decides: what says why */                       \
    ROW(FAILED,    "failed")    /* detection or correction failed */                               \
    ROW(UNKNOWN,   "unknown")   /* nothing found, but something could not be looked at */
// clang-format on

typedef enum {
#define ROW(name, text) DRIFT_##name##_OUTCOME,
    DRIFT_OUTCOMES(ROW)
#undef ROW
} DriftOutcome;

const char *drift_outcome_name(DriftOutcome outcome);

typedef struct {
    DriftOutcome outcome;
    unsigned again_ms;
    char *what;          /* one line */
    GPtrArray *findings; /* Finding*, ignored ones too: with every outcome but AGAIN; also with the
                            AGAIN of the step that found them */
    bool newly_found;    /* this step ended a first detection: findings are news */
    bool redeploy_rest_api; /* with CORRECTED: a REST API's method was put back, or its stage is
                               gone; compile again with a higher deployment_nonce and deploy */
    char *approval_digest;  /* with HELD for approval */
    unsigned unchecked;     /* resources of types without drift detection */
} DriftResult;

void drift_result_clear(DriftResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DriftResult, drift_result_clear)

/* One step. True with `ret` filled; false with an error when a call failed in passing: come back
 * later. `record` is the stack's (reconcile/apply), `drift` this room's. */
G_GNUC_WARN_UNUSED_RESULT
bool drift_step(const DriftContext *context, Record *record, DriftRecord *drift, DriftResult *ret,
                GError **error);
