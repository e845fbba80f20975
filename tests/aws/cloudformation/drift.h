/* tests/aws/cloudformation/drift.h
 *
 * What stands in the template against what is there. */
#pragma once
#include "tests/aws/cloudformation/stack.h"

/* IN_SYNC, MODIFIED, DELETED or NOT_CHECKED, right now, without noting it. (transfer full) */
char *drift_status_of(Stack *stack, const StackResource *record);

/* Checks a resource and notes what was found on its record. */
void drift_check(Stack *stack, StackResource *record, int64_t now_ms);
