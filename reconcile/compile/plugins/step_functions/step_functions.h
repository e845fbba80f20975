/* reconcile/compile/plugins/step_functions/step_functions.h
 *
 * Inside this folder only: serverless-step-functions 3.31.2 (MIT), which makes state machines,
 * their roles and what starts them out of `stepFunctions` of the configuration.
 *
 *     stepFunctions ─ StateMachine ─┬ check.c          what may be said of it
 *                                   ├ definition.c     its text, with references to functions ─
 *                                   │                  timeouts.c, language.h (validate: true)
 *                                   ├ permissions.c    what its tasks need ─ role.c
 *                                   ├ starts.c         schedules and rules
 *                                   ├ alarms.c, notifications.c
 *                                   └ api.c            http events, for all machines at once
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

/* Whether it can be compiled; reports what is wrong with it. */
bool step_functions_check(Compilation *compilation, const StateMachine *machine);

/* The text of its definition, or what CloudFormation makes it of: a new reference. What needs a
 * published version is added to the template. */
json_t *step_functions_definition(Compilation *compilation, const StateMachine *machine);

/* [{"action": "a:B,a:C", "resource": …}] of all tasks below `states`, a new reference. */
json_t *step_functions_permissions(Compilation *compilation, const StateMachine *machine,
                                   json_t *states);

/* TimeoutSeconds of tasks that call functions of the service, in `definition`. */
void step_functions_configure_timeouts(Compilation *compilation, const StateMachine *machine,
                                       json_t *definition);

/* validate: true: reports what is wrong with a definition in the Amazon States Language, and gives
 * each state its QueryLanguage, as the plugin's validator does. */
void step_functions_validate(Compilation *compilation, const StateMachine *machine,
                             json_t *definition);

/* The role that it acts in, unless it has one. */
void step_functions_add_role(Compilation *compilation, const StateMachine *machine);

/* Schedules and rules that start it. */
void step_functions_add_starts(Compilation *compilation, const StateMachine *machine);

void step_functions_add_alarms(Compilation *compilation, const StateMachine *machine);

/* Rules that tell of its executions. `shared` is {} for the first machine of a service, and the
 * same for all others: policies of targets that several use. */
void step_functions_add_notifications(Compilation *compilation, const StateMachine *machine,
                                      json_t *shared);

/* What the REST API of the service, or one of their own, gets for http events of all `machines`
 * (StateMachine*). */
void step_functions_add_api(Compilation *compilation, const GPtrArray *machines);

/* What several files ask. */

/* The name that people know it by: its own, or its key. */
const char *step_functions_machine_name(const StateMachine *machine);

/* Whether `value` is a text or an intrinsic function that gives an ARN. */
typedef enum {
    STEP_FUNCTIONS_ARN_LOCAL, /* Ref, Fn::GetAtt, Fn::Join */
    STEP_FUNCTIONS_ARN_ANY,   /* also Fn::ImportValue, Fn::Sub */
} StepFunctionsArn;
bool step_functions_is_arn(json_t *value, StepFunctionsArn kind);

/* An object with an intrinsic function or a Ref. */
bool step_functions_is_intrinsic(const json_t *value);

/* References to a function by its key become references to its logical id: a new reference. */
json_t *step_functions_translate(Compilation *compilation, json_t *value);

/* The name of the function that a Ref leads to, by its key or its logical id; NULL for others. */
const char *step_functions_function_name(Compilation *compilation, const json_t *value);

/* Gives a role what all roles of the service have: path and boundary. */
void step_functions_finish_role(Compilation *compilation, json_t *properties, bool with_boundary);
