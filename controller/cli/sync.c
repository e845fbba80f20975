#include "controller/cli/controller.h"

#include <signal.h>

ExitStatus verb_sync(const Arguments *arguments)
{
    g_auto(Controller) controller = {0};
    int status;

    signal(SIGPIPE, SIG_IGN);
    if (!controller_open(arguments, true, &controller, &status))
        return (ExitStatus)status;
    loop_run(controller.loop);
    return loop_has_failures(controller.loop) ? EXIT_FAILED : EXIT_DONE;
}
