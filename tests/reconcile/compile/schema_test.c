#include <criterion/criterion.h>
#include <string.h>

#include "config/json_text.h"
#include "reconcile/compile/schema/schema.h"

typedef struct {
    json_t *config;
    Origins *origins;
    Problems *problems;
    bool fits;
} Application;

static Application apply(const char *yaml)
{
    Application run = {.problems = problems_new()};
    Document *document =
        document_parse("serverless.yml", yaml, strlen(yaml), DOCUMENT_YAML, run.problems);

    if (!document) {
        g_autofree char *text = problems_to_text(run.problems, false);

        cr_assert_fail("the test's own YAML: %s", text);
    }
    run.origins = origins_new(document);
    run.config = json_deep_copy(document_root(document));
    run.fits = schema_normalise(run.config, run.origins, run.problems) &&
               schema_apply(run.config, NULL, false, run.origins, run.problems);
    return run;
}

static void release(Application *run)
{
    json_decref(run->config);
    origins_free(run->origins);
    problems_free(run->problems);
}

/* A service whose provider and function f have these (flow style) beside what they need. */
static char *service(const char *provider, const char *function)
{
    return g_strdup_printf(
        "service: shop\nprovider: {name: aws%s%s}\nfunctions:\n  f: {handler: h%s%s}\n",
        *provider ? ", " : "", provider, *function ? ", " : "", function);
}

typedef struct {
    const char *provider, *function;
    const char *pointer, *expected;
} Coercion;

Test(schema, coerces_as_the_framework_does)
{
    static const Coercion cases[] = {
        {"", "memorySize: '512'", "/functions/f/memorySize", "512"},
        {"", "timeout: ' 7 '", "/functions/f/timeout", "7"},
        {"", "timeout: true", "/functions/f/timeout", "1"},
        {"", "environment: {A: 1.50, B: true, C: '', D: 12345678901234567890}",
         "/functions/f/environment",
         "{\"A\":\"1.5\",\"B\":\"true\",\"C\":\"\",\"D\":\"12345678901234567000\"}"},
        {"", "environment: {A: [x], B: {Ref: T}}", "/functions/f/environment",
         "{\"A\":\"x\",\"B\":{\"Ref\":\"T\"}}"},
        {"tags: {n: 5}", "", "/provider/tags", "{\"n\":\"5\"}"},
        {"", "disableLogs: 'true'", "/functions/f/disableLogs", "true"},
        {"", "disableLogs: 0", "/functions/f/disableLogs", "false"},
        {"", "dependsOn: T", "/functions/f/dependsOn", "[\"T\"]"},
        {"", "description: [text]", "/functions/f/description", "\"text\""},
        {"", "events: [{schedule: {rate: rate(1 hour), enabled: 'false'}}]",
         "/functions/f/events/0/schedule", "{\"rate\":[\"rate(1 hour)\"],\"enabled\":false}"},
        {"", "events: [{sqs: {arn: 'arn:aws:sqs:us-east-1:1:q', batchSize: '10'}}]",
         "/functions/f/events/0/sqs/batchSize", "10"},
        {"iam: {role: {statements: [{Effect: Allow, Action: 's3:Get', Resource: ['arn:x']}]}}", "",
         "/provider/iam/role/statements/0",
         "{\"Effect\":\"Allow\",\"Action\":[\"s3:Get\"],\"Resource\":\"arn:x\"}"},
        {"iam: {role: {statements: [{Effect: Allow, Action: ['*'], Resource: ['*']}]}}", "",
         "/provider/iam/role/statements/0",
         "{\"Effect\":\"Allow\",\"Action\":[\"*\"],\"Resource\":[\"*\"]}"},
        {"iam: {role: {statements: [{Effect: Allow, Action: ['*'], Resource: [{'Fn::GetAtt': [T, "
         "Arn]}]}]}}",
         "", "/provider/iam/role/statements/0/Resource", "[{\"Fn::GetAtt\":[\"T\",\"Arn\"]}]"},
        {"versionFunctions: 'false'", "", "/provider/versionFunctions", "false"},
        {"logRetentionInDays: '14'", "", "/provider/logRetentionInDays", "14"},
        {"tracing: {lambda: 'true'}", "", "/provider/tracing/lambda", "true"},
        {"", "reservedConcurrency: '3'", "/functions/f/reservedConcurrency", "3"},
        {"", "vpc: null, role: null, timeout: 3", "/functions/f",
         "{\"handler\":\"h\",\"timeout\":3,\"vpc\":null,\"role\":null}"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *yaml = service(cases[i].provider, cases[i].function);
        Application run = apply(yaml);
        g_autofree char *got =
            json_text(pointer_get(run.config, cases[i].pointer), JSON_TEXT_COMPACT);
        g_autofree char *problems = problems_to_text(run.problems, false);

        cr_expect(run.fits, "%s: %s", yaml, problems);
        cr_expect_str_eq(got, cases[i].expected, "%s\n  gave %s\n  expected %s", yaml, got,
                         cases[i].expected);
        release(&run);
    }
}

typedef struct {
    const char *provider, *function;
    const char *expected; /* problems as "line:column message", hint behind " | " */
} Refusal;

static char *briefly(const Problems *problems)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; problems_get(problems, i); i++) {
        const Problem *problem = problems_get(problems, i);

        g_string_append_printf(text, "%s%u:%u %s%s%s", i ? "\n" : "", problem->line,
                               problem->column, problem->message, problem->hint ? " | " : "",
                               problem->hint ? problem->hint : "");
    }
    return g_string_free(text, FALSE);
}

