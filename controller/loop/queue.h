/* controller/loop/queue.h
 *
 * Units of work with due times, and the workers that take them. What waits lies in one ordered
 * sequence, so ten thousand waiting services cost nothing. A unit never runs twice at once: a
 * wake-up while it runs makes it run again. That is what keeps the order of steps of one stack.
 *
 * Threads: every function but queue_new and queue_free may be called from any thread. Times are
 * milliseconds of the monotonic clock (queue_now). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define QUEUE_REST INT64_MAX /* a unit that waits for nothing but a wake-up */

typedef struct Queue Queue;
typedef struct Unit Unit;

/* Does one step and says when the next is due, or QUEUE_REST. */
typedef int64_t (*UnitWork)(void *data);

Queue *queue_new(void);
void queue_free(Queue *queue); /* no worker may be running */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)

/* A new unit, due at `due_ms`; owned by the queue until it is freed. */
Unit *queue_add(Queue *queue, UnitWork work, void *data, int64_t due_ms);

/* Makes the unit due at `due_ms` unless it is due earlier. */
void queue_wake(Queue *queue, Unit *unit, int64_t due_ms);

/* Works with `workers` threads (the caller's among them) until queue_stop; with `until_idle` also
 * until no unit runs or is due ever again. A step under way is always finished. */
void queue_run(Queue *queue, unsigned workers, bool until_idle);
/* Async-signal-unsafe; from any thread. */
void queue_stop(Queue *queue);

int64_t queue_now(void);
