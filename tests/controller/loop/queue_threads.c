/* The queue under many threads: what its header promises, with counters that are not atomic on
 * purpose, so that ThreadSanitizer sees whether two runs of a unit are ordered. */
#include "controller/loop/queue.h"
#include "tests/controller/loop/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#define UNITS 500
#define WORKERS 4
#define WAKERS 4
#define WAKES 10000
#define DEADLINE_S 100

typedef struct {
    Unit *unit;
    atomic_uint asked;   /* raised by whoever is about to wake the unit */
    unsigned seen, runs; /* the unit's own: plain */
    atomic_flag running;
} Counter;

typedef struct {
    Queue *queue;
    Counter *counters;
    atomic_uint *wakers_at_work;
    unsigned seed;
} Waker;

static int64_t count(void *data)
{
    Counter *counter = data;

    CHECK(!atomic_flag_test_and_set(&counter->running));
    counter->runs++;
    counter->seen = atomic_load(&counter->asked);
    atomic_flag_clear(&counter->running);
    /* Now and then a unit wants to run again by itself. */
    return counter->runs % 64 ? QUEUE_REST : queue_now() + 1;
}

static void *wake_many(void *data)
{
    Waker *waker = data;
    uint32_t random = waker->seed;

    for (unsigned i = 0; i < WAKES; i++) {
        random = random * 1664525 + 1013904223;
        Counter *counter = &waker->counters[(random >> 8) % UNITS];

        atomic_fetch_add(&counter->asked, 1);
        queue_wake(waker->queue, counter->unit, queue_now() + (int64_t)(random >> 30));
    }
    atomic_fetch_sub(waker->wakers_at_work, 1);
    return NULL;
}

/* Keeps the queue from being idle while there are threads that will wake somebody. */
static int64_t stay_while_woken(void *data)
{
    return atomic_load((atomic_uint *)data) ? queue_now() + 1 : QUEUE_REST;
}

static void no_wake_up_is_lost_and_no_unit_runs_twice_at_once(void)
{
    g_autoptr(Queue) queue = queue_new();
    g_autofree Counter *counters = g_new0(Counter, UNITS);
    atomic_uint wakers_at_work = WAKERS;
    pthread_t threads[WAKERS];
    Waker wakers[WAKERS];

    for (unsigned i = 0; i < UNITS; i++) {
        atomic_flag_clear(&counters[i].running);
        counters[i].unit = queue_add(queue, count, &counters[i], QUEUE_REST);
    }
    queue_add(queue, stay_while_woken, &wakers_at_work, queue_now());
    for (unsigned i = 0; i < WAKERS; i++) {
        wakers[i] = (Waker){queue, counters, &wakers_at_work, i + 1};
        CHECK(pthread_create(&threads[i], NULL, wake_many, &wakers[i]) == 0);
    }
    queue_run(queue, WORKERS, true);
    for (unsigned i = 0; i < WAKERS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < UNITS; i++) {
        CHECK(counters[i].seen == atomic_load(&counters[i].asked));
        CHECK(counters[i].runs > 0);
    }
}

typedef struct {
    Queue *queue;
    atomic_bool stop_was_asked;
    bool finished;
} LongStep;

static void *stop_queue(void *data)
{
    LongStep *step = data;

    atomic_store(&step->stop_was_asked, true);
    queue_stop(step->queue);
    return NULL;
}

static int64_t take_until_stopped(void *data)
{
    LongStep *step = data;
    pthread_t stopper;

    CHECK(pthread_create(&stopper, NULL, stop_queue, step) == 0);
    pthread_join(stopper, NULL); /* the queue is stopped now, and this step is not over */
    CHECK(atomic_load(&step->stop_was_asked));
    step->finished = true;
    return queue_now();
}

static int64_t run_again_at_once(void *data)
{
    ++*(unsigned *)data;
    return queue_now();
}

static void a_step_under_way_is_finished_when_the_queue_stops(void)
{
    g_autoptr(Queue) queue = queue_new();
    LongStep step = {.queue = queue};
    unsigned busy[UNITS] = {0};

    for (unsigned i = 0; i < UNITS; i++)
        queue_add(queue, run_again_at_once, &busy[i], queue_now());
    queue_add(queue, take_until_stopped, &step, queue_now() + 5);
    queue_run(queue, WORKERS, false);
    CHECK(step.finished);
}

typedef struct {
    Queue *queue;
    Unit *other;
} Chain;

static int64_t wake_the_other(void *data)
{
    const Chain *chain = data;

    queue_wake(chain->queue, chain->other, queue_now());
    return QUEUE_REST;
}

static int64_t note_time(void *data)
{
    *(int64_t *)data = queue_now();
    return QUEUE_REST;
}

static void an_earlier_wake_up_counts_and_a_later_one_does_not(void)
{
    g_autoptr(Queue) queue = queue_new();
    const int64_t begun = queue_now(), hour = 3600 * 1000;
    int64_t woken = 0, kept = 0;
    Unit *far = queue_add(queue, note_time, &woken, begun + hour);
    Unit *near = queue_add(queue, note_time, &kept, begun);
    Chain chain = {queue, far};

    queue_wake(queue, near, begun + hour);
    queue_add(queue, wake_the_other, &chain, begun + 5);
    queue_run(queue, WORKERS, true); /* returns only because nothing waits for an hour */
    CHECK(woken && woken < begun + hour);
    CHECK(kept && kept < begun + hour);
}

int main(void)
{
    alarm(DEADLINE_S); /* what hangs is killed, and so fails */
    no_wake_up_is_lost_and_no_unit_runs_twice_at_once();
    a_step_under_way_is_finished_when_the_queue_stops();
    an_earlier_wake_up_counts_and_a_later_one_does_not();
    return 0;
}
