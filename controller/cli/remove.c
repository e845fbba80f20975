#include "controller/cli/declared.h"
#include "controller/cli/steps.h"
#include "controller/cli/verb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_agreed(const Arguments *arguments, const char *stack_name, const char *region)
{
    char line[128];

    if (arguments->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "driftless remove: --yes says that stack %s in %s is to be deleted\n",
                stack_name, region);
        return false;
    }
    fprintf(stderr, "delete stack %s in %s and all that it holds? Type its name: ", stack_name,
            region);
    return fgets(line, sizeof line, stdin) && !strcmp(g_strchomp(line), stack_name);
}

ExitStatus verb_remove(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_auto(Steps) steps = {0};
    g_auto(StepResult) step = {0};
    g_autoptr(GError) error = NULL;
    int status;

    if (!folder_is_meant(arguments))
        return declared_command(arguments, "remove", NULL);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    if (!is_agreed(arguments, stack.desired->stack_name, stack.region))
        return EXIT_USAGE;
    steps_init(&steps, &stack, INTENT_REMOVE, true);
    if (!steps_run(&steps, &step, &error))
        return (ExitStatus)verb_fail("remove", error);
    if (step.outcome == STEP_DONE) {
        fprintf(stderr, "stack %s is gone\n", stack.desired->stack_name);
        return EXIT_DONE;
    }
    fprintf(stderr, "driftless remove: stack %s: %s\n", stack.desired->stack_name, step.what);
    return EXIT_FAILED;
}
