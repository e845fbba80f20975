/* controller/cli/controller.h
 *
 * What `run` and `sync` share: driftless.yml read, store, session and loop made of it. */
#pragma once
#include "controller/cli/verb.h"
#include "controller/loop/loop.h"

typedef struct {
    Settings *settings;
    Store *store;
    Session *session;
    Log *log;
    Metrics *metrics;
    PackageCache *cache; /* beside the store; NULL where it cannot be */
    Loop *loop;
    char *folder, *program;
} Controller;

/* Reads --config, or driftless.yml here. Prints every problem and gives NULL otherwise. */
Settings *settings_of(const Arguments *arguments);

/* Says what is wrong and gives false with the exit status otherwise. */
bool controller_open(const Arguments *arguments, bool once, Controller *ret, int *ret_exit);
void controller_clear(Controller *controller);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Controller, controller_clear)
