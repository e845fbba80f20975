/* Objects: looking, reading, deleting, listing. */
#include "reconcile/aws/curl_library.h"
#include "reconcile/aws/digest.h"
#include "reconcile/aws/percent_encoding.h"
#include "reconcile/aws/s3_call.h"
#include "reconcile/aws/timestamp.h"
#include <stdio.h>
#include <string.h>

#define DELETE_MAX_KEYS 1000
#define LIST_MAX_OBJECTS 100000
#define METADATA_PREFIX "x-amz-meta-"

void s3_object_free(S3Object *object)
{
    if (!object)
        return;
    g_free(object->etag);
    g_free(object->version_id);
    g_free(object->checksum_sha256);
    json_decref(object->metadata);
    g_free(object);
}

static char *unquoted(const char *etag)
{
    size_t length = etag ? strlen(etag) : 0;

    if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"')
        return g_strndup(etag + 1, length - 2);
    return g_strdup(etag);
}

static json_t *read_metadata(const GPtrArray *headers)
{
    json_t *metadata = json_object();

    for (guint i = 0; i < headers->len; i++) {
        const HttpHeader *header = headers->pdata[i];
        g_autofree char *lower = g_ascii_strdown(header->name, -1);

        if (g_str_has_prefix(lower, METADATA_PREFIX))
            json_object_set_new(metadata, lower + strlen(METADATA_PREFIX),
                                json_string(header->value));
    }
    return metadata;
}

static S3Object *read_object(const GPtrArray *headers)
{
    S3Object *object = g_new0(S3Object, 1);
    const char *size = http_headers_get(headers, "Content-Length");
    const char *modified = http_headers_get(headers, "Last-Modified");
    const char *version = http_headers_get(headers, "x-amz-version-id");
    time_t modified_s = modified ? curl()->getdate(modified, NULL) : -1;

    object->size_bytes = size ? g_ascii_strtoull(size, NULL, 10) : 0;
    object->etag = unquoted(http_headers_get(headers, "ETag"));
    object->version_id = g_strcmp0(version, "null") == 0 ? NULL : g_strdup(version);
    object->checksum_sha256 = g_strdup(http_headers_get(headers, "x-amz-checksum-sha256"));
    object->last_modified_ms = modified_s < 0 ? 0 : (int64_t)modified_s * 1000;
    object->metadata = read_metadata(headers);
    return object;
}

bool s3_head_object(AwsClient *client, const char *bucket, const char *key, S3Object **ret,
                    GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    const S3Call call = {
        .action = "HeadObject", .method = "HEAD", .bucket = bucket, .key = key, .headers = headers};
    g_autoptr(GError) failure = NULL;

    http_headers_set(headers, "x-amz-checksum-mode", "ENABLED");
    if (s3_send(client, &call, &response, &failure)) {
        *ret = read_object(response.headers);
        return true;
    }
    if (aws_error_status(failure) == 404) {
        *ret = NULL;
        return true;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&failure), "look for s3://%s/%s: ", bucket,
                               key);
    return false;
}

static char *version_query(const char *version_id)
{
    GString *query;

    if (!version_id)
        return NULL;
    query = g_string_new("versionId=");
    percent_encode(query, version_id, NULL);
    return g_string_free(query, FALSE);
}

bool s3_get_object(AwsClient *client, const char *bucket, const char *key, const char *version_id,
                   uint64_t max_bytes, GString **ret, GError **error)
{
    g_auto(HttpResponse) response = {0};
    g_autofree char *query = version_query(version_id);
    const S3Call call = {
        .action = "GetObject",
        .method = "GET",
        .bucket = bucket,
        .key = key,
        .query = query,
        .max_answer_bytes = max_bytes ? max_bytes : S3_MAX_OBJECT_IN_MEMORY,
        .timeout_ms = s3_timeout_ms(max_bytes ? max_bytes : S3_MAX_OBJECT_IN_MEMORY),
    };

    if (!s3_send(client, &call, &response, error)) {
        g_prefix_error(error, "get s3://%s/%s: ", bucket, key);
        return false;
    }
    *ret = g_steal_pointer(&response.body);
    return true;
}

bool s3_delete_object(AwsClient *client, const char *bucket, const char *key, GError **error)
{
    g_auto(HttpResponse) response = {0};
    const S3Call call = {
        .action = "DeleteObject", .method = "DELETE", .bucket = bucket, .key = key};

    if (s3_send(client, &call, &response, error))
        return true;
    g_prefix_error(error, "delete s3://%s/%s: ", bucket, key);
    return false;
}

