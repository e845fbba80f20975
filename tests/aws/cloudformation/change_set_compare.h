/* tests/aws/cloudformation/change_set_compare.h
 *
 * What a change set says it would do, predicted without doing it. */
#pragma once
#include "tests/aws/cloudformation/stack.h"

/* Fills changes (and stack_drift_status) of a change set. `ret_empty` when there is nothing to
 * execute. False with the reason the change set fails for. */
G_GNUC_WARN_UNUSED_RESULT
bool change_set_compare(ChangeSet *change_set, bool *ret_empty, GError **error);
