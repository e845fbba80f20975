/* What is said about services that cannot be compiled: the whole text, as people read it. */
#include "compiling.h"
#include <criterion/criterion.h>

#define SERVICE "service: shop\nprovider: {name: aws}\n"
#define CODE "package: {artifact: code.zip}\n"

/* 4,080 bytes: too many with a name and the quotes that JSON puts around both. */
#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X4080 X1000 X1000 X1000 X1000 X10 X10 X10 X10 X10 X10 X10 X10

typedef struct {
    const char *text;
    const char *expected;
} Row;

static const Row rows[] = {
    {"service: shop\nprovider:\n  name: google\n",
     "service/serverless.yml:3:9: error: provider google is not supported: Driftless deploys to "
     "aws\n"
     "      name: google\n"
     "            ^\n"},
    {"- a\n- b\n", "service/serverless.yml:1:1: error: the file must be a map of settings\n"
                   "    - a\n"
                   "    ^\n"
                   "  start it with service: NAME and provider: {name: aws}\n"},
    {SERVICE CODE "functions:\n  main: {timeout: 3}\n",
     "service/serverless.yml:5:9: error: function main: has neither handler nor image\n"
     "      main: {timeout: 3}\n"
     "            ^\n"
     "  add handler: FILE.EXPORT, or image: URI\n"},
    {SERVICE CODE "functions:\n  main:\n    handler: a.b\n    environment:\n      "
                  "LONG_NAME: " X4080 "\n      TABLE: {Ref: ServerlessDeploymentBucket}\n",
     "service/serverless.yml:7:5: error: the environment of MainLambdaFunction has 4109 bytes; "
     "Lambda takes 4096\n"
     "        environment:\n"
     "        ^\n"
     "  keep large values in SSM or S3, and give the function their names\n"},
    {SERVICE "functions:\n  main: {image: {name: app}}\n",
     "service/serverless.yml:4:17: error: function main: Driftless builds no container images\n"
     "      main: {image: {name: app}}\n"
     "                    ^\n"
     "  push the image to ECR in a build and give its URI with the digest: "
     "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:…\n"},
    {SERVICE "functions:\n  main: {image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/r:v1}\n",
     "service/serverless.yml:4:17: error: function main: the image is in eu-west-1 and the service "
     "in us-east-1\n"
     "      main: {image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/r:v1}\n"
     "                    ^\n"
     "  Lambda takes images of its own region: copy it there\n"},
    {SERVICE CODE
     "functions:\n  main: {handler: a.b, snapStart: true, provisionedConcurrency: 1}\n",
     "service/serverless.yml:5:35: error: function main: snapStart and provisionedConcurrency "
     "exclude each other\n"
     "      main: {handler: a.b, snapStart: true, provisionedConcurrency: 1}\n"
     "                                      ^\n"
     "  remove one of them\n"},
    {SERVICE CODE
     "functions:\n  main:\n    handler: a.b\n    fileSystemConfig: {arn: "
     "'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678901234567', "
     "localMountPath: /mnt/x}\n",
     "service/serverless.yml:7:23: error: function main: fileSystemConfig needs a vpc\n"
     "        fileSystemConfig: {arn: "
     "'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678901234567', "
     "loca…\n"
     "                          ^\n"
     "  give the function or the provider vpc.securityGroupIds and vpc.subnetIds\n"},
    {SERVICE CODE
     "functions:\n  main: {handler: a.b, runtime: nodejs20.x, durableConfig: {executionTimeout: "
     "1000}, "
     "maximumRetryAttempts: 1, events: [{sqs: 'arn:aws:sqs:us-east-1:123456789012:q'}]}\n",
     "service/serverless.yml:5:60: error: function main: durableConfig does not work with this "
     "runtime\n"
     "      main: {handler: a.b, runtime: nodejs20.x, durableConfig: {executionTimeout: 1000}, "
     "maximumRetryAttempts: 1, events: [{…\n"
     "                                                               ^\n"
     "  take nodejs22.x, nodejs24.x, python3.13, python3.14, java17, java21, java25 or an image\n"
     "service/serverless.yml:5:79: error: function main: durableConfig gives more time than an "
     "event source mapping waits\n"
     "    …a.b, runtime: nodejs20.x, durableConfig: {executionTimeout: 1000}, "
     "maximumRetryAttempts: 1, events: [{sqs: 'arn:aws:sqs:…\n"
     "                                                                 ^\n"
     "  set executionTimeout to at most 900 seconds\n"
     "service/serverless.yml:5:108: error: function main: durableConfig excludes "
     "maximumRetryAttempts\n"
     "    …ableConfig: {executionTimeout: 1000}, maximumRetryAttempts: 1, events: [{sqs: "
     "'arn:aws:sqs:us-east-1:123456789012:q'}]}\n"
     "                                                                 ^\n"
     "  remove one of them\n"},
    {SERVICE CODE "functions:\n  main: {handler: a.b, destinations: {onFailure: nobody}}\n",
     "service/serverless.yml:5:50: error: function main: destination onFailure: no function is "
     "called nobody\n"
     "      main: {handler: a.b, destinations: {onFailure: nobody}}\n"
     "                                                     ^\n"
     "  name a function of this service, or give an ARN\n"},
    {SERVICE CODE
     "functions:\n  main: {handler: a.b, destinations: {onSuccess: 'arn:aws:ec2:::x'}}\n",
     "service/serverless.yml:5:50: error: function main: destination onSuccess: no telling what "
     "kind of target this is\n"
     "      main: {handler: a.b, destinations: {onSuccess: 'arn:aws:ec2:::x'}}\n"
     "                                                     ^\n"
     "  give the ARN of a function, queue, topic or event bus, or {type, arn}\n"},
    {SERVICE "package: {artifact: build/app.zip}\nfunctions:\n  main: {handler: a.b}\n",
     "service/serverless.yml:3:21: error: artifact build/app.zip: no such file\n"
     "    package: {artifact: build/app.zip}\n"
     "                        ^\n"
     "  commit the file, or give an s3:// URI that your build uploads to\n"},
    {SERVICE "package: {artifact: ../../../etc/passwd}\nfunctions:\n  main: {handler: a.b}\n",
     "service/serverless.yml:3:21: error: artifact: ../../../etc/passwd: leads out of the source "
     "tree (looked at from service)\n"
     "    package: {artifact: ../../../etc/passwd}\n"
     "                        ^\n"},
    {SERVICE "layers:\n  lib: {path: lib}\n",
     "service/serverless.yml:4:15: error: layer path lib: no such folder\n"
     "      lib: {path: lib}\n"
     "                  ^\n"
     "  commit the folder, or give a finished archive as package.artifact\n"},
    {SERVICE "layers:\n  lib: {description: x}\n",
     "service/serverless.yml:4:8: error: layer lib has neither a path nor package.artifact\n"
     "      lib: {description: x}\n"
     "           ^\n"
     "  add path: FOLDER\n"},
    {SERVICE "plugins:\n  - serverless-offline\n  - serverless-rust\n  - serverless-unheard-of\n",
     "service/serverless.yml:4:5: notice: plugin serverless-offline is passed over: it is for "
     "development only\n"
     "      - serverless-offline\n"
     "        ^\n"
     "service/serverless.yml:5:5: error: plugin serverless-rust is not supported: it compiles "
     "Rust\n"
     "      - serverless-rust\n"
     "        ^\n"
     "  build it in a step (build: in driftless.yml), or deliver the result as package.artifact; "
     "or, "
     "if the template does without, set plugins: {ignore: [serverless-rust]} in driftless.yml\n"
     "service/serverless.yml:6:5: error: plugin serverless-unheard-of is not supported\n"
     "      - serverless-unheard-of\n"
     "        ^\n"
     "  if the template does without, set plugins: {ignore: [serverless-unheard-of]} in "
     "driftless.yml\n"},
    {SERVICE "resources:\n  extensions:\n    Nobody: {DeletionPolicy: Retain}\n",
     "service/serverless.yml:5:13: error: extension of Nobody: the template has no such resource\n"
     "        Nobody: {DeletionPolicy: Retain}\n"
     "                ^\n"
     "  see the names with `driftless compile`\n"},
    {"service: shop\nprovider: {name: aws}\n" CODE "functions:\n"
     "  a-name-that-is-far-too-long-for-a-lambda-function-to-bear-it-well: {handler: a.b}\n",
     "service/serverless.yml:5:3: error: function name "
     "shop-dev-a-name-that-is-far-too-long-for-a-lambda-function-to-bear-it-well is 74 characters "
     "long; Lambda takes 64\n"
     "      a-name-that-is-far-too-long-for-a-lambda-function-to-bear-it-well: {handler: a.b}\n"
     "      ^\n"
     "  set name, or shorten the name of service, stage or function\n"},
    {"service: shop\nconfigValidationMode: off\nprovider: {name: aws}\n" CODE
     "functions:\n  main: {handler: a.b, image: x}\n",
     "service/serverless.yml:6:31: error: function main: has both handler and image\n"
     "      main: {handler: a.b, image: x}\n"
     "                                  ^\n"
     "  remove one of them\n"},
    {"service: shop\nconfigValidationMode: off\nprovider: {name: aws}\nresources:\n  Resources:\n  "
     "  Topic: {Properties: {TopicName: t}}\n    Queue: sqs\n    my-topic: {Type: "
     "AWS::SNS::Topic}\n  extensions:\n    Topic: {Type: x}\n",
     "service/serverless.yml:10:19: error: extension of Topic: Type cannot be extended\n"
     "        Topic: {Type: x}\n"
     "                      ^\n"
     "  Condition, CreationPolicy, DeletionPolicy, DependsOn, Metadata, Properties, UpdatePolicy "
     "and UpdateReplacePolicy can\n"
     "service/serverless.yml:6:12: error: resource Topic has no Type\n"
     "        Topic: {Properties: {TopicName: t}}\n"
     "               ^\n"
     "  add Type: AWS::…\n"
     "service/serverless.yml:7:12: error: resource Queue is not a map\n"
     "        Queue: sqs\n"
     "               ^\n"
     "  give it a Type and Properties\n"
     "service/serverless.yml:8:5: error: logical id \"my-topic\" may hold letters and digits "
     "only\n"
     "        my-topic: {Type: AWS::SNS::Topic}\n"
     "        ^\n"},
    /* What does not fit keeps the region and the stack's name from being read, and nothing from
     * being checked. What adds to a function has not to say what is made of the function. */
    {SERVICE
     "packages: {}\nresources:\n  Resources:\n    Topic:\n      Type: AWS::SNS::Topic\n"
     "      Properties: {TopicName: {'Fn::Sub': '${AWS::Region}-${AWS::StackName}'}, TopicNam: x}\n"
     "    MainLambdaFunction:\n      Type: AWS::Lambda::Function\n"
     "      Properties: {RecursiveLoop: Allow}\n",
     "service/serverless.yml:3:1: error: the configuration has no property \"packages\": did you "
     "mean \"package\"?\n"
     "    packages: {}\n"
     "    ^\n"
     "service/serverless.yml:8:80: error: Topic: Properties.TopicNam: AWS::SNS::Topic has no such "
     "property\n"
     "          Properties: {TopicName: {'Fn::Sub': '${AWS::Region}-${AWS::StackName}'}, TopicNam: "
     "x}\n"
     "                                                                                   ^\n"
     "  did you mean TopicName?\n"},
};

