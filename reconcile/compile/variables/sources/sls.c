#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${sls:stage} and ${sls:instanceId}. */

static Outcome stage_value(SourceCall *call)
{
    g_autofree char *stage = NULL;
    Outcome outcome = resolver_stage(call, &stage);

    if (outcome == OUTCOME_VALUE)
        call->value = json_string(stage);
    return outcome;
}

Outcome source_sls(SourceCall *call)
{
    Outcome outcome;

    if (!source_needs_address(call, "${sls:stage} or ${sls:instanceId}", &outcome))
        return outcome;
    if (strcmp(call->address, "stage") == 0)
        return stage_value(call);
    if (strcmp(call->address, "instanceId") != 0)
        return source_fail(call, "there are sls:stage and sls:instanceId",
                           "\"sls\" knows no \"%s\"", call->address);
    if (call->resolver->pass == 1)
        return OUTCOME_LATE;
    call->value = json_string(VARIABLES_INSTANCE_ID);
    return OUTCOME_VALUE;
}
