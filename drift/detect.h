/* drift/detect.h
 *
 * Asking AWS what differs. CloudFormation's own detection sees declared properties of the types it
 * supports; Lambda code, which it cannot see, is compared here. UNKNOWN and NOT_CHECKED are never
 * taken for IN_SYNC: the first becomes a finding of its own, the second (a type without detection)
 * is left to the caller's eyes in `unchecked`.
 *
 * Source: CloudFormation API (DetectStackDrift, DescribeStackDriftDetectionStatus,
 * DescribeStackResourceDrifts). */
#pragma once
#include "drift/finding.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/lambda.h"

/* Starts a detection; `ret_id` (transfer full), NULL when one is under way already: come back
 * later. */
G_GNUC_WARN_UNUSED_RESULT
bool drift_detection_start(AwsClient *client, const char *stack_id, char **ret_id, GError **error);

/* Whether it has ended. An ended but failed detection is true as well, with its reason in
 * `ret_failure` (transfer full), else NULL there. */
G_GNUC_WARN_UNUSED_RESULT
bool drift_detection_poll(AwsClient *client, const char *detection_id, bool *ret_done,
                          char **ret_failure, GError **error);

/* The findings of an ended detection, without those in sync. `ret_unchecked` (may be NULL) gets the
 * number of resources that were not checked. */
G_GNUC_WARN_UNUSED_RESULT
bool drift_detection_findings(AwsClient *client, const char *stack_id, GPtrArray **ret_findings,
                              unsigned *ret_unchecked, GError **error);
