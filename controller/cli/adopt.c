#include "controller/cli/declared.h"
#include "controller/cli/failure.h"
#include "controller/cli/terminal.h"

#include <stdio.h>

/* What would be lost for good; the controller refuses that. NULL: nothing. */
static const char *loss_of(json_t *plan)
{
    json_t *hazard;
    size_t i;

    json_array_foreach(json_object_get(plan, "hazards"), i, hazard)
    {
        if (json_is_true(json_object_get(hazard, "blocks")))
            return declared_text(hazard, "text");
    }
    return NULL;
}

/* Says why there is nothing to agree to. */
static bool may_be_adopted(const Arguments *arguments, json_t *answer)
{
    json_t *plan = json_object_get(answer, "plan");
    const char *loss = loss_of(plan);

    if (!plan)
        failure_tell(arguments, "adopt", NULL,
                     "%s cannot be compiled, so nothing is known to change",
                     arguments->operands[0]);
    else if (json_is_true(json_object_get(plan, "createsStack")))
        failure_tell(arguments, "adopt", NULL,
                     "%s has no stack: there is nothing to adopt, a deploy creates it",
                     arguments->operands[0]);
    else if (loss)
        failure_tell(arguments, "adopt", NULL,
                     "refused, because the next deploy would destroy data: %s", loss);
    else
        return true;
    return false;
}

static ExitStatus adopt(const Arguments *arguments, json_t *answer)
{
    const char *name = arguments->operands[0];
    g_autofree char *wants = g_strdup_printf("take over the stack of %s", name);

    declared_print_plan(answer, stderr);
    if (!may_be_adopted(arguments, answer))
        return json_object_get(answer, "plan") ? EXIT_FAILED : EXIT_USAGE;
    fputs("Adopting lets these changes go out. S3 keys, versions of functions and ids of "
          "deployments are\nnamed anew; nothing that holds data is replaced.\n",
          stderr);
    if (!terminal_agrees(arguments, "adopt", wants, name))
        return EXIT_USAGE;
    return declared_command(arguments, "adopt", NULL);
}

ExitStatus verb_adopt(const Arguments *arguments)
{
    g_autofree char *path = NULL;
    json_t *answer;
    ExitStatus status;

    if (!declared_is_one(arguments, "adopt"))
        return EXIT_USAGE;
    path = declared_path(arguments, "plan");
    answer = declared_ask(arguments, "GET", path, NULL, &status);
    if (!answer)
        return status;
    status = adopt(arguments, answer);
    json_decref(answer);
    return status;
}
