/* Buckets: whether one is there, and making it the way artifacts need it. */
#include "config/json_text.h"
#include "reconcile/aws/digest.h"
#include "reconcile/aws/endpoint.h"
#include "reconcile/aws/s3_call.h"
#include <string.h>

bool s3_head_bucket(AwsClient *client, const char *bucket, const char *expected_owner,
                    S3BucketState *ret, char **ret_region, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    const S3Call call = {
        .action = "HeadBucket", .method = "HEAD", .bucket = bucket, .headers = headers};
    g_autoptr(GError) failure = NULL;
    S3BucketState state = S3_BUCKET_OURS;

    if (expected_owner)
        http_headers_set(headers, "x-amz-expected-bucket-owner", expected_owner);
    if (!s3_send(client, &call, &response, &failure)) {
        unsigned status = aws_error_status(failure);

        if (status == 404) {
            state = S3_BUCKET_ABSENT;
        } else if (status == 403 ||
                   status == 301) { /* 301: in another region, and nothing says it is ours */
            state = S3_BUCKET_OTHERS;
        } else {
            g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                       "look for bucket %s: ", bucket);
            return false;
        }
    }
    *ret = state;
    if (ret_region)
        *ret_region = g_strdup(
            response.headers ? http_headers_get(response.headers, "x-amz-bucket-region") : NULL);
    return true;
}

/* Puts a sub-resource of the bucket. S3 asks for a checksum on these. */
static bool put(AwsClient *client, const char *action, const char *bucket, const char *query,
                const char *type, const char *body, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    unsigned char digest[DIGEST_SIZE];
    g_autofree char *base64 = NULL;
    const S3Call call = {.action = action,
                         .method = "PUT",
                         .bucket = bucket,
                         .query = query,
                         .headers = headers,
                         .body = body,
                         .body_size = strlen(body)};

    digest_sha256(body, strlen(body), digest);
    base64 = g_base64_encode(digest, sizeof digest);
    http_headers_set(headers, "x-amz-checksum-sha256", base64);
    http_headers_set(headers, "x-amz-sdk-checksum-algorithm", "SHA256");
    http_headers_set(headers, "Content-Type", type);
    return s3_send(client, &call, &response, error);
}

static bool put_xml(AwsClient *client, const char *action, const char *bucket, const char *query,
                    const char *body, GError **error)
{
    return put(client, action, bucket, query, "application/xml", body, error);
}

#define XML_NAMESPACE "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

/* us-east-1 is the one region that must not be named. */
static bool create(AwsClient *client, const char *bucket, GError **error)
{
    const char *region = aws_client_region(client);
    g_auto(HttpResponse) response = {0};
    g_autofree char *body =
        g_strdup_printf("<CreateBucketConfiguration " XML_NAMESPACE "><LocationConstraint>%s"
                        "</LocationConstraint></CreateBucketConfiguration>",
                        region);
    const S3Call call = {.action = "CreateBucket", .method = "PUT", .bucket = bucket};
    g_autoptr(GError) failure = NULL;

    if (g_str_equal(region, "us-east-1")
            ? s3_send(client, &call, &response, &failure)
            : put_xml(client, "CreateBucket", bucket, NULL, body, &failure))
        return true;
    if (aws_error_is(failure, "BucketAlreadyOwnedByYou"))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

static bool encrypt(AwsClient *client, const char *bucket, GError **error)
{
    return put_xml(client, "PutBucketEncryption", bucket, "encryption=",
                   "<ServerSideEncryptionConfiguration " XML_NAMESPACE
                   "><Rule><ApplyServerSideEncryptionByDefault>"
                   "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
                   "</ServerSideEncryptionConfiguration>",
                   error);
}

static bool block_public_access(AwsClient *client, const char *bucket, GError **error)
{
    return put_xml(
        client, "PutPublicAccessBlock", bucket, "publicAccessBlock=",
        "<PublicAccessBlockConfiguration " XML_NAMESPACE "><BlockPublicAcls>true</BlockPublicAcls>"
        "<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>"
        "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
        error);
}

/* Through a plain http:// endpoint (an AWS on this machine) the policy would shut out its own
 * maker. */
static bool speaks_tls(const AwsClient *client)
{
    g_autofree char *url =
        endpoint_url(aws_client_endpoints(client), AWS_SERVICE_S3, aws_client_region(client));

    return g_str_has_prefix(url, "https://");
}

static bool require_tls(AwsClient *client, const char *bucket, GError **error)
{
    const char *partition = endpoint_partition(aws_client_region(client));
    g_autofree char *arn = g_strdup_printf("arn:%s:s3:::%s", partition, bucket);
    g_autofree char *objects = g_strconcat(arn, "/*", NULL), *text = NULL;
    json_t *policy = json_pack("{s:s, s:[{s:s, s:s, s:s, s:s, s:[s, s], s:{s:{s:s}}}]}", "Version",
                               "2012-10-17", "Statement", "Sid", "DenyInsecureTransport", "Effect",
                               "Deny", "Principal", "*", "Action", "s3:*", "Resource", arn, objects,
                               "Condition", "Bool", "aws:SecureTransport", "false");

    text = json_text(policy, JSON_TEXT_COMPACT);
    json_decref(policy);
    return put(client, "PutBucketPolicy", bucket, "policy=", "application/json", text, error);
}

static bool set_versioning(AwsClient *client, const char *bucket, GError **error)
{
    return put_xml(client, "PutBucketVersioning", bucket, "versioning=",
                   "<VersioningConfiguration " XML_NAMESPACE
                   "><Status>Enabled</Status></VersioningConfiguration>",
                   error);
}

static bool set_tags(AwsClient *client, const char *bucket, json_t *tags, GError **error)
{
    g_autoptr(GString) body = g_string_new("<Tagging " XML_NAMESPACE "><TagSet>");
    const char *key;
    json_t *value;

    json_object_foreach(tags, key, value)
    {
        g_autofree char *tag =
            g_markup_printf_escaped("<Tag><Key>%s</Key><Value>%s</Value></Tag>", key,
                                    json_is_string(value) ? json_string_value(value) : "");
        g_string_append(body, tag);
    }
    g_string_append(body, "</TagSet></Tagging>");
    return put_xml(client, "PutBucketTagging", bucket, "tagging=", body->str, error);
}

bool s3_create_bucket(AwsClient *client, const char *bucket, const S3BucketSettings *settings,
                      GError **error)
{
    if (create(client, bucket, error) &&
        (!settings->encryption || encrypt(client, bucket, error)) &&
        (!settings->block_public_access || block_public_access(client, bucket, error)) &&
        (!settings->require_tls || !speaks_tls(client) || require_tls(client, bucket, error)) &&
        (!settings->versioning || set_versioning(client, bucket, error)) &&
        (!settings->tags || set_tags(client, bucket, settings->tags, error)))
        return true;
    g_prefix_error(error, "create bucket %s: ", bucket);
    return false;
}

bool s3_bucket_is_settled(AwsClient *client, const char *bucket, const S3BucketSettings *settings)
{
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) failure = NULL;
    bool by_policy = settings->require_tls && speaks_tls(client);
    const S3Call call = {.action = by_policy ? "GetBucketPolicy" : "GetPublicAccessBlock",
                         .method = "GET",
                         .bucket = bucket,
                         .query = by_policy ? "policy=" : "publicAccessBlock="};

    return s3_send(client, &call, &response, &failure) ||
           !aws_error_is(failure,
                         by_policy ? "NoSuchBucketPolicy" : "NoSuchPublicAccessBlockConfiguration");
}
