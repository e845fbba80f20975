#include "reconcile/aws/s3.h"
#include "scripted_transport.h"
#include <unistd.h>

static void script(ScriptedAws *aws, const ScriptedAnswer *answers, size_t count)
{
    scripted_aws_init(aws, answers, count, "http://127.0.0.1:4566");
}

/* A file a little larger than one part, removed with the test's process. */
static char *big_file(void)
{
    char *file = NULL;
    int fd = g_file_open_tmp("driftless-s3-XXXXXX", &file, NULL);

    cr_assert_eq(ftruncate(fd, S3_PART_BYTES + 10), 0);
    close(fd);
    return file;
}

#define STARTED                                                                            \
    {                                                                                      \
        .status = 200, .body = "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></" \
                               "InitiateMultipartUploadResult>"                            \
    }
#define PART(etag)                                         \
    {                                                      \
        .status = 200, .headers = { "ETag: \"" etag "\"" } \
    }

Test(s3, a_large_file_goes_up_in_parts_each_with_its_checksum)
{
    const ScriptedAnswer answers[] = {
        STARTED,
        PART("a"),
        {.status = 503, .body = "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"},
        PART("b"),
        {.status = 200,
         .body = "<CompleteMultipartUploadResult><ETag>x-2</ETag></CompleteMultipartUploadResult>",
         .headers = {"x-amz-version-id: v1"}},
    };
    g_auto(ScriptedAws) aws;
    g_autofree char *file = big_file(), *version = NULL;
    g_autoptr(GError) error = NULL;
    const S3Upload upload = {.bucket = "b", .key = "k", .file = file, .threads = 1};

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(s3_put_object(aws.client, &upload, NULL, &version, &error), "%s",
              error ? error->message : "");
    cr_expect_str_eq(version, "v1");
    cr_expect_str_eq(scripted_request(&aws.transport, 0)->url,
                     "http://127.0.0.1:4566/b/k?uploads=");
    cr_expect_str_eq(scripted_request(&aws.transport, 3)->url,
                     "http://127.0.0.1:4566/b/k?partNumber=2&uploadId=u%2F1");
    cr_expect(
        http_headers_get(scripted_request(&aws.transport, 1)->headers, "x-amz-checksum-sha256"));
    cr_expect(strstr(scripted_request(&aws.transport, 4)->body,
                     "<ETag>&quot;b&quot;</ETag><ChecksumSHA256>AdRIr9koBlRYz2cLYPWllNc1rwFyyNZ/"
                     "IqgWgBMmgco=</ChecksumSHA256><PartNumber>2</PartNumber>"));
    unlink(file);
}

