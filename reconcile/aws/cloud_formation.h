/* reconcile/aws/cloud_formation.h
 *
 * The calls of the CloudFormation API (2010-05-15) that Driftless makes. Each function is one call,
 * or all pages of one where it says so. Errors: AWS_ERROR (aws_error.h) prefixed with what was
 * attempted ("create change set orders-prod/…: ").
 *
 * Strings and values in results are owned by them; what AWS left out is NULL (or 0, false). Times
 * are Unix milliseconds, 0 when absent. A stack is named by its name or its id. Results belong to
 * the calling thread.
 *
 * Source of shapes: botocore's model of cloudformation 2010-05-15. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

typedef struct {
    char *id, *name;
    char *status, *status_reason; /* as AWS spells it: stack_status_parse is reconcile/apply's */
    char *description;
    char *role_arn;
    char *parent_id, *root_id; /* nested stacks */
    char *change_set_id;
    char *creation_time, *last_updated_time; /* as AWS wrote them */
    int64_t creation_time_ms, last_updated_time_ms;
    json_t *parameters; /* {key: {"value": …, "resolved": … (SSM types only)}}; NoEcho ones show
                           "****" */
    json_t *outputs;    /* {key: value} */
    json_t *exports;    /* {export name: output key} */
    json_t *tags;       /* {key: value} */
    json_t *capabilities, *notification_arns; /* arrays of strings */
    bool termination_protection, disable_rollback;
    char *drift_status; /* DRIFTED, IN_SYNC, UNKNOWN, NOT_CHECKED */
    int64_t drift_check_time_ms;
} CloudFormationStack;

void cloud_formation_stack_free(CloudFormationStack *stack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudFormationStack, cloud_formation_stack_free)

/* `ret` gets NULL when there is no such stack, which is no error. A deleted stack is found by its
 * id alone. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_stack(AwsClient *client, const char *stack, CloudFormationStack **ret,
                                    GError **error);

/* One page of all stacks (about 100). `*token` NULL asks for the first; it is replaced by the next
 * page's token, NULL after the last. `ret` (transfer full): CloudFormationStack*. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_stacks(AwsClient *client, char **token, GPtrArray **ret,
                                     GError **error);

/* All borrowed. */
typedef struct {
    const char *stack_name, *name;
    const char *type;          /* CREATE, UPDATE, IMPORT; NULL: UPDATE */
    const char *template_body; /* or */
    const char *template_url;  /* or neither: the previous template */
    json_t *parameters; /* {key: "value" or {"UsePreviousValue": true}}; or NULL, like all below */
    json_t *tags;       /* {key: value} */
    json_t *capabilities, *notification_arns; /* arrays of strings */
    /* [{"ResourceType", "LogicalResourceId", "ResourceIdentifier": {}}] */
    json_t *resources_to_import;
    json_t *rollback_configuration; /* {"RollbackTriggers": [{"Arn", "Type"}],
                                       "MonitoringTimeInMinutes": n} */
    const char *role_arn, *description, *client_token;
    const char *deployment_mode;  /* "REVERT_DRIFT" */
    const char *on_stack_failure; /* DO_NOTHING, ROLLBACK, DELETE */
    bool import_existing_resources, include_nested_stacks;
} CloudFormationChangeSetRequest;

/* Creates a change set; both outputs (transfer full) may be NULL. A name that is taken is the error
 * AlreadyExistsException. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_create_change_set(AwsClient *client,
                                       const CloudFormationChangeSetRequest *request, char **ret_id,
                                       char **ret_stack_id, GError **error);

typedef struct {
    char *id, *name, *stack_id, *stack_name;
    char *status, *status_reason, *execution_status;
    /* NULL: AWS named none, so it is an ordinary one whatever was asked for */
    char *deployment_mode;
    char *stack_drift_status;
    char *description;
    int64_t creation_time_ms;
    json_t *parameters, *tags; /* as a stack's */
    json_t *changes; /* the API's `Changes` by AWS's own member names; lists as arrays, all scalars
                        as strings */
} CloudFormationChangeSet;

void cloud_formation_change_set_free(CloudFormationChangeSet *change_set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudFormationChangeSet, cloud_formation_change_set_free)

/* All pages, with property values. `ret` gets NULL when there is no such change set (or stack),
 * which is no error. `stack` may be NULL when `change_set` is an ARN. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_change_set(AwsClient *client, const char *stack,
                                         const char *change_set, CloudFormationChangeSet **ret,
                                         GError **error);

typedef struct {
    const char *stack, *change_set; /* names, or ids */
    const char *client_token;
    bool retain_except_on_create; /* a failed execution deletes what it created, retained resources
                                     too */
    bool disable_rollback;
} CloudFormationExecution;
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_execute_change_set(AwsClient *client, const CloudFormationExecution *execution,
                                        GError **error);

