#include "tests/aws/services/s3_internal.h"
#include "tests/aws/wire/digest.h"
#include "tests/aws/wire/xml_reader.h"
#include <openssl/evp.h>
#include <string.h>

enum { PART_MINIMUM_BYTES = 5 * 1024 * 1024 };

typedef struct {
    char *key;
    json_t *headers;
    GHashTable *parts; /* number → GBytes */
} S3Upload;

static void upload_free(void *data)
{
    S3Upload *upload = data;

    g_free(upload->key);
    json_decref(upload->headers);
    g_hash_table_unref(upload->parts);
    g_free(upload);
}

GHashTable *s3_uploads_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, upload_free);
}

json_t *s3_create_multipart_upload(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);
    S3Upload *upload = NULL;
    g_autofree char *id = NULL;

    if (bucket == NULL)
        return NULL;
    id = double_id(call->aws, ID_LOWER, 32);
    upload = g_new0(S3Upload, 1);
    upload->key = g_strdup(s3_key(call));
    upload->headers = s3_kept_headers(call);
    upload->parts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    g_hash_table_insert(bucket->uploads, g_strdup(id), upload);
    return json_pack("{s:{s:s, s:s, s:s}}", "InitiateMultipartUploadResult", "Bucket", bucket->name,
                     "Key", upload->key, "UploadId", id);
}

static S3Upload *upload_of(ApiCall *call, Bucket **ret_bucket)
{
    Bucket *bucket = s3_bucket(call);
    const char *id = http_request_query(call->http, "uploadId");
    S3Upload *upload =
        bucket != NULL && id != NULL ? g_hash_table_lookup(bucket->uploads, id) : NULL;

    if (bucket != NULL && (upload == NULL || strcmp(upload->key, s3_key(call)) != 0)) {
        api_fail(call, 404, "NoSuchUpload",
                 "The specified upload does not exist. The upload ID may be invalid, or the upload "
                 "may have been aborted or completed.");
        return NULL;
    }
    *ret_bucket = bucket;
    return upload;
}

static char *part_etag(GBytes *part)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(part, &size);
    g_autofree char *hash = md5_hex(data, size);

    return g_strdup_printf("\"%s\"", hash);
}

json_t *s3_upload_part(ApiCall *call)
{
    Bucket *bucket = NULL;
    S3Upload *upload = upload_of(call, &bucket);
    guint64 number = g_ascii_strtoull(http_request_query(call->http, "partNumber"), NULL, 10);
    g_autofree char *etag = NULL;
    GBytes *part = NULL;

    if (upload == NULL || !s3_checksums_hold(call))
        return NULL;
    if (number < 1 || number > 10000)
        return api_fail(call, 400, "InvalidArgument",
                        "Part number must be an integer between 1 and 10000, inclusive");
    part = g_bytes_new(call->http->body->data, call->http->body->len);
    g_hash_table_replace(upload->parts, GUINT_TO_POINTER(number), part);
    etag = part_etag(part);
    http_response_add_header(call->response, "ETag", etag);
    return api_done(call);
}

/* The parts that the body lists, joined; `digests` collects their MD5s. NULL with the call's error.
 */
static GByteArray *joined_parts(ApiCall *call, const S3Upload *upload, json_t *list,
                                GByteArray *digests)
{
    g_autoptr(GByteArray) whole = g_byte_array_new();
    size_t i = 0;
    json_t *item = NULL;
    guint64 before = 0;

    json_array_foreach(list, i, item)
    {
        const char *number_text =
            json_string_value(json_array_get(json_object_get(item, "PartNumber"), 0));
        const char *etag = json_string_value(json_array_get(json_object_get(item, "ETag"), 0));
        guint64 number = number_text != NULL ? g_ascii_strtoull(number_text, NULL, 10) : 0;
        GBytes *part = g_hash_table_lookup(upload->parts, GUINT_TO_POINTER(number));
        g_autofree char *own = part != NULL ? part_etag(part) : NULL;
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        gsize size = 0;
        const void *data = NULL;

        if (number <= before) {
            api_fail(call, 400, "InvalidPartOrder",
                     "The list of parts was not in ascending order.");
            return NULL;
        }
        before = number;
        if (part == NULL || etag == NULL ||
            strncmp(own + (*etag == '"' ? 0 : 1), etag, strlen(etag)) != 0) {
            api_fail(call, 400, "InvalidPart",
                     "One or more of the specified parts could not be found.");
            return NULL;
        }
        data = g_bytes_get_data(part, &size);
        if (size < PART_MINIMUM_BYTES && i + 1 < json_array_size(list)) {
            api_fail(call, 400, "EntityTooSmall",
                     "Your proposed upload is smaller than the minimum allowed size");
            return NULL;
        }
        EVP_Digest(data, size, digest, &length, EVP_md5(), NULL);
        g_byte_array_append(digests, digest, length);
        g_byte_array_append(whole, data, (guint)size);
    }
    return g_steal_pointer(&whole);
}

json_t *s3_complete_multipart_upload(ApiCall *call)
{
    Bucket *bucket = NULL;
    S3Upload *upload = upload_of(call, &bucket);
    json_auto_t *body = NULL;
    json_t *list = NULL;
    g_autoptr(GByteArray) digests = g_byte_array_new();
    g_autoptr(GByteArray) whole = NULL;
    g_autoptr(GBytes) content = NULL;
    g_autofree char *hash = NULL, *location = NULL;
    S3Object *object = NULL;

    if (upload == NULL)
        return NULL;
    body = xml_read((const char *)call->http->body->data, call->http->body->len);
    list = json_object_get(body, "Part");
    if (json_array_size(list) == 0)
        return api_fail(call, 400, "MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema");
    whole = joined_parts(call, upload, list, digests);
    if (whole == NULL)
        return NULL;
    content = g_bytes_new(whole->data, whole->len);
    object = bucket_put(bucket, upload->key, content, json_incref(upload->headers), call->now_ms);
    hash = md5_hex(digests->data, digests->len);
    g_free(object->etag);
    object->etag = g_strdup_printf("\"%s-%zu\"", hash, json_array_size(list));
    if (object->version_id != NULL)
        http_response_add_header(call->response, "x-amz-version-id", object->version_id);
    g_hash_table_remove(bucket->uploads, http_request_query(call->http, "uploadId"));
    location =
        g_strdup_printf("http://127.0.0.1:%u/%s/%s", call->aws->port, bucket->name, s3_key(call));
    return json_pack("{s:{s:s, s:s, s:s, s:s}}", "CompleteMultipartUploadResult", "Location",
                     location, "Bucket", bucket->name, "Key", s3_key(call), "ETag", object->etag);
}

json_t *s3_abort_multipart_upload(ApiCall *call)
{
    Bucket *bucket = NULL;

    if (upload_of(call, &bucket) == NULL)
        return NULL;
    g_hash_table_remove(bucket->uploads, http_request_query(call->http, "uploadId"));
    call->response->status = 204;
    return api_done(call);
}
