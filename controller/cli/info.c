#include "controller/cli/declared.h"
#include "controller/cli/folder_stack.h"
#include "controller/cli/stack_info.h"

ExitStatus verb_info(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    int status;

    if (!folder_is_meant(arguments))
        return declared_info(arguments);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    return stack_info_print(stack.client, stack.desired->stack_name, arguments->json);
}
