#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${aws:accountId} and ${aws:region}. */

Outcome source_aws(SourceCall *call)
{
    g_autofree char *region = NULL;
    Outcome outcome;

    if (!source_needs_address(call, "${aws:accountId} or ${aws:region}", &outcome))
        return outcome;
    if (strcmp(call->address, "accountId") == 0) {
        InputRequest request = {.kind = INPUT_ACCOUNT_ID, .address = (char *)""};

        return source_input(call, &request, NULL, "the account is not known");
    }
    if (strcmp(call->address, "region") != 0)
        return source_fail(call, "there are aws:accountId and aws:region",
                           "\"aws\" knows no \"%s\"", call->address);
    outcome = resolver_region(call, &region);
    if (outcome == OUTCOME_VALUE)
        call->value = json_string(region);
    return outcome;
}
