#include "tests/aws/resources/live.h"
#include "tests/aws/services/s3_internal.h"
#include "tests/aws/wire/query_protocol.h"
#include <string.h>

static json_t *no_content(ApiCall *call)
{
    call->response->status = 204;
    return api_done(call);
}

json_t *s3_list_buckets(ApiCall *call)
{
    json_t *buckets = json_array();
    GHashTableIter iterator;
    void *value = NULL;

    g_hash_table_iter_init(&iterator, call->aws->buckets);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const Bucket *bucket = value;
        json_t *entry = NULL;

        if (bucket->home->account != call->region->account)
            continue;
        entry = json_object();
        json_set_text(entry, "Name", bucket->name);
        json_set_time(entry, "CreationDate", bucket->created_ms);
        json_array_append_new(buckets, entry);
    }
    return json_pack("{s:{s:{s:s}, s:{s:o}}}", "ListAllMyBucketsResult", "Owner", "ID",
                     call->caller->account, "Buckets", "Bucket", buckets);
}

static bool name_is_valid(const char *name)
{
    size_t length = strlen(name);

    return length >= 3 && length <= 63 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length && name[0] != '.' &&
           name[0] != '-' && name[length - 1] != '-' && strstr(name, "..") == NULL;
}

/* The text of <LocationConstraint> in the body; "us-east-1" without one. (transfer full) */
static char *location_constraint(const HttpRequest *request)
{
    g_autofree char *body = request->body->len > 0
                                ? g_strndup((const char *)request->body->data, request->body->len)
                                : g_strdup("");
    const char *start = strstr(body, "<LocationConstraint");
    const char *open = start != NULL ? strchr(start, '>') : NULL;
    const char *close = open != NULL ? strchr(open, '<') : NULL;

    return close != NULL && close > open + 1 ? g_strndup(open + 1, (size_t)(close - open - 1))
                                             : g_strdup("us-east-1");
}

json_t *s3_create_bucket(ApiCall *call)
{
    const char *name = api_text(call, "Bucket");
    const Bucket *existing = bucket_find(call->aws, name);
    g_autofree char *location = location_constraint(call->http);
    g_autofree char *path = g_strconcat("/", name, NULL);
    LiveOwner owner = {call->region, NULL, NULL, NULL, 0, call->now_ms};
    json_auto_t *properties = json_pack("{s:s}", "BucketName", name);
    GError *error = NULL;

    if (!name_is_valid(name))
        return api_fail(call, 400, "InvalidBucketName", "The specified bucket is not valid.");
    if (strcmp(location, call->region->name) != 0)
        return api_fail(call, 400, "IllegalLocationConstraintException",
                        "The %s location constraint is incompatible for the region specific "
                        "endpoint this request was sent to.",
                        strcmp(location, "us-east-1") == 0 ? "unspecified" : location);
    if (existing != NULL && existing->home->account != call->region->account)
        return api_fail(
            call, 409, "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared "
            "by all users of the system. Please select a different name and try again.");
    if (existing != NULL && strcmp(call->region->name, "us-east-1") != 0)
        return api_fail(
            call, 409, "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already "
            "own it.");
    if (existing == NULL && live_create(&owner, "AWS::S3::Bucket", properties, &error) == NULL)
        return api_fail_validation(call, error);
    http_response_add_header(call->response, "Location", path);
    return api_done(call);
}

json_t *s3_delete_bucket(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);
    Live *live = bucket != NULL ? live_find(call->region, "AWS::S3::Bucket", bucket->name) : NULL;
    GError *error = NULL;

    if (bucket == NULL)
        return NULL;
    if (live == NULL || !live_delete(live, call->now_ms, &error)) {
        g_clear_error(&error);
        return api_fail(call, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
    }
    return no_content(call);
}

json_t *s3_head_bucket(ApiCall *call)
{
    return s3_bucket(call) != NULL ? api_done(call) : NULL;
}