Test(schema, tells_what_does_not_fit_where_and_what_would)
{
    static const Refusal cases[] = {
        {"", "timeot: 3", "4:19 functions.f has no property \"timeot\": did you mean \"timeout\"?"},
        {"", "timeout: 1000", "4:28 functions.f.timeout can be at most 900 and is 1000"},
        {"", "memorySize: big",
         "4:31 functions.f.memorySize has to be a whole number and is \"big\""},
        {"", "memorySize: 1.5", "4:31 functions.f.memorySize has to be a whole number and is 1.5"},
        {"", "architecture: arm",
         "4:33 functions.f.architecture has to be \"arm64\" or \"x86_64\" and is \"arm\""},
        {"", "environment: {A-B: x}",
         "4:33 functions.f.environment has no property \"A-B\" | there can be names that match "
         "^[A-Za-z_][a-zA-Z0-9_]*$"},
        {"", "environment: {A: [1, 2]}",
         "4:36 functions.f.environment.A has to be \"\", a text or a CloudFormation function and "
         "is a list"},
        {"", "events: [{htp: GET /}]",
         "4:29 there is no function event \"htp\": did you mean \"http\"? | there are schedule, "
         "s3, http, websocket, sns, stream, "
         "kafka, activemq, rabbitmq, msk, alb, alexaSkill, alexaSmartHome, iot, "
         "iotFleetProvisioning, cloudwatchEvent, "
         "cloudwatchLog, cognitoUserPool, eventBridge, sqs, cloudFront, httpApi"},
        {"", "events: [sqs]",
         "4:28 functions.f.events[0] has to be a map with the type of the event as its key and is "
         "\"sqs\" | - http: GET /path"},
        {"", "events: [{sqs: {batchSize: 1}}]", "4:34 functions.f.events[0].sqs needs \"arn\""},
        {"", "events: [{s3: {bucket: b, rules: [{prefix: a, suffix: b}]}}]",
         "4:53 functions.f.events[0].s3.rules[0] can have at most 1 property and has 2"},
        {"", "events: [{http: GET orders}]",
         "4:35 functions.f.events[0].http has to match "
         "/^(?:\\*|(GET|POST|PUT|PATCH|OPTIONS|HEAD|DELETE|ANY) (\\/\\S*))$/i and is "
         "\"GET orders\" | write a method and a path that starts with /: GET /orders"},
        {"", "events: [{http: {path: a, method: get, integration: lamda}}]",
         "4:71 functions.f.events[0].http.integration has to be a text that matches "
         "/^LAMBDA_PROXY$/i, a text that matches "
         "/^LAMBDA-PROXY$/i, a text that matches /^LAMBDA$/i, a text that matches /^AWS$/i, a text "
         "that matches /^AWS_PROXY$/i, a "
         "text that matches /^AWS-PROXY$/i, a text that matches /^HTTP$/i, a text that matches "
         "/^HTTP_PROXY$/i, a text that matches "
         "/^HTTP-PROXY$/i or a text that matches /^MOCK$/i and is \"lamda\""},
        {"", "iamRoleStatements: []",
         "4:19 functions.f has no property \"iamRoleStatements\" | it needs a plugin that gives "
         "functions roles of their own; name one "
         "with `role`"},
        {"lambdaHashingVersion: 1", "",
         "2:23 provider has no property \"lambdaHashingVersion\" | remove it: there is only one "
         "way of hashing left"},
        {"vpc: {subnetIds: [a]}", "", "2:28 provider.vpc needs \"securityGroupIds\""},
        {"stage: a_b", "",
         "2:30 provider.stage has to match ^[A-Za-z0-9-]+$ and is \"a_b\" | it takes letters, "
         "digits and hyphens"},
        {"tracing: {lambda: 'on'}", "",
         "2:41 provider.tracing.lambda has to be \"Active\", \"PassThrough\" or true or false and "
         "is \"on\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *yaml = service(cases[i].provider, cases[i].function);
        Application run = apply(yaml);
        g_autofree char *got = briefly(run.problems);

        cr_expect_not(run.fits);
        cr_expect_str_eq(got, cases[i].expected, "%s\n  gave     %s\n  expected %s", yaml, got,
                         cases[i].expected);
        release(&run);
    }
}

Test(schema, follows_configValidationMode_and_coerces_in_every_mode)
{
    static const char *const modes[] = {"error", "warn", "off", "{}", "''"};
    static const size_t errors[] = {1, 0, 0, 0, 2}, warnings[] = {0, 1, 0, 2, 0};

    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *yaml = g_strdup_printf(
            "service: shop\nconfigValidationMode: %s\nprovider: {name: aws, memorySize: '256', "
            "unknown: 1}\n",
            modes[i]);
        Application run = apply(yaml);

        cr_expect_eq(run.fits, errors[i] == 0, "%s", modes[i]);
        cr_expect_eq(problems_count(run.problems, PROBLEM_ERROR), errors[i], "%s", modes[i]);
        cr_expect_eq(problems_count(run.problems, PROBLEM_WARNING), warnings[i], "%s", modes[i]);
        cr_expect_eq(json_integer_value(pointer_get(run.config, "/provider/memorySize")), 256);
        release(&run);
    }
}

