/* Store, metrics and log as the loop's workers use them: from several threads at once. */
#include "controller/log/log.h"
#include "controller/metrics/metrics.h"
#include "controller/store/store.h"
#include "tests/controller/loop/check.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 50
#define DEADLINE_S 100

typedef struct {
    Store *store;
    Metrics *metrics;
    Log *log;
    unsigned number;
} Worker;

static void save_round(const Worker *worker, const char *name, unsigned round)
{
    g_autoptr(ServiceRow) row = service_row_new(name);
    g_autoptr(GPtrArray) rows = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *digest = g_strdup_printf("%s-%u", name, round), *text = NULL;
    Deployment deployment = {.service = row->name, .intent = (char *)"deploy", .started_ms = 1};
    int64_t id = 0;
    bool complete = false;

    row->record = json_pack("{s:i}", "round", (int)round);
    CHECK(store_save_service(worker->store, row, &error));
    CHECK(store_begin_deployment(worker->store, &deployment, &id, &error));
    CHECK(store_finish_deployment(worker->store, id, "deployed", NULL, 2, &error));
    CHECK(store_put_request(worker->store, digest, "{}", true, &error));
    CHECK(store_get_request(worker->store, digest, &text, &complete, &error));
    CHECK(complete && strcmp(text, "{}") == 0);
    CHECK(store_services(worker->store, &rows, &error));
    CHECK(rows->len >= 1 && rows->len <= THREADS);
}

static void *work(void *data)
{
    const Worker *worker = data;
    g_autofree char *name = g_strdup_printf("service-%u", worker->number);

    for (unsigned round = 0; round < ROUNDS; round++) {
        g_autofree char *text = NULL;

        save_round(worker, name, round);
        metrics_add(worker->metrics, METRIC_deployments_total, name, "deployed", 1);
        metrics_add(worker->metrics, METRIC_uploaded_bytes_total, NULL, NULL, 1);
        metrics_observe(worker->metrics, METRIC_compile_seconds, NULL, 0.5);
        metrics_set(worker->metrics, METRIC_service_state, name,
                    round % 2 ? "deployed" : "building", 1);
        text = metrics_to_text(worker->metrics);
        CHECK(strstr(text, "driftless_uploaded_bytes_total"));
        metrics_forget(worker->metrics, METRIC_service_state, name);
        log_event(worker->log, LOG_INFO, name, "a round is over", "round", "one\nof many", NULL);
    }
    return NULL;
}

static void run_workers(const Worker *shared)
{
    Worker workers[THREADS];
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = *shared;
        workers[i].number = i;
        CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void check_store(Store *store)
{
    g_autoptr(GPtrArray) rows = NULL, deployments = NULL;
    g_autoptr(GError) error = NULL;

    CHECK(store_services(store, &rows, &error));
    CHECK(rows->len == THREADS);
    for (guint i = 0; i < rows->len; i++) {
        const ServiceRow *row = g_ptr_array_index(rows, i);

        CHECK(json_integer_value(json_object_get(row->record, "round")) == ROUNDS - 1);
    }
    CHECK(store_deployments(store, NULL, THREADS * ROUNDS * 2, &deployments, &error));
    CHECK(deployments->len == THREADS * ROUNDS);
}

static void check_metrics(Metrics *metrics)
{
    g_autofree char *text = metrics_to_text(metrics);
    g_autofree char *uploaded =
        g_strdup_printf("\ndriftless_uploaded_bytes_total %d\n", THREADS * ROUNDS);
    g_autofree char *compiled =
        g_strdup_printf("\ndriftless_compile_seconds_count %d\n", THREADS * ROUNDS);

    CHECK(strstr(text, uploaded));
    CHECK(strstr(text, compiled));
    CHECK(!strstr(text, "driftless_service_state{"));
}

/* Every line a whole JSON object. */
static void check_log(const char *file)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    unsigned count = 0;

    CHECK(g_file_get_contents(file, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && **line; line++, count++) {
        json_t *event = json_loads(*line, 0, NULL);

        CHECK(event);
        CHECK(!g_strcmp0(json_string_value(json_object_get(event, "message")), "a round is over"));
        json_decref(event);
    }
    CHECK(count == THREADS * ROUNDS);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("driftless-records-XXXXXX", NULL);
    g_autofree char *store_file = g_build_filename(folder, "store.db", NULL);
    g_autofree char *log_file = g_build_filename(folder, "log", NULL);
    g_autoptr(GError) error = NULL;
    int real_stderr = dup(STDERR_FILENO);
    Worker shared = {.metrics = metrics_new(), .log = log_new(true)};

    alarm(DEADLINE_S);
    CHECK(real_stderr >= 0);
    shared.store = store_open(store_file, &error);
    CHECK(shared.store);
    CHECK(freopen(log_file, "w", stderr));
    run_workers(&shared);
    fflush(stderr);
    CHECK(dup2(real_stderr, STDERR_FILENO) >= 0);
    close(real_stderr);
    check_store(shared.store);
    check_metrics(shared.metrics);
    check_log(log_file);
    store_free(shared.store);
    metrics_free(shared.metrics);
    log_free(shared.log);
    for (const char *const *name =
             (const char *const[]){"store.db", "store.db-wal", "store.db-shm", "log", NULL};
         *name; name++) {
        g_autofree char *file = g_build_filename(folder, *name, NULL);

        g_unlink(file);
    }
    g_rmdir(folder);
    return 0;
}
