/* drift/stage.h
 *
 * Settings of a REST API's stage, which no template carries and CloudFormation's drift detection
 * does not see: the live stage against the request that was deployed, and putting them back.
 * reconcile/apply/rest_api_stage.h says what they are. */
#pragma once
#include "drift/finding.h"
#include "reconcile/aws/aws_client.h"

/* Adds a FINDING_STAGE where the live stage is not as `wanted` (Desired's rest_api_stage) asks, or
 * is not there; an API that is gone itself is left to CloudFormation's detection. What AWS refuses
 * to show becomes a FINDING_UNKNOWN. `rest_api_id`: the API's physical id; NULL: the stack has
 * none. One call. */
G_GNUC_WARN_UNUSED_RESULT
bool stage_detect(AwsClient *client, const char *stack_id, json_t *wanted, const char *rest_api_id,
                  GPtrArray *findings, GError **error);

/* Sets what is among the open differences of `findings` and still differs. */
G_GNUC_WARN_UNUSED_RESULT
bool stage_correct(AwsClient *client, const char *stack_id, json_t *wanted,
                   const GPtrArray *findings, GError **error);
