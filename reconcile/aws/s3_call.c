#include "reconcile/aws/s3_call.h"
#include "reconcile/aws/endpoint.h"
#include "reconcile/aws/percent_encoding.h"
#include <string.h>

unsigned s3_timeout_ms(uint64_t size_bytes)
{
    return (unsigned)(HTTP_TIMEOUT_MS + MIN(size_bytes / 100, 3600u * 1000));
}

/* A name with dots has labels that the wildcard certificate does not cover; an emulator has no name
 * for each bucket. */
static bool stands_in_path(const AwsClient *client, const char *bucket)
{
    return endpoint_is_overridden(aws_client_endpoints(client), AWS_SERVICE_S3) ||
           strchr(bucket, '.');
}

static char *path_of(const AwsClient *client, const char *bucket, const char *key)
{
    GString *path = g_string_new("/");

    if (stands_in_path(client, bucket)) {
        percent_encode(path, bucket, NULL);
        if (key)
            g_string_append_c(path, '/');
    }
    if (key)
        percent_encode(path, key, "/");
    return g_string_free(path, FALSE);
}

char *s3_object_url(const AwsClient *client, const char *bucket, const char *key)
{
    g_autofree char *endpoint =
        endpoint_url(aws_client_endpoints(client), AWS_SERVICE_S3, aws_client_region(client));
    g_autofree char *path = path_of(client, bucket, key);

    if (stands_in_path(client, bucket))
        return g_strconcat(endpoint, path, NULL);
    return g_strdup_printf("https://%s.%s%s", bucket, endpoint + strlen("https://"), path);
}

bool s3_send(AwsClient *client, const S3Call *call, HttpResponse *ret, GError **error)
{
    g_autofree char *path = path_of(client, call->bucket, call->key);
    const AwsRequest request = {
        .service = AWS_SERVICE_S3,
        .action = call->action,
        .method = call->method,
        .host_prefix = stands_in_path(client, call->bucket) ? NULL : call->bucket,
        .path = path,
        .query = call->query,
        .headers = call->headers,
        .body = call->body,
        .body_size = call->body_size,
        .body_file = call->body_file,
        .body_offset = call->body_offset,
        .payload_hash = call->payload_hash,
        .timeout_ms = call->timeout_ms,
        .max_answer_bytes = call->max_answer_bytes,
    };

    return aws_send(client, &request, ret, error);
}

bool s3_send_xml(AwsClient *client, const S3Call *call, XmlDocument **ret, GError **error)
{
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) unreadable = NULL;
    XmlDocument *document;

    if (!s3_send(client, call, &response, error))
        return false;
    document = xml_parse(response.body->str, response.body->len, &unreadable);
    if (!document) {
        aws_answer_error(error, &response, unreadable->message);
        return false;
    }
    *ret = document;
    return true;
}
