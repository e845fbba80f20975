#include "reconcile/apply/record.h"
#include <string.h>

static const char *const phase_names[] = {
#define ROW(name, text) [PHASE_##name] = text,
    APPLY_PHASES(ROW)
#undef ROW
};

// clang-format off
#define RECORD_TEXTS(ROW)                        \
    ROW(stack_name,        "stackName")          \
    ROW(stack_id,          "stackId")            \
    ROW(change_set_name,   "changeSetName")      \
    ROW(change_set_id,     "changeSetId")        \
    ROW(change_set_digest, "changeSetDigest")    \
    ROW(deployed_digest,   "deployedDigest")     \
    ROW(failed_digest,     "failedDigest")       \
    ROW(failure,           "failure")            \
    ROW(failed_resource,   "failedResource")     \
    ROW(approval_digest,   "approvalDigest")     \
    ROW(last_updated_time, "lastUpdatedTime")

#define RECORD_NUMBERS(ROW)                              \
    ROW(unsigned, attempt,              "attempt")       \
    ROW(int64_t,  operation_started_ms, "operationStartedMs") \
    ROW(unsigned, retries,              "retries")       \
    ROW(int64_t,  retry_at_ms,          "retryAtMs")     \
    ROW(unsigned, polls,                "polls")         \
    ROW(unsigned, rollback_loops,       "rollbackLoops")
// clang-format on

Record *record_new(const char *stack_name)
{
    Record *record = g_new0(Record, 1);

    record->stack_name = g_strdup(stack_name);
    return record;
}

void record_free(Record *record)
{
    if (!record)
        return;
#define ROW(field, key) g_free(record->field);
    RECORD_TEXTS(ROW)
#undef ROW
    g_free(record);
}

Record *record_copy(const Record *record)
{
    Record *copy = g_new(Record, 1);

    *copy = *record;
#define ROW(field, key) copy->field = g_strdup(record->field);
    RECORD_TEXTS(ROW)
#undef ROW
    return copy;
}

json_t *record_to_json(const Record *record)
{
    json_t *json = json_object();

#define ROW(field, key) \
    if (record->field)  \
        json_object_set_new(json, key, json_string(record->field));
    RECORD_TEXTS(ROW)
#undef ROW
#define ROW(type, field, key) \
    if (record->field != 0)   \
        json_object_set_new(json, key, json_integer((json_int_t)record->field));
    RECORD_NUMBERS(ROW)
#undef ROW
    json_object_set_new(json, "phase", json_string(phase_names[record->phase]));
    json_object_set_new(json, "createdByUs", json_boolean(record->created_by_us));
    return json;
}

Record *record_from_json(json_t *json)
{
    if (!json_is_object(json))
        return NULL;
    Record *record = g_new0(Record, 1);

#define ROW(field, key) record->field = g_strdup(json_string_value(json_object_get(json, key)));
    RECORD_TEXTS(ROW)
#undef ROW
#define ROW(type, field, key) record->field = (type)json_integer_value(json_object_get(json, key));
    RECORD_NUMBERS(ROW)
#undef ROW
    const char *phase = json_string_value(json_object_get(json, "phase"));
    for (size_t i = 0; phase && i < G_N_ELEMENTS(phase_names); i++) {
        if (strcmp(phase_names[i], phase) == 0)
            record->phase = (ApplyPhase)i;
    }
    record->created_by_us = json_is_true(json_object_get(json, "createdByUs"));
    return record;
}

void record_forgive(Record *record)
{
    g_clear_pointer(&record->failed_digest, g_free);
    g_clear_pointer(&record->failure, g_free);
    g_clear_pointer(&record->failed_resource, g_free);
    record->retries = 0;
    record->retry_at_ms = 0;
    record->rollback_loops = 0;
}