Test(schema, merges_lists_of_maps_and_keeps_the_places_of_their_parts)
{
    Application run =
        apply("service: shop\nprovider: {name: aws}\nfunctions:\n  - a: {handler: h}\n    gone: "
              "null\n  - b: {handlr: h}\n"
              "resources:\n  - Resources: {T: {Type: X, DependsOn: [A, B]}}\n  - null\n"
              "  - Resources: {T: {DependsOn: [C]}}\n    Outputs: {O: {Value: 1}}\n");
    g_autofree char *text = json_text(json_object_get(run.config, "resources"), JSON_TEXT_COMPACT);
    g_autofree char *problems = briefly(run.problems);

    cr_expect_str_eq(text, "{\"Resources\":{\"T\":{\"Type\":\"X\",\"DependsOn\":[\"C\",\"B\"]}},"
                           "\"Outputs\":{\"O\":{\"Value\":1}}}");
    cr_expect_eq(json_object_size(json_object_get(run.config, "functions")), 2);
    cr_expect_str_eq(problems,
                     "6:9 functions.b has no property \"handlr\": did you mean \"handler\"?");
    release(&run);
}

Test(schema, refuses_in_every_mode_what_nothing_can_be_compiled_from)
{
    static const struct {
        const char *yaml, *expected;
    } cases[] = {
        {"provider: {name: aws}\n", "1:1 the service has no name | write service: NAME"},
        {"service: {name: x}\nprovider: {name: aws}\n",
         "1:10 service has to be the name of the service and is a map | write service: NAME"},
        {"service: x\n", "1:1 the service has no provider | write provider: {name: aws}"},
        {"service: x\nprovider: {name: aws}\nfunctions: many\n",
         "3:12 functions has to be a map of functions by name"},
        {"service: x\nprovider: {name: aws}\nfunctions: {f: handler}\n",
         "3:16 functions.f has to be a map | give it at least a handler"},
        {"service: x\nprovider: {name: aws}\nresources: [text]\n",
         "3:13 resources is a list, so each of its items has to be a map"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *yaml = g_strconcat(cases[i].yaml, "configValidationMode: off\n", NULL);
        Application run = apply(yaml);
        g_autofree char *got = briefly(run.problems);

        cr_expect_not(run.fits);
        cr_expect_str_eq(got, cases[i].expected, "%s\n  gave %s", yaml, got);
        release(&run);
    }
}

Test(schema, drops_functions_that_are_null_and_keeps_nulls_elsewhere)
{
    Application run = apply("service: xy\nprovider: {name: aws}\nfunctions:\n  a: null\n  b: "
                            "{handler: h, environment: {E: null}}\n");
    g_autofree char *text = json_text(json_object_get(run.config, "functions"), JSON_TEXT_COMPACT);

    cr_expect(run.fits);
    cr_expect_str_eq(text, "{\"b\":{\"handler\":\"h\",\"environment\":{\"E\":null}}}");
    release(&run);
}

Test(schema, answers_a_huge_text_under_a_pattern_without_trying_it)
{
    g_autofree char *name = g_strnfill(2000000, 'a');
    g_autofree char *bucket = g_strdup_printf("deploymentBucket: %s!", name);
    g_autofree char *yaml = service(bucket, "");
    Application run = apply(yaml);

    cr_expect_not(run.fits);
    release(&run);
}

Test(schema, keeps_its_findings_bounded)
{
    g_autoptr(GString) layers = g_string_new("layers: [1");
    g_autofree char *yaml = NULL;
    Application run;

    for (int i = 0; i < 50000; i++)
        g_string_append(layers, ",1");
    g_string_append_c(layers, ']');
    yaml = service(layers->str, "");
    run = apply(yaml);
    cr_expect_not(run.fits);
    cr_expect_leq(problems_count(run.problems, PROBLEM_ERROR), 1000);
    release(&run);
}
