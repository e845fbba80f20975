#include "compiling.h"
#include <criterion/criterion.h>

#define SERVICE "service: shop\nprovider: {name: aws, runtime: nodejs22.x}\n"
#define MAIN "functions:\n  main: {handler: handler.main}\n"
#define CODE "package: {artifact: code.zip}\n"

typedef struct {
    const char *pointer, *value;
} Value;

static void check(const char *text, const CompileOptions *options, const Value *values,
                  size_t count)
{
    Compiled result = compile_text(text, options);
    g_autofree char *problems = problems_to_text(result.problems, false);

    cr_assert_not_null(result.compiled, "%s", problems);
    for (size_t i = 0; i < count; i++) {
        char *found = compiled_at(&result, values[i].pointer);

        cr_expect_str_eq(found, values[i].value, "%s: %s", values[i].pointer, found);
        free(found);
    }
    compiled_clear(&result);
}

static const CompileOptions plain = {.draft = true};

Test(compile, stage_and_region_come_from_options_then_provider_then_the_defaults)
{
    const char *text = "service: shop\nprovider: {name: aws, stage: prod, region: eu-west-1}\n";
    const CompileOptions options = {.stage = "qa", .region = "eu-north-1"};
    Compiled written = compile_text(text, &plain), given = compile_text(text, &options),
             none = compile_text(SERVICE, &plain);

    cr_expect_str_eq(service_stage(written.service), "prod");
    cr_expect_str_eq(service_region(written.service), "eu-west-1");
    cr_expect_str_eq(service_stack_name(written.service), "shop-prod");
    cr_expect_str_eq(service_stack_name(given.service), "shop-qa");
    cr_expect_str_eq(service_region(given.service), "eu-north-1");
    cr_expect_str_eq(service_stage(none.service), "dev");
    cr_expect_str_eq(service_region(none.service), "us-east-1");
    compiled_clear(&written);
    compiled_clear(&given);
    compiled_clear(&none);
}

Test(compile, a_function_named_by_an_empty_text_is_named_as_one_without_a_name)
{
    Compiled result = compile_text("service: shop\nprovider: {name: aws}\n"
                                   "functions: {main: {handler: a.b, name: '', events: ''}}\n",
                                   &plain);

    cr_assert_not_null(result.json);
    cr_expect_str_eq(json_string_value(pointer_get(
                         result.json, "/Resources/MainLambdaFunction/Properties/FunctionName")),
                     "shop-dev-main");
    compiled_clear(&result);
}

Test(compile, encryption_is_told_not_to_be_set_only_where_s3_does_otherwise_by_itself)
{
    static const char *const algorithms[] = {"AES256", "aws:kms"};

    for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++) {
        g_autofree char *text = g_strdup_printf(
            "service: shop\nprovider:\n  name: aws\n  deploymentBucket: {name: bucket, "
            "serverSideEncryption: '%s'}\n",
            algorithms[i]);
        Compiled result = compile_text(text, &plain);

        cr_expect_eq(problems_count(result.problems, PROBLEM_WARNING), i, "%s", algorithms[i]);
        compiled_clear(&result);
    }
}

Test(compile, an_artifact_that_is_an_empty_text_gives_none)
{
    Compiled result = compile_text(
        SERVICE "package: {artifact: ''}\nlayers:\n  own: {path: ., package: {artifact: ''}}\n"
                "functions:\n  main: {handler: handler.main, package: {artifact: ''}}\n",
        &plain);
    g_autofree char *problems = problems_to_text(result.problems, false);

    cr_assert_not_null(result.compiled, "%s", problems);
    cr_expect_not_null(template_artifact_key(result.compiled, "shop.zip"));
    cr_expect_not_null(template_artifact_key(result.compiled, "own.zip"));
    compiled_clear(&result);
}

