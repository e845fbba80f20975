#include "reconcile/aws/cloud_control.h"
#include "scripted_transport.h"

static void script(ScriptedAws *aws, const ScriptedAnswer *answers, size_t count)
{
    scripted_aws_init(aws, answers, count, NULL);
}

Test(cloud_control, properties_come_out_of_their_string)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "{\"TypeName\":\"T\",\"ResourceDescription\":{\"Identifier\":\"i\",\"Properties\":"
                 "\"{\\\"A\\\":1}\"}}"},
        {.status = 400,
         .body = "{\"__type\":\"com.amazon.cloudapiservice#ResourceNotFoundException\",\"Message\":"
                 "\"gone\"}"},
        {.status = 200,
         .body = "{\"ResourceDescriptions\":[{\"Identifier\":\"a\",\"Properties\":\"{}\"}],"
                 "\"NextToken\":\"t\"}"},
        {.status = 200,
         .body = "{\"ResourceDescriptions\":[{\"Identifier\":\"b\",\"Properties\":\"not json\"}]}"},
    };
    g_auto(ScriptedAws) aws;
    json_t *properties = NULL, *absent = NULL, *all = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_control_get(aws.client, "T", "i", &properties, NULL));
    cr_expect_eq(json_integer_value(json_object_get(properties, "A")), 1);
    cr_expect_str_eq(http_headers_get(scripted_request(&aws.transport, 0)->headers, "X-Amz-Target"),
                     "CloudApiService.GetResource");
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->url,
                     "https://cloudcontrolapi.eu-west-1.amazonaws.com/");
    cr_assert(cloud_control_get(aws.client, "T", "i", &absent, NULL));
    cr_expect_null(absent);
    cr_assert(cloud_control_list(aws.client, "T", NULL, &all, NULL));
    cr_expect_eq(json_object_size(all), 2);
    cr_expect_str_eq(scripted_request(&aws.transport, 3)->body,
                     "{\"TypeName\":\"T\",\"NextToken\":\"t\"}");
    json_decref(properties);
    json_decref(all);
}

Test(cloud_control, an_update_gives_the_request_to_ask_for)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "{\"ProgressEvent\":{\"RequestToken\":\"r\",\"OperationStatus\":\"IN_PROGRESS\","
                 "\"Operation\":\"UPDATE\","
                 "\"TypeName\":\"T\",\"Identifier\":\"i\",\"RetryAfter\":1440938160.5}}"},
        {.status = 200,
         .body = "{\"ProgressEvent\":{\"RequestToken\":\"r\",\"OperationStatus\":\"FAILED\","
                 "\"ErrorCode\":\"AccessDenied\","
                 "\"StatusMessage\":\"no\"}}"},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(CloudControlRequest) request = NULL, later = NULL;
    json_t *patch = json_pack("[{s:s, s:s, s:i}]", "op", "replace", "path", "/A", "value", 2);

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_control_update(aws.client, "T", "i", patch, "k", &request, NULL));
    cr_expect_str_eq(request->status, "IN_PROGRESS");
    cr_expect_eq(request->retry_after_ms, INT64_C(1440938160500));
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->body,
                     "{\"TypeName\":\"T\",\"Identifier\":\"i\",\"PatchDocument\":\"[{\\\"op\\\":"
                     "\\\"replace\\\",\\\"path\\\":"
                     "\\\"/A\\\",\\\"value\\\":2}]\",\"ClientToken\":\"k\"}");
    cr_assert(cloud_control_request_status(aws.client, "r", &later, NULL));
    cr_expect_str_eq(later->error_code, "AccessDenied");
    json_decref(patch);
}
