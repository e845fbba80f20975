#include "drift/drift.h"
#include <string.h>

static const char *const phase_names[DRIFT_PHASE_COUNT] = {
#define ROW(name, text) [DRIFT_PHASE_##name] = text,
    DRIFT_PHASES(ROW)
#undef ROW
};

const char *drift_outcome_name(DriftOutcome outcome)
{
    static const char *const names[] = {
#define ROW(name, text) [DRIFT_##name##_OUTCOME] = text,
        DRIFT_OUTCOMES(ROW)
#undef ROW
    };

    return names[outcome];
}

DriftRecord *drift_record_new(void)
{
    return g_new0(DriftRecord, 1);
}

void drift_record_free(DriftRecord *record)
{
    if (!record)
        return;
    g_free(record->detection_id);
    g_clear_pointer(&record->findings, g_ptr_array_unref);
    json_decref(record->adjusted_template);
    g_free(record->unexplained);
    g_free(record);
}

json_t *drift_record_to_json(const DriftRecord *record)
{
    json_t *json = json_pack("{s:s, s:I, s:I, s:b}", "phase", phase_names[record->phase],
                             "phaseStartedMs", (json_int_t)record->phase_started_ms, "polls",
                             (json_int_t)record->polls, "noDriftAware", record->no_drift_aware);

    if (record->detection_id)
        json_object_set_new(json, "detectionId", json_string(record->detection_id));
    if (record->unexplained)
        json_object_set_new(json, "unexplained", json_string(record->unexplained));
    if (record->findings)
        json_object_set_new(json, "findings", findings_to_json(record->findings, NULL));
    return json;
}

DriftRecord *drift_record_from_json(json_t *json)
{
    if (!json_is_object(json))
        return NULL;
    DriftRecord *record = drift_record_new();
    const char *phase = json_string_value(json_object_get(json, "phase"));
    json_t *findings = json_object_get(json, "findings");

    for (size_t i = 0; phase && i < DRIFT_PHASE_COUNT; i++) {
        if (strcmp(phase_names[i], phase) == 0)
            record->phase = (DriftPhase)i;
    }
    record->phase_started_ms = json_integer_value(json_object_get(json, "phaseStartedMs"));
    record->polls = (unsigned)json_integer_value(json_object_get(json, "polls"));
    record->no_drift_aware = json_is_true(json_object_get(json, "noDriftAware"));
    record->detection_id = g_strdup(json_string_value(json_object_get(json, "detectionId")));
    record->unexplained = g_strdup(json_string_value(json_object_get(json, "unexplained")));
    record->findings = json_is_array(findings) ? findings_from_json(findings) : NULL;
    return record;
}