Test(compile, a_bucket_of_the_options_takes_the_place_of_the_one_in_the_stack)
{
    const CompileOptions options = {.artifact_bucket = "driftless-1-eu"};
    const Value values[] = {
        {"/Resources/ServerlessDeploymentBucket", ""},
        {"/Resources/MainLambdaFunction/Properties/Code",
         "{\"S3Bucket\":\"driftless-1-eu\",\"S3Key\":\"serverless/shop/dev/code/id-of-code.zip/"
         "code.zip\"}"},
        {"/Outputs/ServerlessDeploymentBucketName",
         "{\"Value\":\"driftless-1-eu\",\"Export\":{\"Name\":\"sls-shop-dev-"
         "ServerlessDeploymentBucketName\"}}"},
    };
    Compiled result = compile_text(SERVICE CODE MAIN, &options);

    check(SERVICE CODE MAIN, &options, values, G_N_ELEMENTS(values));
    cr_expect_str_eq(template_artifact_bucket(result.compiled), "driftless-1-eu");
    cr_expect_str_eq(template_artifact_key(result.compiled, "code.zip"),
                     "serverless/shop/dev/code/id-of-code.zip/code.zip");
    cr_expect_null(template_bootstrap(result.compiled));
    compiled_clear(&result);
}

Test(compile, a_stack_with_its_own_bucket_is_created_with_nothing_else)
{
    Compiled result = compile_text(SERVICE CODE MAIN, &plain);
    json_t *bootstrap = template_bootstrap(result.compiled);

    cr_assert_not_null(bootstrap);
    cr_expect_eq(json_object_size(json_object_get(bootstrap, "Resources")), 2);
    cr_expect_not_null(pointer_get(bootstrap, "/Resources/ServerlessDeploymentBucketPolicy"));
    cr_expect_null(template_artifact_bucket(result.compiled));
    json_decref(bootstrap);
    compiled_clear(&result);
}

/* Calculated by osls 4.3.1 for the same service with code.zip of these three bytes. */
Test(compile, a_version_has_the_frameworks_own_hash)
{
    const Value values[] = {
        {"/Outputs/MainLambdaFunctionQualifiedArn/Value",
         "{\"Ref\":\"MainLambdaVersion18bJXsYIszNqLIzU6V6d7rDufjWqGw0El84qfzxXCQ\"}"}};

    check("service: shop\nprovider: {name: aws, runtime: nodejs22.x, environment: {a_b: x, aB: y, "
          "AB: z}}\n" CODE MAIN,
          &plain, values, G_N_ELEMENTS(values));
}

Test(compile, code_that_is_not_zipped_yet_has_no_code_hash)
{
    Compiled zip = compile_text(SERVICE MAIN, &plain),
             file = compile_text(SERVICE CODE MAIN, &plain);
    Compiled *both[] = {&zip, &file};

    for (size_t i = 0; i < 2; i++) {
        const char *version = json_string_value(
            pointer_get(both[i]->json, "/Outputs/MainLambdaFunctionQualifiedArn/Value/Ref"));
        g_autofree char *pointer = g_strdup_printf("/Resources/%s/Properties/CodeSha256", version);
        char *hash = compiled_at(both[i], pointer);
        g_autofree char *digest = base64_sha256("zip");
        g_autofree char *quoted = g_strdup_printf("\"%s\"", digest);

        cr_expect_str_eq(hash, i == 0 ? "" : quoted);
        free(hash);
    }
    compiled_clear(&zip);
    compiled_clear(&file);
}

Test(compile, callers_of_a_function_with_provisioned_concurrency_use_its_alias)
{
    const Value values[] = {
        {"/Resources/MainProvConcLambdaAlias/Properties/ProvisionedConcurrencyConfig",
         "{\"ProvisionedConcurrentExecutions\":2}"},
        {"/Resources/MainLambdaFunctionUrl/Properties/TargetFunctionArn",
         "{\"Fn::Join\":[\":\",[{\"Fn::GetAtt\":[\"MainLambdaFunction\",\"Arn\"]},\"provisioned\"]]"
         "}"},
        {"/Resources/MainLambdaFunctionUrl/DependsOn", "\"MainProvConcLambdaAlias\""},
    };

    check(SERVICE CODE
          "functions:\n  main: {handler: handler.main, provisionedConcurrency: 2, url: true}\n",
          &plain, values, G_N_ELEMENTS(values));
}

