/* reconcile/compile/compilation.h
 *
 * Inside the room only: one compilation of a serverless.yml under way, and what all the parts that
 * add to its template share. A part (functions, IAM, layers, one file an event type) reads
 * `config`, adds resources, outputs and IAM statements through the functions here, and reports
 * problems by a pointer into `config`.
 *
 * Jansson ownership here: arguments named `…_new` are stolen, results are borrowed unless said
 * otherwise. */
#pragma once
#include "reconcile/compile/compile.h"
#include "reconcile/compile/intrinsics.h"
#include "reconcile/compile/naming.h"

typedef struct Origins Origins; /* variables/origins.h: from a pointer in the resolved configuration
                                   to file:line:column */

typedef struct {
    const char *key;        /* as written under functions: "hello" */
    const char *name;       /* of the Lambda function: config name or service-stage-key */
    const char *logical_id; /* HelloLambdaFunction */
    json_t *config;         /* functions.hello, resolved and coerced (borrowed) */
    json_t *events;         /* its events array, or NULL */
    const char *alias_id;   /* logical id of the alias that callers must use, or NULL (durable >
                               provisioned > snapstart) */
    const char *alias_name; /* "provisioned", "snapstart", …, or NULL */
} Function;

typedef struct {
    const CompileOptions *options;
    Problems *problems;
    Origins *origins;
    const char *service, *stage, *region, *stack_name;
    json_t *config;                /* the resolved, coerced configuration (borrowed) */
    json_t *provider;              /* config.provider */
    GPtrArray *functions;          /* Function*, in order of emission; null functions are gone */
    json_t *template;              /* being built */
    json_t *resources;             /* template.Resources */
    json_t *outputs;               /* template.Outputs */
    bool older;                    /* by the rules of osls 3 (older/older.h) */
    bool has_default_role;         /* IamRoleLambdaExecution exists */
    const char *deployment_bucket; /* literal name of the bucket that code is uploaded to; NULL:
                                      ServerlessDeploymentBucket of the stack */
    const Service *source;         /* service.h: files and artifacts */
    const GPtrArray *artifacts;    /* Artifact*, beside service_artifacts */
    GHashTable
        *makers; /* char* logical id → char* pointer into the configuration of what made it */
    char *maker; /* that pointer for what is added now; NULL: the framework's own */
} Compilation;

/* Visits events of one type over all functions, in order: `event` is the value under the type's key
 * (may be a string), `index` its place in the function's events array from 0. */
typedef struct {
    guint function_at;
    size_t event_at;
    Function *function;
    json_t *event;
    size_t index;
} EventCursor;
bool compilation_next_event(Compilation *compilation, const char *type,
                            EventCursor *cursor); /* start from {0} */

/* What is added from here on was made by the configuration at `pointer` (NULL: by nothing in
 * particular). compilation_next_event does this for events. */
void compilation_set_maker(Compilation *compilation, const char *pointer);

/* The function of that key under functions, or NULL. */
Function *compilation_function(Compilation *compilation, const char *key);

/* Adds a resource {"Type":…, "Properties":…}; one of the same id is replaced. `properties_new` may
 * be NULL (none). Returns the resource, to which DependsOn etc. may be added. */
json_t *compilation_add_resource(Compilation *compilation, const char *id, const char *type,
                                 json_t *properties_new);

/* Adds {"Description":…, "Value":…}; description may be NULL. Every output that has no Export gets
 * one at the end. Returns the output, to which Condition etc. may be added. */
json_t *compilation_add_output(Compilation *compilation, const char *id, const char *description,
                               json_t *value_new);

/* Appends a statement to the default role's policy; dropped when there is no default role. */
void compilation_add_iam_statement(Compilation *compilation, json_t *statement_new);
/* The default role's Statement array for those that must look at what is there; NULL without a
 * default role. */
json_t *compilation_iam_statements(Compilation *compilation);

/* What stands for a function where its ARN is wanted: {"Fn::GetAtt":[id,"Arn"]}, or Join ":"
 * [GetAtt Arn, alias] where it has an alias. A new reference. */
json_t *function_target_arn(const Function *function);

/* Appends `id` to a resource's DependsOn (made an array where it is a string), unless it is there
 * or NULL. */
void resource_depend_on(json_t *resource, const char *id);

/* The same, where the framework keeps what is said twice. */
void resource_add_dependency(json_t *resource, const char *id);

/* AWS::Lambda::Permission named `id` for `principal`; `source_arn_new` may be NULL. DependsOn the
 * alias where there is one. Returns the resource. */
json_t *compilation_add_permission(Compilation *compilation, const char *id,
                                   const Function *function, const char *principal,
                                   json_t *source_arn_new);

/* Reports at a pointer of the resolved configuration ("/functions/hello/events/0/http/path"). */
void compilation_problem(Compilation *compilation, ProblemSeverity severity, const char *pointer,
                         const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* The pointer of an event, for compilation_problem; `below` ("/path") is appended. (transfer full)
 */
char *event_pointer(const EventCursor *cursor, const char *type, const char *below);

/* Event types, in order of emission (events/events.c). Each adds what all functions' events of its
 * type need; problems are collected. */
typedef struct {
    const char *type;
    void (*compile)(Compilation *compilation); /* NULL: known to the framework, not to this version:
                                                  an error that names it */
} EventType;
extern const EventType event_types[]; /* ends with type NULL */

/* Before anything is compiled: gives functions the settings that their events ask for. */
void events_prepare(json_t *config);
