#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${cf:stack.Output}, ${cf(eu-west-1):stack.Output}: an output of another stack. */

Outcome source_cf(SourceCall *call)
{
    InputRequest request = {.kind = INPUT_STACK_OUTPUT, .address = (char *)call->address};
    g_autofree char *missing = NULL;
    Outcome outcome;

    if (!source_needs_address(call, "${cf:stack.Output}", &outcome))
        return outcome;
    if (!strchr(call->address, '.'))
        return source_fail(call, "write ${cf:stack.Output}",
                           "\"%s\" names a stack but none of its outputs", call->address);
    missing = g_strdup_printf("there is no stack output %s", call->address);
    return source_input(call, &request, source_param_text(call, 0), missing);
}
