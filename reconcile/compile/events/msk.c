#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* Keeps logical ids below CloudFormation's 255 characters. */
enum { ID_PART_MAX_LENGTH = 79 };

/* The cluster's name as far as its ARN tells it. (transfer full) NULL when it does not. */
static char *cluster_name(json_t *arn)
{
    const char *text = json_string_value(arn);
    json_t *part = json_object_get(arn, "Fn::ImportValue");
    g_auto(GStrv) segments = text ? g_strsplit(text, "/", 3) : NULL;

    if (segments)
        return segments[0] ? g_strdup(segments[1]) : NULL;
    if (!part)
        part = json_object_get(arn, "Ref");
    return g_strdup(json_string_value(part));
}

static json_t *poller_config(json_t *written)
{
    json_t *config = json_object();

    property_copy(config, "MinimumPollers", written, "minimumPollers");
    property_copy(config, "MaximumPollers", written, "maximumPollers");
    return config;
}

static json_t *mapping_properties(json_t *event, json_t *arn, const char *topic)
{
    json_t *group = json_object_get(event, "consumerGroupId");
    json_t *secret = json_object_get(event, "saslScram512");
    json_t *pollers = json_object_get(event, "provisionedPollerConfig");
    json_t *properties = json_pack("{s:O,s:[s]}", "EventSourceArn", arn, "Topics", topic);

    event_source_mapping_set_batching(properties, event);
    if (js_is_truthy(group))
        json_object_set_new(properties, "AmazonManagedKafkaEventSourceConfig",
                            json_pack("{s:O}", "ConsumerGroupId", group));
    if (js_is_present(secret))
        json_object_set_new(properties, "SourceAccessConfigurations",
                            json_pack("[{s:s,s:O}]", "Type", "SASL_SCRAM_512_AUTH", "URI", secret));
    if (js_is_truthy(pollers))
        json_object_set_new(properties, "ProvisionedPollerConfig", poller_config(pollers));
    return properties;
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, json_t *statement)
{
    json_t *arn = json_object_get(cursor->event, "arn");
    const char *topic = property_string(cursor->event, "topic");
    g_autofree char *cluster = cluster_name(arn);
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *cluster_part = cluster ? naming_alphanumeric(cluster) : NULL;
    g_autofree char *topic_part = topic ? naming_alphanumeric(topic) : NULL;
    g_autofree char *id = NULL;
    json_t *properties;

    if (!cluster || !topic) {
        event_error(compilation, cursor, "msk", NULL,
                    "Add topic, and write the ARN as text, Ref or Fn::ImportValue",
                    "msk event of function \"%s\" does not tell its %s", cursor->function->key,
                    topic ? "cluster" : "topic");
        return;
    }
    id = g_strdup_printf("%sEventSourceMappingMSK%.*s%.*s", function, ID_PART_MAX_LENGTH,
                         cluster_part, ID_PART_MAX_LENGTH, topic_part);
    properties = mapping_properties(cursor->event, arn, topic);
    if (!event_source_mapping_set_position(compilation, cursor, "msk", properties)) {
        json_decref(properties);
        return;
    }
    event_source_mapping_add(compilation, cursor->function, id, properties);
    statement_append(statement, arn);
}

static void add_statements(Compilation *compilation, json_t *statement_new)
{
    bool used = json_array_size(json_object_get(statement_new, "Resource")) > 0;

    add_statement_in_use(compilation, statement_new);
    if (used)
        compilation_add_iam_statement(compilation, network_interface_statement());
}

void msk_compile(Compilation *compilation)
{
    const Function *function = NULL;
    json_t *statement = NULL;
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "msk", &cursor)) {
        if (cursor.function != function) {
            if (function)
                add_statements(compilation, statement);
            statement = allow_statement_new("kafka:DescribeCluster kafka:GetBootstrapBrokers");
            function = cursor.function;
        }
        compile_event(compilation, &cursor, statement);
    }
    if (function)
        add_statements(compilation, statement);
}
