#include "tests/aws/services/s3_internal.h"
#include "tests/aws/wire/digest.h"
#include "tests/aws/wire/xml_reader.h"
#include <string.h>
#include <time.h>

bool s3_checksums_hold(ApiCall *call)
{
    static const char *const algorithms[] = {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"};
    const GByteArray *body = call->http->body;
    const char *md5 = http_request_header(call->http, "content-md5");
    g_autofree char *own_md5 = md5 != NULL ? md5_base64(body->data, body->len) : NULL;

    if (md5 != NULL && strcmp(md5, own_md5) != 0) {
        api_fail(call, 400, "BadDigest",
                 "The Content-MD5 you specified did not match what we received.");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++) {
        g_autofree char *header = g_strconcat("x-amz-checksum-", algorithms[i], NULL);
        const char *given = http_request_header(call->http, header);
        g_autofree char *own =
            given != NULL ? s3_checksum(algorithms[i], body->data, body->len) : NULL;

        if (given != NULL && strcmp(given, own) != 0) {
            g_autofree char *name = g_ascii_strup(algorithms[i], -1);

            api_fail(call, 400, "BadDigest",
                     "The %s you specified did not match the calculated checksum.", name);
            return false;
        }
    }
    return true;
}

json_t *s3_kept_headers(const ApiCall *call)
{
    json_t *kept = json_object();
    GHashTableIter iterator;
    void *name = NULL, *value = NULL;

    g_hash_table_iter_init(&iterator, call->http->headers);
    while (g_hash_table_iter_next(&iterator, &name, &value)) {
        if (g_str_has_prefix(name, "x-amz-meta-") || strcmp(name, "content-type") == 0 ||
            strcmp(name, "cache-control") == 0 || strcmp(name, "content-disposition") == 0 ||
            g_str_has_prefix(name, "x-amz-checksum-") ||
            strcmp(name, "x-amz-server-side-encryption") == 0)
            json_set_text(kept, name, value);
    }
    if (json_object_get(kept, "x-amz-server-side-encryption") == NULL)
        json_set_text(kept, "x-amz-server-side-encryption", "AES256");
    return kept;
}

static void add_object_headers(ApiCall *call, const S3Object *object)
{
    const char *name = NULL;
    json_t *value = NULL;
    time_t seconds = (time_t)(object->modified_ms / 1000);
    struct tm broken;
    char modified[64];

    gmtime_r(&seconds, &broken);
    strftime(modified, sizeof modified, "%a, %d %b %Y %H:%M:%S GMT", &broken);
    http_response_add_header(call->response, "ETag", object->etag);
    http_response_add_header(call->response, "Last-Modified", modified);
    http_response_add_header(call->response, "Accept-Ranges", "bytes");
    if (object->version_id != NULL)
        http_response_add_header(call->response, "x-amz-version-id", object->version_id);
    json_object_foreach(object->headers, name, value)
    {
        if (!g_str_has_prefix(name, "x-amz-checksum-") ||
            (http_request_header(call->http, "x-amz-checksum-mode") != NULL &&
             http_request_header(call->http, "range") == NULL))
            http_response_add_header(call->response, name, json_string_value(value));
    }
    if (json_object_get(object->headers, "content-type") == NULL)
        http_response_add_header(call->response, "Content-Type", "binary/octet-stream");
}

json_t *s3_put_object(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);
    const char *if_none = http_request_header(call->http, "if-none-match");
    g_autoptr(GBytes) content = NULL;
    const S3Object *object = NULL;
    const char *name = NULL;
    json_t *value = NULL;

    if (bucket == NULL || !s3_checksums_hold(call))
        return NULL;
    if (g_strcmp0(if_none, "*") == 0 && bucket_object(bucket, s3_key(call)) != NULL)
        return api_fail(call, 412, "PreconditionFailed",
                        "At least one of the pre-conditions you specified did not hold");
    content = g_bytes_new(call->http->body->data, call->http->body->len);
    object = bucket_put(bucket, s3_key(call), content, s3_kept_headers(call), call->now_ms);
    http_response_add_header(call->response, "ETag", object->etag);
    if (object->version_id != NULL)
        http_response_add_header(call->response, "x-amz-version-id", object->version_id);
    json_object_foreach(object->headers, name, value)
    {
        if (g_str_has_prefix(name, "x-amz-checksum-") ||
            strcmp(name, "x-amz-server-side-encryption") == 0)
            http_response_add_header(call->response, name, json_string_value(value));
    }
    return api_done(call);
}

