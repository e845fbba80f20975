#include "compiling.h"
#include <criterion/criterion.h>

#define SERVICE                                                                   \
    "service: shop\nplugins: [serverless-step-functions]\n"                       \
    "provider: {name: aws, runtime: nodejs22.x}\npackage: {artifact: code.zip}\n" \
    "stepFunctions:\n  stateMachines:\n"

typedef struct {
    const char *machines, *expected;
} Mistake;

static const Mistake mistakes[] = {
    {"    one: text\n", "service/serverless.yml:7:10: error: state machine one: it is not a map\n"
                        "        one: text\n"
                        "             ^\n"
                        "  give it a definition\n"},
    {"    one: {name: x}\n",
     "service/serverless.yml:7:10: error: state machine one: definition is missing\n"
     "        one: {name: x}\n"
     "             ^\n"
     "  give it a definition in the Amazon States Language\n"},
    {"    one:\n      definition: {}\n      kmsKeys: []\n      type: FAST\n",
     "service/serverless.yml:9:16: error: state machine one: kmsKeys is no property of a state "
     "machine\n"
     "          kmsKeys: []\n"
     "                   ^\n"
     "service/serverless.yml:10:13: error: state machine one: its type is not known\n"
     "          type: FAST\n"
     "                ^\n"
     "  STANDARD or EXPRESS\n"},
    {"    one:\n      definition: {}\n      role: arn:aws:iam::1:role/x\n      "
     "iamRoleStatements: [{}]\n",
     "service/serverless.yml:10:26: error: state machine one: role and iamRoleStatements exclude "
     "one another\n"
     "          iamRoleStatements: [{}]\n"
     "                             ^\n"
     "  give the statements to that role, or take role out\n"},
    {"    one:\n      definition: {}\n      events: [{http: {path: x, method: FETCH}}]\n",
     "service/serverless.yml:9:23: error: http event of state machine \"one\" names no method and "
     "path\n"
     "          events: [{http: {path: x, method: FETCH}}]\n"
     "                          ^\n"
     "  Write 'GET /path', or a map with path and method (get, post, put, patch, delete, head, "
     "options or any)\n"},
    {"    one:\n      definition: {}\n      events:\n        - http: {path: x, method: GET, "
     "authorizer: nobody}\n",
     "service/serverless.yml:10:52: error: http event of state machine \"one\" names authorizer "
     "\"nobody\", which is no function of this service\n"
     "            - http: {path: x, method: GET, authorizer: nobody}\n"
     "                                                       ^\n"
     "  Name a key under functions, or give the ARN of a function elsewhere\n"},
    {"    one:\n      definition: {}\n      events:\n        - sqs: x\n",
     "service/serverless.yml:10:16: error: state machine one: no event type is called sqs\n"
     "            - sqs: x\n"
     "                   ^\n"
     "  http, schedule, cloudwatchEvent and eventBridge are known\n"},
    {"    one:\n      definition: {}\n      notifications: {FAILED: [{inputPath: $.x}]}\n",
     "service/serverless.yml:9:22: error: state machine one: notifications have a target without a "
     "type\n"
     "          notifications: {FAILED: [{inputPath: $.x}]}\n"
     "                         ^\n"
     "  add sns, sqs, kinesis, firehose, lambda or stepFunctions\n"},
    {"    one:\n      definition: {}\n      notifications: {FAILED: [{sqs: {Ref: Queue}}]}\n",
     "service/serverless.yml:9:22: error: state machine one: notifications name a queue whose URL "
     "is not known\n"
     "          notifications: {FAILED: [{sqs: {Ref: Queue}}]}\n"
     "                         ^\n"
     "  give the queue's ARN as text or as Fn::GetAtt\n"
     "service/serverless.yml:9:44: error: "
     "OneStepFunctionsStateMachineNotificationsFAILEDEventRule: Properties.Targets[0].Arn: no "
     "resource or parameter is called Queue\n"
     "          notifications: {FAILED: [{sqs: {Ref: Queue}}]}\n"
     "                                               ^\n"
     "  add it below Resources or Parameters\n"},
    {"    one:\n      definition: {}\n      events:\n        - schedule: {enabled: true}\n",
     "service/serverless.yml:10:21: error: state machine one: a schedule has no rate\n"
     "            - schedule: {enabled: true}\n"
     "                        ^\n"
     "  write schedule: rate(10 minutes), or an object with rate\n"},
    {"    one:\n      definition: {}\n      events:\n        - eventBridge: {event: {a: [b]}, "
     "input: x, "
     "inputPath: $.x}\n",
     "service/serverless.yml:10:24: error: state machine one: input, inputPath and "
     "inputTransformer "
     "exclude one another\n"
     "            - eventBridge: {event: {a: [b]}, input: x, inputPath: $.x}\n"
     "                           ^\n"
     "  keep one of them\n"},
};

