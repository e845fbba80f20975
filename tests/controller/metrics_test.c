#include "controller/metrics/metrics.h"

#include <criterion/criterion.h>
#include <string.h>

static Metrics *metrics;

static void make_metrics(void)
{
    metrics = metrics_new();
}

static void free_metrics(void)
{
    metrics_free(metrics);
}

TestSuite(metrics, .init = make_metrics, .fini = free_metrics);

static void expect_text(const char *wanted)
{
    g_autofree char *text = metrics_to_text(metrics);

    cr_expect_str_eq(text, wanted);
}

Test(metrics, nothing_counted_is_nothing_said)
{
    expect_text("");
}

Test(metrics, a_counter_adds_up_for_each_pair_of_labels)
{
    metrics_add(metrics, METRIC_deployments_total, "orders", "failed", 1);
    metrics_add(metrics, METRIC_deployments_total, "orders", "deployed", 1);
    metrics_add(metrics, METRIC_deployments_total, "orders", "deployed", 2);
    expect_text("# HELP driftless_deployments_total Deployments that ended, by outcome\n"
                "# TYPE driftless_deployments_total counter\n"
                "driftless_deployments_total{service=\"orders\",outcome=\"deployed\"} 3\n"
                "driftless_deployments_total{service=\"orders\",outcome=\"failed\"} 1\n");
}

Test(metrics, a_gauge_is_what_it_was_set_to_last)
{
    metrics_set(metrics, METRIC_drift_findings, "orders", NULL, 4);
    metrics_set(metrics, METRIC_drift_findings, "orders", NULL, 2);
    expect_text("# HELP driftless_drift_findings Findings of the last drift detection\n"
                "# TYPE driftless_drift_findings gauge\n"
                "driftless_drift_findings{service=\"orders\"} 2\n");
}

Test(metrics, a_summary_has_sum_and_count)
{
    metrics_observe(metrics, METRIC_compile_seconds, NULL, 0.25);
    metrics_observe(metrics, METRIC_compile_seconds, NULL, 0.5);
    expect_text("# HELP driftless_compile_seconds How long compiling a service took\n"
                "# TYPE driftless_compile_seconds summary\n"
                "driftless_compile_seconds_sum 0.75\n"
                "driftless_compile_seconds_count 2\n");
}

Test(metrics, a_counter_of_bytes_keeps_its_digits)
{
    metrics_add(metrics, METRIC_uploaded_bytes_total, NULL, NULL, 123456789012.0);
    expect_text("# HELP driftless_uploaded_bytes_total Bytes of artifacts put on S3\n"
                "# TYPE driftless_uploaded_bytes_total counter\n"
                "driftless_uploaded_bytes_total 123456789012\n");
}

Test(metrics, what_a_label_holds_cannot_end_it)
{
    metrics_set(metrics, METRIC_drift_findings, "a\"} 1\nb\\", NULL, 1);
    expect_text("# HELP driftless_drift_findings Findings of the last drift detection\n"
                "# TYPE driftless_drift_findings gauge\n"
                "driftless_drift_findings{service=\"a\\\"} 1\\nb\\\\\"} 1\n");
}

Test(metrics, forgetting_drops_every_series_of_that_first_label_and_no_other)
{
    metrics_set(metrics, METRIC_service_state, "orders", "deployed", 1);
    metrics_set(metrics, METRIC_service_state, "orders", "building", 1);
    metrics_set(metrics, METRIC_service_state, "orders-eu", "deployed", 1);
    metrics_forget(metrics, METRIC_service_state, "orders");
    expect_text("# HELP driftless_service_state 1 for the state that a service is in\n"
                "# TYPE driftless_service_state gauge\n"
                "driftless_service_state{service=\"orders-eu\",state=\"deployed\"} 1\n");
}

Test(metrics, there_are_ten_thousand_series_and_no_more_and_forgetting_makes_room)
{
    g_autofree char *text = NULL;

    for (unsigned i = 0; i < 10001; i++) {
        g_autofree char *service = g_strdup_printf("%u", i);

        metrics_set(metrics, METRIC_drift_findings, service, NULL, 1);
    }
    metrics_set(metrics, METRIC_drift_findings, "0", NULL, 7);
    text = metrics_to_text(metrics);
    cr_expect_not_null(strstr(text, "{service=\"0\"} 7\n"), "a known series goes on");
    cr_expect_not_null(strstr(text, "{service=\"9999\"}"));
    cr_expect_null(strstr(text, "{service=\"10000\"}"));

    metrics_forget(metrics, METRIC_drift_findings, "5");
    metrics_set(metrics, METRIC_drift_findings, "10000", NULL, 1);
    g_free(text);
    text = metrics_to_text(metrics);
    cr_expect_not_null(strstr(text, "{service=\"10000\"}"));
}
