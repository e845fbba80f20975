#include "reconcile/aws/cloud_formation_call.h"

void cloud_formation_drift_detection_free(CloudFormationDriftDetection *detection)
{
    if (!detection)
        return;
    g_free(detection->id);
    g_free(detection->stack_id);
    g_free(detection->status);
    g_free(detection->status_reason);
    g_free(detection->drift_status);
    g_free(detection);
}

static void difference_free(void *data)
{
    CloudFormationDifference *difference = data;

    g_free(difference->path);
    g_free(difference->expected);
    g_free(difference->actual);
    g_free(difference->type);
    g_free(difference);
}

void cloud_formation_resource_drift_free(CloudFormationResourceDrift *drift)
{
    if (!drift)
        return;
    g_free(drift->logical_id);
    g_free(drift->physical_id);
    g_free(drift->type);
    g_free(drift->status);
    g_free(drift->status_reason);
    json_decref(drift->physical_id_context);
    json_decref(drift->expected_properties);
    json_decref(drift->actual_properties);
    g_ptr_array_unref(drift->differences);
    g_free(drift);
}

bool cloud_formation_detect_stack_drift(AwsClient *client, const char *stack, char **ret_id,
                                        GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DetectStackDrift");
    g_autoptr(XmlDocument) answer = NULL;

    query_form_add(form, "StackName", stack);
    if (!cloud_formation_call(client, form, &answer, error)) {
        g_prefix_error(error, "detect drift of stack %s: ", stack);
        return false;
    }
    *ret_id = cloud_formation_text(query_result(answer), "StackDriftDetectionId");
    return true;
}

bool cloud_formation_describe_drift_detection(AwsClient *client, const char *detection_id,
                                              CloudFormationDriftDetection **ret, GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DescribeStackDriftDetectionStatus");
    g_autoptr(XmlDocument) answer = NULL;
    CloudFormationDriftDetection *detection;
    const XmlNode *node;
    const char *count;

    query_form_add(form, "StackDriftDetectionId", detection_id);
    if (!cloud_formation_call(client, form, &answer, error)) {
        g_prefix_error(error, "describe drift detection %s: ", detection_id);
        return false;
    }
    node = query_result(answer);
    count = xml_text(node, "DriftedStackResourceCount");
    detection = g_new0(CloudFormationDriftDetection, 1);
    detection->id = cloud_formation_text(node, "StackDriftDetectionId");
    detection->stack_id = cloud_formation_text(node, "StackId");
    detection->status = cloud_formation_text(node, "DetectionStatus");
    detection->status_reason = cloud_formation_text(node, "DetectionStatusReason");
    detection->drift_status = cloud_formation_text(node, "StackDriftStatus");
    detection->drifted_count = count ? (unsigned)g_ascii_strtoull(count, NULL, 10) : 0;
    detection->time_ms = cloud_formation_time(node, "Timestamp");
    *ret = detection;
    return true;
}

static GPtrArray *read_differences(const XmlNode *list)
{
    GPtrArray *differences = g_ptr_array_new_with_free_func(difference_free);

    for (const XmlNode *at = list ? list->first_child : NULL; at; at = at->next) {
        CloudFormationDifference *difference = g_new0(CloudFormationDifference, 1);

        difference->path = g_strdup(xml_text(at, "PropertyPath"));
        difference->expected = g_strdup(xml_text(at, "ExpectedValue"));
        difference->actual = g_strdup(xml_text(at, "ActualValue"));
        difference->type = g_strdup(xml_text(at, "DifferenceType"));
        g_ptr_array_add(differences, difference);
    }
    return differences;
}

static void *read_drift(const XmlNode *node)
{
    CloudFormationResourceDrift *drift = g_new0(CloudFormationResourceDrift, 1);

    drift->logical_id = cloud_formation_text(node, "LogicalResourceId");
    drift->physical_id = cloud_formation_text(node, "PhysicalResourceId");
    drift->type = cloud_formation_text(node, "ResourceType");
    drift->status = cloud_formation_text(node, "StackResourceDriftStatus");
    drift->status_reason = cloud_formation_text(node, "DriftStatusReason");
    drift->physical_id_context =
        cloud_formation_pairs(xml_find(node, "PhysicalResourceIdContext"), "Key", "Value");
    drift->expected_properties = cloud_formation_json(xml_text(node, "ExpectedProperties"));
    drift->actual_properties = cloud_formation_json(xml_text(node, "ActualProperties"));
    drift->differences = read_differences(xml_find(node, "PropertyDifferences"));
    drift->time_ms = cloud_formation_time(node, "Timestamp");
    return drift;
}

typedef struct {
    const char *stack;
    const char *const *statuses;
} DriftFilter;

static void fill_drifts(QueryForm *form, const void *data)
{
    const DriftFilter *filter = data;

    query_form_add(form, "StackName", filter->stack);
    for (size_t i = 0; filter->statuses && filter->statuses[i]; i++) {
        g_autofree char *name =
            g_strdup_printf("StackResourceDriftStatusFilters.member.%zu", i + 1);
        query_form_add(form, name, filter->statuses[i]);
    }
    query_form_add_integer(form, "MaxResults", 100);
}

bool cloud_formation_describe_resource_drifts(AwsClient *client, const char *stack,
                                              const char *const *statuses, GPtrArray **ret,
                                              GError **error)
{
    const DriftFilter filter = {stack, statuses};
    const CloudFormationPages pages = {
        .action = "DescribeStackResourceDrifts",
        .list = "StackResourceDrifts",
        .fill = fill_drifts,
        .data = &filter,
        .read = read_drift,
        .item_free = (GDestroyNotify)cloud_formation_resource_drift_free,
    };

    if (cloud_formation_pages(client, &pages, ret, error))
        return true;
    g_prefix_error(error, "describe the drift of stack %s: ", stack);
    return false;
}
