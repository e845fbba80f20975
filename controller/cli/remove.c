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

/* Whether there was one is told: who mistook the stage has removed nothing. */
static void print_done(const Arguments *arguments, const FolderStack *stack, const char *what)
{
    const char *name = stack->desired->stack_name;

    if (!arguments->json) {
        fprintf(stderr, "stack %s in %s: %s\n", name, stack->region, what);
        return;
    }
    declared_print_json(
        json_pack("{s:s, s:s, s:s}", "stack", name, "region", stack->region, "outcome", what),
        EXIT_DONE);
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
    if (!steps_init(&steps, &stack, INTENT_REMOVE, true, &error) ||
        !steps_run(&steps, &step, &error))
        return verb_fail(arguments, "remove", error);
    if (step.outcome == STEP_DONE) {
        print_done(arguments, &stack, step.what);
        return EXIT_DONE;
    }
    failure_tell(arguments, "remove", NULL, "stack %s: %s", stack.desired->stack_name, step.what);
    return EXIT_FAILED;
}