json_t *s3_get_bucket_location(ApiCall *call)
{
    const Bucket *bucket = s3_bucket(call);

    if (bucket == NULL)
        return NULL;
    /* us-east-1 is the region without a name. */
    return json_pack("{s:s}", "LocationConstraint",
                     strcmp(bucket->home->name, "us-east-1") == 0 ? "" : bucket->home->name);
}

static const char *setting_of(const ApiCall *call)
{
    static const char *const settings[] = {
        "policy", "encryption", "versioning", "publicAccessBlock", "tagging", "lifecycle"};

    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (http_request_query(call->http, settings[i]) != NULL)
            return settings[i];
    }
    return "";
}

json_t *s3_put_bucket_setting(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);
    const char *setting = setting_of(call);
    const char *data = (const char *)call->http->body->data;
    json_t *body = NULL;

    if (bucket == NULL || !s3_checksums_hold(call))
        return NULL;
    body = json_stringn(data != NULL ? data : "", call->http->body->len);
    if (body == NULL || json_string_length(body) == 0) {
        json_decref(body);
        return api_fail(call, 400, "MalformedXML",
                        "The XML you provided was not well-formed or did not validate against our "
                        "published schema");
    }
    if (strcmp(setting, "policy") == 0) {
        json_auto_t *policy = json_loads(json_string_value(body), 0, NULL);

        if (!json_is_object(policy)) {
            json_decref(body);
            return api_fail(call, 400, "MalformedPolicy", "Policies must be valid JSON");
        }
        call->response->status = 204;
    }
    if (strcmp(setting, "tagging") == 0)
        call->response->status = 204;
    if (strcmp(setting, "versioning") == 0)
        bucket->versioned = strstr(json_string_value(body), "<Status>Enabled<") != NULL;
    json_object_set_new(bucket->settings, setting, body);
    return api_done(call);
}