Test(compile_errors, every_mistake_is_told_at_its_place)
{
    const CompileOptions options = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Compiled result = compile_text(rows[i].text, &options);
        g_autofree char *text = problems_to_text(result.problems, false);

        cr_expect_null(result.compiled, "%s", rows[i].text);
        cr_expect_str_eq(text, rows[i].expected, "row %zu:\n%s\n%s", i, rows[i].text, text);
        compiled_clear(&result);
    }
}

static void expect_problem(const CompiledFile *files, const CompileOptions *options,
                           const char *expected)
{
    Compiled result = compile_files(files, "service", options);
    g_autofree char *text = problems_to_text(result.problems, false);

    cr_expect_null(result.compiled);
    cr_expect_str_eq(text, expected, "%s", text);
    compiled_clear(&result);
}

Test(compile_errors, a_folder_without_a_service_says_what_was_looked_for)
{
    const CompiledFile files[] = {{"service/readme.md", "x"}, {NULL, NULL}};
    const CompileOptions options = {0}, named = {.template_file = "stack.yaml"};

    expect_problem(files, &options,
                   "error: service: neither serverless.yml nor template.yaml is there\n"
                   "  add one, or name the folder that has it\n");
    expect_problem(files, &named, "error: service: there is no stack.yaml\n");
}

