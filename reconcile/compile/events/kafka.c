#include "reconcile/compile/events/event_source_mapping.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* Keeps logical ids below CloudFormation's 255 characters. */
enum { TOPIC_ID_MAX_LENGTH = 158 };

/* How a cluster outside MSK is reached: by addresses in a VPC or with secrets. */
static const struct {
    const char *key, *type, *prefix;
    bool secret;
} access_kinds[] = {
    {"vpcSubnet", "VPC_SUBNET", "subnet:", false},
    {"vpcSecurityGroup", "VPC_SECURITY_GROUP", "security_group:", false},
    {"saslPlainAuth", "BASIC_AUTH", "", true},
    {"saslScram256Auth", "SASL_SCRAM_256_AUTH", "", true},
    {"saslScram512Auth", "SASL_SCRAM_512_AUTH", "", true},
    {"clientCertificateTlsAuth", "CLIENT_CERTIFICATE_TLS_AUTH", "", true},
    {"serverRootCaCertificate", "SERVER_ROOT_CA_CERTIFICATE", "", true},
};

/* What the topics of one function ask of its role. */
typedef struct {
    const Function *function; /* NULL at first */
    json_t *secrets;
    bool uses_vpc;
} KafkaStatements;

static void start_function(Compilation *compilation, KafkaStatements *statements,
                           const Function *function)
{
    if (statements->function) {
        add_statement_in_use(compilation, statements->secrets);
        if (statements->uses_vpc)
            compilation_add_iam_statement(compilation, network_interface_statement());
    }
    *statements = (KafkaStatements){
        .function = function,
        .secrets = function ? allow_statement_new("secretsmanager:GetSecretValue") : NULL,
    };
}

/* Values of one kind, each an entry of its own. */
static void append_accesses(KafkaStatements *statements, json_t *list, const char *key,
                            json_t *values)
{
    json_t *value;
    size_t kind = 0;
    size_t i;

    while (kind < G_N_ELEMENTS(access_kinds) && strcmp(access_kinds[kind].key, key) != 0)
        kind++;
    if (kind == G_N_ELEMENTS(access_kinds))
        return;
    json_array_foreach(values, i, value)
    {
        if (!json_is_string(value))
            continue;
        if (access_kinds[kind].secret)
            statement_append(statements->secrets, value);
        else
            statements->uses_vpc = true;
        json_array_append_new(list, json_pack("{s:s,s:s+}", "Type", access_kinds[kind].type, "URI",
                                              access_kinds[kind].prefix, json_string_value(value)));
    }
}

static json_t *access_configurations(KafkaStatements *statements, json_t *accesses)
{
    json_t *list = json_array();
    const char *key;
    json_t *values;

    json_object_foreach(accesses, key, values)
    {
        json_t *all = json_is_array(values) ? json_incref(values) : json_pack("[O]", values);

        append_accesses(statements, list, key, all);
        json_decref(all);
    }
    return list;
}

static bool is_complete(Compilation *compilation, const EventCursor *cursor)
{
    json_t *accesses = json_object_get(cursor->event, "accessConfigurations");
    bool group = js_is_truthy(json_object_get(accesses, "vpcSecurityGroup"));
    bool subnet = js_is_truthy(json_object_get(accesses, "vpcSubnet"));

    if (!property_string(cursor->event, "topic") || !json_is_object(accesses) ||
        !js_is_truthy(json_object_get(cursor->event, "bootstrapServers")))
        event_error(compilation, cursor, "kafka", NULL,
                    "Add topic, bootstrapServers and accessConfigurations",
                    "kafka event of function \"%s\" lacks topic, bootstrapServers or "
                    "accessConfigurations",
                    cursor->function->key);
    else if (group != subnet)
        event_error(compilation, cursor, "kafka", "/accessConfigurations",
                    "Give both, or neither for a cluster outside a VPC",
                    "kafka event of function \"%s\" has %s but no %s", cursor->function->key,
                    group ? "vpcSecurityGroup" : "vpcSubnet",
                    group ? "vpcSubnet" : "vpcSecurityGroup");
    else
        return true;
    return false;
}

static json_t *mapping_properties(KafkaStatements *statements, json_t *event)
{
    json_t *group = json_object_get(event, "consumerGroupId");
    json_t *on_failure = json_object_get(event, "onFailureDestination");
    json_t *pollers = json_object_get(event, "provisionedPollerConfig");
    json_t *properties = json_pack(
        "{s:{s:{s:O}},s:[O],s:o}", "SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers",
        json_object_get(event, "bootstrapServers"), "Topics", json_object_get(event, "topic"),
        "SourceAccessConfigurations",
        access_configurations(statements, json_object_get(event, "accessConfigurations")));

    event_source_mapping_set_batching(properties, event);
    if (js_is_truthy(group))
        json_object_set_new(properties, "SelfManagedKafkaEventSourceConfig",
                            json_pack("{s:O}", "ConsumerGroupId", group));
    if (js_is_truthy(on_failure))
        json_object_set_new(properties, "DestinationConfig",
                            json_pack("{s:{s:O}}", "OnFailure", "Destination", on_failure));
    if (js_is_truthy(pollers)) {
        json_t *config = json_object();

        property_copy(config, "MinimumPollers", pollers, "minimumPollers");
        property_copy(config, "MaximumPollers", pollers, "maximumPollers");
        json_object_set_new(properties, "ProvisionedPollerConfig", config);
    }
    return properties;
}

static void compile_event(Compilation *compilation, const EventCursor *cursor,
                          KafkaStatements *statements)
{
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *topic = NULL;
    g_autofree char *id = NULL;
    json_t *properties;

    if (!is_complete(compilation, cursor))
        return;
    topic = naming_alphanumeric(property_string(cursor->event, "topic"));
    id = g_strdup_printf("%sEventSourceMappingKafka%.*s", function, TOPIC_ID_MAX_LENGTH, topic);
    properties = mapping_properties(statements, cursor->event);
    if (event_source_mapping_set_position(compilation, cursor, "kafka", properties))
        event_source_mapping_add(compilation, cursor->function, id, properties);
    else
        json_decref(properties);
}

void kafka_compile(Compilation *compilation)
{
    KafkaStatements statements = {0};
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "kafka", &cursor)) {
        if (cursor.function != statements.function)
            start_function(compilation, &statements, cursor.function);
        compile_event(compilation, &cursor, &statements);
    }
    start_function(compilation, &statements, NULL);
}
