/* controller/cli/progress.h
 *
 * A bar on standard error for work that takes long enough to be waited for: nothing where standard
 * error is no terminal, nothing in the first half second. */
#pragma once
#include <glib.h>
#include <stdint.h>

typedef struct Progress Progress;

/* `total`: of whatever is counted; bytes, files. */
Progress *progress_new(uint64_t total);
/* Wipes the bar. NULL-safe. */
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* So much more is behind, and `what` is worked on. Any thread may tell. */
void progress_add(Progress *progress, uint64_t done, const char *what);
