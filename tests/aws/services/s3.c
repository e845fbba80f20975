/* The store of buckets, and the routes. */
#include "tests/aws/services/s3_internal.h"
#include "tests/aws/services/services.h"
#include "tests/aws/wire/digest.h"
#include <string.h>

static void object_free(void *data)
{
    S3Object *object = data;

    g_bytes_unref(object->content);
    g_free(object->etag);
    g_free(object->version_id);
    json_decref(object->headers);
    g_free(object);
}

static gint compare_keys(const void *a, const void *b, void *data)
{
    (void)data;
    return strcmp(a, b);
}

Bucket *bucket_find(Double *aws, const char *name)
{
    return g_hash_table_lookup(aws->buckets, name);
}

Bucket *bucket_add(Region *home, const char *name, int64_t now_ms)
{
    Bucket *bucket = g_new0(Bucket, 1);

    bucket->name = g_strdup(name);
    bucket->home = home;
    bucket->created_ms = now_ms;
    bucket->objects = g_tree_new_full(compare_keys, NULL, g_free, object_free);
    bucket->uploads = s3_uploads_new();
    bucket->settings = json_object();
    g_hash_table_insert(region_double(home)->buckets, bucket->name, bucket);
    return bucket;
}

void bucket_free(Bucket *bucket)
{
    g_free(bucket->name);
    g_tree_unref(bucket->objects);
    g_hash_table_unref(bucket->uploads);
    json_decref(bucket->settings);
    g_free(bucket);
}

const S3Object *bucket_object(const Bucket *bucket, const char *key)
{
    return g_tree_lookup(bucket->objects, key);
}

S3Object *bucket_put(Bucket *bucket, const char *key, GBytes *content, json_t *headers,
                     int64_t now_ms)
{
    S3Object *object = g_new0(S3Object, 1);
    gsize size = 0;
    const void *data = g_bytes_get_data(content, &size);
    g_autofree char *hash = md5_hex(data, size);

    object->content = g_bytes_ref(content);
    object->etag = g_strdup_printf("\"%s\"", hash);
    object->modified_ms = now_ms;
    object->headers = headers;
    if (bucket->versioned)
        object->version_id = double_id(region_double(bucket->home), ID_LOWER, 32);
    g_tree_replace(bucket->objects, g_strdup(key), object);
    return object;
}

static gboolean age_object(void *key, void *value, void *by_ms)
{
    (void)key;
    ((S3Object *)value)->modified_ms -= *(int64_t *)by_ms;
    return FALSE;
}

void s3_age(Double *aws, int64_t by_ms)
{
    GHashTableIter iterator;
    void *bucket = NULL;

    g_hash_table_iter_init(&iterator, aws->buckets);
    while (g_hash_table_iter_next(&iterator, NULL, &bucket)) {
        g_tree_foreach(((Bucket *)bucket)->objects, age_object, &by_ms);
        s3_age_uploads(bucket, by_ms);
    }
}

Bucket *s3_bucket(ApiCall *call)
{
    const char *name = api_text(call, "Bucket");
    Bucket *bucket = bucket_find(call->aws, name);

    if (bucket == NULL) {
        api_fail(call, 404, "NoSuchBucket", "The specified bucket does not exist");
        return NULL;
    }
    http_response_add_header(call->response, "x-amz-bucket-region", bucket->home->name);
    if (strcmp(bucket->home->name, call->region->name) != 0) {
        api_fail(call, 400, "AuthorizationHeaderMalformed",
                 "The authorization header is malformed; the region '%s' is wrong; expecting '%s'",
                 call->region->name, bucket->home->name);
        return NULL;
    }
    if (bucket->home->account != call->region->account) {
        api_fail(call, 403, "AccessDenied", "Access Denied");
        return NULL;
    }
    return bucket;
}

const char *s3_key(const ApiCall *call)
{
    return api_text(call, "Key");
}

/* The bucket's name in a host name: "bucket.s3.eu-west-1.amazonaws.com", "bucket.localhost:4566".
 * (transfer full) */
static char *bucket_of_host(const char *host)
{
    g_autofree char *name = g_strndup(host, strcspn(host, ":"));
    static const char *const marks[] = {".s3.", ".s3-", ".localhost"};

    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        const char *mark = strstr(name, marks[i]);

        if (mark != NULL && mark != name)
            return g_strndup(name, (size_t)(mark - name));
    }
    return NULL;
}

static void set_bucket_and_key(ApiCall *call)
{
    const char *host = http_request_header(call->http, "host");
    const char *path = call->http->path + 1, *slash = strchr(path, '/');
    g_autofree char *bucket = host != NULL ? bucket_of_host(host) : NULL;
    g_autofree char *key = NULL;

    if (*call->http->path == '\0')
        return;
    if (bucket == NULL) {
        bucket = percent_decode(path, slash != NULL ? (size_t)(slash - path) : strlen(path), false);
        path = slash != NULL ? slash + 1 : path + strlen(path);
    }
    key = percent_decode(path, strlen(path), false);
    if (*bucket != '\0')
        json_set_text(call->input, "Bucket", bucket);
    if (*key != '\0')
        json_set_text(call->input, "Key", key);
}

typedef enum { ON_SERVICE, ON_BUCKET, ON_OBJECT } Level;

