/* reconcile/compile/variables/variables.h
 *
 * `${…}` in a serverless.yml, resolved as osls 4.3.1 does (lib/configuration/variables,
 * scripts/serverless.js).
 *
 * In two passes, as there: the first knows `env file opt self strToBool sls:stage`; then
 * provider.stage and provider.region get their defaults (and --region its place); the second knows
 * all sources. So `${self:provider.region}` of a service that sets none has no value on its own,
 * but has one inside `${ssm:/x/${self:provider.region}}`. `--stage` does not change provider.stage,
 * only what `${sls:stage}` and `${opt:stage}` say. Parameters of other stages stay as written.
 *
 * What is different on purpose: a cycle is told with all its members, `${env:X}` sees only what the
 * options grant, files come from the SourceTree and never from outside its root, and everything is
 * bounded. */
#pragma once
#include "reconcile/compile/compile.h"
#include "reconcile/compile/variables/origins.h"

/* `${sls:instanceId}`: the template step puts the deployment's id for it wherever it ends up. */
#define VARIABLES_INSTANCE_ID "driftlessInstanceId0000"

/* Ceilings on what resolving may produce, intermediate values and files included. */
#define VARIABLES_MAX_TEXT_BYTES (16u << 20)
#define VARIABLES_MAX_NODES 250000u
#define VARIABLES_MAX_STEPS 20000000u /* values looked at */
#define VARIABLES_MAX_DEPTH 150u      /* levels of the resolved configuration */
#define VARIABLES_MAX_CHAIN 100u      /* variables that lead to variables */
#define VARIABLES_MAX_REPEATS 10u     /* results that hold variables again, as in the framework */
#define VARIABLES_MAX_FILE_BYTES (16u << 20)

/* Resolves `config` (the main document's root: an object, untouched). Returns a new reference; NULL
 * when problems got errors or requests were appended to `ret_requests` (InputRequest*, to be freed
 * with input_request_free; none twice). Values that a redactor must hide are appended to
 * `ret_secrets` (char*, g_free), also when NULL is returned. `inputs` may be NULL. */
G_GNUC_WARN_UNUSED_RESULT
json_t *variables_resolve(json_t *config, Origins *origins, SourceTree *tree,
                          const char *service_path, const CompileOptions *options,
                          const Inputs *inputs, GPtrArray *ret_requests, GPtrArray *ret_secrets,
                          Problems *problems);

/* The command line as ${opt:} gives it: {"stage":…, "region":…, …}, what was given only. A new
 * reference. */
json_t *variables_options(const CompileOptions *options);
