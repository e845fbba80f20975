#include "controller/cli/controller.h"

#include "controller/cli/failure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

Settings *settings_of(const Arguments *arguments)
{
    const char *file = arguments->settings_file ? arguments->settings_file : "driftless.yml";
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *hint = NULL;
    gsize size;
    Settings *settings;

    if (!g_file_get_contents(file, &text, &size, &error)) {
        const char *name = arguments->settings_file ? NULL : arguments->operands[0];

        hint = g_strconcat("--config names another driftless.yml", name ? "\n" : NULL, name,
                           " is no folder here, so it is taken for a service's name", NULL);
        failure_tell(arguments, NULL, hint, "%s", error->message);
        return NULL;
    }
    settings = settings_parse(file, text, size, problems);
    failure_print(problems, arguments, !settings);
    return settings;
}

static void count_call(const AwsCall *call, void *data)
{
    Metrics *metrics = data;
    g_autofree char *operation = g_strdup_printf("%s:%s", call->service, call->action);

    metrics_add(metrics, METRIC_aws_calls_total, operation,
                call->error_code ? call->error_code : "ok", 1);
    metrics_observe(metrics, METRIC_aws_call_seconds, operation, call->duration_ms / 1e3);
}

/* The store's path is relative to driftless.yml; mirrors and spooled archives lie beside the store.
 */
static bool open_store(Controller *controller, GError **error)
{
    g_autofree char *base = g_path_get_dirname(controller->settings->file);
    g_autofree char *path = g_path_is_absolute(controller->settings->store)
                                ? g_strdup(controller->settings->store)
                                : g_build_filename(base, controller->settings->store, NULL);

    controller->folder = g_strdup_printf("%s.d", path);
    controller->store = store_open(path, error);
    return controller->store != NULL;
}

/* Packing is as right without one, only slower: told, and no error. */
static void open_cache(Controller *controller)
{
    g_autofree char *path = g_build_filename(controller->folder, "packages.db", NULL);
    g_autoptr(GError) error = NULL;

    g_mkdir_with_parents(controller->folder, 0700);
    controller->cache = package_cache_open(path, PACKAGE_CACHE_MAX_BYTES, &error);
    if (error)
        log_event(controller->log, LOG_WARNING, NULL, "packing without a cache", "why",
                  error->message, NULL);
}

bool controller_open(const Arguments *arguments, bool once, Controller *ret, int *ret_exit)
{
    g_autoptr(GError) error = NULL;

    *ret_exit = EXIT_USAGE;
    if (arguments->log && strcmp(arguments->log, "text") != 0 &&
        strcmp(arguments->log, "json") != 0) {
        failure_tell(arguments, NULL, NULL, "--log is text or json, not %s", arguments->log);
        return false;
    }
    ret->settings = settings_of(arguments);
    if (!ret->settings)
        return false;
    *ret_exit = EXIT_FAILED;
    ret->program = g_file_read_link("/proc/self/exe", &error);
    if (!ret->program || !open_store(ret, &error)) {
        verb_fail(arguments, NULL, error);
        return false;
    }
    ret->log = log_new(arguments->log ? !strcmp(arguments->log, "json") : arguments->json);
    ret->metrics = metrics_new();
    ret->session = session_new(count_call, ret->metrics);
    open_cache(ret);
    const LoopOptions options = {
        .settings = ret->settings,
        .store = ret->store,
        .session = ret->session,
        .log = ret->log,
        .metrics = ret->metrics,
        .cache = ret->cache,
        .folder = ret->folder,
        .program = ret->program,
        .once = once,
        .recompile = arguments->recompile,
    };
    ret->loop = loop_new(&options, &error);
    if (!ret->loop)
        verb_fail(arguments, NULL, error);
    return ret->loop != NULL;
}

void controller_clear(Controller *controller)
{
    loop_free(controller->loop);
    package_cache_free(controller->cache);
    session_free(controller->session);
    store_free(controller->store);
    metrics_free(controller->metrics);
    log_free(controller->log);
    settings_free(controller->settings);
    g_free(controller->folder);
    g_free(controller->program);
    *controller = (Controller){0};
}
