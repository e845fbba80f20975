#include "controller/cli/declared.h"

ExitStatus verb_resume(const Arguments *arguments)
{
    return declared_command(arguments, "resume", NULL);
}
