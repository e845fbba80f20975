#include "reconcile/aws/lambda.h"
#include "scripted_transport.h"

#define FUNCTION                                                                            \
    "{\"FunctionName\":\"f\",\"CodeSha256\":\"abc=\",\"CodeSize\":12,\"State\":\"Active\"," \
    "\"Version\":\"$LATEST\"}"

static void script(ScriptedAws *aws, const ScriptedAnswer *answers, size_t count)
{
    scripted_aws_init(aws, answers, count, NULL);
}

Test(lambda, a_function_is_read_by_name_or_arn)
{
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = FUNCTION},
        {.status = 404,
         .body = "{\"Message\":\"not found\"}",
         .headers = {"x-amzn-ErrorType: ResourceNotFoundException"}},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(LambdaFunction) function = NULL, absent = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(lambda_get_function_configuration(aws.client, "arn:aws:lambda:x:1:function:f", "7",
                                                &function, NULL));
    cr_expect_str_eq(function->code_sha256, "abc=");
    cr_expect_eq(function->code_size, 12);
    cr_expect_str_eq(json_string_value(json_object_get(function->json, "State")), "Active");
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->url,
                     "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/"
                     "arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3Af/configuration?Qualifier=7");
    cr_assert(lambda_get_function_configuration(aws.client, "f", NULL, &absent, NULL));
    cr_expect_null(absent);
}

Test(lambda, code_is_put_back_from_s3)
{
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = FUNCTION},
        {.status = 409,
         .body = "{\"Type\":\"User\",\"message\":\"an update is in progress\"}",
         .headers = {"x-amzn-ErrorType: ResourceConflictException"}},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(LambdaFunction) function = NULL;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(lambda_update_function_code(aws.client, "f", "b", "k", NULL, &function, NULL));
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->method, "PUT");
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->body,
                     "{\"S3Bucket\":\"b\",\"S3Key\":\"k\"}");
    cr_assert_not(lambda_update_function_code(aws.client, "f", "b", "k", "v", NULL, &error));
    cr_expect_str_eq(error->message, "update the code of Lambda function f: "
                                     "ResourceConflictException: an update is in progress");
}
