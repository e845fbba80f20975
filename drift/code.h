/* drift/code.h
 *
 * Lambda code, which CloudFormation's drift detection does not see: the live CodeSha256 against the
 * SHA-256 of the artifact that was deployed, and putting that artifact back. */
#pragma once
#include "drift/finding.h"
#include "reconcile/aws/lambda.h"

/* Where a function's code should have come from. */
typedef struct {
    char *logical_id;
    char *function_name; /* physical id */
    char *s3_bucket, *s3_key;
    char *sha256; /* base64 of the artifact; NULL: unknown, the function is not compared */
} DeployedCode;
void deployed_code_free(DeployedCode *code);

/* The functions of a template with their code. Pure. `physical_ids`: logical id → physical id
 * (char*); `sha256_by_key`: S3 key → base64 SHA-256 (char*). Functions with inline code, images or
 * unresolvable buckets are left out. (transfer full) GPtrArray of DeployedCode*. */
GPtrArray *deployed_code_from_template(json_t *template, GHashTable *physical_ids,
                                       GHashTable *sha256_by_key);

/* Logical id → physical id of a live stack's resources. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
GHashTable *stack_physical_ids(AwsClient *client, const char *stack_id, GError **error);

/* The functions of a live stack, whose physical ids are asked for. */
G_GNUC_WARN_UNUSED_RESULT
bool deployed_code_of_stack(AwsClient *client, const char *stack_id, json_t *template,
                            GHashTable *sha256_by_key, GPtrArray **ret, GError **error);

/* Adds a FINDING_CODE for every function whose live code is another; one that is gone is left to
 * CloudFormation's detection. */
G_GNUC_WARN_UNUSED_RESULT
bool code_detect(AwsClient *client, const GPtrArray *deployed, GPtrArray *findings, GError **error);

/* UpdateFunctionCode to the deployed artifact. The answer comes before the update has ended: detect
 * again to see it. */
G_GNUC_WARN_UNUSED_RESULT
bool code_correct(AwsClient *client, const DeployedCode *code, GError **error);
