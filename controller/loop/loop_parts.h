/* controller/loop/loop_parts.h
 *
 * What the files of the loop itself share: loop.c (its life), loop_services.c (the list of services
 * and what wakes them), loop_commands.c (what people ask of it). */
#pragma once
#include "controller/loop/loop.h"
#include "controller/loop/loop_services.h"

#include <pthread.h>
#include <stdatomic.h>

struct Loop {
    LoopOptions options;
    Queue *queue;
    Queue *builds;     /* services with builds, apart: a step may take its minutes */
    Queue *fetches;    /* apart: a server that never answers keeps a worker until its deadline */
    int stop_event;    /* eventfd */
    atomic_bool blind; /* git or AWS could not be looked at: nobody knows what is there */
    GPtrArray *repositories; /* RepositoryUnit* */
    GPtrArray *stacks;       /* StacksUnit* */
    GPtrArray *inputs;       /* InputsUnit* */
    pthread_mutex_t lock;    /* the two below */
    GPtrArray *services;     /* ServiceUnit* */
    GHashTable *by_name;     /* borrowed units */
    GHashTable *rows;        /* at the start: name → ServiceRow* that no unit has yet */
};

/* Adds a unit, with the row that the store has of it. With the lock held, or before there are
 * threads. */
void loop_add_service(Loop *loop, const ServiceSettings *settings, const char *name,
                      const char *path);
