#include "config/json_text.h"
#include "controller/cli/failure.h"
#include "controller/cli/stack_info.h"
#include "controller/cli/steps.h"
#include "controller/cli/terminal.h"
#include "controller/cli/verb.h"
#include "reconcile/apply/adopt.h"

#include <stdio.h>

/* A stack that another tool made is taken over when asked to. What cannot be taken over stays held,
 * and `step` says why. */
static bool take_over(Steps *steps, StepResult *step, GError **error)
{
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) cause = NULL;

    if (adopt_stack(&steps->context, steps->stack->desired, true, steps->record, &plan, &cause))
        return steps_run(steps, step, error);
    if (cause->domain == ADOPT_ERROR)
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

static ExitStatus explain_hold(const Arguments *arguments, const Steps *steps,
                               const StepResult *step)
{
    if (step->plan) {
        g_autofree char *text = plan_to_text(
            step->plan, service_secrets(steps->stack->build->service), terminal_has_colour(stderr));

        fputs(text, stderr);
    }
    failure_tell(arguments, "deploy",
                 arguments->yes ? NULL
                                : "driftless plan shows what would change; deploy --yes goes ahead",
                 "stack %s is held: %s", steps->stack->desired->stack_name, step->what);
    return EXIT_FAILED;
}

static ExitStatus explain_failure(const Arguments *arguments, const Steps *steps,
                                  const StepResult *step)
{
    g_autofree char *made_by = NULL;
    Position at;

    if (step->failed_resource &&
        template_resource_position(steps->stack->build->service, steps->stack->build->compiled,
                                   step->failed_resource, &at) &&
        at.file) {
        const Folder *folder = &steps->stack->folder;
        g_autofree char *file = problem_path(at.file, folder->path, folder->given);

        made_by = g_strdup_printf("%s:%u:%u: made by this", file, at.line, at.column);
    }
    failure_tell(arguments, "deploy", made_by, "stack %s: %s", steps->stack->desired->stack_name,
                 step->what);
    return EXIT_FAILED;
}

ExitStatus verb_deploy(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_auto(Steps) steps = {0};
    g_auto(StepResult) step = {0};
    g_autoptr(GError) error = NULL;
    int status;

    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    fprintf(stderr, "deploying %s to stack %s in %s\n", service_name(stack.build->service),
            stack.desired->stack_name, stack.region);
    if (!steps_init(&steps, &stack, INTENT_DEPLOY, arguments->yes, &error) ||
        !steps_run(&steps, &step, &error))
        return verb_fail(arguments, "deploy", error);
    if (step.outcome == STEP_HELD && arguments->yes && !take_over(&steps, &step, &error))
        return verb_fail(arguments, "deploy", error);
    if (step.outcome == STEP_HELD)
        return explain_hold(arguments, &steps, &step);
    if (step.outcome == STEP_FAILED)
        return explain_failure(arguments, &steps, &step);
    fprintf(stderr, "%s\n", step.changed ? "deployed" : "nothing to change");
    return stack_info_print(stack.client, stack.desired->stack_name, arguments);
}
