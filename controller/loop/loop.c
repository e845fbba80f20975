#include "controller/loop/loop.h"

#include "controller/loop/inputs_unit.h"
#include "controller/loop/loop_parts.h"
#include "controller/loop/repository_unit.h"
#include "controller/loop/stacks_unit.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FETCHES_AT_ONCE 16 /* each is a process that mostly waits */
#define BUILDS_AT_ONCE 2   /* each takes what build.memory says */

G_DEFINE_QUARK(driftless - loop - error, loop_error)

static bool load_rows(Loop *loop, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;

    if (!store_services(loop->options.store, &rows, error))
        return false;
    g_ptr_array_set_free_func(rows, NULL);
    for (guint i = 0; i < rows->len; i++) {
        ServiceRow *row = g_ptr_array_index(rows, i);

        g_hash_table_insert(loop->rows, row->name, row);
    }
    return true;
}

static void watch_stacks(Loop *loop, const ServiceSettings *service)
{
    for (guint i = 0; i < loop->stacks->len; i++)
        if (stacks_unit_is_for(g_ptr_array_index(loop->stacks, i), service->account,
                               service->region))
            return;
    g_ptr_array_add(loop->stacks, stacks_unit_new(loop, &loop->options, loop->queue,
                                                  service->account, service->region));
}

static void watch_inputs(Loop *loop, const ServiceSettings *service)
{
    for (guint i = 0; i < loop->inputs->len; i++)
        if (inputs_unit_is_for(g_ptr_array_index(loop->inputs, i), service->account))
            return;
    g_ptr_array_add(loop->inputs,
                    inputs_unit_new(loop, &loop->options, loop->queue, service->account));
}

static bool make_folders(const Loop *loop, GError **error)
{
    static const char *const names[] = {"mirrors", "spool", "scripts"};

    g_autofree char *scripts = g_build_filename(loop->options.folder, "scripts", NULL);

    scripts_remove(scripts);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = g_build_filename(loop->options.folder, names[i], NULL);

        if (g_mkdir_with_parents(folder, 0700) != 0) {
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "make folder %s: %s", folder,
                        g_strerror(errno));
            return false;
        }
    }
    return true;
}

Loop *loop_new(const LoopOptions *options, GError **error)
{
    g_autoptr(Loop) loop = g_new0(Loop, 1);
    const Settings *settings = options->settings;

    loop->options = *options;
    loop->options.script_cache = script_cache_new();
    loop->queue = queue_new();
    loop->builds = queue_new();
    loop->fetches = queue_new();
    loop->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->repositories = g_ptr_array_new_with_free_func((GDestroyNotify)repository_unit_free);
    loop->stacks = g_ptr_array_new_with_free_func((GDestroyNotify)stacks_unit_free);
    loop->inputs = g_ptr_array_new_with_free_func((GDestroyNotify)inputs_unit_free);
    loop->services = g_ptr_array_new_with_free_func((GDestroyNotify)service_unit_free);
    loop->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    loop->rows =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)service_row_free);
    pthread_mutex_init(&loop->lock, NULL);
    if (!make_folders(loop, error) || !load_rows(loop, error))
        return NULL;
    for (guint i = 0; i < settings->repositories->len; i++)
        g_ptr_array_add(loop->repositories,
                        repository_unit_new(loop, &loop->options, loop->fetches,
                                            g_ptr_array_index(settings->repositories, i)));
    for (guint i = 0; i < settings->services->len; i++) {
        const ServiceSettings *service = g_ptr_array_index(settings->services, i);

        if (!service->path_is_glob)
            loop_add_service(loop, service, service->name, service->path);
        watch_stacks(loop, service);
        watch_inputs(loop, service);
    }
    return g_steal_pointer(&loop);
}

void loop_free(Loop *loop)
{
    if (!loop)
        return;
    g_clear_pointer(&loop->repositories, g_ptr_array_unref);
    g_clear_pointer(&loop->stacks, g_ptr_array_unref);
    g_clear_pointer(&loop->inputs, g_ptr_array_unref);
    g_clear_pointer(&loop->by_name, g_hash_table_unref);
    g_clear_pointer(&loop->services, g_ptr_array_unref);
    g_clear_pointer(&loop->rows, g_hash_table_unref);
    script_cache_free(loop->options.script_cache);
    queue_free(loop->queue);
    queue_free(loop->builds);
    queue_free(loop->fetches);
    close(loop->stop_event);
    pthread_mutex_destroy(&loop->lock);
    g_free(loop);
}

static void *fetch_until_stopped(void *data)
{
    Loop *loop = data;

    queue_run(loop->fetches, CLAMP(loop->repositories->len, 1, FETCHES_AT_ONCE),
              loop->options.once);
    return NULL;
}

static void *build_until_stopped(void *data)
{
    Loop *loop = data;

    queue_run(loop->builds, BUILDS_AT_ONCE, loop->options.once);
    return NULL;
}

void loop_run(Loop *loop)
{
    pthread_t fetcher, builder;

    if (loop->options.once) {
        fetch_until_stopped(loop);
        queue_run(loop->queue, loop->options.settings->workers, true);
        build_until_stopped(loop);
        return;
    }
    if (pthread_create(&fetcher, NULL, fetch_until_stopped, loop) != 0 ||
        pthread_create(&builder, NULL, build_until_stopped, loop) != 0)
        g_error("no thread for fetching or building: %s", g_strerror(errno));
    queue_run(loop->queue, loop->options.settings->workers, false);
    pthread_join(fetcher, NULL);
    pthread_join(builder, NULL);
}

void loop_stop(Loop *loop)
{
    eventfd_write(loop->stop_event, 1);
    queue_stop(loop->fetches);
    queue_stop(loop->builds);
    queue_stop(loop->queue);
}

int loop_stop_event(const Loop *loop)
{
    return loop->stop_event;
}

bool loop_is_stopping(const Loop *loop)
{
    struct pollfd event = {.fd = loop->stop_event, .events = POLLIN};

    return poll(&event, 1, 0) > 0;
}

bool loop_is_ready(Loop *loop)
{
    for (guint i = 0; i < loop->repositories->len; i++)
        if (!repository_unit_was_seen(g_ptr_array_index(loop->repositories, i)))
            return false;
    return true;
}

void loop_note_blindness(Loop *loop)
{
    atomic_store(&loop->blind, true);
}

bool loop_has_failures(Loop *loop)
{
    static const char *const wrong[] = {"failed", "invalid", "held", "error", NULL};

    if (atomic_load(&loop->blind))
        return true;
    for (guint i = 0; i < loop->services->len; i++) {
        const ServiceUnit *service = g_ptr_array_index(loop->services, i);

        if (service->row->state && g_strv_contains(wrong, service->row->state))
            return true;
    }
    return false;
}

void loop_poll(Loop *loop, const char *repository)
{
    for (guint i = 0; i < loop->repositories->len; i++) {
        RepositoryUnit *unit = g_ptr_array_index(loop->repositories, i);

        if (!repository || !strcmp(repository_unit_name(unit), repository))
            queue_wake(loop->fetches, repository_unit_in_queue(unit), queue_now());
    }
    for (guint i = 0; !repository && i < loop->stacks->len; i++)
        queue_wake(loop->queue, stacks_unit_in_queue(g_ptr_array_index(loop->stacks, i)),
                   queue_now());
    for (guint i = 0; !repository && i < loop->inputs->len; i++)
        queue_wake(loop->queue, inputs_unit_in_queue(g_ptr_array_index(loop->inputs, i)),
                   queue_now());
}
