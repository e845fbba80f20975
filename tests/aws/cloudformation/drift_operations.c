/* Calls of drift detection. A detection is carried out when it is asked for; it is said to be in
 * progress for as long as a resource takes. */
#include "tests/aws/cloudformation/drift.h"
#include "tests/aws/cloudformation/operations.h"
#include "tests/aws/cloudformation/request.h"
#include <string.h>

static bool may_detect(ApiCall *call, const Stack *stack)
{
    static const char *const allowed[] = {"CREATE_COMPLETE",
                                          "UPDATE_COMPLETE",
                                          "UPDATE_ROLLBACK_COMPLETE",
                                          "UPDATE_ROLLBACK_FAILED",
                                          "IMPORT_COMPLETE",
                                          "IMPORT_ROLLBACK_COMPLETE",
                                          "UPDATE_FAILED",
                                          NULL};

    if (g_strv_contains(allowed, stack->status))
        return true;
    api_fail(call, 400, "ValidationError",
             "Drift detection cannot be performed on stack [%s] while it is in %s state.",
             stack->id, stack->status);
    return false;
}

/* By what is known of the stack's resources; their number that drifted. */
static int settle_stack_status(Stack *stack, bool *ret_unknown)
{
    GHashTableIter iterator;
    void *value = NULL;
    int drifted = 0;
    bool unknown = false;

    g_hash_table_iter_init(&iterator, stack->resources);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const char *status = ((StackResource *)value)->drift_status;

        if (g_strcmp0(status, "MODIFIED") == 0 || g_strcmp0(status, "DELETED") == 0)
            drifted++;
        unknown = unknown || g_strcmp0(status, "UNKNOWN") == 0;
    }
    *ret_unknown = unknown;
    text_replace(&stack->drift_status, drifted > 0 ? "DRIFTED" : unknown ? "UNKNOWN" : "IN_SYNC");
    return drifted;
}

static bool is_wanted(json_t *logical_ids, const char *logical_id)
{
    size_t i = 0;
    json_t *item = NULL;

    if (json_array_size(logical_ids) == 0)
        return true;
    json_array_foreach(logical_ids, i, item)
    {
        if (g_strcmp0(json_string_value(item), logical_id) == 0)
            return true;
    }
    return false;
}

json_t *cfn_detect_stack_drift(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);
    g_autoptr(GPtrArray) records = NULL;
    g_autofree char *id = NULL;
    json_t *detection = NULL;
    bool unknown = false;
    int drifted = 0;

    if (stack == NULL || !may_detect(call, stack))
        return NULL;
    records = stack_resources_sorted(stack);
    for (guint i = 0; i < records->len; i++) {
        StackResource *record = records->pdata[i];

        if (is_wanted(api_array(call, "LogicalResourceIds"), record->logical_id))
            drift_check(stack, record, call->now_ms);
    }
    drifted = settle_stack_status(stack, &unknown);
    stack->drift_checked_ms = call->now_ms;
    id = double_uuid(call->aws);
    detection = json_object();
    json_set_text(detection, "StackId", stack->id);
    json_set_text(detection, "StackDriftDetectionId", id);
    json_set_text(detection, "StackDriftStatus", stack->drift_status);
    json_set_text(detection, "DetectionStatus",
                  unknown ? "DETECTION_FAILED" : "DETECTION_COMPLETE");
    if (unknown)
        json_set_text(detection, "DetectionStatusReason",
                      "Failed to detect drift on some of the stack's resources");
    json_object_set_new(detection, "DriftedStackResourceCount", json_integer(drifted));
    json_set_time(detection, "Timestamp", call->now_ms);
    json_object_set_new(detection, "readyMs",
                        json_integer(call->now_ms + call->aws->options.resource_time_ms));
    g_hash_table_insert(call->region->detections, g_strdup(id), detection);
    return json_pack("{s:s}", "StackDriftDetectionId", id);
}

json_t *cfn_describe_stack_drift_detection_status(ApiCall *call)
{
    const char *id = api_text(call, "StackDriftDetectionId");
    json_t *detection = id != NULL ? g_hash_table_lookup(call->region->detections, id) : NULL;
    json_t *answer = NULL;

    if (detection == NULL)
        return api_fail(call, 400, "ValidationError", "StackDriftDetectionId [%s] does not exist",
                        id != NULL ? id : "null");
    answer = json_copy(detection);
    json_object_del(answer, "readyMs");
    if (json_integer_value(json_object_get(detection, "readyMs")) > call->now_ms) {
        json_set_text(answer, "DetectionStatus", "DETECTION_IN_PROGRESS");
        json_object_del(answer, "StackDriftStatus");
        json_object_del(answer, "DriftedStackResourceCount");
        json_object_del(answer, "DetectionStatusReason");
    }
    return answer;
}

json_t *cfn_detect_stack_resource_drift(ApiCall *call)
{
    Stack *stack = request_stack(call, false, STACK_MISSING);
    const char *logical_id = api_text(call, "LogicalResourceId");
    StackResource *record = NULL;
    bool unknown = false;

    if (stack == NULL || !may_detect(call, stack))
        return NULL;
    record = logical_id != NULL ? g_hash_table_lookup(stack->resources, logical_id) : NULL;
    if (record == NULL)
        return api_fail(call, 400, "ValidationError", "Resource %s does not exist for stack %s",
                        logical_id, stack->name);
    drift_check(stack, record, call->now_ms);
    settle_stack_status(stack, &unknown);
    stack->drift_checked_ms = call->now_ms;
    return json_pack("{s:O}", "StackResourceDrift", record->drift);
}

json_t *cfn_describe_stack_resource_drifts(ApiCall *call)
{
    const Stack *stack = request_stack(call, false, STACK_MISSING);
    json_t *filters = api_array(call, "StackResourceDriftStatusFilters");
    uint64_t at = request_page_start(call);
    int64_t limit = api_integer(call, "MaxResults", PAGE_RESOURCES);
    g_autoptr(GPtrArray) records = NULL;
    json_t *answer = NULL, *list = NULL;

    if (stack == NULL)
        return NULL;
    records = stack_resources_sorted(stack);
    answer = json_object();
    list = json_array();
    json_object_set_new(answer, "StackResourceDrifts", list);
    for (; at < records->len; at++) {
        const StackResource *record = records->pdata[at];

        if (record->drift == NULL || !is_wanted(filters, record->drift_status) ||
            strcmp(record->drift_status, "NOT_CHECKED") == 0)
            continue;
        if ((int64_t)json_array_size(list) == limit) {
            request_set_next_token(answer, at);
            break;
        }
        json_array_append(list, record->drift);
    }
    return answer;
}
