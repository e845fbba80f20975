#include "reconcile/apply/stack_status.h"
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    bool busy, failed;
} rows[STACK_STATUS_COUNT] = {[STACK_ABSENT] = {"ABSENT", false, false},
                              [STACK_UNKNOWN] = {"UNKNOWN", false, false},
#define ROW(name, busy, failed) [STACK_##name] = {#name, busy, failed},
                              STACK_STATUSES(ROW)
#undef ROW
};

StackStatus stack_status_parse(const char *text)
{
    for (int status = STACK_UNKNOWN + 1; text && status < STACK_STATUS_COUNT; status++) {
        if (strcmp(rows[status].name, text) == 0)
            return (StackStatus)status;
    }
    return STACK_UNKNOWN;
}

const char *stack_status_name(StackStatus status)
{
    return rows[status].name;
}

bool stack_status_is_busy(StackStatus status)
{
    return rows[status].busy;
}

bool stack_status_is_failed(StackStatus status)
{
    return rows[status].failed;
}
