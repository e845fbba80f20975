#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* What the streams of one function ask of its role, in the framework's order. */
typedef enum {
    READ_DYNAMODB,
    READ_KINESIS,
    READ_KINESIS_BY_CONSUMER,
    SUBSCRIBE,
    FAILURE_TO_SNS,
    FAILURE_TO_SQS,
    STATEMENT_COUNT,
} StatementKind;

static const char *const statement_actions[STATEMENT_COUNT] = {
    [READ_DYNAMODB] = "dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:DescribeStream "
                      "dynamodb:ListStreams",
    [READ_KINESIS] = "kinesis:GetRecords kinesis:GetShardIterator kinesis:DescribeStream "
                     "kinesis:ListStreams",
    [READ_KINESIS_BY_CONSUMER] = "kinesis:GetRecords kinesis:GetShardIterator "
                                 "kinesis:DescribeStreamSummary kinesis:ListShards",
    [SUBSCRIBE] = "kinesis:SubscribeToShard",
    [FAILURE_TO_SNS] = "sns:Publish",
    [FAILURE_TO_SQS] = "sqs:ListQueues sqs:SendMessage",
};

typedef struct {
    Compilation *compilation;
    Function *function; /* whose statements these are; NULL at first */
    json_t *statements[STATEMENT_COUNT];
} Streams;

/* The stream's name as far as its ARN tells it. (transfer full) NULL when it does not. */
static char *stream_name(json_t *arn)
{
    const char *text = json_string_value(arn);
    json_t *part = json_array_get(json_object_get(arn, "Fn::GetAtt"), 0);
    json_t *joined = json_array_get(json_object_get(arn, "Fn::Join"), 1);

    if (text) {
        g_auto(GStrv) segments = g_strsplit(text, "/", 3);

        return segments[0] ? g_strdup(segments[1]) : NULL;
    }
    if (!part)
        part = json_object_get(arn, "Fn::ImportValue");
    if (!part)
        part = json_object_get(arn, "Ref");
    if (!part && json_array_size(joined) > 0) {
        text = json_string_value(json_array_get(joined, json_array_size(joined) - 1));
        return text && strrchr(text, '/') ? g_strdup(strrchr(text, '/') + 1) : g_strdup(text);
    }
    return g_strdup(json_string_value(part));
}

/* `type` of the event or of a destination, or the service in its ARN. (transfer full) NULL when
 * neither says it. */
static char *service_of(json_t *object, json_t *arn)
{
    const char *type = property_string(object, "type");
    g_auto(GStrv) parts = NULL;

    if (type)
        return g_strdup(type);
    if (!json_is_string(arn))
        return NULL;
    parts = g_strsplit(json_string_value(arn), ":", 4);
    return g_strv_length(parts) > 2 ? g_strdup(parts[2]) : NULL;
}

static void start_function(Streams *streams, Function *function)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (streams->function)
            add_statement_in_use(streams->compilation, streams->statements[i]);
        streams->statements[i] = function ? allow_statement_new(statement_actions[i]) : NULL;
    }
    streams->function = function;
}

static json_t *mapping_properties(json_t *event, json_t *arn)
{
    json_t *response = json_object_get(event, "functionResponseType");
    json_t *filters = filter_criteria(json_object_get(event, "filterPatterns"));
    json_t *properties = json_pack("{s:i,s:b,s:O,s:s}", "BatchSize", 10, "Enabled", true,
                                   "EventSourceArn", arn, "StartingPosition", "TRIM_HORIZON");

    property_copy_truthy(properties, "BatchSize", event, "batchSize");
    property_copy(properties, "Enabled", event, "enabled");
    property_copy_truthy(properties, "ParallelizationFactor", event, "parallelizationFactor");
    property_copy_truthy(properties, "StartingPosition", event, "startingPosition");
    property_copy(properties, "MaximumBatchingWindowInSeconds", event, "batchWindow");
    property_copy(properties, "MaximumRetryAttempts", event, "maximumRetryAttempts");
    property_copy(properties, "BisectBatchOnFunctionError", event, "bisectBatchOnFunctionError");
    property_copy_truthy(properties, "MaximumRecordAgeInSeconds", event,
                         "maximumRecordAgeInSeconds");
    property_copy(properties, "TumblingWindowInSeconds", event, "tumblingWindowInSeconds");
    if (js_is_present(response))
        json_object_set_new(properties, "FunctionResponseTypes", json_pack("[O]", response));
    if (filters)
        json_object_set_new(properties, "FilterCriteria", filters);
    return properties;
}