Test(s3, parts_that_fail_are_given_back)
{
    const ScriptedAnswer answers[] = {
        STARTED,
        {.status = 403, .body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"},
        {.status = 204},
    };
    g_auto(ScriptedAws) aws;
    g_autofree char *file = big_file();
    g_autoptr(GError) error = NULL;
    const S3Upload upload = {.bucket = "b", .key = "k", .file = file, .threads = 1};

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(s3_put_object(aws.client, &upload, NULL, NULL, &error));
    cr_expect_str_eq(error->message, "put s3://b/k: part 1: AccessDenied: no");
    cr_expect_str_eq(scripted_request(&aws.transport, 2)->method, "DELETE");
    cr_expect_str_eq(scripted_request(&aws.transport, 2)->url,
                     "http://127.0.0.1:4566/b/k?uploadId=u%2F1");
    unlink(file);
}

Test(s3, what_s3_got_is_held_against_what_was_sent)
{
    const ScriptedAnswer wrong = {.status = 200, .headers = {"x-amz-checksum-sha256: other="}};
    const ScriptedAnswer answers[] = {
        wrong,
        STARTED,
        wrong,
        wrong,
        wrong,
        {.status = 204},
        STARTED,
        PART("a"),
        PART("b"),
        {.status = 200,
         .body = "<CompleteMultipartUploadResult><ChecksumSHA256>other=-2</ChecksumSHA256>"
                 "</CompleteMultipartUploadResult>"},
        {.status = 204}, /* the object is deleted */
        {.status = 404, .body = "<Error><Code>NoSuchUpload</Code></Error>"}};
    g_auto(ScriptedAws) aws;
    g_autofree char *file = big_file();
    const S3Upload small = {.bucket = "b", .key = "k", .data = "hello", .size = 5};
    const S3Upload big = {.bucket = "b", .key = "k", .file = file, .threads = 1};
    const S3Upload *const uploads[] = {&small, &big, &big};

    script(&aws, answers, G_N_ELEMENTS(answers));
    for (size_t i = 0; i < G_N_ELEMENTS(uploads); i++) {
        g_autoptr(GError) error = NULL;

        cr_assert_not(s3_put_object(aws.client, uploads[i], NULL, NULL, &error));
        cr_expect(aws_error_is(error, "ChecksumMismatch"), "%s", error->message);
    }
    cr_expect_eq(aws.transport.requests->len, G_N_ELEMENTS(answers));
    cr_expect_str_eq(scripted_request(&aws.transport, 5)->method, "DELETE");
    cr_expect_str_eq(scripted_request(&aws.transport, 10)->url, "http://127.0.0.1:4566/b/k");
    cr_expect_eq(aws.slept_ms, 3000); /* between the three rounds of the part */
    unlink(file);
}

Test(s3, the_checksum_that_s3_will_tell_is_known_before)
{
    g_autofree char *file = big_file(), *small = NULL, *parts = NULL, *none = NULL;
    g_autoptr(GError) error = NULL;

    cr_assert(s3_file_checksum(file, &parts, NULL));
    /* base64 (SHA-256 (SHA-256 (16 MiB of zeros) + SHA-256 (10 zeros))) */
    cr_expect_str_eq(parts, "1X19TVPLq5kPH19K+fTuiri50ixiv8FjqvCjRmrCqbk=-2");
    cr_assert(g_file_set_contents(file, "hello", 5, NULL));
    cr_assert(s3_file_checksum(file, &small, NULL));
    cr_expect_str_eq(small, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    unlink(file);
    cr_expect_not(s3_file_checksum(file, &none, &error));
}

Test(s3, a_checksum_of_parts_may_be_told_without_their_number)
{
    cr_expect(s3_checksum_is("abc=-3", "abc=-3"));
    cr_expect(s3_checksum_is("abc=", "abc=-3"));
    cr_expect(s3_checksum_is("abc=", "abc="));
    cr_expect_not(s3_checksum_is("abc=-2", "abc=-3"));
    cr_expect_not(s3_checksum_is("abc", "abc=-3"));
    cr_expect_not(s3_checksum_is("", "abc=-3"));
    cr_expect_not(s3_checksum_is("abc=", "abd="));
}

Test(s3, uploads_that_were_begun_are_listed_over_pages)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
                 "<NextKeyMarker>a%20b</NextKeyMarker><NextUploadIdMarker>u/1</NextUploadIdMarker>"
                 "<Upload><Key>a%20b</Key><UploadId>u/1</UploadId>"
                 "<Initiated>2015-08-30T12:36:00.000Z</Initiated></Upload>"
                 "</ListMultipartUploadsResult>"},
        {.status = 200,
         .body = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
                 "<Upload><Key>c</Key><UploadId>u2</UploadId></Upload>"
                 "</ListMultipartUploadsResult>"},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GPtrArray) uploads = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(s3_list_uploads(aws.client, "b", "a", &uploads, NULL));
    cr_assert_eq(uploads->len, 2);
    cr_expect_str_eq(((S3PendingUpload *)uploads->pdata[0])->key, "a b");
    cr_expect_eq(((S3PendingUpload *)uploads->pdata[0])->initiated_ms, INT64_C(1440938160000));
    cr_expect_str_eq(scripted_request(&aws.transport, 1)->url,
                     "http://127.0.0.1:4566/b?uploads=&encoding-type=url&prefix=a&key-marker=a%20b"
                     "&upload-id-marker=u%2F1");
}

Test(s3, an_error_inside_a_200_is_an_error)
{
    const ScriptedAnswer answers[] = {
        STARTED,
        PART("a"),
        PART("b"),
        {.status = 200,
         .body = "<Error><Code>InternalError</Code><Message>try again</Message></Error>"},
        {.status = 204},
        {.status = 200,
         .body = "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></"
                 "Error></DeleteResult>"},
    };
    g_auto(ScriptedAws) aws;
    g_autofree char *file = big_file();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    const S3Upload upload = {.bucket = "b", .key = "k", .file = file, .threads = 1};

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert_not(s3_put_object(aws.client, &upload, NULL, NULL, &error));
    cr_expect_str_eq(error->message, "put s3://b/k: InternalError: try again");
    cr_expect(aws_error_is_retryable(error));
    g_clear_error(&error);
    g_ptr_array_add(keys, "k<&>");
    cr_assert_not(s3_delete_objects(aws.client, "b", keys, &error));
    cr_expect_str_eq(error->message, "delete objects of bucket b: AccessDenied: k: no");
    cr_expect(strstr(scripted_request(&aws.transport, 5)->body, "<Key>k&lt;&amp;&gt;</Key>"));
    unlink(file);
}

