/* tests/aws/cloudformation/evaluation.h
 *
 * A template evaluated in the surroundings of a stack: its resources, other stacks' exports, SSM
 * parameters. */
#pragma once
#include "tests/aws/cloudformation/stack.h"

typedef struct {
    Evaluation evaluation;
    Stack *stack;
    /* Predicting a change set: resources here (logical ids) are not there yet, so that what refers
     * to them is known only after the change set is executed. NULL while executing. */
    GHashTable *unknown;
    /* Drift-aware change sets take the first part of the primary identifier for what Ref gives of
     * an AWS::ApiGateway::Resource: the API's id (cloudformation-coverage-roadmap 2505). */
    bool ref_quirk;
    bool note_imports; /* executing: exports that are used are noted */
} StackEvaluation;

void stack_evaluation_init(StackEvaluation *evaluation, Stack *stack, const Deployment *deployment);
void stack_evaluation_clear(StackEvaluation *evaluation);

/* A resource's properties, evaluated and brought to the schema's types. A new reference. */
G_GNUC_WARN_UNUSED_RESULT
json_t *stack_evaluate_properties(StackEvaluation *evaluation, const char *logical_id,
                                  GError **error);

/* The same without the check against the schema. */
G_GNUC_WARN_UNUSED_RESULT
json_t *stack_predict_properties(StackEvaluation *evaluation, const char *logical_id,
                                 GError **error);

/* SsmLookup for parameters; `data` is the Region. */
json_t *region_ssm_value(void *data, const char *name);
