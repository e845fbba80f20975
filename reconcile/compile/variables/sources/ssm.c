#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${ssm:/path}, ${ssm(eu-west-1, raw, noDecrypt):/path}: a parameter of the Systems Manager. */

Outcome source_ssm(SourceCall *call)
{
    InputRequest request = {.kind = INPUT_SSM, .address = (char *)call->address};
    g_autofree char *missing = NULL;
    const char *region = NULL;
    Outcome outcome;

    if (!source_needs_address(call, "${ssm:/path}", &outcome))
        return outcome;
    for (size_t i = 0; i < json_array_size(call->params); i++) {
        const char *param = source_param_text(call, i);

        if (g_strcmp0(param, "raw") == 0)
            request.raw = true;
        else if (g_strcmp0(param, "noDecrypt") == 0)
            request.no_decrypt = true;
        else if (!region)
            region = param;
    }
    missing = g_strdup_printf("there is no SSM parameter %s", call->address);
    return source_input(call, &request, region, missing);
}
