#include "reconcile/aws/parallel.h"
#include <criterion/criterion.h>
#include <pthread.h>

#define COUNT 200
#define THREADS 4

typedef struct {
    pthread_mutex_t lock;
    unsigned done[COUNT], total, now, most;
    size_t failing; /* COUNT: none */
} Work;

static bool work(size_t index, void *data, GError **error)
{
    Work *work = data;

    pthread_mutex_lock(&work->lock);
    work->done[index]++;
    work->total++;
    work->now++;
    work->most = MAX(work->most, work->now);
    pthread_mutex_unlock(&work->lock);
    g_usleep(100);
    pthread_mutex_lock(&work->lock);
    work->now--;
    pthread_mutex_unlock(&work->lock);
    if (index != work->failing)
        return true;
    g_set_error(error, G_FILE_ERROR, 1, "number %zu", index);
    return false;
}

Test(parallel, everything_is_done_once_by_no_more_threads_than_said)
{
    for (unsigned threads = 0; threads <= THREADS; threads += THREADS) {
        Work all = {.lock = PTHREAD_MUTEX_INITIALIZER, .failing = COUNT};

        cr_assert(parallel_run(COUNT, threads, work, &all, NULL));
        for (size_t i = 0; i < COUNT; i++)
            cr_expect_eq(all.done[i], 1);
        cr_expect_leq(all.most, MAX(threads, 1));
        cr_expect(parallel_run(0, threads, work, &all, NULL));
    }
}

Test(parallel, after_a_failure_nothing_more_is_begun)
{
    Work some = {.lock = PTHREAD_MUTEX_INITIALIZER, .failing = 10};
    g_autoptr(GError) error = NULL;

    cr_assert_not(parallel_run(COUNT, THREADS, work, &some, &error));
    cr_expect_str_eq(error->message, "number 10");
    cr_expect_lt(some.total, COUNT);
}