static void set_failure_destination(Streams *streams, const EventCursor *cursor, json_t *properties)
{
    json_t *on_failure =
        json_object_get(json_object_get(cursor->event, "destinations"), "onFailure");
    json_t *arn = json_is_object(on_failure) ? json_object_get(on_failure, "arn") : on_failure;
    g_autofree char *service = arn ? service_of(on_failure, arn) : NULL;

    if (!js_is_truthy(json_object_get(cursor->event, "destinations")))
        return;
    if (!service) {
        event_error(streams->compilation, cursor, "stream", "/destinations",
                    "Give onFailure an ARN, and a type (sns, sqs) where the ARN is no plain text",
                    "stream event of function \"%s\": onFailure does not tell whether it is a "
                    "topic or a queue",
                    cursor->function->key);
        return;
    }
    statement_append(
        streams->statements[strcmp(service, "sns") == 0 ? FAILURE_TO_SNS : FAILURE_TO_SQS], arn);
    json_object_set_new(properties, "DestinationConfig",
                        json_pack("{s:{s:O}}", "OnFailure", "Destination", arn));
}

static char *consumer_name(Compilation *compilation, const Function *function, const char *stream)
{
    bool specific = js_is_truthy(pointer_get(compilation->provider, "/kinesis/consumerNamingMode"));

    return g_strconcat(function->key, stream, specific ? compilation->service : "",
                       specific ? compilation->stage : "", "Consumer", NULL);
}

/* A consumer of its own reads with its own throughput; `consumer` is true (made here) or the ARN of
 * one that exists. The framework passes the timestamp of AT_TIMESTAMP on only here. */
static void read_by_consumer(Streams *streams, const EventCursor *cursor, const char *stream,
                             json_t *arn, json_t *mapping)
{
    json_t *consumer = json_object_get(cursor->event, "consumer");
    json_t *properties = json_object_get(mapping, "Properties");

    if (json_is_true(consumer)) {
        g_autofree char *name = consumer_name(streams->compilation, cursor->function, stream);
        g_autofree char *normalized = naming_normalize(name);
        g_autofree char *id = g_strconcat(normalized, "StreamConsumer", NULL);

        compilation_add_resource(streams->compilation, id, "AWS::Kinesis::StreamConsumer",
                                 json_pack("{s:O,s:s}", "StreamARN", arn, "ConsumerName", name));
        resource_depend_on(mapping, id);
        json_object_set_new(properties, "EventSourceArn", json_ref(id));
    } else {
        json_object_set(properties, "EventSourceArn", consumer);
    }
    statement_append(streams->statements[SUBSCRIBE], json_object_get(properties, "EventSourceArn"));
    event_source_mapping_set_position(streams->compilation, cursor, "stream", properties);
}

static void compile_stream(Streams *streams, const EventCursor *cursor)
{
    json_t *event = cursor->event;
    json_t *arn = json_is_object(event) ? json_object_get(event, "arn") : event;
    g_autofree char *name = stream_name(arn);
    g_autofree char *type = service_of(event, arn);
    bool consumer = js_is_truthy(json_object_get(event, "consumer"));
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *stream = name ? naming_alphanumeric(name) : NULL;
    json_t *properties;
    json_t *mapping;

    if (!name || !type) {
        event_error(streams->compilation, cursor, "stream", NULL,
                    "Write the ARN as text, or as Fn::GetAtt, Fn::ImportValue, Ref or Fn::Join "
                    "beside a type (dynamodb, kinesis)",
                    "stream event of function \"%s\": its ARN does not tell the stream's %s",
                    cursor->function->key, name ? "type" : "name");
        return;
    }
    properties = mapping_properties(event, arn);
    set_failure_destination(streams, cursor, properties);
    type[0] = g_ascii_toupper(type[0]);
    {
        g_autofree char *id = g_strconcat(function, "EventSourceMapping", type, stream, NULL);

        mapping = event_source_mapping_add(streams->compilation, cursor->function, id, properties);
    }
    statement_append(streams->statements[strcmp(type, "Dynamodb") == 0 ? READ_DYNAMODB
                                         : consumer                    ? READ_KINESIS_BY_CONSUMER
                                                                       : READ_KINESIS],
                     arn);
    if (consumer && strcmp(type, "Kinesis") == 0)
        read_by_consumer(streams, cursor, name, arn, mapping);
}

void stream_compile(Compilation *compilation)
{
    Streams streams = {.compilation = compilation};
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "stream", &cursor)) {
        if (cursor.function != streams.function)
            start_function(&streams, cursor.function);
        compile_stream(&streams, &cursor);
    }
    start_function(&streams, NULL);
}
