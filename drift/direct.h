/* drift/direct.h
 *
 * What CloudFormation's detection cannot see and no change set carries: Lambda code (code.h) and
 * settings of a REST API's stage (stage.h). Both are read and put back by the services' own calls.
 */
#pragma once
#include "drift/finding.h"
#include "reconcile/apply/request.h"
#include "reconcile/aws/aws_client.h"

/* Adds what differs from `desired`, the request that was deployed. `sha256_by_key` as of code.h;
 * NULL or empty: code is not compared. The stack's resources are listed once, and not at all where
 * there is nothing to compare. */
G_GNUC_WARN_UNUSED_RESULT
bool direct_detect(AwsClient *client, const char *stack_id, const Desired *desired,
                   GHashTable *sha256_by_key, GPtrArray *findings, GError **error);

/* Puts back what the open ones of `findings` are about. May be repeated. */
G_GNUC_WARN_UNUSED_RESULT
bool direct_correct(AwsClient *client, const char *stack_id, const Desired *desired,
                    GHashTable *sha256_by_key, const GPtrArray *findings, GError **error);
