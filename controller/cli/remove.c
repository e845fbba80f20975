#include "controller/cli/declared.h"
#include "controller/cli/failure.h"
#include "controller/cli/steps.h"
#include "controller/cli/terminal.h"
#include "controller/cli/verb.h"

#include <stdio.h>

static bool is_agreed(const Arguments *arguments, const FolderStack *stack)
{
    const char *name = stack->desired->stack_name;
    g_autofree char *wants =
        g_strdup_printf("delete stack %s in %s and all that it holds", name, stack->region);

    return terminal_agrees(arguments, "remove", wants, name);
}

static ExitStatus remove_declared(const Arguments *arguments)
{
    const char *name = arguments->operands[0];
    g_autofree char *wants = g_strdup_printf("delete the stack of %s and all that it holds", name);

    if (!terminal_agrees(arguments, "remove", wants, name))
        return EXIT_USAGE;
    return declared_command(arguments, "remove", NULL);
}

ExitStatus verb_remove(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_auto(Steps) steps = {0};
    g_auto(StepResult) step = {0};
    g_autoptr(GError) error = NULL;
    int status;

    if (!folder_is_meant(arguments))
        return remove_declared(arguments);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    if (!is_agreed(arguments, &stack))
        return EXIT_USAGE;
    steps_init(&steps, &stack, INTENT_REMOVE, true);
    if (!steps_run(&steps, &step, &error))
        return verb_fail(arguments, "remove", error);
    if (step.outcome == STEP_DONE) {
        fprintf(stderr, "stack %s is gone\n", stack.desired->stack_name);
        return EXIT_DONE;
    }
    failure_tell(arguments, "remove", NULL, "stack %s: %s", stack.desired->stack_name, step.what);
    return EXIT_FAILED;
}
