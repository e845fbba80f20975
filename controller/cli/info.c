#include "controller/cli/declared.h"
#include "controller/cli/folder_stack.h"
#include "controller/cli/stack_info.h"

#include <stdio.h>

static ExitStatus show_declared(const Arguments *arguments)
{
    g_autofree char *path = declared_path(arguments, "info"), *text = NULL;
    ExitStatus status;
    json_t *answer = declared_ask(arguments, "GET", path, NULL, &status);

    if (!answer)
        return status;
    if (arguments->json)
        return declared_print_json(answer, EXIT_DONE);
    text = stack_info_to_text(answer);
    fputs(text, stdout);
    json_decref(answer);
    return EXIT_DONE;
}

ExitStatus verb_info(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    int status;

    if (!folder_is_meant(arguments))
        return show_declared(arguments);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    return stack_info_print(stack.client, stack.desired->stack_name, arguments);
}
