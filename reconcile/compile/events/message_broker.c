#include "reconcile/compile/events/message_broker.h"
#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/javascript.h"

/* Keeps logical ids below CloudFormation's 255 characters. */
enum { QUEUE_ID_MAX_LENGTH = 150 };

/* What the queues of one function ask of its role. */
typedef struct {
    const Function *function; /* NULL at first */
    json_t *secrets, *brokers;
} BrokerStatements;

static void start_function(Compilation *compilation, BrokerStatements *statements,
                           const Function *function)
{
    if (statements->function) {
        bool used = json_array_size(json_object_get(statements->brokers, "Resource")) > 0;

        add_statement_in_use(compilation, statements->secrets);
        add_statement_in_use(compilation, statements->brokers);
        if (used)
            compilation_add_iam_statement(compilation, network_interface_statement());
    }
    statements->function = function;
    statements->secrets = function ? allow_statement_new("secretsmanager:GetSecretValue") : NULL;
    statements->brokers = function ? allow_statement_new("mq:DescribeBroker") : NULL;
}

static json_t *access_configurations(json_t *event)
{
    json_t *host = json_object_get(event, "virtualHost");
    json_t *list = json_pack("[{s:s,s:O}]", "Type", "BASIC_AUTH", "URI",
                             json_object_get(event, "basicAuthArn"));

    if (js_is_truthy(host))
        json_array_append_new(list, json_pack("{s:s,s:O}", "Type", "VIRTUAL_HOST", "URI", host));
    return list;
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, const char *type,
                          const char *id_part, BrokerStatements *statements)
{
    json_t *event = cursor->event;
    json_t *arn = json_object_get(event, "arn");
    json_t *secret = json_object_get(event, "basicAuthArn");
    const char *queue = property_string(event, "queue");
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *name = queue ? naming_alphanumeric(queue) : NULL;
    g_autofree char *id = NULL;
    json_t *properties;

    if (!queue || !js_is_truthy(arn) || !js_is_truthy(secret)) {
        event_error(compilation, cursor, type, NULL, "Add arn, basicAuthArn and queue",
                    "%s event of function \"%s\" lacks arn, basicAuthArn or queue", type,
                    cursor->function->key);
        return;
    }
    id =
        g_strdup_printf("%sEventSourceMapping%s%.*s", function, id_part, QUEUE_ID_MAX_LENGTH, name);
    properties = json_pack("{s:O,s:[s],s:o}", "EventSourceArn", arn, "Queues", queue,
                           "SourceAccessConfigurations", access_configurations(event));
    event_source_mapping_set_batching(properties, event);
    event_source_mapping_add(compilation, cursor->function, id, properties);
    statement_append(statements->brokers, arn);
    statement_append(statements->secrets, secret);
}

void message_broker_compile(Compilation *compilation, const char *type, const char *id_part)
{
    BrokerStatements statements = {0};
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, type, &cursor)) {
        if (cursor.function != statements.function)
            start_function(compilation, &statements, cursor.function);
        compile_event(compilation, &cursor, type, id_part, &statements);
    }
    start_function(compilation, &statements, NULL);
}
