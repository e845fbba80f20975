#include "controller/cli/declared.h"

ExitStatus verb_approve(const Arguments *arguments)
{
    return declared_command(arguments, "approve", NULL);
}