static const S3Object *object_of(ApiCall *call)
{
    const Bucket *bucket = s3_bucket(call);
    const char *version = http_request_query(call->http, "versionId");
    const S3Object *object = bucket != NULL ? bucket_object(bucket, s3_key(call)) : NULL;

    if (bucket == NULL)
        return NULL;
    if (object == NULL)
        api_fail(call, 404, "NoSuchKey", "The specified key does not exist.");
    else if (version != NULL && g_strcmp0(version, object->version_id) != 0)
        api_fail(call, 404, "NoSuchVersion", "The specified version does not exist.");
    else
        return object;
    return NULL;
}

/* "bytes=a-b", "bytes=a-" and "bytes=-n". False when there is no such part. */
static bool range_of(const char *text, gsize size, gsize *ret_start, gsize *ret_end)
{
    const char *dash = strchr(text, '-');
    guint64 first = g_ascii_strtoull(text + strlen("bytes="), NULL, 10);
    guint64 last = dash != NULL && dash[1] != '\0' ? g_ascii_strtoull(dash + 1, NULL, 10) : size;

    if (!g_str_has_prefix(text, "bytes=") || dash == NULL)
        return false;
    if (dash == text + strlen("bytes=")) {
        first = last < size ? size - last : 0;
        last = size;
    }
    if (first >= size || last < first)
        return false;
    *ret_start = first;
    *ret_end = last + 1 < size ? last + 1 : size;
    return true;
}

json_t *s3_get_object(ApiCall *call)
{
    const S3Object *object = object_of(call);
    const char *range = http_request_header(call->http, "range");
    const char *match = http_request_header(call->http, "if-none-match");
    const guint8 *data = NULL;
    gsize size = 0, start = 0, end = 0;

    if (object == NULL)
        return NULL;
    data = g_bytes_get_data(object->content, &size);
    end = size;
    add_object_headers(call, object);
    if (match != NULL && strcmp(match, object->etag) == 0) {
        call->response->status = 304;
        return api_done(call);
    }
    if (range != NULL) {
        g_autofree char *content_range = NULL;

        if (!range_of(range, size, &start, &end))
            return api_fail(call, 416, "InvalidRange", "The requested range is not satisfiable");
        content_range = g_strdup_printf(
            "bytes %" G_GSIZE_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT, start, end - 1, size);
        http_response_add_header(call->response, "Content-Range", content_range);
        call->response->status = 206;
    }
    if (end > start)
        g_byte_array_append(call->response->body, data + start, (guint)(end - start));
    return api_done(call);
}

json_t *s3_head_object(ApiCall *call)
{
    const S3Object *object = object_of(call);
    gsize size = 0;
    const guint8 *data = NULL;

    if (object == NULL)
        return NULL;
    /* The server sends the length and leaves the body out. */
    data = g_bytes_get_data(object->content, &size);
    if (size > 0)
        g_byte_array_append(call->response->body, data, (guint)size);
    add_object_headers(call, object);
    return api_done(call);
}

json_t *s3_delete_object(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);

    if (bucket == NULL)
        return NULL;
    g_tree_remove(bucket->objects, s3_key(call));
    call->response->status = 204;
    return api_done(call);
}

json_t *s3_delete_objects(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);
    json_auto_t *body = NULL;
    json_t *deleted = NULL, *item = NULL;
    size_t i = 0;
    bool quiet = false;

    if (bucket == NULL || !s3_checksums_hold(call))
        return NULL;
    body = xml_read((const char *)call->http->body->data, call->http->body->len);
    if (json_array_size(json_object_get(body, "Object")) == 0)
        return api_fail(call, 400, "MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema");
    quiet = g_strcmp0(json_string_value(json_array_get(json_object_get(body, "Quiet"), 0)),
                      "true") == 0;
    deleted = json_array();
    json_array_foreach(json_object_get(body, "Object"), i, item)
    {
        const char *key = json_string_value(json_array_get(json_object_get(item, "Key"), 0));

        if (key == NULL)
            continue;
        g_tree_remove(bucket->objects, key);
        if (!quiet)
            json_array_append_new(deleted, json_pack("{s:s}", "Key", key));
    }
    return json_pack("{s:{s:o}}", "DeleteResult", "Deleted", deleted);
}
