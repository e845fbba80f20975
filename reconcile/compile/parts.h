/* reconcile/compile/parts.h
 *
 * Inside the room only: the parts of a serverless.yml's template that every service has, in the
 * order in which they are compiled (events, which come between functions and resources, are in
 * events/). All report into the compilation's problems. */
#pragma once
#include "reconcile/compile/compilation.h"

/* core.c: AWSTemplateFormatVersion, Description, the deployment bucket and its policy, and where
 * code is uploaded to. Returns the template of the bucket alone (a new reference), or NULL where
 * the bucket is outside the stack. */
json_t *compile_core(Compilation *compilation);

/* log_groups.c */
void compile_log_groups(Compilation *compilation);

/* role.c: IamRoleLambdaExecution with all that the configuration says; sets has_default_role. */
void compile_role(Compilation *compilation);

/* layers.c */
void compile_layers(Compilation *compilation);

/* functions.c: functions, and with them versions, aliases, URLs and invocation settings. */
void compile_functions(Compilation *compilation);

/* function_version.c: the version of this code and configuration, and the alias upon it where
 * callers use one. */
void compile_function_version(Compilation *compilation, const Function *function,
                              json_t *properties);

/* function_durable.c: reports what durableConfig does not go together with. */
void check_function_durable(Compilation *compilation, const Function *function);

/* function_url.c */
void compile_function_url(Compilation *compilation, const Function *function);

/* function_invoke.c: destinations, retries and age of asynchronous events. */
void compile_function_invoke(Compilation *compilation, const Function *function);

/* resources.c: Export of outputs, then `resources` merged over everything, extensions, nulls taken
 * out. */
void compile_resources(Compilation *compilation);

/* deployment_id.c: puts an id of the API's content wherever the framework has one of its clock. */
void compile_deployment_id(Compilation *compilation);

/* What several parts ask. */

/* functions.x.role, provider.iam.role where that names an existing role, provider.role; NULL: the
 * default role (borrowed). */
json_t *function_custom_role(Compilation *compilation, const Function *function);
/* Whether provider.iam.role (a string or a CloudFormation function) names a role that exists. */
bool role_is_existing(const json_t *role);
/* {"Condition": …} of the function goes to all that belongs to it; in osls 3 to itself only. */
void function_apply_condition(const Compilation *compilation, const Function *function,
                              json_t *resource);
/* The logical id `<normalised key><suffix>`. (transfer full) */
char *function_id(const Function *function, const char *suffix);
/* "/functions/hello" + below (may be NULL), and "/layers/x": pointers into the configuration.
 * (transfer full) */
char *function_pointer(const Function *function, const char *below);
char *layer_pointer(const char *name);
/* The artifact of a function or layer, or NULL (images); `pointer` as "/functions/hello". */
const Artifact *compilation_artifact(Compilation *compilation, const char *pointer,
                                     const ArtifactSpec **ret_spec);
/* Where it lies: sets S3Bucket and S3Key in `code`. */
void compilation_set_code(Compilation *compilation, json_t *code, const ArtifactSpec *spec,
                          const Artifact *artifact);
/* provider.x of the configuration, or NULL; null counts as absent. */
json_t *provider_get(Compilation *compilation, const char *key);
