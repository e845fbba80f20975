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
    {"    one: text\n", "service/serverless.yml:7:10: error: state machine one is not a map\n"
                        "        one: text\n"
                        "             ^\n"
                        "  give it a definition\n"},
    {"    one: {name: x}\n",
     "service/serverless.yml:7:10: error: state machine one: definition is missing\n"
     "        one: {name: x}\n"
     "             ^\n"
     "  give it a definition in the Amazon States Language\n"},
    {"    one:\n      definition: {}\n      alarms: {topics: {}}\n",
     "service/serverless.yml:9:15: error: state machine one: alarms of serverless-step-functions "
     "is "
     "not supported\n"
     "          alarms: {topics: {}}\n"
     "                  ^\n"
     "  write the resources that it makes under resources\n"},
    {"    one:\n      definition: {}\n      events:\n        - http: {path: x, method: GET}\n",
     "service/serverless.yml:10:17: error: state machine one: events of type http are not "
     "supported\n"
     "            - http: {path: x, method: GET}\n"
     "                    ^\n"
     "  schedule, cloudwatchEvent and eventBridge are; write the API under resources\n"},
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