Test(s3, a_small_object_carries_checksum_metadata_and_encryption)
{
    const ScriptedAnswer answers[] = {{.status = 200, .headers = {"x-amz-version-id: null"}}};
    g_auto(ScriptedAws) aws;
    g_autofree char *sha256 = NULL, *version = NULL;
    json_t *metadata = json_pack("{s:s}", "sha", "x=");
    const S3Upload upload = {.bucket = "b",
                             .key = "k",
                             .data = "hello",
                             .size = 5,
                             .metadata = metadata,
                             .encrypt = true};
    const GPtrArray *headers;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(s3_put_object(aws.client, &upload, &sha256, &version, NULL));
    headers = scripted_request(&aws.transport, 0)->headers;
    cr_expect_str_eq(sha256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    cr_expect_str_eq(http_headers_get(headers, "x-amz-checksum-sha256"), sha256);
    cr_expect_str_eq(http_headers_get(headers, "X-Amz-Content-Sha256"),
                     "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    cr_expect_str_eq(http_headers_get(headers, "x-amz-meta-sha"), "x=");
    cr_expect_str_eq(http_headers_get(headers, "x-amz-server-side-encryption"), "AES256");
    cr_expect_null(version);
    json_decref(metadata);
}

Test(s3, a_file_that_is_not_there_is_named)
{
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    const S3Upload upload = {.bucket = "b", .key = "k", .file = "/nonexistent"};

    script(&aws, NULL, 0);
    cr_assert_not(s3_put_object(aws.client, &upload, NULL, NULL, &error));
    cr_expect_str_eq(error->message,
                     "put s3://b/k: InvalidRequest: /nonexistent: No such file or directory");
}

Test(s3, a_bucket_is_settled_step_by_step)
{
    const ScriptedAnswer done = {.status = 200};
    const ScriptedAnswer answers[] = {
        {.status = 409, .body = "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>"},
        done,
        done,
        done,
        done,
        done};
    g_auto(ScriptedAws) aws;
    json_t *tags = json_pack("{s:s}", "a<b", "c&d");
    const S3BucketSettings settings = {.encryption = true,
                                       .block_public_access = true,
                                       .require_tls = true,
                                       .versioning = true,
                                       .tags = tags};
    const char *queries[] = {
        "", "?encryption=", "?publicAccessBlock=", "?policy=", "?versioning=", "?tagging="};

    scripted_aws_init(&aws, answers, G_N_ELEMENTS(answers), "https://127.0.0.1:4566");
    cr_assert(s3_create_bucket(aws.client, "b", &settings, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autofree char *url = g_strconcat("https://127.0.0.1:4566/b", queries[i], NULL);
        cr_expect_str_eq(scripted_request(&aws.transport, i)->url, url);
    }
    cr_expect(strstr(scripted_request(&aws.transport, 0)->body,
                     "<LocationConstraint>eu-west-1</LocationConstraint>"));
    cr_expect(
        strstr(scripted_request(&aws.transport, 3)->body, "\"aws:SecureTransport\":\"false\""));
    cr_expect(strstr(scripted_request(&aws.transport, 5)->body,
                     "<Key>a&lt;b</Key><Value>c&amp;d</Value>"));
    json_decref(tags);
}

Test(s3, a_bucket_made_through_plain_http_does_not_shut_out_its_maker)
{
    const ScriptedAnswer answers[] = {{.status = 200}};
    const S3BucketSettings settings = {.require_tls = true};
    g_auto(ScriptedAws) aws;

    script(&aws, answers, G_N_ELEMENTS(answers)); /* a second call would find no answer */
    cr_expect(s3_create_bucket(aws.client, "b", &settings, NULL));
}

Test(s3, somebody_elses_bucket_is_told_from_none)
{
    const ScriptedAnswer answers[] = {
        {.status = 403}, {.status = 404}, {.status = 301}, {.status = 400}};
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    S3BucketState state;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(s3_head_bucket(aws.client, "b", "123456789012", &state, NULL, NULL));
    cr_expect_eq(state, S3_BUCKET_OTHERS);
    cr_expect_str_eq(http_headers_get(scripted_request(&aws.transport, 0)->headers,
                                      "x-amz-expected-bucket-owner"),
                     "123456789012");
    cr_assert(s3_head_bucket(aws.client, "b", NULL, &state, NULL, NULL));
    cr_expect_eq(state, S3_BUCKET_ABSENT);
    cr_assert(s3_head_bucket(aws.client, "b", NULL, &state, NULL, NULL));
    cr_expect_eq(state, S3_BUCKET_OTHERS);
    cr_assert_not(s3_head_bucket(aws.client, "b", NULL, &state, NULL, &error));
    cr_expect_str_eq(error->message, "look for bucket b: BadRequest: HTTP 400 without a body");
}

Test(s3, lists_are_read_over_pages_with_keys_decoded)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = "<ListBucketResult><Contents><Key>a%20b%2Bc</Key><Size>5</"
                 "Size><ETag>&quot;e&quot;</ETag>"
                 "<LastModified>2015-08-30T12:36:00.000Z</LastModified></Contents>"
                 "<NextContinuationToken>t=</NextContinuationToken></ListBucketResult>"},
        {.status = 200,
         .body = "<ListBucketResult><Contents><Key>d</Key></Contents></ListBucketResult>"},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GPtrArray) objects = NULL;
    const S3ListedObject *first;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(s3_list_objects(aws.client, "b", "a ", 0, &objects, NULL));
    cr_assert_eq(objects->len, 2);
    first = objects->pdata[0];
    cr_expect_str_eq(first->key, "a b+c");
    cr_expect_str_eq(first->etag, "e");
    cr_expect_eq(first->size_bytes, 5);
    cr_expect_str_eq(scripted_request(&aws.transport, 1)->url,
                     "http://127.0.0.1:4566/"
                     "b?list-type=2&encoding-type=url&prefix=a%20&continuation-token=t%3D");
}
