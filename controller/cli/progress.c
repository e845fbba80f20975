#include "controller/cli/progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define QUIET_US 500000
#define PAUSE_US 50000 /* between two drawings */
#define WIDTH 30

struct Progress {
    uint64_t total;
    bool is_on_terminal;
    pthread_mutex_t lock; /* the others */
    uint64_t done;
    int64_t next_us; /* nothing is drawn before */
    bool is_drawn;
};

Progress *progress_new(uint64_t total)
{
    Progress *progress = g_new0(Progress, 1);

    progress->total = total;
    progress->next_us = g_get_monotonic_time() + QUIET_US;
    pthread_mutex_init(&progress->lock, NULL);
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
    pthread_mutex_destroy(&progress->lock);
    g_free(progress);
}

static void draw(Progress *progress, const char *what)
{
    double part = (double)MIN(progress->done, progress->total) / (double)progress->total;
    unsigned filled = (unsigned)(part * WIDTH);

    wipe(progress);
    fputc('[', stderr);
    for (unsigned i = 0; i < WIDTH; i++)
        fputc(i < filled ? '#' : ' ', stderr);
    fprintf(stderr, "] %3u%%  %.40s", (unsigned)(part * 100), what);
    fflush(stderr);
    progress->is_drawn = true;
}

void progress_add(Progress *progress, uint64_t done, const char *what)
{
    int64_t now_us = g_get_monotonic_time();

    if (!progress->is_on_terminal || !progress->total)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->done += done;
    if (now_us >= progress->next_us) {
        draw(progress, what);
        progress->next_us = now_us + PAUSE_US;
    }
    pthread_mutex_unlock(&progress->lock);
}
