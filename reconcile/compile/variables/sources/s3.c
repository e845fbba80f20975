#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${s3:bucket/key}: the text of an object. */

Outcome source_s3(SourceCall *call)
{
    InputRequest request = {.kind = INPUT_S3_OBJECT, .address = (char *)call->address};
    g_autofree char *missing = NULL;
    Outcome outcome;

    if (!source_needs_address(call, "${s3:bucket/key}", &outcome))
        return outcome;
    if (!strchr(call->address, '/'))
        return source_fail(call, "write ${s3:bucket/key}",
                           "\"%s\" names a bucket but no object in it", call->address);
    missing = g_strdup_printf("there is no object s3://%s", call->address);
    return source_input(call, &request, NULL, missing);
}