Test(step_functions, mistakes_are_told_at_their_place)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *text = g_strconcat(SERVICE, mistakes[i].machines, NULL);
        Compiled result = compile_text(text, &(CompileOptions){0});
        g_autofree char *problems = problems_to_text(result.problems, false);

        cr_expect_null(result.compiled, "%s", mistakes[i].machines);
        cr_expect_str_eq(problems, mistakes[i].expected, "mistake %zu:\n%s", i, problems);
        compiled_clear(&result);
    }
}

/* A task whose permissions nobody knows must not make a green deploy of a machine that is denied.
 */
Test(step_functions, a_task_of_an_unknown_service_is_told)
{
    Compiled result =
        compile_text(SERVICE "    one:\n      definition: {States: {A: {Type: Task, Resource: "
                             "'arn:aws:states:::aws-sdk:ec2:stopInstances'}}}\n",
                     &(CompileOptions){0});
    g_autofree char *problems = problems_to_text(result.problems, false);
    char *found;

    cr_assert_not_null(result.compiled, "%s", problems);
    cr_expect(strstr(problems,
                     "warning: state machine one: no permissions are known for a task with "
                     "aws-sdk:ec2:stopInstances"),
              "%s", problems);
    found =
        compiled_at(&result, "/Resources/OneStepFunctionsStateMachineRole/Properties/Policies/0/"
                             "PolicyDocument/Statement");
    cr_expect_str_eq(found, "[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]");
    free(found);
    compiled_clear(&result);
}

static void expect_told(const char *machines, ProblemSeverity severity, const char *wanted)
{
    g_autofree char *text = g_strconcat(SERVICE, machines, NULL);
    Compiled result = compile_text(text, &(CompileOptions){0});
    g_autofree char *problems = problems_to_text(result.problems, false);

    cr_expect_eq(result.compiled != NULL, severity != PROBLEM_ERROR, "%s", problems);
    cr_expect(strstr(problems, wanted), "%s is not in\n%s", wanted, problems);
    compiled_clear(&result);
}

#define MACHINE "    one:\n      definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}\n"

Test(step_functions, alarms_and_notifications_that_are_not_made_are_told)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"      alarms: {metrics: [executionsFailed]}\n",
         "no alarms are made, because they name no"},
        {"      alarms: {topics: {alarm: x}}\n", "they list no metrics"},
        {"      alarms: {topics: {alarm: x}, metrics: [{metric: a, color: red}]}\n",
         "a metric has settings that are not known"},
        {"      alarms: {topics: {alarm: x}, metrics: [executionsLost]}\n",
         "executionsLost is no metric of a state machine; no alarm is made"},
        {"      alarms: {topics: {alarm: x}, metrics: [executionsFailed], nameTemplate: "
         "'$[name]'}\n",
         "nameTemplate has unknown variables, and is not used"},
        {"      notifications: {FAILURE: []}\n", "notifications are not made: they are no lists"},
        {"      notifications: {FAILED: [{sns: {'Fn::Sub': x}}]}\n",
         "notifications are not made: a target is not understood"},
        {"      type: EXPRESS\n      notifications: {FAILED: [{sns: x}]}\n",
         "executions of an EXPRESS machine have no events"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strconcat(MACHINE, rows[i].text, NULL);

        expect_told(text, PROBLEM_WARNING, rows[i].wanted);
    }
}

Test(step_functions, an_activity_is_a_text)
{
    expect_told(MACHINE "  activities: [one, {Ref: Two}]\n", PROBLEM_ERROR,
                "an activity is no text");
}

static void expect_refused(const char *definition, const char *wanted)
{
    g_autofree char *text =
        g_strdup_printf("    one:\n      definition: %s\n  validate: true\n", definition);

    expect_told(text, PROBLEM_ERROR, wanted);
}

#define STATES(states) "{StartAt: A, States: {" states "}}"

