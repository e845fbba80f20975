#include "controller/loop/queue.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

struct Unit {
    UnitWork work;
    void *data;
    int64_t due_ms;
    GSequenceIter *place; /* in waiting; NULL: not waiting */
    bool running;
    int64_t wanted_ms; /* a wake-up that came while running; QUEUE_REST: none */
};

struct Queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    GSequence *waiting; /* Unit*, by due_ms */
    GPtrArray *units;
    size_t running;
    bool stopped, until_idle;
};

int64_t queue_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Queue *queue_new(void)
{
    Queue *queue = g_new0(Queue, 1);
    pthread_condattr_t monotonic;

    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    queue->waiting = g_sequence_new(NULL);
    queue->units = g_ptr_array_new_with_free_func(g_free);
    return queue;
}

void queue_free(Queue *queue)
{
    if (!queue)
        return;
    g_assert(queue->running == 0);
    g_sequence_free(queue->waiting);
    g_ptr_array_unref(queue->units);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    g_free(queue);
}

static int compare_due(const void *a, const void *b, void *data)
{
    const Unit *first = a, *second = b;

    (void)data;
    return (first->due_ms > second->due_ms) - (first->due_ms < second->due_ms);
}

/* With the lock held. */
static void schedule(Queue *queue, Unit *unit, int64_t due_ms)
{
    if (unit->place) {
        if (unit->due_ms <= due_ms)
            return;
        g_sequence_remove(unit->place);
        unit->place = NULL;
    }
    if (due_ms == QUEUE_REST)
        return;
    unit->due_ms = due_ms;
    unit->place = g_sequence_insert_sorted(queue->waiting, unit, compare_due, NULL);
    pthread_cond_broadcast(&queue->changed);
}

Unit *queue_add(Queue *queue, UnitWork work, void *data, int64_t due_ms)
{
    Unit *unit = g_new0(Unit, 1);

    *unit = (Unit){.work = work, .data = data, .wanted_ms = QUEUE_REST};
    pthread_mutex_lock(&queue->lock);
    g_ptr_array_add(queue->units, unit);
    schedule(queue, unit, due_ms);
    pthread_mutex_unlock(&queue->lock);
    return unit;
}

void queue_wake(Queue *queue, Unit *unit, int64_t due_ms)
{
    pthread_mutex_lock(&queue->lock);
    if (unit->running)
        unit->wanted_ms = MIN(unit->wanted_ms, due_ms);
    else
        schedule(queue, unit, due_ms);
    pthread_mutex_unlock(&queue->lock);
}

/* With the lock held; gives it up while waiting. NULL: no more work. */
static Unit *take_due(Queue *queue)
{
    for (;;) {
        GSequenceIter *first = g_sequence_get_begin_iter(queue->waiting);
        Unit *unit;

        if (queue->stopped)
            return NULL;
        if (g_sequence_iter_is_end(first)) {
            if (queue->until_idle && !queue->running)
                return NULL;
            pthread_cond_wait(&queue->changed, &queue->lock);
            continue;
        }
        unit = g_sequence_get(first);
        if (unit->due_ms <= queue_now()) {
            g_sequence_remove(first);
            unit->place = NULL;
            return unit;
        }
        const struct timespec until = {.tv_sec = unit->due_ms / 1000,
                                       .tv_nsec = unit->due_ms % 1000 * 1000000};

        pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
    }
}

static void *work_until_stopped(void *data)
{
    Queue *queue = data;
    Unit *unit;

    pthread_mutex_lock(&queue->lock);
    while ((unit = take_due(queue))) {
        int64_t next_ms;

        unit->running = true;
        queue->running++;
        pthread_mutex_unlock(&queue->lock);
        next_ms = unit->work(unit->data);
        pthread_mutex_lock(&queue->lock);
        unit->running = false;
        queue->running--;
        schedule(queue, unit, MIN(next_ms, unit->wanted_ms));
        unit->wanted_ms = QUEUE_REST;
        if (!queue->running)
            pthread_cond_broadcast(&queue->changed); /* idle, perhaps */
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

void queue_run(Queue *queue, unsigned workers, bool until_idle)
{
    g_autofree pthread_t *threads = g_new0(pthread_t, workers);
    unsigned started = 0;

    queue->until_idle = until_idle;
    for (unsigned i = 1; i < workers; i++)
        if (pthread_create(&threads[started], NULL, work_until_stopped, queue) == 0)
            started++;
    work_until_stopped(queue);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

void queue_stop(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->stopped = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
