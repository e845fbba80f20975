/* DescribeChangeSet, ListChangeSets. */
#include "tests/aws/cloudformation/change_sets.h"
#include "tests/aws/cloudformation/operations.h"
#include "tests/aws/cloudformation/request.h"
#include <string.h>

/* Without IncludePropertyValues a detail names the property and no more; repeats are dropped. */
static json_t *bare_details(json_t *details)
{
    json_t *bare = json_array();
    size_t i = 0, at = 0;
    json_t *detail = NULL, *known = NULL;

    json_array_foreach(details, i, detail)
    {
        static const char *const values[] = {
            "Path",           "BeforeValue", "AfterValue", "AttributeChangeType", "BeforeValueFrom",
            "AfterValueFrom", "Drift"};
        json_auto_t *copy = json_deep_copy(detail);
        bool repeated = false;

        for (size_t name = 0; name < G_N_ELEMENTS(values); name++)
            json_object_del(json_object_get(copy, "Target"), values[name]);
        json_array_foreach(bare, at, known) repeated = repeated || json_equal(known, copy);
        if (!repeated)
            json_array_append(bare, copy);
    }
    return bare;
}

/* A page of the changes; sets NextToken when there are more. */
static json_t *shown_changes(const ApiCall *call, const ChangeSet *change_set, json_t *answer)
{
    bool with_values = api_flag(call, "IncludePropertyValues", false);
    size_t count = json_array_size(change_set->changes);
    size_t at = (size_t)request_page_start(call);
    json_t *list = json_array();

    for (; at < count && json_array_size(list) < PAGE_RESOURCES; at++) {
        json_t *change = json_array_get(change_set->changes, at);
        json_t *copy = json_copy(change);
        json_t *entry = json_object();

        if (!with_values) {
            json_object_set_new(copy, "Details", bare_details(json_object_get(change, "Details")));
            json_object_del(copy, "BeforeContext");
            json_object_del(copy, "AfterContext");
            json_object_del(copy, "PreviousDeploymentContext");
        }
        json_set_text(entry, "Type", "Resource");
        json_object_set_new(entry, "ResourceChange", copy);
        json_array_append_new(list, entry);
    }
    if (at < count)
        request_set_next_token(answer, at);
    return list;
}

json_t *cfn_describe_change_set(ApiCall *call)
{
    const ChangeSet *change_set = request_change_set(call);
    bool ready = change_set != NULL && call->now_ms >= change_set->ready_ms;
    json_t *answer = NULL;

    if (change_set == NULL)
        return NULL;
    answer = json_object();
    json_set_text(answer, "ChangeSetName", change_set->name);
    json_set_text(answer, "ChangeSetId", change_set->id);
    json_set_text(answer, "StackId", change_set->stack->id);
    json_set_text(answer, "StackName", change_set->stack->name);
    json_set_text(answer, "Description", change_set->description);
    json_object_set_new(
        answer, "Parameters",
        parameters_shown(change_set->deployment.template, change_set->deployment.parameters.list));
    json_set_time(answer, "CreationTime", change_set->created_ms);
    json_set_text(answer, "ExecutionStatus", change_set_execution_status(change_set, call->now_ms));
    json_set_text(answer, "Status", change_set_status(change_set, call->now_ms));
    if (ready)
        json_set_text(answer, "StatusReason", change_set->status_reason);
    json_object_set(answer, "NotificationARNs", change_set->deployment.notification_arns);
    json_object_set(answer, "Capabilities", change_set->deployment.capabilities);
    json_object_set(answer, "Tags", change_set->deployment.tags);
    json_object_set_new(answer, "Changes",
                        ready ? shown_changes(call, change_set, answer) : json_array());
    json_set_flag(answer, "IncludeNestedStacks", change_set->include_nested);
    json_set_text(answer, "OnStackFailure", change_set->on_stack_failure);
    if (change_set->import_existing)
        json_set_flag(answer, "ImportExistingResources", true);
    if (change_set->revert_drift) {
        json_set_text(answer, "DeploymentMode", "REVERT_DRIFT");
        if (ready)
            json_set_text(answer, "StackDriftStatus", change_set->stack_drift_status);
    }
    return answer;
}

json_t *cfn_list_change_sets(ApiCall *call)
{
    const Stack *stack = request_stack(call, false, STACK_MISSING);
    json_t *summaries = NULL;

    if (stack == NULL)
        return NULL;
    summaries = json_array();
    for (guint i = 0; i < stack->change_sets->len; i++) {
        const ChangeSet *change_set = stack->change_sets->pdata[i];
        json_t *summary = NULL;

        if (strcmp(change_set->execution_status, "EXECUTE_COMPLETE") == 0)
            continue;
        summary = json_object();
        json_set_text(summary, "StackId", stack->id);
        json_set_text(summary, "StackName", stack->name);
        json_set_text(summary, "ChangeSetId", change_set->id);
        json_set_text(summary, "ChangeSetName", change_set->name);
        json_set_text(summary, "ExecutionStatus",
                      change_set_execution_status(change_set, call->now_ms));
        json_set_text(summary, "Status", change_set_status(change_set, call->now_ms));
        json_set_text(summary, "StatusReason", change_set->status_reason);
        json_set_time(summary, "CreationTime", change_set->created_ms);
        json_set_text(summary, "Description", change_set->description);
        json_array_append_new(summaries, summary);
    }
    return json_pack("{s:o}", "Summaries", summaries);
}
