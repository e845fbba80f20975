#include "reconcile/aws/aws_client.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/ssm.h"
#include "reconcile/aws/sts.h"
#include "scripted_transport.h"

#define IDENTITY                                                                                 \
    "<GetCallerIdentityResponse "                                                                \
    "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"              \
    "<Arn>arn:aws:iam::123456789012:root</Arn><UserId>u</UserId><Account>123456789012</Account>" \
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define QUERY_ERROR(code, message)                                                    \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message \
    "</Message></Error>"                                                              \
    "<RequestId>7f3e</RequestId></ErrorResponse>"

static bool ask(ScriptedAws *aws, GError **error)
{
    g_autoptr(CallerIdentity) identity = NULL;

    return sts_get_caller_identity(aws->client, &identity, error);
}

static void script(ScriptedAws *aws, const ScriptedAnswer *answers, size_t count)
{
    scripted_aws_init(aws, answers, count, NULL);
}

Test(aws_client, an_error_says_code_message_and_request)
{
    const ScriptedAnswer answers[] = {
        {.status = 400, .body = QUERY_ERROR("ValidationError", "[VpcId] must have values")}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL, copy = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect_str_eq(
        error->message,
        "get caller identity: ValidationError: [VpcId] must have values (request 7f3e)");
    copy = g_error_copy(error);
    cr_expect(aws_error_is(copy, "ValidationError"));
    cr_expect_eq(aws_error_status(copy), 400);
    cr_expect_str_eq(aws_error_request_id(copy), "7f3e");
    cr_expect_str_eq(aws_error_message(copy), "[VpcId] must have values");
    g_autofree char *lasting = aws_error_lasting_text(copy);
    cr_expect_str_eq(lasting, "get caller identity: ValidationError: [VpcId] must have values");
    cr_expect_not(aws_error_is_retryable(copy));
    cr_expect_eq(aws.transport.requests->len, 1);
    cr_expect_str_eq(aws.told->str, "GetCallerIdentity 400 ValidationError 1;");
}

Test(aws_client, errors_of_other_domains_have_no_code)
{
    g_autoptr(GError) other = g_error_new(HTTP_ERROR, HTTP_ERROR_TLS, "x");

    cr_expect_null(aws_error_code(other));
    cr_expect_not(aws_error_is(other, "x"));
    cr_expect_not(aws_error_is(NULL, "x"));
    cr_expect_eq(aws_error_status(NULL), 0);
    g_autofree char *lasting = aws_error_lasting_text(other);
    cr_expect_str_eq(lasting, "x");
}

Test(aws_client, throttling_is_waited_out_in_less_than_two_seconds)
{
    const ScriptedAnswer answers[] = {
        {.status = 400, .body = QUERY_ERROR("Throttling", "Rate exceeded")},
        {.status = 400, .body = QUERY_ERROR("Throttling", "Rate exceeded")},
        {.status = 200, .body = IDENTITY},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(ask(&aws, &error));
    cr_expect_eq(aws.transport.requests->len, 3);
    cr_expect_leq(aws.slept_ms, 2000);
    cr_expect_gt(aws.slept_ms, 0);
    cr_expect_str_eq(aws.told->str, "GetCallerIdentity 400 Throttling 1;GetCallerIdentity 400 "
                                    "Throttling 2;GetCallerIdentity 200 - 3;");
}

Test(aws_client, throttling_that_lasts_is_given_back_as_retryable_and_throttled)
{
    const ScriptedAnswer throttled = {.status = 400,
                                      .body = QUERY_ERROR("Throttling", "Rate exceeded")};
    const ScriptedAnswer answers[] = {throttled, throttled, throttled, throttled, throttled};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect(aws_error_is(error, "Throttling"));
    cr_expect(aws_error_is_retryable(error));
    cr_expect(aws_error_is_throttled(error));
    cr_expect_leq(aws.transport.requests->len, 4);
}

Test(aws_client, an_html_page_with_status_500_is_retried_and_then_told_as_it_is)
{
    const ScriptedAnswer page = {
        .status = 500,
        .body = "<!doctype html>\n<html lang=en><title>500 Internal Server Error</title>\n",
        .headers = {"Content-Type: text/html; charset=utf-8"}};
    const ScriptedAnswer answers[] = {page, page, page, page};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect_str_eq(
        error->message,
        "get caller identity: InternalServerError: HTTP 500 with text/html; charset=utf-8 instead "
        "of an "
        "AWS "
        "error: <!doctype html> <html lang=en><title>500 Internal Server Error</title>");
    cr_expect_eq(aws.transport.requests->len, 4);
    cr_expect(aws_error_is_retryable(error));
    cr_expect_not(aws_error_is_throttled(error));
}

Test(aws_client, a_lost_connection_is_retried_and_told_with_its_host)
{
    const ScriptedAnswer lost = {.failure = HTTP_ERROR_DROPPED};
    const ScriptedAnswer answers[] = {lost, lost, lost, lost};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect_str_eq(
        error->message,
        "get caller identity: Unreachable: sts.eu-west-1.amazonaws.com: scripted failure");
    cr_expect_not_null(strstr(aws_error_hint(error), "check the network"));
    cr_expect_eq(error->code, AWS_ERROR_UNREACHABLE);
    cr_expect_eq(aws.transport.requests->len, 4);
    cr_expect(aws_error_is_retryable(error));
}

Test(aws_client, an_untrusted_certificate_is_not_tried_twice)
{
    const ScriptedAnswer answers[] = {{.failure = HTTP_ERROR_TLS}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect_not(aws_error_is_retryable(error));
}

Test(aws_client, a_truncated_answer_is_an_error_that_says_so)
{
    const ScriptedAnswer answers[] = {
        {.status = 200, .body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Ar"}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect_str_eq(
        error->message,
        "get caller identity: UnreadableAnswer: the XML is cut off at line 1, column 53");
    cr_expect_eq(error->code, AWS_ERROR_ANSWER);
    cr_expect_eq(aws_error_status(error), 200);
}

Test(aws_client, an_answer_over_its_ceiling_is_not_asked_for_again)
{
    const ScriptedAnswer answers[] = {{.failure = HTTP_ERROR_TOO_LARGE}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect(aws_error_is(error, "UnreadableAnswer"));
    cr_expect_not(aws_error_is_retryable(error));
}

Test(aws_client, a_wrong_clock_is_corrected_by_the_date_of_aws)
{
    const ScriptedAnswer answers[] = {
        {.status = 403,
         .body = QUERY_ERROR("SignatureDoesNotMatch", "Signature expired"),
         .headers = {"Date: Sun, 30 Aug 2015 13:36:00 GMT"}},
        {.status = 200, .body = IDENTITY},
        {.status = 200, .body = IDENTITY},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(ask(&aws, &error), "%s", error ? error->message : "");
    cr_expect_str_eq(http_headers_get(scripted_request(&aws.transport, 0)->headers, "X-Amz-Date"),
                     "20150830T123600Z");
    cr_expect_str_eq(http_headers_get(scripted_request(&aws.transport, 1)->headers, "X-Amz-Date"),
                     "20150830T133600Z");
    cr_expect_eq(aws.slept_ms, 0);
    cr_assert(ask(&aws, &error));
    cr_expect_str_eq(http_headers_get(scripted_request(&aws.transport, 2)->headers, "X-Amz-Date"),
                     "20150830T133600Z", "the difference is remembered");
}

Test(aws_client, a_wrong_key_is_not_taken_for_a_wrong_clock)
{
    const ScriptedAnswer answers[] = {{.status = 403,
                                       .body = QUERY_ERROR("SignatureDoesNotMatch", "no match"),
                                       .headers = {"Date: Sun, 30 Aug 2015 12:36:02 GMT"}}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(ask(&aws, &error));
    cr_expect(aws_error_is(error, "SignatureDoesNotMatch"));
}

Test(aws_client, the_request_is_signed_for_its_service_and_region)
{
    const ScriptedAnswer answers[] = {{.status = 200, .body = IDENTITY}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    const ScriptedRequest *request;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(ask(&aws, &error));
    request = scripted_request(&aws.transport, 0);
    cr_expect_str_eq(request->url, "https://sts.eu-west-1.amazonaws.com/");
    cr_expect_str_eq(request->body, "Action=GetCallerIdentity&Version=2011-06-15");
    cr_expect(strstr(http_headers_get(request->headers, "Authorization"),
                     "Credential=AKIDEXAMPLE/20150830/eu-west-1/sts/aws4_request, "
                     "SignedHeaders=content-type;host;x-amz-date, "));
    cr_expect_str_eq(http_headers_get(request->headers, "Host"), "sts.eu-west-1.amazonaws.com");
}

Test(aws_client, a_bucket_stands_in_the_host_or_below_an_endpoint_override_in_the_path)
{
    const ScriptedAnswer found = {.status = 200,
                                  .headers = {"Content-Length: 5", "x-amz-version-id: null"}};
    const ScriptedAnswer answers[] = {found, found, found};
    g_auto(ScriptedAws) aws;
    g_auto(ScriptedAws) local;
    g_autoptr(GError) error = NULL;
    g_autoptr(S3Object) first = NULL, second = NULL, third = NULL;
    g_autofree char *url = NULL, *local_url = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    scripted_aws_init(&local, answers, G_N_ELEMENTS(answers), "http://127.0.0.1:4566/");
    cr_assert(s3_head_object(aws.client, "bucket", "a b/c+d", &first, &error));
    cr_assert(s3_head_object(aws.client, "with.dots", "k", &second, &error));
    cr_assert(s3_head_object(local.client, "bucket", "k", &third, &error));
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->url,
                     "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c%2Bd");
    cr_expect_str_eq(scripted_request(&aws.transport, 1)->url,
                     "https://s3.eu-west-1.amazonaws.com/with.dots/k");
    cr_expect_str_eq(scripted_request(&local.transport, 0)->url, "http://127.0.0.1:4566/bucket/k");
    cr_expect_str_eq(http_headers_get(scripted_request(&local.transport, 0)->headers, "Host"),
                     "127.0.0.1:4566");
    cr_expect_null(first->version_id);
    url = s3_object_url(aws.client, "bucket", "t/1.json");
    local_url = s3_object_url(local.client, "bucket", "t/1.json");
    cr_expect_str_eq(url, "https://bucket.s3.eu-west-1.amazonaws.com/t/1.json");
    cr_expect_str_eq(local_url, "http://127.0.0.1:4566/bucket/t/1.json");
}

Test(aws_client, an_endpoint_that_is_no_address_is_named)
{
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;

    scripted_aws_init(&aws, NULL, 0, "localhost:4566");
    cr_assert_not(ask(&aws, &error));
    cr_expect_str_eq(error->message, "get caller identity: InvalidRequest: the endpoint of sts, "
                                     "\"localhost:4566\", is no http:// or "
                                     "https:// address; check AWS_ENDPOINT_URL");
}

static const char *endpoints_environment(const char *name, void *data)
{
    const char *const *pairs = data;

    for (; *pairs; pairs += 2) {
        if (g_str_equal(pairs[0], name))
            return pairs[1];
    }
    return NULL;
}

Test(aws_client, endpoints_come_from_the_environment_by_service_and_for_all)
{
    const char *set[] = {"AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_S3", "http://s3",
                         NULL};
    const char *ignored[] = {"AWS_ENDPOINT_URL", "http://all",
                             "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", NULL};
    g_auto(AwsEndpoints) endpoints = {0};

    aws_endpoints_read(&endpoints, endpoints_environment, set);
    cr_expect_str_eq(endpoints.all, "http://all");
    cr_expect_str_eq(endpoints.of_service[AWS_SERVICE_S3], "http://s3");
    cr_expect_null(endpoints.of_service[AWS_SERVICE_STS]);
    aws_endpoints_read(&endpoints, endpoints_environment, ignored);
    cr_expect_null(endpoints.all);
}

Test(aws_client, without_credentials_nothing_is_sent)
{
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    g_autoptr(AwsClient) client = NULL;
    g_autoptr(CallerIdentity) identity = NULL;

    script(&aws, NULL, 0);
    const AwsClientOptions options = {.transport = &aws.transport.base, .region = "eu-west-1"};
    client = aws_client_new(&options);
    cr_assert_not(sts_get_caller_identity(client, &identity, &error));
    cr_expect_eq(error->code, AWS_ERROR_CREDENTIALS);
    cr_expect_not(aws_error_is_retryable(error));
}

Test(aws_client, parameters_are_asked_for_ten_a_call_and_found_under_the_name_asked_for)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "{\"Parameters\":[{\"Name\":\"/"
                 "a\",\"Type\":\"SecureString\",\"Value\":\"x\",\"Version\":3,"
                 "\"Selector\":\":3\"}],\"InvalidParameters\":[]}"},
        {.status = 200, .body = "{\"Parameters\":[],\"InvalidParameters\":[\"/10\"]}"},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free), invalid = NULL;
    json_t *values = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    g_ptr_array_add(names, g_strdup("/a:3"));
    for (int i = 1; i <= 10; i++)
        g_ptr_array_add(names, g_strdup_printf("/%d", i));
    cr_assert(ssm_get_parameters(aws.client, names, true, &values, &invalid, &error), "%s",
              error ? error->message : "");
    cr_expect_eq(aws.transport.requests->len, 2);
    cr_expect_str_eq(scripted_request(&aws.transport, 1)->body,
                     "{\"Names\":[\"/10\"],\"WithDecryption\":true}");
    cr_expect_str_eq(http_headers_get(scripted_request(&aws.transport, 0)->headers, "X-Amz-Target"),
                     "AmazonSSM.GetParameters");
    cr_expect_str_eq(json_string_value(json_object_get(json_object_get(values, "/a:3"), "value")),
                     "x");
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(values, "/a:3"), "version")),
                 3);
    cr_expect_eq(invalid->len, 1);
    json_decref(values);
}

Test(aws_client, json_errors_are_read_from_body_or_header)
{
    const ScriptedAnswer answers[] = {
        {.status = 400,
         .body = "{\"__type\":\"com.amazonaws.ssm#InvalidKeyId\",\"message\":\"no\\nkey\"}",
         .headers = {"x-amzn-RequestId: 12"}},
        {.status = 400,
         .body = "{\"Message\":\"slow down\"}",
         .headers = {"x-amzn-ErrorType: ThrottlingException:http://internal.amazon.com/"}},
        {.status = 400, .body = "{\"__type\":\"ValidationException\",\"message\":\"bad\"}"},
        {.status = 200, .body = "[]"},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    json_t *values = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    g_ptr_array_add(names, "/a");
    cr_assert_not(ssm_get_parameters(aws.client, names, true, &values, NULL, &error));
    cr_expect_str_eq(error->message, "get SSM parameter /a: InvalidKeyId: no key (request 12)");
    g_clear_error(&error);
    cr_assert_not(ssm_get_parameters(aws.client, names, true, &values, NULL, &error));
    cr_expect_str_eq(error->message, "get SSM parameter /a: ValidationException: bad");
    cr_expect_eq(aws.transport.requests->len, 3, "the throttled call was made again");
    g_clear_error(&error);
    cr_assert_not(ssm_get_parameters(aws.client, names, true, &values, NULL, &error));
    cr_expect_str_eq(error->message,
                     "get SSM parameter /a: UnreadableAnswer: the answer is no JSON object");
}