Test(compile_errors, a_stack_of_more_than_500_resources_is_refused_before_AWS_sees_it)
{
    GString *text = g_string_new(SERVICE "resources:\n  Resources:\n");
    const CompileOptions options = {.artifact_bucket = "b"};
    Compiled result;
    g_autofree char *found = NULL;

    for (unsigned i = 0; i < 501; i++)
        g_string_append_printf(text, "    Q%u: {Type: AWS::SQS::Queue}\n", i);
    result = compile_text(text->str, &options);
    found = problems_to_text(result.problems, false);
    cr_expect_null(result.compiled);
    cr_expect_str_eq(found,
                     "error: the template has 501 resources; CloudFormation takes 500 in a stack\n"
                     "  split the service in two\n");
    compiled_clear(&result);
    g_string_free(text, TRUE);
}

Test(compile_errors, warn_mode_lets_names_pass_that_AWS_would_refuse)
{
    const CompileOptions options = {0};
    Compiled result = compile_text(
        "service: my_shop\nconfigValidationMode: off\nprovider: {name: aws}\n", &options);

    cr_expect_not_null(result.compiled);
    cr_expect_eq(problems_count(result.problems, PROBLEM_WARNING), 1);
    compiled_clear(&result);
}

Test(compile_errors, plugins_for_development_only_are_passed_over_with_a_notice)
{
    static const char *const names[] = {
        "serverless-offline-sqs", "serverless-localstack",   "serverless-plugin-dynamodb-local",
        "serverless-dynamodb",    "serverless-mocha-plugin", "serverless-export-env"};
    static const char *const others[] = {"serverless-dynamodb-autoscaling", "serverless-finch"};
    const CompileOptions options = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(names) + G_N_ELEMENTS(others); i++) {
        bool passes = i < G_N_ELEMENTS(names);
        const char *name = passes ? names[i] : others[i - G_N_ELEMENTS(names)];
        g_autofree char *text = g_strdup_printf(SERVICE "plugins: [%s]\n", name);
        Compiled result = compile_text(text, &options);

        cr_expect_eq(result.compiled != NULL, passes, "%s", name);
        cr_expect_eq(problems_count(result.problems, PROBLEM_NOTICE), passes, "%s", name);
        compiled_clear(&result);
    }
}