Test(compile, nulls_leave_properties_and_stay_in_arrays)
{
    const Value values[] = {
        {"/Resources/Topic/Properties", "{\"TopicName\":\"t\",\"Subscription\":[null,{}]}"},
        {"/Resources/Queue", "{\"Type\":\"AWS::SQS::Queue\"}"},
    };

    check(SERVICE
          "resources:\n  Resources:\n"
          "    Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: t, DisplayName: null, "
          "Subscription: [null, {Endpoint: null}]}}\n"
          "    Queue: {Type: AWS::SQS::Queue, Properties: null}\n",
          &plain, values, G_N_ELEMENTS(values));
}

Test(compile, resources_merge_over_what_was_generated_and_extensions_after_them)
{
    const Value values[] = {
        {"/Resources/MainLambdaFunction/Properties/Timeout", "99"},
        {"/Resources/MainLambdaFunction/Properties/MemorySize", "2048"},
        {"/Resources/MainLambdaFunction/DependsOn", "[\"Queue\",\"Other\"]"},
        {"/Resources/MainLambdaFunction/DeletionPolicy", "\"Retain\""},
        {"/Description", "\"ours\""},
        {"/Outputs/Name", "{\"Value\":\"n\"}"},
    };

    check(SERVICE CODE MAIN
          "resources:\n  Description: ours\n  Resources:\n"
          "    Queue: {Type: AWS::SQS::Queue}\n"
          "    MainLambdaFunction: {Type: AWS::Lambda::Function, DependsOn: [Queue], "
          "Properties: {Timeout: 99}}\n"
          "  Outputs: {Name: {Value: n}}\n"
          "  extensions:\n    MainLambdaFunction: {DependsOn: [Other], DeletionPolicy: Retain, "
          "Properties: {MemorySize: 2048}}\n",
          &plain, values, G_N_ELEMENTS(values));
}

#define API "functions:\n  main: {handler: handler.main, events: [{http: GET /a}]}\n"

static char *deployment_of(const char *text, unsigned nonce)
{
    const CompileOptions options = {.deployment_nonce = nonce};
    Compiled result = compile_text(text, &options);
    const char *id, *found = NULL;
    json_t *resource;
    char *copy;

    json_object_foreach(json_object_get(result.json, "Resources"), id,
                        resource) if (g_str_has_prefix(id, "ApiGatewayDeployment")) found = id;
    copy = g_strdup(found ? found : "");
    compiled_clear(&result);
    return copy;
}

Test(compile, a_deployment_is_named_by_what_the_api_is)
{
    g_autofree char *first = deployment_of(SERVICE CODE API, 0);
    g_autofree char *again = deployment_of(SERVICE CODE API, 0);
    g_autofree char *raised = deployment_of(SERVICE CODE API, 1);
    g_autofree char *other_function =
        deployment_of(SERVICE CODE API "  more: {handler: handler.main}\n", 0);
    g_autofree char *other_path = deployment_of(
        SERVICE CODE "functions:\n  main: {handler: handler.main, events: [{http: GET /b}]}\n", 0);

    cr_expect_eq(strlen(first), strlen("ApiGatewayDeployment") + 13, "%s", first);
    cr_expect_str_eq(again, first);
    cr_expect_str_neq(raised, first);
    cr_expect_str_eq(other_function, first);
    cr_expect_str_neq(other_path, first);
}

Test(compile, the_instance_id_of_variables_is_the_deployments)
{
    g_autofree char *deployment = deployment_of(SERVICE CODE API, 0);
    g_autofree char *quoted =
        g_strdup_printf("\"id-%s\"", deployment + strlen("ApiGatewayDeployment"));
    const Value values[] = {{"/Resources/Topic/Properties/TopicName", quoted}};

    check(SERVICE CODE API
          "resources:\n  Resources:\n    Topic: {Type: AWS::SNS::Topic, Properties: "
          "{TopicName: 'id-${sls:instanceId}'}}\n",
          &plain, values, G_N_ELEMENTS(values));
}

