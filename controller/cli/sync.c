#include "controller/cli/controller.h"
#include "controller/cli/declared.h"
#include "controller/cli/failure.h"
#include "controller/web/server.h"

#include <signal.h>

/* Where every service stands now: what was told by an earlier pass is not logged again. */
static ExitStatus print_services(const Arguments *arguments, const Controller *controller)
{
    const WebOptions options = {
        .settings = controller->settings, .store = controller->store, .loop = controller->loop};
    const ExitStatus status = loop_has_failures(controller->loop) ? EXIT_FAILED : EXIT_DONE;
    g_autoptr(GError) error = NULL;
    json_t *answer = web_services(&options, &error);

    if (!answer)
        return verb_fail(arguments, "sync", error);
    if (arguments->json)
        return declared_print_json(answer, status);
    declared_print_services(json_object_get(answer, "services"));
    json_decref(answer);
    return status;
}

ExitStatus verb_sync(const Arguments *arguments)
{
    g_auto(Controller) controller = {0};
    int status;

    signal(SIGPIPE, SIG_IGN);
    if (!controller_open(arguments, true, &controller, &status))
        return (ExitStatus)status;
    loop_run(controller.loop);
    return print_services(arguments, &controller);
}
