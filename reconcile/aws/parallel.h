/* reconcile/aws/parallel.h
 *
 * The same work on many things, by a bounded number of threads: parts of a file, artifacts of a
 * service. Threads live as long as the call. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef bool (*ParallelWork)(size_t index, void *data, GError **error);

/* Calls work (0 … count - 1), at most `threads` at a time, the caller's own among them; with one
 * thread in order. After the first failure nothing more is begun, what is under way ends, and that
 * failure is the error. */
G_GNUC_WARN_UNUSED_RESULT
bool parallel_run(size_t count, unsigned threads, ParallelWork work, void *data, GError **error);
