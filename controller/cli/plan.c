#include "config/json_text.h"
#include "controller/cli/declared.h"
#include "controller/cli/failure.h"
#include "controller/cli/folder_stack.h"
#include "controller/cli/terminal.h"
#include "controller/cli/verb.h"

#include <stdio.h>

static ExitStatus show(const Plan *plan, const FolderStack *stack, const Arguments *arguments)
{
    const GPtrArray *secrets = service_secrets(stack->build->service);
    bool empty = plan_is_empty(plan);

    if (arguments->json) {
        json_t *json = json_pack("{s:s, s:s, s:o}", "stack", stack->desired->stack_name, "region",
                                 stack->region, "plan", plan_to_json(plan, secrets));
        g_autofree char *text = json_text(json, JSON_TEXT_INDENT);

        puts(text);
        json_decref(json);
    } else {
        g_autofree char *text = plan_to_text(plan, secrets, terminal_has_colour(stdout));
        g_autofree char *summary = plan_summary(plan);

        printf("stack %s in %s: %s\n%s", stack->desired->stack_name, stack->region, summary, text);
    }
    return empty ? EXIT_DONE : EXIT_CHANGES;
}

static ExitStatus show_declared(const Arguments *arguments)
{
    g_autofree char *path = declared_path(arguments, "plan");
    ExitStatus status;
    json_t *answer = declared_ask(arguments, "GET", path, NULL, &status);

    if (!answer)
        return status;
    status = declared_plan_status(answer);
    if (arguments->json)
        return declared_print_json(answer, status);
    declared_print_plan(answer, status == EXIT_USAGE ? stderr : stdout);
    json_decref(answer);
    return status;
}

ExitStatus verb_plan(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = NULL;
    int status;

    if (!folder_is_meant(arguments))
        return show_declared(arguments);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    plan = apply_plan(stack.client, stack.desired, &error);
    if (!plan)
        return verb_fail(arguments, "plan", error);
    return show(plan, &stack, arguments);
}