/* `query`: a parameter that must be there; rows with one come before those without. */
static const struct {
    Level level;
    const char *method, *query;
    ApiOperation operation;
} ROUTES[] = {
    {ON_SERVICE, "GET", NULL, {"ListBuckets", s3_list_buckets}},
    {ON_BUCKET, "GET", "location", {"GetBucketLocation", s3_get_bucket_location}},
    {ON_BUCKET, "GET", "list-type", {"ListObjectsV2", s3_list_objects_v2}},
    {ON_BUCKET, "GET", "uploads", {"ListMultipartUploads", s3_list_multipart_uploads}},
    {ON_BUCKET, "POST", "delete", {"DeleteObjects", s3_delete_objects}},
    {ON_BUCKET, "PUT", "policy", {"PutBucketPolicy", s3_put_bucket_setting}},
    {ON_BUCKET, "GET", "policy", {"GetBucketPolicy", s3_get_bucket_setting}},
    {ON_BUCKET, "DELETE", "policy", {"DeleteBucketPolicy", s3_delete_bucket_setting}},
    {ON_BUCKET, "PUT", "encryption", {"PutBucketEncryption", s3_put_bucket_setting}},
    {ON_BUCKET, "GET", "encryption", {"GetBucketEncryption", s3_get_bucket_setting}},
    {ON_BUCKET, "DELETE", "encryption", {"DeleteBucketEncryption", s3_delete_bucket_setting}},
    {ON_BUCKET, "PUT", "versioning", {"PutBucketVersioning", s3_put_bucket_setting}},
    {ON_BUCKET, "GET", "versioning", {"GetBucketVersioning", s3_get_bucket_setting}},
    {ON_BUCKET, "PUT", "publicAccessBlock", {"PutPublicAccessBlock", s3_put_bucket_setting}},
    {ON_BUCKET, "GET", "publicAccessBlock", {"GetPublicAccessBlock", s3_get_bucket_setting}},
    {ON_BUCKET,
     "DELETE",
     "publicAccessBlock",
     {"DeletePublicAccessBlock", s3_delete_bucket_setting}},
    {ON_BUCKET, "PUT", "tagging", {"PutBucketTagging", s3_put_bucket_setting}},
    {ON_BUCKET, "GET", "tagging", {"GetBucketTagging", s3_get_bucket_setting}},
    {ON_BUCKET, "DELETE", "tagging", {"DeleteBucketTagging", s3_delete_bucket_setting}},
    {ON_BUCKET, "PUT", "lifecycle", {"PutBucketLifecycleConfiguration", s3_put_bucket_setting}},
    {ON_BUCKET, "GET", "lifecycle", {"GetBucketLifecycleConfiguration", s3_get_bucket_setting}},
    {ON_BUCKET, "DELETE", "lifecycle", {"DeleteBucketLifecycle", s3_delete_bucket_setting}},
    {ON_BUCKET, "PUT", NULL, {"CreateBucket", s3_create_bucket}},
    {ON_BUCKET, "HEAD", NULL, {"HeadBucket", s3_head_bucket}},
    {ON_BUCKET, "DELETE", NULL, {"DeleteBucket", s3_delete_bucket}},
    {ON_OBJECT, "POST", "uploads", {"CreateMultipartUpload", s3_create_multipart_upload}},
    {ON_OBJECT, "PUT", "partNumber", {"UploadPart", s3_upload_part}},
    {ON_OBJECT, "POST", "uploadId", {"CompleteMultipartUpload", s3_complete_multipart_upload}},
    {ON_OBJECT, "DELETE", "uploadId", {"AbortMultipartUpload", s3_abort_multipart_upload}},
    {ON_OBJECT, "PUT", NULL, {"PutObject", s3_put_object}},
    {ON_OBJECT, "GET", NULL, {"GetObject", s3_get_object}},
    {ON_OBJECT, "HEAD", NULL, {"HeadObject", s3_head_object}},
    {ON_OBJECT, "DELETE", NULL, {"DeleteObject", s3_delete_object}},
};

/* Sub-resources that the double does not have must not be taken for the plain call. */
static bool has_unknown_subresource(const HttpRequest *request)
{
    static const char *const known[] = {
        "acl",         "cors",      "website",     "logging",           "notification",
        "replication", "versions",  "object-lock", "ownershipControls", "accelerate",
        "analytics",   "inventory", "metrics",     "requestPayment",    "restore",
        "select",      "torrent",   "retention",   "legal-hold",        "attributes"};

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (http_request_query(request, known[i]) != NULL)
            return true;
    }
    return http_request_header(request, "x-amz-copy-source") != NULL;
}

static const ApiOperation *route(ApiCall *call)
{
    Level level = ON_SERVICE;

    set_bucket_and_key(call);
    call->action = "";
    if (api_text(call, "Bucket") != NULL)
        level = s3_key(call) != NULL ? ON_OBJECT : ON_BUCKET;
    if (has_unknown_subresource(call->http)) {
        api_fail(call, 501, "NotImplemented",
                 "A header or query you provided implies functionality that is not implemented");
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ROUTES); i++) {
        if (ROUTES[i].level == level && strcmp(ROUTES[i].method, call->http->method) == 0 &&
            (ROUTES[i].query == NULL || http_request_query(call->http, ROUTES[i].query) != NULL))
            return &ROUTES[i].operation;
    }
    return NULL;
}

const ApiService S3_SERVICE = {
    .name = "s3",
    .protocol = PROTOCOL_REST_XML,
    .route = route,
};
