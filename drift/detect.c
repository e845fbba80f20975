#include "drift/detect.h"
#include <string.h>

bool drift_detection_start(AwsClient *client, const char *stack_id, char **ret_id, GError **error)
{
    g_autoptr(GError) refusal = NULL;

    if (cloud_formation_detect_stack_drift(client, stack_id, ret_id, &refusal))
        return true;
    if (aws_error_is(refusal, "OperationInProgressException") ||
        aws_error_is(refusal, "OperationInProgress") ||
        (aws_error_is(refusal, "ValidationError") &&
         strstr(aws_error_message(refusal), "IN_PROGRESS"))) {
        *ret_id = NULL;
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&refusal));
    return false;
}

bool drift_detection_poll(AwsClient *client, const char *detection_id, bool *ret_done,
                          char **ret_failure, GError **error)
{
    g_autoptr(CloudFormationDriftDetection) detection = NULL;

    if (!cloud_formation_describe_drift_detection(client, detection_id, &detection, error))
        return false;
    const char *status = detection->status ? detection->status : "";
    bool failed = strcmp(status, "DETECTION_FAILED") == 0;
    *ret_done = failed || strcmp(status, "DETECTION_COMPLETE") == 0;
    *ret_failure =
        failed ? g_strdup(detection->status_reason ? detection->status_reason : "no reason given")
               : NULL;
    return true;
}

static DifferenceKind difference_kind(const char *type)
{
    if (g_strcmp0(type, "ADD") == 0)
        return DIFFERENCE_ADD;
    return g_strcmp0(type, "REMOVE") == 0 ? DIFFERENCE_REMOVE : DIFFERENCE_NOT_EQUAL;
}

static Finding *modified(const CloudFormationResourceDrift *drift)
{
    Finding *finding =
        finding_new(FINDING_MODIFIED, drift->logical_id, drift->type, drift->physical_id);

    finding->actual = json_incref(drift->actual_properties);
    finding->expected = json_incref(drift->expected_properties);
    for (guint i = 0; drift->differences && i < drift->differences->len; i++) {
        const CloudFormationDifference *difference = drift->differences->pdata[i];
        DifferenceKind kind = difference_kind(difference->type);
        finding_add(finding, kind, difference->path ? difference->path : "",
                    kind == DIFFERENCE_ADD ? NULL : difference->expected,
                    kind == DIFFERENCE_REMOVE ? NULL : difference->actual);
    }
    return finding;
}

/* NULL: in sync, or not looked at. */
static Finding *finding_of(const CloudFormationResourceDrift *drift, unsigned *unchecked)
{
    const char *status = drift->status ? drift->status : "";

    if (strcmp(status, "IN_SYNC") == 0)
        return NULL;
    if (strcmp(status, "NOT_CHECKED") == 0 || strcmp(status, "UNSUPPORTED") == 0) {
        *unchecked += 1;
        return NULL;
    }
    if (strcmp(status, "MODIFIED") == 0)
        return modified(drift);
    if (strcmp(status, "DELETED") == 0) {
        Finding *finding =
            finding_new(FINDING_DELETED, drift->logical_id, drift->type, drift->physical_id);
        finding->expected = json_incref(drift->expected_properties);
        return finding;
    }
    Finding *finding =
        finding_new(FINDING_UNKNOWN, drift->logical_id, drift->type, drift->physical_id);
    finding->reason = g_strdup(drift->status_reason);
    return finding;
}

bool drift_detection_findings(AwsClient *client, const char *stack_id, GPtrArray **ret_findings,
                              unsigned *ret_unchecked, GError **error)
{
    g_autoptr(GPtrArray) drifts = NULL;
    unsigned unchecked = 0;

    if (!cloud_formation_describe_resource_drifts(client, stack_id, NULL, &drifts, error))
        return false;
    GPtrArray *findings = findings_new();
    for (guint i = 0; i < drifts->len; i++) {
        Finding *finding = finding_of(drifts->pdata[i], &unchecked);
        if (finding)
            g_ptr_array_add(findings, finding);
    }
    *ret_findings = findings;
    if (ret_unchecked)
        *ret_unchecked = unchecked;
    return true;
}
