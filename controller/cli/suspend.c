#include "controller/cli/declared.h"

ExitStatus verb_suspend(const Arguments *arguments)
{
    return declared_command(arguments, "suspend", NULL);
}
