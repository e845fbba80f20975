#include "controller/cli/declared.h"

ExitStatus verb_rollback(const Arguments *arguments)
{
    return declared_command(arguments, "rollback", arguments->to);
}
