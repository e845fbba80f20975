#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${strToBool(text)}: true or 1, false or 0. */

Outcome source_str_to_bool(SourceCall *call)
{
    json_t *param = json_array_get(call->params, 0);
    g_autofree char *text = NULL, *lower = NULL;

    if (!param || json_is_null(param))
        return source_fail(call, NULL, "\"strToBool\" needs a value: ${strToBool(${opt:flag})}");
    text = scalar_text(param);
    lower = text ? g_ascii_strdown(text, -1) : g_strdup("");
    g_strstrip(lower);
    if (strcmp(lower, "true") == 0 || strcmp(lower, "1") == 0)
        call->value = json_true();
    else if (strcmp(lower, "false") == 0 || strcmp(lower, "0") == 0)
        call->value = json_false();
    else
        return source_fail(call, "give true, false, 1 or 0", "\"%.60s\" is neither true nor false",
                           text ? text : "");
    return OUTCOME_VALUE;
}