Test(compile, every_resource_knows_who_made_it)
{
    Compiled result = compile_text(SERVICE CODE "functions:\n"
                                                "  main:\n"
                                                "    handler: handler.main\n"
                                                "    events:\n"
                                                "      - schedule: rate(1 minute)\n"
                                                "resources:\n"
                                                "  Resources:\n"
                                                "    Topic:\n"
                                                "      Type: AWS::SNS::Topic\n",
                                   &plain);
    Position at;

    cr_assert(
        template_resource_position(result.service, result.compiled, "MainLambdaFunction", &at));
    cr_expect_str_eq(at.file, "service/serverless.yml");
    cr_expect_eq(at.line, 5);
    cr_assert(template_resource_position(result.service, result.compiled, "MainEventsRuleSchedule1",
                                         &at));
    cr_expect_eq(at.line, 8);
    cr_assert(template_resource_position(result.service, result.compiled, "Topic", &at));
    cr_expect_eq(at.line, 11);
    cr_expect_not(template_resource_position(result.service, result.compiled, "Nobody", &at));
    compiled_clear(&result);
}

Test(compile, settings_say_what_the_change_set_gets_beside_the_template)
{
    Compiled result =
        compile_text("service: shop\nprovider:\n  name: aws\n  stage: prod\n"
                     "  stackTags: {stage: mine, k: v}\n  deletionProtection: {stages: [prod]}\n"
                     "  iam: {deploymentRole: 'arn:aws:iam::123456789012:role/d'}\n"
                     "  stackParameters: [{ParameterKey: P, ParameterValue: q}]\n"
                     "  disableRollback: true\n"
                     "resources: {Transform: [AWS::LanguageExtensions]}\n",
                     &plain);
    json_t *settings = service_stack_settings(result.service);
    char *text = json_dumps(settings, JSON_COMPACT);

    cr_expect_str_eq(
        text,
        "{\"StackName\":\"shop-prod\",\"Tags\":{\"stage\":\"mine\",\"k\":\"v\"},\"Parameters\":{"
        "\"P\":"
        "\"q\"},\"RoleARN\":\"arn:aws:iam::123456789012:role/d\",\"DisableRollback\":true,"
        "\"TerminationProtection\":true,\"RestApiStage\":{\"StageName\":\"prod\",\"Settings\":{},"
        "\"Tags\":{\"stage\":\"mine\","
        "\"k\":\"v\"}},\"Capabilities\":[\"CAPABILITY_IAM\","
        "\"CAPABILITY_NAMED_"
        "IAM\","
        "\"CAPABILITY_AUTO_EXPAND\"]}",
        "%s", text);
    free(text);
    compiled_clear(&result);
}

static void expect_stage(const char *provider, const char *wanted)
{
    g_autofree char *text = g_strdup_printf("service: shop\nprovider:\n  name: aws\n%s", provider);
    Compiled result = compile_text(text, &plain);
    json_t *stage = json_object_get(service_stack_settings(result.service), "RestApiStage"),
           *format = pointer_get(stage, "/Settings/~1accessLogSettings~1format");
    char *found = NULL;

    if (format && strstr(json_string_value(format), "requestId: $context.requestId, ip: "))
        json_object_set_new(json_object_get(stage, "Settings"), "/accessLogSettings/format",
                            json_string("default"));
    found = json_dumps(stage, JSON_COMPACT | JSON_SORT_KEYS);
    cr_expect_str_eq(found ? found : "none", wanted, "%s: %s", provider, found);
    free(found);
    compiled_clear(&result);
}

