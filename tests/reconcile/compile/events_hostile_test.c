/* Validation may only warn, so events of any shape reach the compiler: none may crash it, and none
 * may leave half a resource. */
#include "tests/reconcile/compile/events_fixture.h"

static const char *const provider =
    "{logs: {restApi: {roleManagedExternally: true}, httpApi: {format: f}, websocket: {level: "
    "INFO}}, tags: {k: t}, "
    "s3: {inbox: {name: shop-inbox}}, alb: {authorizers: {co: {type: cognito}}, targetGroupPrefix: "
    "p}, "
    "cloudFront: {cachePolicies: {pol: {MinTTL: 1}}}, endpointType: private, vpcEndpointIds: [v], "
    "httpApi: {cors: {allowedOrigins: [a], maxAge: 1}, authorizers: {jwt: {identitySource: i, "
    "issuerUrl: u, "
    "audience: [x]}, check: {type: request, functionName: a}}}, "
    "apiGateway: {apiKeys: [k, {free: [f, {name: n}]}], usagePlan: [{free: {quota: {limit: 1}, "
    "throttle: {rateLimit: "
    "1}}}], request: {schemas: {m: {schema: {}}}}, binaryMediaTypes: [b], endpoint: {accessMode: "
    "s}, resourcePolicy: "
    "[{Effect: Allow}]}}";

