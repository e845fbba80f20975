/* reconcile/compile/plugins/step_functions/step_functions.h
 *
 * Inside this folder only: serverless-step-functions 3.31.2 (MIT), which makes state machines,
 * their roles and what starts them out of `stepFunctions` of the configuration.
 *
 *     stepFunctions ─ StateMachine ─┬ definition.c    its text, with references to functions
 *                                   ├ permissions.c   what its tasks need ─ role.c
 *                                   └ starts.c        schedules and rules
 *
 * Jansson ownership as in compilation.h: arguments named `…_new` are stolen, results are borrowed
 * unless said otherwise. */
#pragma once
#include "reconcile/compile/parts.h"

typedef struct {
    const char *key; /* under stepFunctions.stateMachines */
    json_t *config;
    char *pointer; /* "/stepFunctions/stateMachines/key" */
    char *id;      /* logical id */
} StateMachine;

/* The text of its definition, or what CloudFormation makes it of: a new reference. What needs a
 * published version is added to the template. */
json_t *step_functions_definition(Compilation *compilation, const StateMachine *machine);

/* [{"action": "a:B,a:C", "resource": …}] of all tasks below `states`, a new reference. */
json_t *step_functions_permissions(Compilation *compilation, const StateMachine *machine,
                                   json_t *states);

/* The role that it acts in, unless it has one. */
void step_functions_add_role(Compilation *compilation, const StateMachine *machine);

/* Schedules and rules that start it. */
void step_functions_add_starts(Compilation *compilation, const StateMachine *machine);

/* What several files ask. */

/* An object with an intrinsic function or a Ref. */
bool step_functions_is_intrinsic(const json_t *value);

/* References to a function by its key become references to its logical id: a new reference. */
json_t *step_functions_translate(Compilation *compilation, json_t *value);

/* The name of the function that a Ref leads to, by its key or its logical id; NULL for others. */
const char *step_functions_function_name(Compilation *compilation, const json_t *value);

/* Gives a role what all roles of the service have: path and boundary. */
void step_functions_finish_role(Compilation *compilation, json_t *properties, bool with_boundary);
