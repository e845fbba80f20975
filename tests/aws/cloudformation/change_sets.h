/* tests/aws/cloudformation/change_sets.h
 *
 * Change sets as calls find them. */
#pragma once
#include "tests/aws/cloudformation/stack.h"
#include "tests/aws/wire/api_call.h"

/* By ChangeSetName (or ARN) and StackName. NULL with the call's error set. */
G_GNUC_WARN_UNUSED_RESULT
ChangeSet *request_change_set(ApiCall *call);

/* Statuses as of now: a change set takes a moment to be ready. */
const char *change_set_status(const ChangeSet *change_set, int64_t now_ms);
const char *change_set_execution_status(const ChangeSet *change_set, int64_t now_ms);
