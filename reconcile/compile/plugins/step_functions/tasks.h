/* reconcile/compile/plugins/step_functions/tasks.h
 *
 * Inside this folder only: what is asked for by the tasks of a state machine, one after the other.
 */
#pragma once
#include "reconcile/compile/plugins/step_functions/step_functions.h"

typedef struct {
    Compilation *compilation;
    const StateMachine *machine;
    json_t *permissions; /* what is found */
} Tasks;

void task_allow(Tasks *tasks, const char *action, json_t *resource_new);

/* Resources, new references: "*", {"Fn::Sub": text}, {"Fn::Sub": [text, {name: value}]}. */
json_t *task_everything(void);
json_t *task_sub(const char *text);
json_t *task_sub_alone(const char *text); /* [text, {}], as the plugin writes it */
json_t *task_sub_one(const char *text, const char *name, json_t *value);

/* A parameter that is known only when the task runs: "key.$" in JSONPath, "{% … %}" in JSONata. */
bool task_is_dynamic(json_t *state, const char *key);
json_t *task_parameter(json_t *state, const char *key);

/* function_permissions.c: a task that is given a function, and one that names it itself. */
void task_invoke_function(Tasks *tasks, json_t *state, const char *action);
void task_invoke_resource(Tasks *tasks, json_t *resource);

/* data_permissions.c: Athena's queries, Redshift's statements. */
void task_start_query(Tasks *tasks, json_t *state, const char *action);
void task_use_query(Tasks *tasks, json_t *state, const char *action);
void task_run_statement(Tasks *tasks, json_t *state, const char *action);
