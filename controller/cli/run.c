#include "controller/cli/controller.h"
#include "controller/cli/failure.h"
#include "controller/web/server.h"

#include <pthread.h>
#include <signal.h>

/* SIGTERM and SIGINT are taken by a thread of their own, so that no handler interrupts a step. */
static void *wait_for_signal(void *data)
{
    Controller *controller = data;
    sigset_t signals;
    int caught;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigwait(&signals, &caught);
    log_event(controller->log, LOG_INFO, NULL, "stopping: steps under way are finished", NULL);
    loop_stop(controller->loop);
    return NULL;
}

static void block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

ExitStatus verb_run(const Arguments *arguments)
{
    g_auto(Controller) controller = {0};
    g_autoptr(WebServer) server = NULL;
    g_autoptr(GError) error = NULL;
    pthread_t waiter;
    int status;

    block_signals();
    if (!controller_open(arguments, false, &controller, &status))
        return (ExitStatus)status;
    const WebOptions web = {
        .settings = controller.settings,
        .store = controller.store,
        .loop = controller.loop,
        .session = controller.session,
        .metrics = controller.metrics,
    };

    server = web_server_start(&web, &error);
    if (!server) {
        failure_tell(arguments, "run", "listen: in driftless.yml names another address", "%s",
                     error->message);
        return EXIT_FAILED;
    }
    log_event(controller.log, LOG_INFO, NULL, "listening", "address", web_server_address(server),
              NULL);
    if (pthread_create(&waiter, NULL, wait_for_signal, &controller) != 0) {
        failure_tell(arguments, "run", NULL, "no thread for signals");
        return EXIT_FAILED;
    }
    loop_run(controller.loop);
    pthread_kill(waiter, SIGTERM);
    pthread_join(waiter, NULL);
    return EXIT_DONE;
}
