/* reconcile/aws/cloud_control.h
 *
 * Cloud Control: any resource type by its identifier, as JSON properties. Errors: AWS_ERROR. Source
 * of shapes: botocore's model of cloudcontrol 2021-09-30. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

/* The resource's properties (a new reference); NULL when it does not exist, which is no error. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_control_get(AwsClient *client, const char *type, const char *identifier, json_t **ret,
                       GError **error);

/* All pages, up to 10,000: {identifier: properties}, a new reference. `model` (object that narrows;
 * some types need it) may be NULL. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_control_list(AwsClient *client, const char *type, json_t *model, json_t **ret,
                        GError **error);

typedef struct {
    char *token;
    char *status; /* PENDING, IN_PROGRESS, SUCCESS, FAILED, CANCEL_IN_PROGRESS, CANCEL_COMPLETE */
    char *operation; /* CREATE, UPDATE, DELETE */
    char *type, *identifier;
    char *message, *error_code;
    int64_t retry_after_ms; /* Unix time; 0: any */
} CloudControlRequest;
void cloud_control_request_free(CloudControlRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudControlRequest, cloud_control_request_free)

/* `patch`: a JSON Patch (RFC 6902). client_token may be NULL: then the call is not repeated after a
 * lost connection. */
G_GNUC_WARN_UNUSED_RESULT
bool cloud_control_update(AwsClient *client, const char *type, const char *identifier,
                          json_t *patch, const char *client_token, CloudControlRequest **ret,
                          GError **error);
G_GNUC_WARN_UNUSED_RESULT
bool cloud_control_delete(AwsClient *client, const char *type, const char *identifier,
                          const char *client_token, CloudControlRequest **ret, GError **error);
G_GNUC_WARN_UNUSED_RESULT
bool cloud_control_request_status(AwsClient *client, const char *token, CloudControlRequest **ret,
                                  GError **error);
