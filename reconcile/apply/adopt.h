/* reconcile/apply/adopt.h
 *
 * Taking over a stack that Driftless did not create (by `serverless deploy`, SAM, the CDK, by
 * hand): first the plan of what its next deploy would change, then the record that makes it ours.
 * Adopting itself changes nothing in AWS. */
#pragma once
#include "reconcile/apply/apply.h"

#define ADOPT_ERROR adopt_error_quark()
GQuark adopt_error_quark(void);
typedef enum {
    ADOPT_ERROR_NO_STACK, /* nothing to adopt */
    ADOPT_ERROR_OTHERS,   /* tagged as another service's */
    ADOPT_ERROR_BUSY,     /* an operation is under way, or the stack is stuck */
    ADOPT_ERROR_DATA,     /* the next deploy would destroy data: needs `force` */
} AdoptError;

/* Checks, plans, and fills `record` (which becomes the stack's). The plan is given (transfer full)
 * also when ADOPT_ERROR_DATA refuses, so that it can be shown. `force` accepts hazards that destroy
 * data and another service's tag. */
G_GNUC_WARN_UNUSED_RESULT
bool adopt_stack(const ApplyContext *context, const Desired *desired, bool force, Record *record,
                 Plan **ret_plan, GError **error);