Test(compile, what_no_template_says_of_a_stage_is_a_setting_beside_it)
{
    expect_stage("  memorySize: 128\n", "none");
    expect_stage("  tracing: {apiGateway: true}\n  apiGateway: {metrics: false, stage: v1}\n",
                 "{\"Settings\":{\"/*/*/metrics/enabled\":\"false\",\"/tracingEnabled\":"
                 "\"true\"},\"StageName\":\"v1\"}");
    expect_stage("  tags: {a: 1, b: x}\n  stackTags: {b: y, c: z}\n",
                 "{\"Settings\":{},\"StageName\":\"dev\",\"Tags\":{\"a\":\"1\",\"b\":\"x\","
                 "\"c\":\"z\"}}");
    expect_stage("  logs: {restApi: true}\n",
                 "{\"AccessLogGroup\":\"/aws/api-gateway/shop-dev\",\"Settings\":{"
                 "\"/*/*/logging/dataTrace\":\"true\",\"/*/*/logging/loglevel\":\"INFO\","
                 "\"/accessLogSettings/format\":\"default\"},\"StageName\":\"dev\"}");
    expect_stage("  logs: {restApi: {accessLogging: false, executionLogging: false}}\n",
                 "{\"AccessLogGroup\":false,\"Settings\":{\"/*/*/logging/dataTrace\":\"true\","
                 "\"/*/*/logging/loglevel\":\"OFF\"},\"StageName\":\"dev\"}");
    expect_stage("  logs: {restApi: false}\n",
                 "{\"Settings\":{\"/*/*/logging/dataTrace\":\"false\",\"/*/*/logging/loglevel\":"
                 "\"OFF\"},\"StageName\":\"dev\"}");
    expect_stage("  tags: {a: b}\n  apiGateway: {restApiId: x, restApiRootResourceId: y}\n",
                 "none");
}

Test(compile, limits_of_the_throttling_plugin_are_settings_of_the_stage)
{
    static const char text[] =
        "service: shop\nplugins: [serverless-api-gateway-throttling]\nprovider: {name: aws}\n"
        "custom: {apiGatewayThrottling: {maxRequestsPerSecond: 100}}\n"
        "functions:\n  a:\n    handler: handler.main\n    events:\n"
        "      - http: GET /x\n"
        "      - http: {path: 'a/{id}', method: put, throttling: {maxConcurrentRequests: 3}}\n"
        "      - http: {path: /b, method: delete, throttling: {disabled: true}}\n";
    Compiled result = compile_text(text, &plain);
    json_t *stage = json_object_get(service_stack_settings(result.service), "RestApiStage");
    char *found = json_dumps(stage, JSON_COMPACT);

    cr_expect_str_eq(found,
                     "{\"StageName\":\"dev\",\"Settings\":{\"/*/*/throttling/rateLimit\":\"100\","
                     "\"/*/*/throttling/burstLimit\":\"5000\","
                     "\"/~1a~1{id}/PUT/throttling/rateLimit\":\"100\","
                     "\"/~1a~1{id}/PUT/throttling/burstLimit\":\"3\","
                     "\"/~1b/DELETE/throttling/rateLimit\":\"-1\","
                     "\"/~1b/DELETE/throttling/burstLimit\":\"-1\"}}",
                     "%s", found);
    free(found);
    compiled_clear(&result);
}

Test(compile, custom_resources_bring_their_code_and_nothing_else_does)
{
    static const char head[] = "service: shop\nprovider: {name: aws}\n"
                               "functions:\n  a: {handler: handler.main, events: [";
    static const struct {
        const char *event;
        unsigned artifacts;
    } rows[] = {
        {"{s3: theirs}", 1},
        {"{s3: {bucket: theirs, existing: true}}", 2},
        {"{cognitoUserPool: {pool: p, trigger: PreSignUp, existing: true}}", 2},
        {"{http: GET /x}", 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strconcat(head, rows[i].event, "]}\n", NULL);
        Compiled compiled = compile_text(text, &(CompileOptions){0});

        cr_assert(compiled.compiled, "%s", rows[i].event);
        cr_expect_eq(service_artifacts(compiled.service)->len, rows[i].artifacts, "%s",
                     rows[i].event);
        if (rows[i].artifacts == 2)
            cr_expect_str_eq(template_artifact_key(compiled.compiled, "custom-resources.zip"),
                             "serverless/shop/dev/code/id-of-custom-resources.zip/"
                             "custom-resources.zip");
        compiled_clear(&compiled);
    }
}
