#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* The queue's name as far as its ARN tells it; it only has to make a logical id. NULL when it does
 * not tell (Ref and Fn::Sub, which the framework cannot read either). */
static const char *queue_name(json_t *arn)
{
    const char *text = json_string_value(arn);
    json_t *part = json_array_get(json_object_get(arn, "Fn::GetAtt"), 0);
    json_t *joined = json_array_get(json_object_get(arn, "Fn::Join"), 1);

    if (text)
        return strrchr(text, ':') ? strrchr(text, ':') + 1 : text;
    if (!part)
        part = json_object_get(arn, "Fn::ImportValue");
    if (!part && json_array_size(joined) > 0)
        part = json_array_get(joined, json_array_size(joined) - 1);
    return json_string_value(part);
}

static json_t *mapping_properties(json_t *event, json_t *arn)
{
    json_t *response = json_object_get(event, "functionResponseType");
    json_t *concurrency = json_object_get(event, "maximumConcurrency");
    json_t *filters = filter_criteria(json_object_get(event, "filterPatterns"));
    json_t *properties =
        json_pack("{s:i,s:O,s:b}", "BatchSize", 10, "EventSourceArn", arn, "Enabled", true);

    property_copy_truthy(properties, "BatchSize", event, "batchSize");
    property_copy(properties, "MaximumBatchingWindowInSeconds", event, "maximumBatchingWindow");
    property_copy(properties, "Enabled", event, "enabled");
    if (js_is_present(response))
        json_object_set_new(properties, "FunctionResponseTypes", json_pack("[O]", response));
    if (filters)
        json_object_set_new(properties, "FilterCriteria", filters);
    if (js_is_truthy(concurrency))
        json_object_set_new(properties, "ScalingConfig",
                            json_pack("{s:O}", "MaximumConcurrency", concurrency));
    return properties;
}

void sqs_compile(Compilation *compilation)
{
    json_t *statement =
        allow_statement_new("sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes");
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "sqs", &cursor)) {
        json_t *arn =
            json_is_object(cursor.event) ? json_object_get(cursor.event, "arn") : cursor.event;
        const char *name = queue_name(arn);
        g_autofree char *function = naming_normalize(cursor.function->key);
        g_autofree char *queue = name ? naming_alphanumeric(name) : NULL;
        g_autofree char *id = g_strconcat(function, "EventSourceMappingSQS", queue, NULL);

        if (!queue) {
            event_error(compilation, &cursor, "sqs", NULL,
                        "Write the ARN as text or as Fn::GetAtt, Fn::ImportValue or Fn::Join that "
                        "ends in the queue's name",
                        "sqs event of function \"%s\": its ARN does not tell the queue's name",
                        cursor.function->key);
            continue;
        }
        event_source_mapping_add(compilation, cursor.function, id,
                                 mapping_properties(cursor.event, arn));
        statement_append(statement, arn);
    }
    add_statement_in_use(compilation, statement);
}
