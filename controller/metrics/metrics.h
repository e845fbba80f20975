/* controller/metrics/metrics.h
 *
 * Counters and durations for /metrics, in Prometheus' text format. A name and its help are one row
 * of the table below; a series is a name with up to two label values.
 *
 * Thread-safe: one mutex. At most 10,000 series: a new one beyond that is dropped. */
#pragma once
#include <glib.h>
#include <stdint.h>

// clang-format off
#define METRICS(ROW)                                                                                                   \
    /*  metric                 type       labels               help */                                                 \
    ROW(deployments_total,     "counter", "service", "outcome", "Deployments that ended, by outcome")                  \
    ROW(drift_checks_total,    "counter", "service", "outcome", "Drift detections that ended, by outcome")             \
    ROW(drift_findings,        "gauge",   "service", NULL,      "Findings of the last drift detection")                \
    ROW(service_state,         "gauge",   "service", "state",   "1 for the state that a service is in")                \
    ROW(fetches_total,         "counter", "repository", "result", "Fetches of repositories, by result")                \
    ROW(fetch_seconds,         "summary", "repository", NULL,   "How long fetches took")                               \
    ROW(compile_seconds,       "summary", NULL, NULL,           "How long compiling a service took")                   \
    ROW(deployment_seconds,    "summary", NULL, NULL,           "From a commit being seen to its stack being there")   \
    ROW(aws_calls_total,       "counter", "operation", "result", "Calls to AWS, by operation and error code")          \
    ROW(aws_call_seconds,      "summary", "operation", NULL,    "How long calls to AWS took, retries apart")           \
    ROW(uploaded_bytes_total,  "counter", NULL, NULL,           "Bytes of artifacts put on S3")                        \
    ROW(package_cache_hits_total, "counter", NULL, NULL,        "Contents of files that were packed from the cache")   \
    ROW(package_cache_misses_total, "counter", NULL, NULL,      "Contents of files that had to be deflated")
// clang-format on

typedef enum {
#define ROW(name, type, first, second, help) METRIC_##name,
    METRICS(ROW)
#undef ROW
        METRIC_COUNT
} Metric;

typedef struct Metrics Metrics;

Metrics *metrics_new(void);
void metrics_free(Metrics *metrics);

/* Label values may be NULL where the metric has none. */
void metrics_add(Metrics *metrics, Metric metric, const char *first, const char *second,
                 double value);
void metrics_set(Metrics *metrics, Metric metric, const char *first, const char *second,
                 double value);
/* One observation of a summary. */
void metrics_observe(Metrics *metrics, Metric metric, const char *first, double seconds);
/* Drops the series of a gauge with that first label, before another second label is set. */
void metrics_forget(Metrics *metrics, Metric metric, const char *first);

/* All of it, sorted. (transfer full) */
char *metrics_to_text(Metrics *metrics);