/* The answer is 200 also when single keys were refused. */
static bool first_refused(const XmlDocument *answer, GError **error)
{
    const XmlNode *refused = xml_find(xml_root(answer), "Error");
    g_autofree char *message = NULL;

    if (!refused)
        return true;
    message =
        g_strdup_printf("%s: %s", xml_text(refused, "Key") ? xml_text(refused, "Key") : "an object",
                        xml_text(refused, "Message") ? xml_text(refused, "Message") : "refused");
    aws_error_set(error, AWS_ERROR_REFUSED,
                  xml_text(refused, "Code") ? xml_text(refused, "Code") : "Refused", 200, NULL,
                  false, false, message);
    return false;
}

static bool delete_thousand(AwsClient *client, const char *bucket, const GPtrArray *keys,
                            guint from, GError **error)
{
    g_autoptr(GString) body =
        g_string_new("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_autoptr(XmlDocument) answer = NULL;
    unsigned char digest[DIGEST_SIZE];
    g_autofree char *base64 = NULL;
    S3Call call = {.action = "DeleteObjects",
                   .method = "POST",
                   .bucket = bucket,
                   .query = "delete=",
                   .headers = headers};

    for (guint i = from; i < MIN(from + DELETE_MAX_KEYS, keys->len); i++) {
        g_autofree char *object =
            g_markup_printf_escaped("<Object><Key>%s</Key></Object>", (char *)keys->pdata[i]);
        g_string_append(body, object);
    }
    g_string_append(body, "<Quiet>true</Quiet></Delete>");
    digest_sha256(body->str, body->len, digest);
    base64 = g_base64_encode(digest, sizeof digest);
    http_headers_set(headers, "x-amz-checksum-sha256", base64);
    http_headers_set(headers, "x-amz-sdk-checksum-algorithm", "SHA256");
    http_headers_set(headers, "Content-Type", "application/xml");
    call.body = body->str;
    call.body_size = body->len;
    return s3_send_xml(client, &call, &answer, error) && first_refused(answer, error);
}

bool s3_delete_objects(AwsClient *client, const char *bucket, const GPtrArray *keys, GError **error)
{
    for (guint i = 0; i < keys->len; i += DELETE_MAX_KEYS) {
        if (!delete_thousand(client, bucket, keys, i, error)) {
            g_prefix_error(error, "delete objects of bucket %s: ", bucket);
            return false;
        }
    }
    return true;
}

void s3_listed_object_free(S3ListedObject *object)
{
    if (!object)
        return;
    g_free(object->key);
    g_free(object->etag);
    g_free(object);
}

static S3ListedObject *read_listed(const XmlNode *node)
{
    S3ListedObject *object = g_new0(S3ListedObject, 1);
    const char *size = xml_text(node, "Size"), *key = xml_text(node, "Key");

    object->key = percent_decode(key ? key : "", -1);
    object->etag = unquoted(xml_text(node, "ETag"));
    object->size_bytes = size ? g_ascii_strtoull(size, NULL, 10) : 0;
    object->last_modified_ms = timestamp_parse(xml_text(node, "LastModified"));
    return object;
}

/* encoding-type=url, because XML cannot carry every key. */
static bool list_page(AwsClient *client, const char *bucket, const char *prefix, unsigned max,
                      char **token, GPtrArray *into, GError **error)
{
    g_autoptr(GString) query = g_string_new("list-type=2&encoding-type=url");
    g_autoptr(XmlDocument) answer = NULL;
    S3Call call = {.action = "ListObjectsV2", .method = "GET", .bucket = bucket};

    if (prefix) {
        g_string_append(query, "&prefix=");
        percent_encode(query, prefix, NULL);
    }
    if (*token) {
        g_string_append(query, "&continuation-token=");
        percent_encode(query, *token, NULL);
    }
    call.query = query->str;
    if (!s3_send_xml(client, &call, &answer, error))
        return false;
    for (const XmlNode *at = xml_root(answer)->first_child; at && into->len < max; at = at->next) {
        if (g_str_equal(at->name, "Contents"))
            g_ptr_array_add(into, read_listed(at));
    }
    g_free(*token);
    *token = g_strdup(xml_text(xml_root(answer), "NextContinuationToken"));
    return true;
}

bool s3_list_objects(AwsClient *client, const char *bucket, const char *prefix, unsigned max,
                     GPtrArray **ret, GError **error)
{
    g_autoptr(GPtrArray) objects =
        g_ptr_array_new_with_free_func((GDestroyNotify)s3_listed_object_free);
    g_autofree char *token = NULL;
    unsigned limit = max ? max : LIST_MAX_OBJECTS;

    do {
        if (!list_page(client, bucket, prefix, limit, &token, objects, error)) {
            g_prefix_error(error, "list bucket %s: ", bucket);
            return false;
        }
    } while (token && *token && objects->len < limit);
    *ret = g_steal_pointer(&objects);
    return true;
}
