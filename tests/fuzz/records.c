/* What the store gives back: a record of an older or a stranger's version must not end the
 * controller. */
#include "drift/drift.h"
#include "drift/finding.h"
#include "reconcile/apply/record.h"
#include "reconcile/apply/request.h"
#include "reconcile/source/read_set.h"
#include "tests/fuzz/fuzz.h"

static void read_all(json_t *json)
{
    g_autoptr(Record) record = record_from_json(json);
    g_autoptr(DriftRecord) drift = drift_record_from_json(json);
    g_autoptr(GPtrArray) findings = findings_from_json(json);
    g_autoptr(ReadSet) read_set = read_set_from_json(json);
    g_autoptr(GError) error = NULL;
    g_autoptr(Desired) desired = desired_from_json(json, &error);

    HOLDS(!desired == (error != NULL));
    if (record)
        json_decref(record_to_json(record));
    if (drift)
        json_decref(drift_record_to_json(drift));
    if (findings) {
        g_autofree char *text = findings_to_text(findings, NULL);

        HOLDS(text);
    }
    if (read_set)
        json_decref(read_set_to_json(read_set));
    if (desired)
        json_decref(desired_to_json(desired));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

    if (json)
        read_all(json);
    json_decref(json);
    return 0;
}
