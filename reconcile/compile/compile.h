/* reconcile/compile/compile.h
 *
 * A service (serverless.yml, SAM or CloudFormation template) to a CloudFormation template, in two
 * pure steps:
 *
 *     compile_service (tree, path, options, inputs) ─▶ Service + ArtifactSpec[]   or InputRequest[]
 *     compile_template (service, Artifact[])        ─▶ Template
 *
 * What a service needs from outside git (an SSM parameter, another stack's output, an S3 object,
 * the account id) is asked for as InputRequests: the caller fetches them all, puts them into Inputs
 * and compiles again. So compiling never waits, and the same tree, options and inputs give the same
 * template.
 *
 * The rules are those of osls 4.3.1, the maintained open fork of the Serverless Framework (docs of
 * the corpus under tests/corpus). Everything wrong is collected in Problems with file:line:column;
 * what this version cannot compile is an error that names it. No globals; thread-safe on different
 * trees. */
#pragma once
#include "config/document.h"
#include "config/problem.h"
#include "reconcile/source/artifact.h"
#include "reconcile/source/source_tree.h"
#include <jansson.h>

typedef struct {
    const char *stage;          /* --stage; NULL: provider.stage or dev */
    const char *region;         /* --region; NULL: provider.region or default_region */
    const char *default_region; /* where neither says one; NULL: us-east-1 */
    GHashTable *params;         /* char* → char*, --param k=v; or NULL */
    GHashTable
        *options; /* char* → json_t* (strings or true): other CLI options, ${opt:…}; or NULL */
    GHashTable *env;             /* char* → char*: all that ${env:…} sees; or NULL */
    GHashTable *secret_env;      /* set of names in env whose values are secret; or NULL */
    const char *stack_name;      /* overrides provider.stackName; or NULL */
    const char *artifact_bucket; /* as if provider.deploymentBucket were set; NULL: as the service
                                    says, else one inside the stack */
    const char *template_bucket; /* of a template with local code, where no artifact_bucket is
                                    given: it has to have one; NULL: an error then */
    const char *template_file;   /* a SAM or CloudFormation file below path; NULL: serverless.* if
                                    there, else template.yaml/yml/json */
    GPtrArray *plugins_ignored;  /* char*; or NULL */
    bool draft;  /* only looked at: what AWS would refuse of the template is a warning, but for its
                    size */
    bool builds; /* the service's own bundler and what installs its packages may be run: plugins
                    that do are no errors */
    unsigned deployment_nonce; /* raised to give REST deployments a new id; 0 otherwise */
    bool javascript; /* whether programs of the service may be evaluated: INPUT_SCRIPT is asked */
} CompileOptions;

typedef enum {
    INPUT_SSM,          /* address: the parameter's name */
    INPUT_STACK_OUTPUT, /* address: stack.OutputKey */
    INPUT_S3_OBJECT,    /* address: bucket/key */
    INPUT_ACCOUNT_ID,   /* address: "" */
    /* What a program of the tree says; address: JSON, see script.h. It holds what was resolved so
     * far, secrets too: not to be logged or kept. */
    INPUT_SCRIPT,
} InputKind;

typedef struct {
    InputKind kind;
    char *address;
    char *region;    /* where to ask; never NULL */
    bool raw;        /* SSM: no JSON parsing of a SecureString */
    bool no_decrypt; /* SSM: without decryption */
    Position at;     /* file is owned by the request's Service or interned */
} InputRequest;

void input_request_free(InputRequest *request);

/* (transfer full); the position's file is interned, so that the request outlives the documents. */
InputRequest *input_request_copy(const InputRequest *request);

/* Whether both ask for the same, wherever they were written. */
bool input_request_equal(const InputRequest *a, const InputRequest *b);

typedef struct Inputs Inputs;
Inputs *inputs_new(void);
void inputs_free(Inputs *inputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inputs, inputs_free)
/* `value` is stolen; NULL says that the thing does not exist (a fallback then takes over). */
void inputs_add(Inputs *inputs, const InputRequest *request, json_t *value, bool secret);
/* Borrowed value in ret (NULL: does not exist); false when it was never added. */
bool inputs_get(const Inputs *inputs, const InputRequest *request, json_t **ret, bool *ret_secret);

typedef struct Service Service;

/* Reads, resolves, validates. Returns (transfer full) the service; or NULL with problems holding
 * errors, or *ret_requests (GPtrArray of InputRequest*, transfer full) holding what must be fetched
 * first, or both: once it is fetched, compiling again tells all errors. `path` is the service's
 * folder in the tree. The tree is read during the call only. */
G_GNUC_WARN_UNUSED_RESULT
Service *compile_service(SourceTree *tree, const char *path, const CompileOptions *options,
                         const Inputs *inputs, Problems *problems, GPtrArray **ret_requests);