/* One that is not there is deleted already: true. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_delete_change_set(AwsClient *client, const char *stack, const char *change_set,
                                       GError **error);

typedef struct {
    char *event_id;
    char *time; /* as AWS wrote it */
    int64_t time_ms;
    char *logical_id, *physical_id, *type, *status, *reason, *client_token;
    json_t *properties; /* the resource's, as far as AWS told and they are JSON; or NULL */
} CloudFormationEvent;
void cloud_formation_event_free(CloudFormationEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudFormationEvent, cloud_formation_event_free)

/* Events, newest first, until the one of id `until_event_id` (left out; NULL: none), one older than
 * `since_ms` (left out; 0: none) or `max_pages` (0: 20; a page has about 100). CloudFormationEvent*
 * (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_stack_events(AwsClient *client, const char *stack,
                                           const char *until_event_id, int64_t since_ms,
                                           unsigned max_pages, GPtrArray **ret, GError **error);

typedef struct {
    char *logical_id, *physical_id, *type, *status, *status_reason, *drift_status;
    int64_t updated_ms;
} CloudFormationResource;
void cloud_formation_resource_free(CloudFormationResource *resource);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudFormationResource, cloud_formation_resource_free)

/* All pages of ListStackResources. CloudFormationResource* (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_list_stack_resources(AwsClient *client, const char *stack, GPtrArray **ret,
                                          GError **error);

/* DescribeStackResources of one logical id. NULL when the stack has no such resource, which is no
 * error. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_stack_resource(AwsClient *client, const char *stack,
                                             const char *logical_id, CloudFormationResource **ret,
                                             GError **error);

typedef enum { TEMPLATE_STAGE_ORIGINAL, TEMPLATE_STAGE_PROCESSED } TemplateStage;

/* The text as it was given (YAML or JSON), (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_get_template(AwsClient *client, const char *stack, TemplateStage stage,
                                  char **ret, GError **error);

/* role_arn, client_token, and retain_resources (array of logical ids; allowed for DELETE_FAILED
 * stacks only) may be NULL. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_delete_stack(AwsClient *client, const char *stack, const char *client_token,
                                  const char *role_arn, json_t *retain_resources, GError **error);

/* resources_to_skip: array of logical ids, or NULL. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_continue_update_rollback(AwsClient *client, const char *stack,
                                              json_t *resources_to_skip, const char *role_arn,
                                              const char *client_token, GError **error);

/* Of a CREATE_FAILED or UPDATE_FAILED stack. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_rollback_stack(AwsClient *client, const char *stack, const char *role_arn,
                                    const char *client_token, bool retain_except_on_create,
                                    GError **error);

G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_update_termination_protection(AwsClient *client, const char *stack,
                                                   bool enable, GError **error);

G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_set_stack_policy(AwsClient *client, const char *stack, json_t *policy,
                                      GError **error);

/* Starts a detection of the whole stack; `ret_id` (transfer full). One under way is the error
 * OperationInProgressException or ValidationError. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_detect_stack_drift(AwsClient *client, const char *stack, char **ret_id,
                                        GError **error);

typedef struct {
    char *id, *stack_id;
    char *status; /* DETECTION_IN_PROGRESS, DETECTION_FAILED, DETECTION_COMPLETE */
    char *status_reason;
    char *drift_status; /* DRIFTED, IN_SYNC, UNKNOWN, NOT_CHECKED */
    unsigned drifted_count;
    int64_t time_ms;
} CloudFormationDriftDetection;
void cloud_formation_drift_detection_free(CloudFormationDriftDetection *detection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudFormationDriftDetection, cloud_formation_drift_detection_free)

G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_drift_detection(AwsClient *client, const char *detection_id,
                                              CloudFormationDriftDetection **ret, GError **error);

typedef struct {
    char *path; /* JSON pointer below Properties: "/Timeout" */
    char *expected, *actual;
    char *type; /* ADD, REMOVE, NOT_EQUAL */
} CloudFormationDifference;

typedef struct {
    char *logical_id, *physical_id, *type;
    char *status;                /* IN_SYNC, MODIFIED, DELETED, NOT_CHECKED, UNKNOWN, UNSUPPORTED */
    char *status_reason;         /* why it is UNKNOWN */
    json_t *physical_id_context; /* {key: value} */
    json_t *expected_properties,
        *actual_properties; /* objects; NULL when AWS gave none or no JSON */
    GPtrArray *differences; /* CloudFormationDifference* */
    int64_t time_ms;
} CloudFormationResourceDrift;
void cloud_formation_resource_drift_free(CloudFormationResourceDrift *drift);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudFormationResourceDrift, cloud_formation_resource_drift_free)

/* All pages. `statuses`: NULL-terminated list of what to give (MODIFIED, DELETED, …); NULL: all.
 * CloudFormationResourceDrift* (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_formation_describe_resource_drifts(AwsClient *client, const char *stack,
                                              const char *const *statuses, GPtrArray **ret,
                                              GError **error);
