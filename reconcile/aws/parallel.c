#include "reconcile/aws/parallel.h"
#include <pthread.h>

typedef struct {
    size_t count;
    ParallelWork work;
    void *data;

    pthread_mutex_t lock; /* guards what follows */
    size_t next;
    GError *failure;
} Run;

static bool take(Run *run, size_t *ret)
{
    bool taken;

    pthread_mutex_lock(&run->lock);
    taken = run->next < run->count && !run->failure;
    if (taken)
        *ret = run->next++;
    pthread_mutex_unlock(&run->lock);
    return taken;
}

static void fail(Run *run, GError *failure)
{
    pthread_mutex_lock(&run->lock);
    if (run->failure)
        g_error_free(failure);
    else
        run->failure = failure;
    pthread_mutex_unlock(&run->lock);
}

static void *work(void *data)
{
    Run *run = data;
    size_t index;

    while (take(run, &index)) {
        GError *failure = NULL;

        if (!run->work(index, run->data, &failure))
            fail(run, failure);
    }
    return NULL;
}

bool parallel_run(size_t count, unsigned threads, ParallelWork each, void *data, GError **error)
{
    Run run = {.count = count, .work = each, .data = data, .lock = PTHREAD_MUTEX_INITIALIZER};
    unsigned wanted = (unsigned)MIN(count, (size_t)MAX(threads, 1)), started = 0;
    g_autofree pthread_t *helpers = g_new0(pthread_t, wanted);

    while (started + 1 < wanted && pthread_create(&helpers[started], NULL, work, &run) == 0)
        started++;
    work(&run);
    for (unsigned i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
    pthread_mutex_destroy(&run.lock);
    if (!run.failure)
        return true;
    g_propagate_error(error, run.failure);
    return false;
}
