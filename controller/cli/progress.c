#include "controller/cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define QUIET_US 500000
#define WIDTH 30

struct Progress {
    uint64_t total;
    int64_t started_us;
    bool is_on_terminal, is_drawn;
};

Progress *progress_new(uint64_t total)
{
    Progress *progress = g_new0(Progress, 1);

    progress->total = total;
    progress->started_us = g_get_monotonic_time();
    progress->is_on_terminal = isatty(STDERR_FILENO);
    return progress;
}

static void wipe(Progress *progress)
{
    if (progress->is_drawn)
        fputs("\r\033[K", stderr);
    progress->is_drawn = false;
}

void progress_free(Progress *progress)
{
    if (!progress)
        return;
    wipe(progress);
    g_free(progress);
}

void progress_tell(Progress *progress, uint64_t done, const char *what)
{
    unsigned filled;

    if (!progress->is_on_terminal || !progress->total ||
        g_get_monotonic_time() - progress->started_us < QUIET_US)
        return;
    wipe(progress);
    done = MIN(done, progress->total);
    filled = (unsigned)((double)done / (double)progress->total * WIDTH);
    fputc('[', stderr);
    for (unsigned i = 0; i < WIDTH; i++)
        fputc(i < filled ? '#' : ' ', stderr);
    fprintf(stderr, "] %3u%%  %.40s", (unsigned)(100.0 * (double)done / (double)progress->total),
            what);
    fflush(stderr);
    progress->is_drawn = true;
}
