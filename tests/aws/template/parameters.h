/* tests/aws/template/parameters.h
 *
 * From what a caller sends as Parameters to the values a template is evaluated with. */
#pragma once
#include "tests/aws/template/template.h"

/* Finds an SSM parameter's value for parameters of type AWS::SSM::Parameter::Value<…>. A new
 * reference to a string, or NULL. */
typedef json_t *(*SsmLookup)(void *data, const char *name);

typedef struct {
    /* [{"ParameterKey","ParameterValue","ResolvedValue"?}] as stacks keep them, NoEcho values in
     * clear. */
    json_t *list;
    /* name → value for the evaluation. */
    json_t *values;
} StackParameters;

/* `given` is the caller's list (or NULL), `previous` the stack's list (or NULL) for
 * UsePreviousValue. */
G_GNUC_WARN_UNUSED_RESULT
bool parameters_resolve(const Template *template, json_t *given, json_t *previous, SsmLookup lookup,
                        void *data, StackParameters *ret, GError **error);
void stack_parameters_clear(StackParameters *parameters);

/* The list as DescribeStacks shows it: "****" for NoEcho. A new reference. */
json_t *parameters_shown(const Template *template, json_t *list);