void service_free(Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_free)

/* All borrowed, as long as the service lives. */
const char *service_name(const Service *service);
const char *service_stage(const Service *service);
const char *service_region(const Service *service);

/* The region of a service that names none. Borrowed from the options, or constant. */
const char *compile_options_default_region(const CompileOptions *options);
const char *service_stack_name(const Service *service);
const char *service_description_kind(
    const Service *service); /* "serverless.yml", "SAM template", "CloudFormation template" */
const GPtrArray *service_artifacts(const Service *service); /* ArtifactSpec* */
/* What the service's bundler makes before artifacts are identified, into FOLDER/ARCHIVE below the
 * service; NULL: nothing. {"bundler": "esbuild", "folder": FOLDER, "options": {…}, "extension":
 * ".js", "archives": {ARCHIVE: {"entries": [file], "patterns": [[pattern, …], …]}}}: files of each
 * list of patterns (of the service, searched as the framework does) lie beside the bundles. With
 * "replaces": true the folder has one archive, ".", and functions are packaged from it as from the
 * service: {"bundler": "typescript", "tsconfig": FILE, …}. With "service": true the bundler is to
 * see the configuration: {"bundler": "webpack", "functions": {KEY: {"file": …, "archive": …}}, …}.
 * Borrowed. */
const json_t *service_bundle(const Service *service);
/* The packages that are installed before artifacts are identified, into FOLDER/NUMBER below the
 * service; NULL: none. {"folder": FOLDER, "layout": "beside" | "zip" | "layer", "python": PROGRAM,
 * "local": bool, "modules": {MODULE: {"folder": NUMBER, "name": FILE, "input": {…}}}, "functions":
 * {KEY: MODULE}}: MODULE is the folder below the service that requirements are of, "" itself;
 * `functions` are those with an archive of their own module. `local`: the service's files have to
 * be there. `input` is what the script that installs reads. Borrowed. */
const json_t *service_installs(const Service *service);
json_t *service_configuration(
    const Service *service); /* resolved, coerced; secrets in clear: never print */
const GPtrArray *service_secrets(const Service *service); /* char*: values a redactor must hide */

/* What CreateChangeSet gets beside the template: tags, parameters, capabilities, role, notification
 * ARNs, …, by CloudFormation's own names:
 * {"StackName":…, "Tags":{k:v}, "Parameters":{k:v}, "Capabilities":[…], "RoleARN":…,
 * "NotificationARNs":[…], "RollbackConfiguration":{…}, "DisableRollback":bool, "StackPolicy":{…},
 * "TerminationProtection":bool}; absent keys are unset. "RestApiStage" is what is set of a REST
 * API's stage afterwards: {"StageName":…, "Settings":{path of API Gateway's patch: text},
 * "AccessLogGroup": name of a log group or false (no access log), "Tags":{k:v}}. */
json_t *service_stack_settings(const Service *service);

/* The content of a nested template names code by its keys, which are known once that code is
 * identified: writes the content of the artifact at `index` where its kind is ARTIFACT_TEXT.
 * `artifacts` are those of all specs before it. To be called before that artifact is identified. */
void service_write_text(Service *service, guint index, const GPtrArray *artifacts);

typedef struct Template Template;

/* `artifacts`: Artifact* for every spec, in the specs' order. Returns (transfer full) NULL when
 * problems got an error. */
G_GNUC_WARN_UNUSED_RESULT
Template *compile_template(const Service *service, const GPtrArray *artifacts, Problems *problems);
void template_free(Template *compiled);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

json_t *template_json(const Template *compiled); /* borrowed; not to be changed */
/* Where the artifact of that name is expected by the template: the key (borrowed),
 * "PREFIX/SERVICE/STAGE/code/<manifest id>/NAME" for what we upload. */
const char *template_artifact_key(const Template *compiled, const char *artifact_name);
/* The bucket when it is a literal name, NULL when it is the one inside the stack
 * (ServerlessDeploymentBucket). */
const char *template_artifact_bucket(const Template *compiled);
/* Template to create a stack that has nothing but its own artifact bucket (first deploy without a
 * bucket), a new reference; NULL when not needed. */
json_t *template_bootstrap(const Template *compiled);
/* The place that made a resource (functions.hello.events[0], or resources.…), for errors that AWS
 * reports on it; the file is the service's. */
bool template_resource_position(const Service *service, const Template *compiled,
                                const char *logical_id, Position *ret);

/* Which lines of which files made a resource: the function, the event, settings of the provider
 * that went into it, what `resources` changed; each is added as a notice at its place. False with
 * an error (and the nearest id) where the template has no such resource. */
bool template_explain(const Service *service, const Template *compiled, const char *id,
                      Problems *ret_lines);
