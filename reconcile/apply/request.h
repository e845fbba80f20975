/* reconcile/apply/request.h
 *
 * Desired: everything that CloudFormation is asked for, as one value with one digest. What is equal
 * by digest is the same request: it needs no call, and its change set has the same name.
 *
 * Immutable after making; it may be shared by threads that only read the strings (jansson's counts
 * are not atomic: hand another thread a copy made with desired_from_json). */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#define REQUEST_ERROR request_error_quark()
GQuark request_error_quark(void);
typedef enum {
    REQUEST_ERROR_INVALID,   /* settings of a wrong shape */
    REQUEST_ERROR_TOO_LARGE, /* template above TEMPLATE_MAX_BYTES, more than 50 tags */
} RequestError;

#define TEMPLATE_INLINE_MAX_BYTES 51200  /* CreateChangeSet TemplateBody; above it TemplateURL */
#define TEMPLATE_MAX_BYTES (1024 * 1024) /* TemplateURL */
#define STACK_TAGS_MAX 50
#define CHANGE_SET_NAME_MAX 128

/* The tag by which a stack is known to be ours, its value the owner given to desired_new. */
#define OWNER_TAG "driftless:service"

typedef struct {
    char *stack_name;
    json_t *template;          /* object */
    char *template_text;       /* what is sent: indented while it fits inline, else compact */
    json_t *parameters;        /* object of strings; those the service does not set are sent with
                                  UsePreviousValue */
    json_t *tags;              /* object of strings */
    json_t *capabilities;      /* array of strings */
    char *role_arn;            /* the execution role, or NULL */
    json_t *notification_arns; /* array, or NULL */
    json_t *rollback_configuration; /* object by AWS's names, or NULL */
    bool disable_rollback;
    json_t *stack_policy;       /* object, or NULL: set with SetStackPolicy after a change */
    json_t *rest_api_stage;     /* rest_api_stage.h, or NULL */
    int termination_protection; /* 1, 0; -1: the service does not say */
    char *artifact_bucket; /* where a template too large for the call is put; or NULL. Not part of
                              the digest */
    char *deployment_mode; /* "REVERT_DRIFT", or NULL */
    char *digest; /* hex SHA-256 over all of the above but artifact_bucket, as canonical JSON */
} Desired;

/* `settings` by AWS's own names, as service_stack_settings gives them:
 * {"StackName":…, "Tags":{}, "Parameters":{}, "Capabilities":[], "RoleARN":…,
 * "NotificationARNs":[], "RollbackConfiguration":{}, "DisableRollback":bool, "StackPolicy":{},
 * "TerminationProtection":bool, "RestApiStage":{}}; StackName must be there. Capabilities absent:
 * all three are given, as the framework does. `execution_role` is used where settings name no
 * RoleARN; `owner` (may be NULL: no tag) becomes OWNER_TAG; `artifact_bucket` may be NULL. The
 * template is copied. Returns (transfer full). Errors: REQUEST_ERROR_*. */
G_GNUC_WARN_UNUSED_RESULT
Desired *desired_new(json_t *template, json_t *settings, const char *execution_role,
                     const char *owner, const char *artifact_bucket, GError **error);

/* The same request with another template, for a correction (`deployment_mode` may be NULL).
 * (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
Desired *desired_with_template(const Desired *desired, json_t *template,
                               const char *deployment_mode, GError **error);

void desired_free(Desired *desired);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desired, desired_free)

/* To keep the request that a revision was deployed with (for `rollback`) and back. A new reference;
 * (transfer full). Parameters may be secret: the store seals what it keeps. */
json_t *desired_to_json(const Desired *desired);
G_GNUC_WARN_UNUSED_RESULT
Desired *desired_from_json(json_t *json, GError **error);

/* "driftless-" + 32 hex digits of the digest + "-" + attempt. (transfer full) */
char *desired_change_set_name(const Desired *desired, unsigned attempt);
