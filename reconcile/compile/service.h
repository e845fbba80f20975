/* reconcile/compile/service.h
 *
 * Inside the room only: what compile_service hands to compile_template, and the template that comes
 * of it. A Service is immutable once compile_service has returned it. */
#pragma once
#include "reconcile/compile/compile.h"
#include "reconcile/compile/variables/origins.h"

/* The layer that a plugin makes of what it has installed. */
#define INSTALLED_LAYER "pythonRequirements"

typedef enum {
    SERVICE_SERVERLESS,     /* serverless.yml */
    SERVICE_SAM,            /* a template with Transform AWS::Serverless-… */
    SERVICE_CLOUDFORMATION, /* any other template */
} ServiceKind;

/* A property of a SAM or CloudFormation template that names a local file or folder: after uploading
 * it names the artifact. */
typedef struct {
    char *pointer;            /* of the property in the template */
    const ArtifactSpec *spec; /* one of the service's; NULL: the property names what is on S3 */
    const char *bucket_member; /* members of the object that replaces it: {"S3Bucket":…, "S3Key":…};
                                  NULL: a string */
    const char *key_member, *version_member;
    bool url; /* the string is https://… (nested stacks) and not s3://… */
} CodeReference;

/* A template that another one nests. With local code of its own it is uploaded rewritten. */
typedef struct {
    char *path; /* of its file in the tree */
    Origins *origins;
    GPtrArray *references; /* CodeReference* into it */
    ArtifactSpec *spec;    /* TEXT, one of the service's; NULL: uploaded as it is */
} NestedTemplate;
void nested_template_free(NestedTemplate *nested);

struct Service {
    ServiceKind kind;
    char *path; /* the service's folder in the tree */
    char *file; /* what was read, in the tree */
    char *name, *stage, *region, *stack_name;
    json_t *config;   /* serverless.yml resolved, merged and coerced; or the template as written */
    Origins *origins; /* from a pointer into config to its place */
    GPtrArray *specs; /* ArtifactSpec* */
    GHashTable *spec_of; /* char* "/functions/hello", "/layers/x" → ArtifactSpec* (borrowed): the
                            code of each */
    GPtrArray *references;      /* CodeReference*: templates only */
    GPtrArray *nested;          /* NestedTemplate*: likewise; those inside another before it */
    GPtrArray *secrets;         /* char* */
    GPtrArray *plugins;         /* plugins/plugins.c: those whose work is done here */
    json_t *bundle;             /* service_bundle; or NULL */
    json_t *installs;           /* service_installs; or NULL */
    json_t *settings;           /* service_stack_settings */
    bool older;                 /* by the rules of osls 3: older/older.h */
    ProblemSeverity strictness; /* of names and numbers that AWS would refuse: a warning where
                                   configValidationMode is warn or off */
    CompileOptions options;     /* stage, region, stack_name, artifact_bucket, draft and
                                   deployment_nonce only;     strings are the service's */
};

struct Template {
    json_t *json;
    json_t *bootstrap;  /* or NULL */
    char *bucket;       /* literal name, or NULL */
    GHashTable *keys;   /* char* artifact name → char* key */
    GHashTable *makers; /* char* logical id → char* pointer into the configuration of what made it,
                           which `resources` may have changed since */
};

/* The parts of compile_service. Each reports into `problems` and goes on. */

/* Before the schema: provider: aws is spelled out, any other provider refused. */
bool service_check_provider(Service *service, Problems *problems);

/* After the schema: name, stage, region and stack name are taken from the configuration and held to
 * AWS's rules. False when nothing can be made of it. */
bool service_read_configuration(Service *service, const CompileOptions *options,
                                Problems *problems);

/* Chooses the artifacts of a serverless.yml: fills specs and spec_of. */
void service_choose_artifacts(Service *service, SourceTree *tree, Problems *problems);

/* Reads a SAM or CloudFormation template: fills config, references and specs. False when nothing
 * can be made of it. */
bool service_read_template(Service *service, SourceTree *tree, Problems *problems);

/* What CreateChangeSet gets beside the template. (transfer full) */
json_t *service_settings_of(const Service *service, const CompileOptions *options,
                            Problems *problems);

/* `settings`' RestApiStage.Settings, made where there is none: patches of API Gateway, by path.
 * Borrowed. */
json_t *service_stage_settings(const Service *service, json_t *settings);

/* The parts of compile_template. */

/* From a serverless.yml; NULL when problems got an error. */
Template *template_compile(const Service *service, const GPtrArray *artifacts, Problems *problems);

/* Puts where each artifact lies into what names it: `references` lead into `json`. */
void template_name_uploads(json_t *json, const Service *service, const GPtrArray *references,
                           const GPtrArray *artifacts);

/* From a SAM or CloudFormation template. */
Template *template_package(const Service *service, const GPtrArray *artifacts, Problems *problems);

Template *template_new(void);

/* "PREFIX/SERVICE/STAGE/code/<manifest id>/NAME", or the key the artifact has on S3 already.
 * (transfer full) */
char *service_artifact_key(const Service *service, const ArtifactSpec *spec,
                           const Artifact *artifact);

/* Notes where every artifact is expected. */
void template_note_keys(Template *compiled, const Service *service, const GPtrArray *artifacts);