json_t *s3_get_bucket_setting(ApiCall *call)
{
    static const struct {
        const char *setting, *code, *message;
    } absent[] = {
        {"policy", "NoSuchBucketPolicy", "The bucket policy does not exist"},
        {"publicAccessBlock", "NoSuchPublicAccessBlockConfiguration",
         "The public access block configuration was not found"},
        {"tagging", "NoSuchTagSet", "The TagSet does not exist"},
        {"lifecycle", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"},
    };
    const Bucket *bucket = s3_bucket(call);
    const char *setting = setting_of(call);
    const char *body = bucket != NULL ? json_text_of(bucket->settings, setting) : NULL;

    if (bucket == NULL)
        return NULL;
    if (body == NULL && strcmp(setting, "versioning") == 0)
        return json_pack("{s:{}}", "VersioningConfiguration");
    if (body == NULL && strcmp(setting, "encryption") == 0)
        /* What every bucket has had since 2023. */
        return json_pack("{s:{s:{s:{s:s}, s:b}}}", "ServerSideEncryptionConfiguration", "Rule",
                         "ApplyServerSideEncryptionByDefault", "SSEAlgorithm", "AES256",
                         "BucketKeyEnabled", 0);
    for (size_t i = 0; body == NULL && i < G_N_ELEMENTS(absent); i++) {
        if (strcmp(absent[i].setting, setting) == 0)
            return api_fail(call, 404, absent[i].code, "%s", absent[i].message);
    }
    http_response_set_text(call->response,
                           strcmp(setting, "policy") == 0 ? "application/json" : "application/xml",
                           body);
    return api_done(call);
}

json_t *s3_delete_bucket_setting(ApiCall *call)
{
    Bucket *bucket = s3_bucket(call);

    if (bucket == NULL)
        return NULL;
    json_object_del(bucket->settings, setting_of(call));
    return no_content(call);
}

typedef struct {
    const char *prefix, *delimiter;
    bool encode;
    json_t *contents, *prefixes;
    guint limit, count;
    char *last_prefix;
    const char *next; /* key to go on from */
    bool truncated;
} Listing;

static json_t *listed_text(const Listing *listing, const char *text)
{
    g_autofree char *encoded = listing->encode ? percent_encode(text, "/") : g_strdup(text);

    return json_string(encoded);
}

static gboolean list_one(void *key, void *value, void *data)
{
    Listing *listing = data;
    const S3Object *object = value;
    const char *rest = (const char *)key + strlen(listing->prefix);
    const char *mark = listing->delimiter != NULL && *listing->delimiter != '\0'
                           ? strstr(rest, listing->delimiter)
                           : NULL;
    g_autofree char *common =
        mark != NULL ? g_strndup(key, (size_t)(mark - (char *)key) + strlen(listing->delimiter))
                     : NULL;
    json_t *entry = NULL;

    if (common != NULL && g_strcmp0(common, listing->last_prefix) == 0)
        return FALSE;
    if (listing->count == listing->limit) {
        listing->truncated = true;
        return TRUE;
    }
    listing->count++;
    listing->next = key;
    entry = json_object();
    if (common != NULL) {
        json_object_set_new(entry, "Prefix", listed_text(listing, common));
        json_array_append_new(listing->prefixes, entry);
        g_free(listing->last_prefix);
        listing->last_prefix = g_steal_pointer(&common);
        return FALSE;
    }
    json_object_set_new(entry, "Key", listed_text(listing, key));
    json_set_time(entry, "LastModified", object->modified_ms);
    json_set_text(entry, "ETag", object->etag);
    json_object_set_new(entry, "Size", json_integer((json_int_t)g_bytes_get_size(object->content)));
    json_set_text(entry, "StorageClass", "STANDARD");
    json_array_append_new(listing->contents, entry);
    return FALSE;
}

static void list_from(const Bucket *bucket, Listing *listing, const char *after)
{
    const char *from =
        after != NULL && strcmp(after, listing->prefix) > 0 ? after : listing->prefix;
    GTreeNode *node = from == after ? g_tree_upper_bound(bucket->objects, from)
                                    : g_tree_lower_bound(bucket->objects, from);

    for (; node != NULL && g_str_has_prefix(g_tree_node_key(node), listing->prefix);
         node = g_tree_node_next(node)) {
        if (list_one(g_tree_node_key(node), g_tree_node_value(node), listing))
            break;
    }
}

json_t *s3_list_objects_v2(ApiCall *call)
{
    const Bucket *bucket = s3_bucket(call);
    const char *limit = http_request_query(call->http, "max-keys");
    const char *prefix = http_request_query(call->http, "prefix");
    const char *after = http_request_query(call->http, "start-after");
    const char *token = http_request_query(call->http, "continuation-token");
    Listing listing = {0};
    json_t *result = NULL;

    if (bucket == NULL)
        return NULL;
    listing.prefix = prefix != NULL ? prefix : "";
    listing.delimiter = http_request_query(call->http, "delimiter");
    listing.encode = http_request_query(call->http, "encoding-type") != NULL;
    listing.limit = limit != NULL ? MIN((guint)g_ascii_strtoull(limit, NULL, 10), 1000u) : 1000u;
    listing.contents = json_array();
    listing.prefixes = json_array();
    list_from(bucket, &listing, token != NULL ? token : after);
    result = json_object();
    json_set_text(result, "Name", bucket->name);
    json_object_set_new(result, "Prefix", listed_text(&listing, listing.prefix));
    json_set_text(result, "Delimiter", listing.delimiter);
    json_object_set_new(result, "MaxKeys", json_integer(listing.limit));
    json_set_text(result, "EncodingType", http_request_query(call->http, "encoding-type"));
    json_object_set_new(result, "KeyCount", json_integer(listing.count));
    json_set_flag(result, "IsTruncated", listing.truncated);
    json_set_text(result, "ContinuationToken", token);
    if (listing.truncated)
        json_set_text(result, "NextContinuationToken", listing.next);
    json_object_set_new(result, "Contents", listing.contents);
    json_object_set_new(result, "CommonPrefixes", listing.prefixes);
    g_free(listing.last_prefix);
    return json_pack("{s:o}", "ListBucketResult", result);
}
