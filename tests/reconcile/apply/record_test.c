#include "reconcile/apply/record.h"
#include <criterion/criterion.h>

Test(record, a_record_reads_back_as_it_was_kept)
{
    g_autoptr(Record) record = record_new("orders-dev");
    record->stack_id = g_strdup("arn:1");
    record->change_set_digest = g_strdup("d");
    record->failure = g_strdup("why");
    record->failed_resource = g_strdup("Queue");
    record->attempt = 4;
    record->phase = PHASE_EXECUTING;
    record->operation_started_ms = INT64_C(1795465420824);
    record->created_by_us = true;
    json_t *json = record_to_json(record);
    g_autoptr(Record) back = record_from_json(json);
    g_autoptr(Record) copy = record_copy(back);

    cr_expect_str_eq(copy->stack_name, "orders-dev");
    cr_expect_str_eq(copy->stack_id, "arn:1");
    cr_expect_str_eq(copy->failed_resource, "Queue");
    cr_expect_eq(copy->attempt, 4);
    cr_expect_eq(copy->phase, PHASE_EXECUTING);
    cr_expect_eq(copy->operation_started_ms, INT64_C(1795465420824));
    cr_expect(copy->created_by_us);
    cr_expect_null(copy->deployed_digest);
    json_decref(json);
}

Test(record, what_a_newer_version_wrote_is_passed_over)
{
    json_t *json =
        json_pack("{s:s, s:s, s:i}", "stackName", "s", "phase", "teleporting", "later", 1);
    json_t *list = json_array();
    g_autoptr(Record) record = record_from_json(json);

    cr_expect_eq(record->phase, PHASE_IDLE);
    cr_expect_null(record_from_json(list));
    json_decref(json);
    json_decref(list);
}

Test(record, forgiving_forgets_the_failure_alone)
{
    g_autoptr(Record) record = record_new("s");
    record->failed_digest = g_strdup("d");
    record->failure = g_strdup("why");
    record->deployed_digest = g_strdup("e");
    record->retries = 2;
    record_forgive(record);

    cr_expect_null(record->failed_digest);
    cr_expect_null(record->failure);
    cr_expect_eq(record->retries, 0);
    cr_expect_str_eq(record->deployed_digest, "e");
}