static const struct {
    const char *type, *event;
} events[] = {
    {"schedule",
     "{rate: [r1, r2], method: scheduler, input: {body: '1'}, timezone: UTC, roleArn: r}"},
    {"schedule", "{rate: r, name: n, inputTransformer: {inputTemplate: t, inputPathsMap: {a: b}}, "
                 "enabled: false}"},
    {"s3", "{bucket: inbox, event: e, rules: [{prefix: p}, {suffix: s}]}"},
    {"http",
     "{path: 'x/{id}', method: get, cors: {origins: [a, b], headers: [h], methods: [GET], maxAge: "
     "1}, "
     "integration: lambda, request: {parameters: {paths: {id: true}, headers: {h: {required: true, "
     "mappedValue: "
     "m}}}, template: {a/b: c}, schemas: {a/b: m, c/d: {schema: {}, name: n}}}, response: "
     "{headers: {h: v}, "
     "template: t, statusCodes: {'201': {pattern: p, headers: {a: b}, template: {a/b: c}}}}}"},
    {"http", "{path: x, method: get, authorizer: {arn: 'arn:aws:cognito-idp:r:1:x', type: token, "
             "scopes: [s], "
             "identitySource: i, resultTtlInSeconds: 1, name: n}, private: true, operationId: o}"},
    {"http",
     "{path: x, method: get, integration: http, connectionType: vpc-link, connectionId: c, "
     "request: {uri: u, "
     "method: put}, cors: {origin: 'a, b'}, response: {statusCodes: {'200': {pattern: ''}}}}"},
    {"http", "{path: x, method: post, authorizer: {name: a}, response: {transferMode: stream}}"},
    {"websocket",
     "{route: r, authorizer: {arn: 'arn:aws:lambda:r:1:function:f', name: n, identitySource: [i]}, "
     "routeResponseSelectionExpression: $default}"},
    {"websocket", "{route: r, authorizer: a}"},
    {"sns", "{topicName: t, displayName: d, filterPolicy: {a: [b]}, redrivePolicy: "
            "{deadLetterTargetImport: {arn: a, "
            "url: u}}}"},
    {"sns", "{arn: 'arn:aws:sns:eu-west-1:1:t', redrivePolicy: {deadLetterTargetArn: "
            "'arn:aws:sqs:r:1:q'}}"},
    {"stream",
     "{arn: {'Fn::Join': [':', [a, stream/s]]}, type: kinesis, consumer: true, startingPosition: "
     "AT_TIMESTAMP, startingPositionTimestamp: 1, destinations: {onFailure: {arn: a, type: sns}}, "
     "filterPatterns: [{a: b}]}"},
    {"stream", "{arn: {'Fn::GetAtt': [T, StreamArn]}, type: dynamodb}"},
    {"kafka", "{accessConfigurations: {vpcSubnet: [s], vpcSecurityGroup: [g], saslPlainAuth: [p]}, "
              "bootstrapServers: "
              "[b], topic: t, provisionedPollerConfig: {minimumPollers: 1}, consumerGroupId: g}"},
    {"activemq", "{arn: a, basicAuthArn: b, queue: q, filterPatterns: [{a: b}]}"},
    {"rabbitmq", "{arn: a, basicAuthArn: b, queue: q, virtualHost: v}"},
    {"msk",
     "{arn: 'arn:aws:kafka:r:1:cluster/c/u', topic: t, saslScram512: s, provisionedPollerConfig: "
     "{maximumPollers: 1}}"},
    {"alb",
     "{listenerArn: {Ref: L}, priority: 1, conditions: {path: [p], host: [h], header: [{name: n, "
     "values: [v]}], "
     "query: {a: b}, ip: [i]}, authorizer: [co], healthCheck: {path: p, matcher: {httpCode: c}}}"},
    {"alb", "{listenerArn: 'arn:aws:elasticloadbalancing:r:1:listener/app/b/1/2', priority: 1, "
            "conditions: {path: p}}"},
    {"alexaSkill", "{appId: i, enabled: false}"},
    {"alexaSmartHome", "{appId: i}"},
    {"iot", "{sql: s, name: n, description: d, sqlVersion: beta}"},
    {"iotFleetProvisioning", "{templateBody: {a: b}, provisioningRoleArn: r, templateName: n}"},
    {"cloudwatchEvent", "{event: {source: [s]}, input: {a: b}, name: n}"},
    {"cloudwatchEvent", "{event: {source: [s]}, inputTransformer: {inputTemplate: t}}"},
    {"cloudwatchLog", "{logGroup: g, filter: '\\\"f\\\"'}"},
    {"cognitoUserPool", "{pool: p, trigger: CustomEmailSender, kmsKeyId: k}"},
    {"eventBridge", "{eventBus: b, pattern: {source: [s]}, retryPolicy: {maximumEventAge: 1}, "
                    "deadLetterQueueArn: q, "
                    "inputTransformer: {inputTemplate: t}}"},
    {"sqs", "{arn: {'Fn::Join': [':', [a, b]]}, filterPatterns: [{a: b}], maximumConcurrency: 2}"},
    {"cloudFront", "{eventType: e, origin: {DomainName: d, S3OriginConfig: {}}, behavior: "
                   "{AllowedMethods: [GET]}, "
                   "pathPattern: p, cachePolicy: {name: pol}, isDefaultOrigin: true}"},
    {"cloudFront", "{eventType: e, origin: 'https://example.com/p'}"},
    {"httpApi", "{method: get, path: /x, authorizer: {name: jwt, scopes: [s]}}"},
    {"httpApi", "{method: get, path: /x, authorizer: check}"},
};

enum { REPLACEMENTS = 9 };

static json_t *replacement(size_t which)
{
    switch (which) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_integer(-7);
    case 3:
        return json_string("");
    case 4:
        return json_string(":/-{}$*\\\"");
    case 5:
        return json_array();
    case 6:
        return json_pack("[i]", 1);
    case 7:
        return json_object();
    default:
        return json_pack("{s:{s:i}}", "a", "b", 1);
    }
}

static void expect_whole_resources(const Outcome *outcome, const char *type, json_t *event)
{
    const char *id;
    json_t *resource;

    json_object_foreach(outcome->compilation.resources, id, resource)
    {
        g_autofree char *text = json_text(event, JSON_TEXT_COMPACT);

        cr_expect(json_is_object(json_object_get(resource, "Properties")),
                  "%s has no properties, made of %s %s", id, type, text);
    }
}

