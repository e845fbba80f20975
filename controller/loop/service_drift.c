/* From the stack back to its commit. */
#include "controller/loop/service_unit.h"

#include <string.h>

static bool save_drift(const DriftRecord *record, void *data, GError **error)
{
    g_assert(((ServiceUnit *)data)->drift == record);
    return service_save(data, error);
}

static GHashTable *artifact_digests(const ServiceRow *row)
{
    GHashTable *digests = g_hash_table_new(g_str_hash, g_str_equal);
    const char *key;
    json_t *value;

    json_object_foreach(row->artifacts, key, value)
        g_hash_table_insert(digests, (char *)key, (char *)json_string_value(value));
    return digests;
}

static void keep_findings(ServiceUnit *service, const DriftResult *result)
{
    json_decref(service->row->findings);
    service->row->findings = findings_to_json(result->findings, service->secrets);
    metrics_set(service->options->metrics, METRIC_drift_findings, service->name, NULL,
                findings_count(result->findings, false));
}

static void tell_findings(ServiceUnit *service, const DriftResult *result)
{
    g_autofree char *text = findings_to_text(result->findings, service->secrets);

    keep_findings(service, result);
    g_strchomp(text);
    if (findings_count(result->findings, false) && log_is_news(&service->findings_told, text))
        log_event(service->options->log, LOG_WARNING, service->name, "changed by hand", "findings",
                  text, NULL);
}

static void note_correction(ServiceUnit *service, const char *message)
{
    const ServiceRow *row = service->row;
    const Deployment deployment = {
        .service = service->name,
        .revision = row->revision,
        .request_digest = row->request_digest,
        .intent = (char *)"correct",
        .started_ms =
            service->drift->phase_started_ms ? service->drift->phase_started_ms : wall_clock_ms(),
    };
    g_autoptr(GError) error = NULL;

    if (!store_begin_deployment(service->options->store, &deployment, &service->deployment_id,
                                &error)) {
        log_event(service->options->log, LOG_ERROR, service->name, "its history could not be saved",
                  "why", error->message, NULL);
        return;
    }
    service_finish_deployment(service, "corrected", message);
}

/* What every look on schedule would say again. */
static void set_and_tell(ServiceUnit *service, const char *state, const char *event,
                         const char *why, const char *details)
{
    service_set_state(service, state, why, details);
    if (log_is_news(&service->drift_told, service->row->message))
        log_event(service->options->log, LOG_WARNING, service->name, event, "why",
                  service->row->message, NULL);
}

static void take_outcome(ServiceUnit *service, const DriftResult *result)
{
    const char *what = result->what ? result->what : "";

    if (result->outcome == DRIFT_IN_SYNC_OUTCOME || result->outcome == DRIFT_CORRECTED_OUTCOME) {
        g_clear_pointer(&service->findings_told, g_free);
        g_clear_pointer(&service->drift_told, g_free);
    }
    switch (result->outcome) {
    case DRIFT_AGAIN_OUTCOME:
        break;
    case DRIFT_IN_SYNC_OUTCOME:
        service_set_state(service, "synced", "equal to its commit", NULL);
        break;
    case DRIFT_CORRECTED_OUTCOME:
        service_set_state(service, "synced", what, NULL);
        log_event(service->options->log, LOG_INFO, service->name, "corrected", "what", what, NULL);
        note_correction(service, what);
        g_clear_pointer(&service->row->approved_digest, g_free); /* good for one time */
        if (result->redeploy_rest_api) {
            service->row->deployment_nonce++;
            service->build_wanted = true;
        }
        break;
    case DRIFT_DRIFTED_OUTCOME: {
        g_autofree char *text = findings_to_text(result->findings, service->secrets);

        service_set_state(service, "drifted", what, text);
        break;
    }
    case DRIFT_HELD_OUTCOME: {
        g_autofree char *text = findings_to_text(result->findings, service->secrets);

        g_free(service->row->held_digest);
        service->row->held_digest = g_strdup(result->approval_digest);
        set_and_tell(service, "held", "drift is not corrected", what, text);
        break;
    }
    case DRIFT_FAILED_OUTCOME:
    case DRIFT_UNKNOWN_OUTCOME:
        set_and_tell(service, "unknown", "drift detection", what, NULL);
        break;
    }
}

PartResult service_drift(ServiceUnit *service, int64_t *ret_due_ms)
{
    g_autoptr(GError) error = NULL;
    g_auto(DriftResult) result = {0};
    g_autoptr(GHashTable) digests = NULL;
    DriftContext context;

    service->drift_wanted = true; /* until a look has ended: what fails in passing is tried again */
    if (!service_ensure_desired(service, &error))
        return service_try_later(service, error, ret_due_ms);
    digests = artifact_digests(service->row);
    context = (DriftContext){
        .mode = service->settings->drift_mode,
        .ignore = service->settings->drift_ignore,
        .desired = service->desired,
        .sha256_by_key = digests,
        .save_drift = save_drift,
    };
    service_apply_context(service, &context.apply);
    if (!drift_step(&context, service->record, service->drift, &result, &error))
        return service_try_later(service, error, ret_due_ms);
    service->failures = 0;
    if (result.newly_found && result.findings)
        tell_findings(service, &result);
    else if (result.findings)
        keep_findings(service, &result);
    if (result.outcome == DRIFT_AGAIN_OUTCOME) {
        if (service->drift->phase != DRIFT_PHASE_DETECTING &&
            service->drift->phase != DRIFT_PHASE_IDLE)
            service_set_state(service, "correcting", result.what, NULL);
        *ret_due_ms = queue_now() + result.again_ms;
        return PART_LATER;
    }
    metrics_add(service->options->metrics, METRIC_drift_checks_total, service->name,
                drift_outcome_name(result.outcome), 1);
    take_outcome(service, &result);
    service->drift_wanted = false;
    service->row->drift_checked_ms = wall_clock_ms();
    service_drop_build(service);
    service_save_or_log(service);
    return PART_ON;
}
