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
    bool with_sha256;  /* asked for: the object gets a composite checksum */
    int64_t initiated_ms;
    const char *id; /* borrowed from the table; set while listing */
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

void s3_age_uploads(Bucket *bucket, int64_t by_ms)
{
    GHashTableIter iterator;
    void *upload = NULL;

    g_hash_table_iter_init(&iterator, bucket->uploads);
    while (g_hash_table_iter_next(&iterator, NULL, &upload))
        ((S3Upload *)upload)->initiated_ms -= by_ms;
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
    upload->with_sha256 =
        g_strcmp0(http_request_header(call->http, "x-amz-checksum-algorithm"), "SHA256") == 0;
    upload->initiated_ms = call->now_ms;
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
    if (http_request_header(call->http, "x-amz-checksum-sha256") != NULL)
        http_response_add_header(call->response, "x-amz-checksum-sha256",
                                 http_request_header(call->http, "x-amz-checksum-sha256"));
    return api_done(call);
}

static const char *member(json_t *item, const char *name)
{
    return json_string_value(json_array_get(json_object_get(item, name), 0));
}

/* Whether a listed part is the one that was sent; its SHA-256 goes into `sha256s`. */
static bool is_listed_rightly(json_t *item, GBytes *part, GByteArray *sha256s)
{
    const char *etag = member(item, "ETag");
    const char *given = member(item, "ChecksumSHA256");
    g_autofree char *own = part != NULL ? part_etag(part) : NULL, *sha256 = NULL;
    g_autofree guchar *digest = NULL;
    gsize size = 0;

    if (part == NULL || etag == NULL ||
        strncmp(own + (*etag == '"' ? 0 : 1), etag, strlen(etag)) != 0)
        return false;
    sha256 = sha256_base64(g_bytes_get_data(part, NULL), g_bytes_get_size(part));
    digest = g_base64_decode(sha256, &size);
    g_byte_array_append(sha256s, digest, (guint)size);
    return given == NULL || strcmp(given, sha256) == 0;
}

/* The parts that the body lists, joined; `digests` collects their MD5s, `sha256s` their SHA-256s.
 * NULL with the call's error. */
static GByteArray *joined_parts(ApiCall *call, const S3Upload *upload, json_t *list,
                                GByteArray *digests, GByteArray *sha256s)
{
    g_autoptr(GByteArray) whole = g_byte_array_new();
    size_t i = 0;
    json_t *item = NULL;
    guint64 before = 0;

    json_array_foreach(list, i, item)
    {
        const char *number_text = member(item, "PartNumber");
        guint64 number = number_text != NULL ? g_ascii_strtoull(number_text, NULL, 10) : 0;
        GBytes *part = g_hash_table_lookup(upload->parts, GUINT_TO_POINTER(number));
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
        if (!is_listed_rightly(item, part, sha256s)) {
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
    g_autoptr(GByteArray) digests = g_byte_array_new(), sha256s = g_byte_array_new();
    g_autoptr(GByteArray) whole = NULL;
    g_autoptr(GBytes) content = NULL;
    g_autofree char *hash = NULL, *location = NULL, *checksum = NULL;
    S3Object *object = NULL;
    json_t *result = NULL;

    if (upload == NULL)
        return NULL;
    body = xml_read((const char *)call->http->body->data, call->http->body->len);
    list = json_object_get(body, "Part");
    if (json_array_size(list) == 0)
        return api_fail(call, 400, "MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema");
    whole = joined_parts(call, upload, list, digests, sha256s);
    if (whole == NULL)
        return NULL;
    content = g_bytes_new(whole->data, whole->len);
    object = bucket_put(bucket, upload->key, content, json_incref(upload->headers), call->now_ms);
    hash = md5_hex(digests->data, digests->len);
    g_free(object->etag);
    object->etag = g_strdup_printf("\"%s-%zu\"", hash, json_array_size(list));
    if (upload->with_sha256) {
        g_autofree char *composite = sha256_base64(sha256s->data, sha256s->len);

        checksum = g_strdup_printf("%s-%zu", composite, json_array_size(list));
        json_set_text(object->headers, "x-amz-checksum-sha256", checksum);
    }
    if (object->version_id != NULL)
        http_response_add_header(call->response, "x-amz-version-id", object->version_id);
    g_hash_table_remove(bucket->uploads, http_request_query(call->http, "uploadId"));
    location =
        g_strdup_printf("http://127.0.0.1:%u/%s/%s", call->aws->port, bucket->name, s3_key(call));
    result = json_pack("{s:s, s:s, s:s, s:s}", "Location", location, "Bucket", bucket->name, "Key",
                       s3_key(call), "ETag", object->etag);
    json_set_text(result, "ChecksumSHA256", checksum);
    json_set_text(result, "ChecksumType", checksum != NULL ? "COMPOSITE" : NULL);
    return json_pack("{s:o}", "CompleteMultipartUploadResult", result);
}

static int compare_listed(const void *a, const void *b)
{
    const S3Upload *first = *(S3Upload *const *)a, *second = *(S3Upload *const *)b;

    return strcmp(first->key, second->key);
}

/* One page: a test has no thousand uploads. */
json_t *s3_list_multipart_uploads(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);
    const char *prefix = http_request_query(call->http, "prefix");
    bool encode = http_request_query(call->http, "encoding-type") != NULL;
    g_autoptr(GPtrArray) uploads = g_ptr_array_new();
    GHashTableIter iterator;
    void *id = NULL, *value = NULL;
    json_t *list = NULL, *result = NULL;

    if (bucket == NULL)
        return NULL;
    list = json_array();
    g_hash_table_iter_init(&iterator, bucket->uploads);
    while (g_hash_table_iter_next(&iterator, &id, &value)) {
        S3Upload *upload = value;

        if (prefix == NULL || g_str_has_prefix(upload->key, prefix)) {
            upload->id = id;
            g_ptr_array_add(uploads, upload);
        }
    }
    g_ptr_array_sort(uploads, compare_listed);
    for (guint i = 0; i < uploads->len; i++) {
        const S3Upload *upload = g_ptr_array_index(uploads, i);
        g_autofree char *key = g_uri_escape_string(upload->key, "/", false);
        json_t *entry = json_pack("{s:s, s:s, s:s}", "Key", encode ? key : upload->key, "UploadId",
                                  upload->id, "StorageClass", "STANDARD");

        json_set_time(entry, "Initiated", upload->initiated_ms);
        json_array_append_new(list, entry);
    }
    result = json_pack("{s:s, s:o}", "Bucket", bucket->name, "Upload", list);
    json_set_flag(result, "IsTruncated", false);
    json_set_text(result, "EncodingType", encode ? "url" : NULL);
    return json_pack("{s:o}", "ListMultipartUploadsResult", result);
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
