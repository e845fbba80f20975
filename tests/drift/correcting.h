/* Drift of a stack, looked for and put right against a program that plays AWS. */
#pragma once
#include "drift/drift.h"
#include "tests/reconcile/apply/stepping.h"

typedef struct {
    Stepping stepping;
    DriftRecord *drift;
    GHashTable *sha256_by_key; /* borrowed strings */
    const char *approved;
    const GPtrArray *ignore; /* DriftIgnore*, or NULL */
    bool redeploy_rest_api;  /* as the last look said */
} Correcting;

static inline bool correcting_save(const DriftRecord *record, void *data, GError **error)
{
    (void)record;
    (void)data;
    (void)error;
    return true;
}

/* After stepping_start_…. */
static inline void correcting_init(Correcting *correcting)
{
    correcting->drift = drift_record_new();
    correcting->sha256_by_key = g_hash_table_new(g_str_hash, g_str_equal);
}

static inline void correcting_clear(Correcting *correcting)
{
    if (!correcting->drift)
        return;
    drift_record_free(correcting->drift);
    g_hash_table_unref(correcting->sha256_by_key);
    stepping_stop(&correcting->stepping);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Correcting, correcting_clear)

/* A kill -9 after every step: what goes on is what a store would have kept. */
static inline void correcting_forget(Correcting *correcting)
{
    json_t *json = drift_record_to_json(correcting->drift);

    drift_record_free(correcting->drift);
    correcting->drift = drift_record_from_json(json);
    json_decref(json);
    stepping_forget(&correcting->stepping);
}

/* Steps until an outcome; `ret_found` (may be NULL) gets the findings as text. */
static inline DriftOutcome correcting_look(Correcting *correcting, const Desired *desired,
                                           DriftMode mode, char **ret_found)
{
    int64_t deadline = stepping_now_ms() + STEPPING_DEADLINE_MS, skipped = 0;
    g_auto(DriftResult) result = {0};
    g_autoptr(GError) error = NULL;

    do {
        cr_assert_lt(stepping_now_ms(), deadline, "%s", result.what);
        skipped += result.again_ms > 1000 ? result.again_ms : 0;
        g_usleep(MIN(result.again_ms, 500) * 1000);
        correcting_forget(correcting);
        DriftContext context = {
            .apply = stepping_context(&correcting->stepping, skipped, correcting->approved),
            .mode = mode,
            .ignore = correcting->ignore,
            .desired = desired,
            .sha256_by_key = correcting->sha256_by_key,
            .save_drift = correcting_save};
        cr_assert(
            drift_step(&context, correcting->stepping.record, correcting->drift, &result, &error),
            "%s", error ? error->message : "");
    } while (result.outcome == DRIFT_AGAIN_OUTCOME);
    if (ret_found)
        *ret_found = result.outcome == DRIFT_HELD_OUTCOME || result.outcome == DRIFT_FAILED_OUTCOME
                         ? g_strdup(result.what)
                         : findings_to_text(result.findings, NULL);
    correcting->redeploy_rest_api = result.redeploy_rest_api;
    return result.outcome;
}