/* Compiles with one event in place of the fixture's. */
static void compile_with(const EventType *type, json_t *event)
{
    g_autofree char *text = json_text(event, JSON_TEXT_COMPACT);
    g_autofree char *yaml =
        g_strdup_printf("provider: %s\nfunctions: {a: {events: [{%s: %s}, {%s: %s}]}}", provider,
                        type->type, text, type->type, text);
    g_auto(Outcome) outcome = compile_events_of(type->compile, yaml);

    expect_whole_resources(&outcome, type->type, event);
}

/* Every value in `node`, at any depth, is replaced by everything else in turn. */
static void mutate(const EventType *type, json_t *event, json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;

    for (i = 0; i < json_array_size(node); i++) {
        value = json_incref(json_array_get(node, i));
        for (size_t which = 0; which < REPLACEMENTS; which++) {
            json_array_set_new(node, i, replacement(which));
            compile_with(type, event);
        }
        json_array_set(node, i, value);
        mutate(type, event, value);
        json_decref(value);
    }
    json_object_foreach(node, key, value)
    {
        json_incref(value);
        for (size_t which = 0; which < REPLACEMENTS; which++) {
            json_object_set_new(node, key, replacement(which));
            compile_with(type, event);
        }
        json_object_set(node, key, value);
        mutate(type, event, value);
        json_decref(value);
    }
}

static json_t *read_event(const char *yaml)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document =
        document_parse("event", yaml, strlen(yaml), DOCUMENT_YAML, problems);

    cr_assert(document, "the test's own YAML does not parse: %s", yaml);
    return json_deep_copy(document_root(document));
}

static const EventType *type_named(const char *name)
{
    const EventType *type = event_types;

    while (type->type && strcmp(type->type, name) != 0)
        type++;
    cr_assert(type->type, "there is no event type %s", name);
    return type;
}

Test(events_hostile, no_value_in_the_wrong_place_crashes_an_event_type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        const EventType *type = type_named(events[i].type);
        json_t *event = read_event(events[i].event);

        for (size_t which = 0; which < REPLACEMENTS; which++) {
            json_t *other = replacement(which);

            compile_with(type, other);
            json_decref(other);
        }
        compile_with(type, event);
        mutate(type, event, event);
        json_decref(event);
    }
}

static void mutate_provider(json_t *root, json_t *node)
{
    const char *key;
    json_t *value;

    json_object_foreach(node, key, value)
    {
        json_incref(value);
        for (size_t which = 0; which < REPLACEMENTS; which++) {
            static const char *const types[] = {"http", "httpApi",    "websocket", "s3",
                                                "alb",  "cloudFront", "stream"};
            static const char *const written[] = {
                "{path: x, method: get, cors: true, private: true, request: {schemas: {a/b: m}}}",
                "{method: get, path: /x, authorizer: jwt}",
                "r",
                "inbox",
                "{listenerArn: {Ref: L}, priority: 1, conditions: {path: [p]}, authorizer: [co]}",
                "{origin: 'https://a', cachePolicy: {name: pol}}",
                "'arn:aws:kinesis:r:1:stream/s'"};
            g_autofree char *text = NULL;

            json_object_set_new(node, key, replacement(which));
            text = json_text(root, JSON_TEXT_COMPACT);
            for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                g_autofree char *yaml =
                    g_strdup_printf("provider: %s\nfunctions: {a: {events: [{%s: %s}]}}", text,
                                    types[i], written[i]);
                g_auto(Outcome) outcome = compile_events_of(type_named(types[i])->compile, yaml);

                expect_whole_resources(&outcome, types[i], root);
            }
        }
        json_object_set(node, key, value);
        mutate_provider(root, value);
        json_decref(value);
    }
}

Test(events_hostile, no_provider_setting_in_the_wrong_shape_crashes_an_event_type)
{
    json_t *root = read_event(provider);

    mutate_provider(root, root);
    json_decref(root);
}