Test(compile_errors, ignored_plugins_are_passed_over_with_a_notice)
{
    g_autoptr(GPtrArray) ignored = g_ptr_array_new();
    const CompileOptions options = {.plugins_ignored = ignored};
    Compiled result;
    g_autofree char *text = NULL;

    g_ptr_array_add(ignored, (void *)"serverless-prune-plugin");
    result = compile_text(SERVICE "plugins: {modules: [serverless-prune-plugin]}\n", &options);
    text = problems_to_text(result.problems, false);
    cr_expect_not_null(result.compiled);
    cr_expect_str_eq(
        text,
        "service/serverless.yml:3:21: notice: plugin serverless-prune-plugin is passed over, as "
        "driftless.yml says\n"
        "    plugins: {modules: [serverless-prune-plugin]}\n"
        "                        ^\n",
        "%s", text);
    compiled_clear(&result);
}

Test(compile_errors,
     what_is_needed_from_outside_is_asked_for_beside_errors_so_that_one_report_has_all)
{
    const CompiledFile files[] = {
        {"service/serverless.yml",
         SERVICE "custom:\n  a: ${ssm:/gone}\n  b: ${self:custom.nowhere}\n  c: ${cf:net.Gone}\n"},
        {NULL, NULL}};
    CompiledTree tree = {.tree = {&compiled_tree_ops}, .files = files};
    const CompileOptions options = {0};
    g_autoptr(Problems) first = problems_new(), second = problems_new();
    g_autoptr(Inputs) inputs = inputs_new();
    GPtrArray *requests = NULL, *none = NULL;

    cr_expect_null(compile_service(&tree.tree, "service", &options, NULL, first, &requests));
    cr_expect_eq(problems_count(first, PROBLEM_ERROR), 1);
    cr_assert_not_null(requests);
    cr_assert_eq(requests->len, 2);
    for (guint i = 0; i < requests->len; i++)
        inputs_add(inputs, requests->pdata[i], NULL, false);
    g_ptr_array_unref(requests);
    cr_expect_null(compile_service(&tree.tree, "service", &options, inputs, second, &none));
    cr_expect_eq(problems_count(second, PROBLEM_ERROR), 3);
    cr_expect_null(none);
}
