/* What is inside a stack: resources, and what happened to them. */
#include "reconcile/aws/cloud_formation_call.h"
#include <string.h>

#define EVENT_PAGES 20

void cloud_formation_event_free(CloudFormationEvent *event)
{
    if (!event)
        return;
    char *texts[] = {event->event_id, event->time,   event->logical_id, event->physical_id,
                     event->type,     event->status, event->reason,     event->client_token};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    json_decref(event->properties);
    g_free(event);
}

void cloud_formation_resource_free(CloudFormationResource *resource)
{
    if (!resource)
        return;
    char *texts[] = {resource->logical_id, resource->physical_id,   resource->type,
                     resource->status,     resource->status_reason, resource->drift_status};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(resource);
}

static void *read_event(const XmlNode *node)
{
    CloudFormationEvent *event = g_new0(CloudFormationEvent, 1);

    event->event_id = cloud_formation_text(node, "EventId");
    event->time = cloud_formation_text(node, "Timestamp");
    event->time_ms = cloud_formation_time(node, "Timestamp");
    event->logical_id = cloud_formation_text(node, "LogicalResourceId");
    event->physical_id = cloud_formation_text(node, "PhysicalResourceId");
    event->type = cloud_formation_text(node, "ResourceType");
    event->status = cloud_formation_text(node, "ResourceStatus");
    event->reason = cloud_formation_text(node, "ResourceStatusReason");
    event->client_token = cloud_formation_text(node, "ClientRequestToken");
    event->properties = cloud_formation_json(xml_text(node, "ResourceProperties"));
    return event;
}

typedef struct {
    const char *stack, *until_event_id;
    int64_t since_ms;
} EventRange;

static void fill_events(QueryForm *form, const void *data)
{
    query_form_add(form, "StackName", ((const EventRange *)data)->stack);
}

static bool is_in_range(const void *item, const void *data)
{
    const CloudFormationEvent *event = item;
    const EventRange *range = data;

    if (range->until_event_id && g_strcmp0(event->event_id, range->until_event_id) == 0)
        return false;
    return !range->since_ms || !event->time_ms || event->time_ms >= range->since_ms;
}

bool cloud_formation_describe_stack_events(AwsClient *client, const char *stack,
                                           const char *until_event_id, int64_t since_ms,
                                           unsigned max_pages, GPtrArray **ret, GError **error)
{
    const EventRange range = {stack, until_event_id, since_ms};
    const CloudFormationPages pages = {
        .action = "DescribeStackEvents",
        .list = "StackEvents",
        .fill = fill_events,
        .data = &range,
        .read = read_event,
        .item_free = (GDestroyNotify)cloud_formation_event_free,
        .keep = is_in_range,
        .max_pages = max_pages ? max_pages : EVENT_PAGES,
    };

    if (cloud_formation_pages(client, &pages, ret, error))
        return true;
    g_prefix_error(error, "describe the events of stack %s: ", stack);
    return false;
}

static void *read_resource(const XmlNode *node)
{
    CloudFormationResource *resource = g_new0(CloudFormationResource, 1);

    resource->logical_id = cloud_formation_text(node, "LogicalResourceId");
    resource->physical_id = cloud_formation_text(node, "PhysicalResourceId");
    resource->type = cloud_formation_text(node, "ResourceType");
    resource->status = cloud_formation_text(node, "ResourceStatus");
    resource->status_reason = cloud_formation_text(node, "ResourceStatusReason");
    resource->drift_status =
        cloud_formation_text(node, "DriftInformation/StackResourceDriftStatus");
    resource->updated_ms = cloud_formation_time(node, "LastUpdatedTimestamp");
    if (!resource->updated_ms)
        resource->updated_ms = cloud_formation_time(node, "Timestamp");
    return resource;
}

static void fill_stack(QueryForm *form, const void *stack)
{
    query_form_add(form, "StackName", stack);
}

bool cloud_formation_list_stack_resources(AwsClient *client, const char *stack, GPtrArray **ret,
                                          GError **error)
{
    const CloudFormationPages pages = {
        .action = "ListStackResources",
        .list = "StackResourceSummaries",
        .fill = fill_stack,
        .data = stack,
        .read = read_resource,
        .item_free = (GDestroyNotify)cloud_formation_resource_free,
    };

    if (cloud_formation_pages(client, &pages, ret, error))
        return true;
    g_prefix_error(error, "list the resources of stack %s: ", stack);
    return false;
}

bool cloud_formation_describe_stack_resource(AwsClient *client, const char *stack,
                                             const char *logical_id, CloudFormationResource **ret,
                                             GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DescribeStackResources");
    g_autoptr(XmlDocument) answer = NULL;
    g_autoptr(GError) failure = NULL;
    const XmlNode *list;

    query_form_add(form, "StackName", stack);
    query_form_add(form, "LogicalResourceId", logical_id);
    if (!cloud_formation_call(client, form, &answer, &failure)) {
        if (aws_error_is(failure, "ValidationError") &&
            strstr(aws_error_message(failure), "does not exist")) {
            *ret = NULL;
            return true;
        }
        g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                   "describe resource %s of stack %s: ", logical_id, stack);
        return false;
    }
    *ret = NULL;
    list = xml_find(query_result(answer), "StackResources");
    for (const XmlNode *node = list ? list->first_child : NULL; node; node = node->next) {
        if (g_strcmp0(xml_text(node, "LogicalResourceId"), logical_id) == 0) {
            *ret = read_resource(node);
            break;
        }
    }
    return true;
}
