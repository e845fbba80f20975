#include "reconcile/apply/stack_status.h"
#include <criterion/criterion.h>
#include <string.h>

Test(stack_status, a_status_unknown_to_us_decides_nothing)
{
    cr_expect_eq(stack_status_parse("TELEPORT_IN_PROGRESS"), STACK_UNKNOWN);
    cr_expect_eq(stack_status_parse(""), STACK_UNKNOWN);
    cr_expect_eq(stack_status_parse(NULL), STACK_UNKNOWN);
    cr_expect_not(stack_status_is_busy(STACK_UNKNOWN));
}

Test(stack_status, every_status_of_the_api_reads_back)
{
    cr_expect_eq(STACK_STATUS_COUNT - STACK_UNKNOWN - 1, 23);
    for (int status = STACK_UNKNOWN + 1; status < STACK_STATUS_COUNT; status++)
        cr_expect_eq(stack_status_parse(stack_status_name((StackStatus)status)),
                     (StackStatus)status);
}

Test(stack_status, what_is_in_progress_is_busy_but_a_review)
{
    for (int status = STACK_UNKNOWN + 1; status < STACK_STATUS_COUNT; status++) {
        const char *name = stack_status_name((StackStatus)status);
        bool in_progress = strstr(name, "_IN_PROGRESS") && status != STACK_REVIEW_IN_PROGRESS;
        cr_expect_eq(stack_status_is_busy((StackStatus)status), in_progress, "%s", name);
    }
}
