/* reconcile/apply/stack_status.h
 *
 * What CloudFormation says of a stack (DescribeStacks, StackStatus). Every status has one row; the
 * enum, the parser and the decision table (decide.c) are made from it. A status that AWS adds later
 * parses to STACK_UNKNOWN, whose row in the decision table waits and tells somebody. Source:
 * botocore's model of cloudformation 2010-05-15, StackStatus. */
#pragma once
#include <stdbool.h>

// clang-format off
#define STACK_STATUSES(ROW)                                                             \
    /*  name                                           busy   failed          */        \
    ROW(CREATE_IN_PROGRESS,                            true,  false)                    \
    ROW(CREATE_FAILED,                                 false, true)                     \
    ROW(CREATE_COMPLETE,                               false, false)                    \
    ROW(ROLLBACK_IN_PROGRESS,                          true,  true)                     \
    ROW(ROLLBACK_FAILED,                               false, true)                     \
    ROW(ROLLBACK_COMPLETE,                             false, true)                     \
    ROW(DELETE_IN_PROGRESS,                            true,  false)                    \
    ROW(DELETE_FAILED,                                 false, true)                     \
    ROW(DELETE_COMPLETE,                               false, false)                    \
    ROW(UPDATE_IN_PROGRESS,                            true,  false)                    \
    ROW(UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,           true,  false)                    \
    ROW(UPDATE_COMPLETE,                               false, false)                    \
    ROW(UPDATE_FAILED,                                 false, true)                     \
    ROW(UPDATE_ROLLBACK_IN_PROGRESS,                   true,  true)                     \
    ROW(UPDATE_ROLLBACK_FAILED,                        false, true)                     \
    ROW(UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,  true,  true)                     \
    ROW(UPDATE_ROLLBACK_COMPLETE,                      false, true)                     \
    ROW(REVIEW_IN_PROGRESS,                            false, false)                    \
    ROW(IMPORT_IN_PROGRESS,                            true,  false)                    \
    ROW(IMPORT_COMPLETE,                               false, false)                    \
    ROW(IMPORT_ROLLBACK_IN_PROGRESS,                   true,  true)                     \
    ROW(IMPORT_ROLLBACK_FAILED,                        false, true)                     \
    ROW(IMPORT_ROLLBACK_COMPLETE,                      false, true)
// clang-format on

typedef enum {
    STACK_ABSENT, /* no such stack; not a word of the API */
    STACK_UNKNOWN,
#define ROW(name, busy, failed) STACK_##name,
    STACK_STATUSES(ROW)
#undef ROW
        STACK_STATUS_COUNT
} StackStatus;

/* Reads a status as the API spells it; NULL and strangers give STACK_UNKNOWN. Thread-safe. */
StackStatus stack_status_parse(const char *text);

/* As the API spells it; "ABSENT" and "UNKNOWN" for the two that it does not have. */
const char *stack_status_name(StackStatus status);

/* Whether CloudFormation is at work on the stack, so that nothing but waiting is allowed. False for
 * STACK_UNKNOWN: whoever decides has to treat that one on its own. */
bool stack_status_is_busy(StackStatus status);

/* Whether the last operation failed. */
bool stack_status_is_failed(StackStatus status);
