#include "controller/metrics/metrics.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_SERIES 10000

typedef struct {
    const char *name, *type, *first, *second, *help;
} MetricInfo;

static const MetricInfo infos[] = {
#define ROW(name, type, first, second, help) {"driftless_" #name, type, first, second, help},
    METRICS(ROW)
#undef ROW
};

typedef struct {
    double value; /* of a summary: the sum */
    uint64_t count;
} Series;

struct Metrics {
    pthread_mutex_t lock;
    GTree *series[METRIC_COUNT]; /* label text → Series */
    unsigned total;
};

static int compare_labels(const void *a, const void *b, void *data)
{
    (void)data;
    return strcmp(a, b);
}

Metrics *metrics_new(void)
{
    Metrics *metrics = g_new0(Metrics, 1);

    pthread_mutex_init(&metrics->lock, NULL);
    for (int i = 0; i < METRIC_COUNT; i++)
        metrics->series[i] = g_tree_new_full(compare_labels, NULL, g_free, g_free);
    return metrics;
}

void metrics_free(Metrics *metrics)
{
    if (!metrics)
        return;
    for (int i = 0; i < METRIC_COUNT; i++)
        g_tree_unref(metrics->series[i]);
    pthread_mutex_destroy(&metrics->lock);
    g_free(metrics);
}

static void append_label(GString *labels, const char *name, const char *value)
{
    if (!name)
        return;
    g_string_append_printf(labels, "%s%s=\"", labels->len ? "," : "", name);
    for (const char *c = value ? value : ""; *c; c++) {
        if (*c == '\\' || *c == '"')
            g_string_append_c(labels, '\\');
        if (*c == '\n')
            g_string_append(labels, "\\n");
        else
            g_string_append_c(labels, *c);
    }
    g_string_append_c(labels, '"');
}

/* With the lock held; NULL past the ceiling. */
static Series *find_series(Metrics *metrics, Metric metric, const char *first, const char *second)
{
    g_autoptr(GString) labels = g_string_new(NULL);
    Series *series;

    append_label(labels, infos[metric].first, first);
    append_label(labels, infos[metric].second, second);
    series = g_tree_lookup(metrics->series[metric], labels->str);
    if (series || metrics->total >= MAX_SERIES)
        return series;
    series = g_new0(Series, 1);
    g_tree_insert(metrics->series[metric], g_strdup(labels->str), series);
    metrics->total++;
    return series;
}

static void change(Metrics *metrics, Metric metric, const char *first, const char *second,
                   double value, bool set)
{
    Series *series;

    pthread_mutex_lock(&metrics->lock);
    series = find_series(metrics, metric, first, second);
    if (series) {
        series->value = set ? value : series->value + value;
        series->count++;
    }
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_add(Metrics *metrics, Metric metric, const char *first, const char *second,
                 double value)
{
    change(metrics, metric, first, second, value, false);
}

void metrics_set(Metrics *metrics, Metric metric, const char *first, const char *second,
                 double value)
{
    change(metrics, metric, first, second, value, true);
}

void metrics_observe(Metrics *metrics, Metric metric, const char *first, double seconds)
{
    change(metrics, metric, first, NULL, seconds, false);
}

typedef struct {
    const char *prefix;
    GPtrArray *found;
} Forgotten;

static gboolean collect_forgotten(void *key, void *value, void *data)
{
    Forgotten *forgotten = data;

    (void)value;
    if (g_str_has_prefix(key, forgotten->prefix))
        g_ptr_array_add(forgotten->found, key);
    return FALSE;
}

void metrics_forget(Metrics *metrics, Metric metric, const char *first)
{
    g_autoptr(GString) labels = g_string_new(NULL);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    Forgotten forgotten;

    append_label(labels, infos[metric].first, first);
    forgotten = (Forgotten){labels->str, found};
    pthread_mutex_lock(&metrics->lock);
    g_tree_foreach(metrics->series[metric], collect_forgotten, &forgotten);
    for (guint i = 0; i < found->len; i++)
        g_tree_remove(metrics->series[metric], g_ptr_array_index(found, i));
    metrics->total -= found->len;
    pthread_mutex_unlock(&metrics->lock);
}

typedef struct {
    GString *text;
    const MetricInfo *info;
} Printing;

static gboolean print_series(void *key, void *value, void *data)
{
    const Printing *printing = data;
    const Series *series = value;
    const char *labels = key, *open = *labels ? "{" : "", *close = *labels ? "}" : "";

    if (!strcmp(printing->info->type, "summary"))
        g_string_append_printf(printing->text,
                               "%s_sum%s%s%s %.6g\n%s_count%s%s%s %" G_GUINT64_FORMAT "\n",
                               printing->info->name, open, labels, close, series->value,
                               printing->info->name, open, labels, close, series->count);
    else
        g_string_append_printf(printing->text, "%s%s%s%s %.15g\n", printing->info->name, open,
                               labels, close, series->value);
    return FALSE;
}

char *metrics_to_text(Metrics *metrics)
{
    GString *text = g_string_new(NULL);

    pthread_mutex_lock(&metrics->lock);
    for (int i = 0; i < METRIC_COUNT; i++) {
        Printing printing = {text, &infos[i]};

        if (!g_tree_nnodes(metrics->series[i]))
            continue;
        g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n", infos[i].name, infos[i].help,
                               infos[i].name, infos[i].type);
        g_tree_foreach(metrics->series[i], print_series, &printing);
    }
    pthread_mutex_unlock(&metrics->lock);
    return g_string_free(text, FALSE);
}
