/* Calls that tell of stacks, their events and resources, and of exports. */
#include "config/json_text.h"
#include "tests/aws/cloudformation/operations.h"
#include "tests/aws/cloudformation/request.h"
#include <string.h>

static void set_drift_information(json_t *object, const char *member, const char *status,
                                  int64_t checked_ms)
{
    json_t *information = json_object();

    json_set_text(information, member, status != NULL ? status : "NOT_CHECKED");
    if (status != NULL)
        json_set_time(information, "LastCheckTimestamp", checked_ms);
    json_object_set_new(object, "DriftInformation", information);
}

static void set_times(json_t *answer, const Stack *stack)
{
    json_set_time(answer, "CreationTime", stack->created_ms);
    if (stack->updated_ms != 0)
        json_set_time(answer, "LastUpdatedTime", stack->updated_ms);
    if (stack->deleted_ms != 0)
        json_set_time(answer, "DeletionTime", stack->deleted_ms);
}

static json_t *stack_answer(const Stack *stack)
{
    json_t *answer = json_object();
    const Template *template = stack->deployed.template;

    json_set_text(answer, "StackId", stack->id);
    json_set_text(answer, "StackName", stack->name);
    json_set_text(answer, "ChangeSetId", stack->change_set_id);
    set_times(answer, stack);
    if (template != NULL) {
        json_set_text(answer, "Description", json_text_of(template->root, "Description"));
        json_object_set_new(answer, "Parameters",
                            parameters_shown(template, stack->deployed.parameters.list));
        json_object_set(answer, "Tags", stack->deployed.tags);
        json_object_set(answer, "Capabilities", stack->deployed.capabilities);
        json_object_set(answer, "NotificationARNs", stack->deployed.notification_arns);
    } else {
        json_object_set_new(answer, "Tags", json_array());
        json_object_set_new(answer, "NotificationARNs", json_array());
    }
    json_set_text(answer, "StackStatus", stack->status);
    json_set_text(answer, "StackStatusReason", stack->status_reason);
    json_set_flag(answer, "DisableRollback", stack->disable_rollback);
    json_object_set(answer, "Outputs", stack->outputs);
    json_set_text(answer, "RoleARN", stack->role_arn);
    json_set_flag(answer, "EnableTerminationProtection", stack->termination_protection);
    set_drift_information(answer, "StackDriftStatus", stack->drift_status, stack->drift_checked_ms);
    json_object_set(answer, "LastOperations", stack->last_operations);
    return answer;
}

