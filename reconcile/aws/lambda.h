/* reconcile/aws/lambda.h
 *
 * Functions and their code. Errors: AWS_ERROR. Source of shapes: botocore's model of lambda
 * 2015-03-31. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

typedef struct {
    char *name, *arn, *version;
    char *runtime, *handler;
    char *code_sha256; /* base64 of the zip's SHA-256 */
    uint64_t code_size;
    char *last_modified;      /* as AWS wrote it */
    char *state;              /* Pending, Active, Inactive, Failed */
    char *last_update_status; /* Successful, Failed, InProgress */
    char *last_update_status_reason;
    char *revision_id;
    char *package_type; /* Zip, Image */
    json_t *json;       /* the whole answer by AWS's member names */
} LambdaFunction;
void lambda_function_free(LambdaFunction *function);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LambdaFunction, lambda_function_free)

/* `function`: name or ARN; qualifier (version, alias) may be NULL. `ret` gets NULL when there is no
 * such function, which is no error. */
G_GNUC_WARN_UNUSED_RESULT
bool lambda_get_function_configuration(AwsClient *client, const char *function,
                                       const char *qualifier, LambdaFunction **ret, GError **error);

/* The answer comes before the update has ended: last_update_status is InProgress. object_version
 * and ret may be NULL. */
G_GNUC_WARN_UNUSED_RESULT
bool lambda_update_function_code(AwsClient *client, const char *function, const char *bucket,
                                 const char *key, const char *object_version, LambdaFunction **ret,
                                 GError **error);