Test(step_functions, a_validated_definition_leads_somewhere_and_ends)
{
    static const char *const rows[][2] = {
        {"{States: {A: {Type: Pass, End: true}}}", "a machine has no states to start at"},
        {"text", "it must be a map"},
        {"{StartAt: B, States: {A: {Type: Pass, End: true}}}",
         "StartAt leads to B, which is no state"},
        {STATES("A: {Type: Pass, Next: C}"), "state A: Next leads to C"},
        {STATES("A: {Type: Pass, End: true}, B: {Type: Succeed}"), "state B is never reached"},
        {STATES("A: {Type: Pass, Next: A}"), "the states never end"},
        {STATES("A: {Type: Pause, End: true}"), "state A: it has no known Type"},
        {STATES("A: {Type: Pass, End: true, Next: A}"), "it has more than one of Next, End"},
        {STATES("A: {Type: Wait, End: true}"), "it (Wait) has none of Seconds"},
        {STATES("A: {Type: Parallel, End: true, Branches: [{StartAt: A, States: {A: {Type: "
                "Succeed}}}]}"),
         "another state has the same name"},
        {STATES("A: {Type: Map, End: true, Iterator: {StartAt: B, States: {B: {Type: Pass, Next: "
                "A}}}}"),
         "state B: Next leads to A, which is no state"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        expect_refused(rows[i][0], rows[i][1]);
}

Test(step_functions, a_field_of_a_validated_state_is_told_where_it_stands)
{
    expect_refused("\n        StartAt: A\n        States:\n          A:\n            Type: Task\n"
                   "            Resource: arn:aws:states:::sns:publish\n            Parameters:\n"
                   "              Message.$: '$.order['\n            Retry:\n"
                   "              - ErrorEquals: [x]\n                MaxAttempts: many\n"
                   "            End: true",
                   "service/serverless.yml:15:26: error: state machine one: the definition is not "
                   "valid: state A: Parameters/Message.$ must be a path like $.orders, or a "
                   "function like States.UUID()\n");
    expect_refused(STATES("A: {Type: Pass, Retries: [], End: true}"),
                   "a Pass state has no Retries");
}

Test(step_functions, fields_of_a_validated_state_are_of_the_kinds_that_they_have)
{
    static const char *const rows[][2] = {
        {"Type: Pass, Result: 1, End: yes please", "End must be true, or not there"},
        {"Type: Pass, Resultpath: $, End: true", "did you mean ResultPath?"},
        {"Type: Pass, Output: '{% 1 %}', End: true", "for states whose QueryLanguage is JSONata"},
        {"Type: Pass, QueryLanguage: JSONata, InputPath: $, End: true",
         "for states whose QueryLanguage is JSONPath"},
        {"Type: Pass, QueryLanguage: XPath, End: true",
         "QueryLanguage must be JSONPath or JSONata"},
        {"Type: Pass, ResultPath: '$.a[*]', End: true", "ResultPath must be a path to one value"},
        {"Type: Pass, Parameters: null, End: true", "Parameters must be a map, a list, a number"},
        {"Type: Pass, Parameters: {a: 1, a.$: $.b}, End: true", "a.$ is there twice, once with .$"},
        {"Type: Task, End: true", "state A: Resource is missing"},
        {"Type: Task, Resource: 'arn:aws:s3:::*', End: true", "Resource must be an ARN"},
        {"Type: Task, Resource: {Ref: [x]}, End: true", "Resource/Ref must be a text"},
        {"Type: Task, Resource: '${F}', TimeoutSeconds: 0, End: true",
         "TimeoutSeconds must be a whole number from 1"},
        {"Type: Task, Resource: '${F}', Catch: [{Next: A}], End: true", "ErrorEquals is missing"},
        {"Type: Wait, Timestamp: 2026-02-30T12:00:00Z, End: true", "Timestamp must be a time like"},
        {"Type: Wait, QueryLanguage: JSONata, Seconds: '{% %}', End: true",
         "Seconds must be a number or a text '{% … %}'"},
        {"Type: Choice, Choices: []", "Choices must be a list with one item at least"},
        {"Type: Choice, Choices: [{Variable: $.a, Next: A}]", "a rule has no test"},
        {"Type: Choice, Choices: [{Variable: $.a, IsNull: true, IsString: true, Next: A}]",
         "a rule has more than one test"},
        {"Type: Choice, Choices: [{Variable: $.a, NumericEquals: x, Next: A}]",
         "NumericEquals has a value of another kind than it compares"},
        {"Type: Choice, Choices: [{Not: {And: [{}]}, Next: A}]",
         "a rule has none of Variable, And, Or, Not"},
        {"Type: Choice, QueryLanguage: JSONata, Choices: [{Next: A}]", "Condition is missing"},
        {"Type: Map, Iterator: {StartAt: B, States: {B: {Type: Succeed}}}, ItemReader: {}, End: "
         "true",
         "Resource is missing"},
        {"Type: Map, ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED}, StartAt: B, States: {B: "
         "{Type: Succeed}}}, End: true",
         "ItemProcessor/ProcessorConfig must be Mode: INLINE"},
        {"Type: Map, Iterator: {StartAt: B, States: {B: {Type: Succeed}}}, ItemBatcher: "
         "{MaxItemsPerBatch: 1, MaxItemsPerBatchPath: $.a}, End: true",
         "it has more than one of MaxItemsPerBatch, MaxItemsPerBatchPath"},
        {"Type: Parallel, Branches: [{StartAt: B, States: {B: {Type: Succeed}}, Timeout: 1}], End: "
         "true",
         "a machine has no Timeout"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *definition = g_strdup_printf(STATES("A: {%s}"), rows[i][0]);

        expect_refused(definition, rows[i][1]);
    }
}

/* What a stranger writes must cost no more than its length, and no stack. */
Test(step_functions, a_path_without_an_end_is_refused_in_time)
{
    static const char *const parts[] = {"[?(", "[$", "States.Array(", "[?(@.a==", "$[0,", "[("};
    const gint64 started = g_get_monotonic_time();

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autoptr(GString) path = g_string_new(*parts[i] == '[' ? "$" : "");

        while (path->len < 60000)
            g_string_append(path, parts[i]);
        g_autofree char *definition = g_strdup_printf(
            STATES("A: {Type: Pass, Parameters: {a.$: '%s'}, End: true}"), path->str);

        expect_refused(definition, "Parameters/a.$ must be a path");
    }
    cr_expect_lt(g_get_monotonic_time() - started, 3 * G_USEC_PER_SEC);
}

/* What is there already cannot be made again, and what lies above it is not known. */
Test(step_functions, a_path_above_a_known_resource_is_refused)
{
    Compiled result = compile_text(
        "service: shop\nplugins: [serverless-step-functions]\n"
        "provider: {name: aws, runtime: nodejs22.x, apiGateway: {restApiId: x, "
        "restApiRootResourceId: r, restApiResources: {a/b: id}}}\npackage: {artifact: code.zip}\n"
        "stepFunctions:\n  stateMachines:\n" MACHINE
        "      events: [{http: {path: a, method: get}}]\n",
        &(CompileOptions){0});
    g_autofree char *problems = problems_to_text(result.problems, false);

    cr_expect_null(result.compiled);
    cr_expect(strstr(problems, "http event of state machine \"one\" needs the resource of path "
                               "\"a\""),
              "%s", problems);
    compiled_clear(&result);
}

/* The plugin writes "[object Object]" in these places. */
Test(step_functions, names_that_only_cloudformation_knows_are_parameters_of_what_is_allowed)
{
    static const char *const rows[][2] = {
        {"codebuild:startBuild', Parameters: {ProjectName: {Ref: P}}",
         "codebuild:${AWS::Region}:${AWS::AccountId}:project/${name}\",{\"name\":{\"Ref\":\"P\"}}"},
        {"sagemaker:createTransformJob.sync', Parameters: {TransformJobName: {Ref: P}}",
         "transform-job/${name}*\",{\"name\":{\"Ref\":\"P\"}}"},
        {"bedrock:invokeModel', Parameters: {ModelId: {Ref: P}}",
         "foundation-model/${name}\",{\"name\":{\"Ref\":\"P\"}}"},
        {"aws-sdk:dynamodb:query', Parameters: {TableName: {Ref: P}, IndexName: i}",
         "{\"Fn::Join\":[\"/\",[{\"Fn::GetAtt\":[\"P\",\"Arn\"]},\"index\",\"i\"]]}"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf(
            SERVICE
            "    one:\n      definition: {StartAt: A, States: {A: {Type: Task, End: true, "
            "Resource: 'arn:aws:states:::%s}}}\n"
            "resources: {Resources: {P: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: "
            "[{AttributeName: a, KeyType: HASH}]}}}}\n",
            rows[i][0]);
        Compiled result = compile_text(text, &(CompileOptions){0});
        g_autofree char *problems = problems_to_text(result.problems, false);
        char *role = NULL;

        cr_assert(result.json, "%s", problems);
        role = json_dumps(
            pointer_get(result.json, "/Resources/OneStepFunctionsStateMachineRole/Properties"),
            JSON_COMPACT);
        cr_expect(strstr(role, rows[i][1]), "%s is not in %s", rows[i][1], role);
        free(role);
        compiled_clear(&result);
    }
}