/* Index of the first stack with at least that serial number; the list is in their order. */
static guint first_from(const GPtrArray *stacks, uint64_t serial)
{
    guint low = 0, high = stacks->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (((Stack *)stacks->pdata[middle])->serial < serial)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

json_t *cfn_describe_stacks(ApiCall *call)
{
    const GPtrArray *stacks = call->region->stacks;
    json_t *answer = NULL, *list = NULL;
    guint at = 0;

    if (api_text(call, "StackName") != NULL) {
        const Stack *stack = request_stack(call, true, STACK_WITH_ID_MISSING);

        return stack != NULL ? json_pack("{s:[o]}", "Stacks", stack_answer(stack)) : NULL;
    }
    answer = json_object();
    list = json_array();
    json_object_set_new(answer, "Stacks", list);
    at = first_from(stacks, request_page_start(call));
    for (; at < stacks->len && json_array_size(list) < PAGE_STACKS; at++)
        json_array_append_new(list, stack_answer(stacks->pdata[at]));
    if (at < stacks->len)
        request_set_next_token(answer, ((Stack *)stacks->pdata[at])->serial);
    return answer;
}

static json_t *summary_of(const Stack *stack)
{
    json_t *summary = json_object();

    json_set_text(summary, "StackId", stack->id);
    json_set_text(summary, "StackName", stack->name);
    if (stack->deployed.template != NULL)
        json_set_text(summary, "TemplateDescription",
                      json_text_of(stack->deployed.template->root, "Description"));
    set_times(summary, stack);
    json_set_text(summary, "StackStatus", stack->status);
    json_set_text(summary, "StackStatusReason", stack->status_reason);
    set_drift_information(summary, "StackDriftStatus", stack->drift_status,
                          stack->drift_checked_ms);
    return summary;
}

static bool status_is_wanted(json_t *filter, const char *status)
{
    size_t i = 0;
    json_t *item = NULL;

    if (json_array_size(filter) == 0)
        return true;
    json_array_foreach(filter, i, item)
    {
        if (g_strcmp0(json_string_value(item), status) == 0)
            return true;
    }
    return false;
}

json_t *cfn_list_stacks(ApiCall *call)
{
    const GPtrArray *lists[] = {call->region->stacks, call->region->deleted_stacks};
    json_t *filter = api_array(call, "StackStatusFilter");
    uint64_t position = 0, start = request_page_start(call);
    json_t *answer = json_object(), *summaries = json_array();

    json_object_set_new(answer, "StackSummaries", summaries);
    for (size_t which = 0; which < G_N_ELEMENTS(lists); which++) {
        for (guint i = 0; i < lists[which]->len; i++, position++) {
            const Stack *stack = lists[which]->pdata[i];

            if (position < start || !status_is_wanted(filter, stack->status))
                continue;
            if (json_array_size(summaries) == PAGE_STACKS) {
                request_set_next_token(answer, position);
                return answer;
            }
            json_array_append_new(summaries, summary_of(stack));
        }
    }
    return answer;
}

static json_t *event_answer(const Stack *stack, const StackEvent *event)
{
    json_t *answer = json_object();

    json_set_text(answer, "StackId", stack->id);
    json_set_text(answer, "EventId", event->id);
    json_set_text(answer, "StackName", stack->name);
    json_set_text(answer, "OperationId", event->operation_id);
    json_set_text(answer, "LogicalResourceId", event->logical_id);
    json_set_text(answer, "PhysicalResourceId", event->physical_id);
    json_set_text(answer, "ResourceType", event->type);
    json_set_time(answer, "Timestamp", event->at_ms);
    json_set_text(answer, "ResourceStatus", event->status);
    json_set_text(answer, "ResourceStatusReason", event->reason);
    json_set_text(answer, "ResourceProperties", event->properties);
    json_set_text(answer, "ClientRequestToken", event->token);
    return answer;
}

/* Newest first. The token counts from the oldest, so that a page stays where it is while events are
 * added. */
json_t *cfn_describe_stack_events(ApiCall *call)
{
    const Stack *stack = request_stack(call, true, STACK_MISSING);
    uint64_t start = request_page_start(call);
    json_t *answer = NULL, *list = NULL;
    guint at = 0;

    if (stack == NULL)
        return NULL;
    answer = json_object();
    list = json_array();
    json_object_set_new(answer, "StackEvents", list);
    at = start > 0 && start <= stack->events->len ? (guint)start : stack->events->len;
    for (; at > 0 && json_array_size(list) < PAGE_EVENTS; at--)
        json_array_append_new(list, event_answer(stack, stack->events->pdata[at - 1]));
    if (at > 0)
        request_set_next_token(answer, at);
    return answer;
}

static bool event_is_wanted(ApiCall *call, const StackEvent *event)
{
    const char *operation = api_text(call, "OperationId");
    const char *failed = json_text_of(json_object_get(call->input, "Filters"), "FailedEvents");

    if (operation != NULL && g_strcmp0(operation, event->operation_id) != 0)
        return false;
    return g_strcmp0(failed, "true") != 0 || g_str_has_suffix(event->status, "FAILED");
}

json_t *cfn_describe_events(ApiCall *call)
{
    const Stack *stack = request_stack(call, true, STACK_MISSING);
    json_t *list = NULL;

    if (stack == NULL)
        return NULL;
    list = json_array();
    for (guint at = stack->events->len; at > 0; at--) {
        const StackEvent *event = stack->events->pdata[at - 1];
        json_t *answer = NULL;

        if (!event_is_wanted(call, event))
            continue;
        answer = event_answer(stack, event);
        json_object_del(answer, "StackName");
        json_set_text(answer, "EventType",
                      g_str_has_suffix(event->status, "FAILED") ? "PROVISIONING_ERROR"
                      : strcmp(event->type, "AWS::CloudFormation::Stack") == 0 ? "STACK_EVENT"
                                                                               : "PROGRESS_EVENT");
        json_array_append_new(list, answer);
    }
    return json_pack("{s:o}", "OperationEvents", list);
}

static json_t *resource_answer(const Stack *stack, const StackResource *record, bool with_stack,
                               const char *time_member)
{
    json_t *answer = json_object();

    if (with_stack) {
        json_set_text(answer, "StackName", stack->name);
        json_set_text(answer, "StackId", stack->id);
    }
    json_set_text(answer, "LogicalResourceId", record->logical_id);
    json_set_text(answer, "PhysicalResourceId", record->physical_id);
    json_set_text(answer, "ResourceType", record->type);
    json_set_time(answer, time_member, record->updated_ms);
    json_set_text(answer, "ResourceStatus", record->status);
    json_set_text(answer, "ResourceStatusReason", record->reason);
    set_drift_information(answer, "StackResourceDriftStatus", record->drift_status,
                          record->drift_checked_ms);
    return answer;
}

json_t *cfn_describe_stack_resource(ApiCall *call)
{
    const Stack *stack = request_stack(call, true, "Stack '%s' does not exist");
    const char *logical_id = api_text(call, "LogicalResourceId");
    const StackResource *record = stack != NULL && logical_id != NULL
                                      ? g_hash_table_lookup(stack->resources, logical_id)
                                      : NULL;
    json_t *answer = NULL, *metadata = NULL;

    if (stack == NULL)
        return NULL;
    if (record == NULL)
        return api_fail(call, 400, "ValidationError", "Resource %s does not exist for stack %s",
                        logical_id, stack->name);
    answer = resource_answer(stack, record, true, "LastUpdatedTimestamp");
    metadata = json_object_get(record->definition, "Metadata");
    if (metadata != NULL) {
        g_autofree char *text = json_text(metadata, JSON_TEXT_COMPACT);

        json_set_text(answer, "Metadata", text);
    }
    return json_pack("{s:o}", "StackResourceDetail", answer);
}

static const Stack *stack_of_physical_id(Region *region, const char *physical_id)
{
    for (guint i = 0; i < region->stacks->len; i++) {
        Stack *stack = region->stacks->pdata[i];
        GHashTableIter iterator;
        void *record = NULL;

        g_hash_table_iter_init(&iterator, stack->resources);
        while (g_hash_table_iter_next(&iterator, NULL, &record)) {
            if (g_strcmp0(((StackResource *)record)->physical_id, physical_id) == 0)
                return stack;
        }
    }
    return NULL;
}

json_t *cfn_describe_stack_resources(ApiCall *call)
{
    const char *physical_id = api_text(call, "PhysicalResourceId");
    const char *logical_id = api_text(call, "LogicalResourceId");
    const Stack *stack = NULL;
    g_autoptr(GPtrArray) records = NULL;
    json_t *list = NULL;

    if (api_text(call, "StackName") == NULL && physical_id != NULL) {
        stack = stack_of_physical_id(call->region, physical_id);
        if (stack == NULL)
            return api_fail(call, 400, "ValidationError", "Stack for %s does not exist",
                            physical_id);
    } else {
        stack = request_stack(call, true, STACK_WITH_ID_MISSING);
    }
    if (stack == NULL)
        return NULL;
    list = json_array();
    records = stack_resources_sorted(stack);
    for (guint i = 0; i < records->len && i < PAGE_RESOURCES; i++) {
        const StackResource *record = records->pdata[i];

        if (logical_id == NULL || strcmp(record->logical_id, logical_id) == 0)
            json_array_append_new(list, resource_answer(stack, record, true, "Timestamp"));
    }
    return json_pack("{s:o}", "StackResources", list);
}

json_t *cfn_list_stack_resources(ApiCall *call)
{
    const Stack *stack = request_stack(call, true, STACK_WITH_ID_MISSING);
    g_autoptr(GPtrArray) records = NULL;
    json_t *answer = NULL, *list = NULL;
    uint64_t at = request_page_start(call);

    if (stack == NULL)
        return NULL;
    records = stack_resources_sorted(stack);
    answer = json_object();
    list = json_array();
    json_object_set_new(answer, "StackResourceSummaries", list);
    for (; at < records->len && json_array_size(list) < PAGE_RESOURCES; at++)
        json_array_append_new(
            list, resource_answer(stack, records->pdata[at], false, "LastUpdatedTimestamp"));
    if (at < records->len)
        request_set_next_token(answer, at);
    return answer;
}

json_t *cfn_list_exports(ApiCall *call)
{
    g_autoptr(GList) names =
        g_list_sort(g_hash_table_get_keys(call->region->exports), (GCompareFunc)strcmp);
    json_t *answer = json_object(), *list = json_array();
    uint64_t at = request_page_start(call), position = 0;

    json_object_set_new(answer, "Exports", list);
    for (GList *name = names; name != NULL; name = name->next, position++) {
        const Export *export = g_hash_table_lookup(call->region->exports, name->data);
        json_t *entry = NULL;

        if (position < at)
            continue;
        if (json_array_size(list) == PAGE_STACKS) {
            request_set_next_token(answer, position);
            break;
        }
        entry = json_object();
        json_set_text(entry, "ExportingStackId", export->stack->id);
        json_set_text(entry, "Name", export->name);
        json_set_text(entry, "Value", export->value);
        json_array_append_new(list, entry);
    }
    return answer;
}

json_t *cfn_list_imports(ApiCall *call)
{
    const char *name = api_text(call, "ExportName");
    const Export *export = name != NULL ? g_hash_table_lookup(call->region->exports, name) : NULL;
    GHashTableIter iterator;
    void *importer = NULL;
    json_t *list = NULL;

    if (export == NULL || g_hash_table_size(export->importers) == 0)
        return api_fail(call, 400, "ValidationError", "Export '%s' is not imported by any stack.",
                        name != NULL ? name : "");
    list = json_array();
    g_hash_table_iter_init(&iterator, export->importers);
    while (g_hash_table_iter_next(&iterator, &importer, NULL))
        json_array_append_new(list, json_string(((Stack *)importer)->name));
    return json_pack("{s:o}", "Imports", list);
}
