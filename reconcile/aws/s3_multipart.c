/* Uploads in parts: several at a time, each with its SHA-256 and tried again by itself, aborted
 * when one cannot be sent; and what a process that was killed left behind. */
#include "reconcile/aws/parallel.h"
#include "reconcile/aws/percent_encoding.h"
#include "reconcile/aws/s3_upload.h"
#include "reconcile/aws/timestamp.h"
#include <string.h>

#define PART_ROUNDS 3 /* of a call that tries four times already, within about 2 s */
#define PART_WAIT_MS 1000u
#define LIST_MAX_UPLOADS 10000

typedef struct {
    unsigned char digest[DIGEST_SIZE];
    char *etag;
} Part;

typedef struct {
    AwsClient *client;
    const S3Upload *upload;
    const char *upload_id;
    uint64_t size, part_size;
    Part *parts; /* each is filled by the thread that sends it */
    size_t count;
} Parts;

static uint64_t part_size_of(uint64_t size)
{
    return MAX((uint64_t)S3_PART_BYTES, (size + S3_MAX_PARTS - 1) / S3_MAX_PARTS);
}

static void parts_init(Parts *parts, uint64_t size)
{
    *parts = (Parts){.size = size, .part_size = part_size_of(size)};
    parts->count = (size_t)((size + parts->part_size - 1) / parts->part_size);
    parts->parts = g_new0(Part, parts->count);
}

static void parts_clear(Parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        g_free(parts->parts[i].etag);
    g_free(parts->parts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static S3Piece piece_of(const Parts *parts, const char *file, size_t index)
{
    uint64_t at = index * parts->part_size;

    return (S3Piece){.file = file, .offset = at, .size = MIN(parts->part_size, parts->size - at)};
}

/* AWS: "Checking object integrity": a composite checksum is that of the parts' checksums, as bytes,
 * with the number of parts. */
static char *composite_checksum(const Parts *parts)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    unsigned char digest[DIGEST_SIZE];
    g_autofree char *base64 = NULL;

    for (size_t i = 0; i < parts->count; i++)
        g_byte_array_append(all, parts->parts[i].digest, DIGEST_SIZE);
    digest_sha256(all->data, all->len, digest);
    base64 = g_base64_encode(digest, DIGEST_SIZE);
    return g_strdup_printf("%s-%zu", base64, parts->count);
}

bool s3_parts_checksum(const char *file, uint64_t size, char **ret, GError **error)
{
    g_auto(Parts) parts;

    parts_init(&parts, size);
    for (size_t i = 0; i < parts.count; i++) {
        S3Piece piece = piece_of(&parts, file, i);

        if (!s3_hash_piece(&piece, error))
            return false;
        memcpy(parts.parts[i].digest, piece.digest, DIGEST_SIZE);
    }
    *ret = composite_checksum(&parts);
    return true;
}

bool s3_checksum_is(const char *told, const char *checksum)
{
    return strcmp(told, checksum) == 0 ||
           (!strchr(told, '-') && strcspn(checksum, "-") == strlen(told) &&
            g_str_has_prefix(checksum, told));
}

static bool start_parts(AwsClient *client, const S3Upload *upload, char **ret_upload_id,
                        GError **error)
{
    g_autoptr(GPtrArray) headers = s3_object_headers(upload);
    g_autoptr(XmlDocument) answer = NULL;
    const S3Call call = {.action = "CreateMultipartUpload",
                         .method = "POST",
                         .bucket = upload->bucket,
                         .key = upload->key,
                         .query = "uploads=",
                         .headers = headers};
    const char *id;

    http_headers_set(headers, "x-amz-checksum-algorithm", "SHA256");
    if (!s3_send_xml(client, &call, &answer, error))
        return false;
    id = xml_text(xml_root(answer), "UploadId");
    if (!id || !*id) {
        aws_error_set(error, AWS_ERROR_ANSWER, "UnreadableAnswer", 200, NULL, true, false,
                      "the answer has no UploadId");
        return false;
    }
    *ret_upload_id = g_strdup(id);
    return true;
}

static char *parts_query(size_t number, const char *upload_id)
{
    GString *query = g_string_new(NULL);

    if (number)
        g_string_append_printf(query, "partNumber=%zu&", number);
    g_string_append(query, "uploadId=");
    percent_encode(query, upload_id, NULL);
    return g_string_free(query, FALSE);
}

static bool send_part(const Parts *parts, size_t index, S3Piece *piece, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autofree char *query = parts_query(index + 1, parts->upload_id);
    Part *part = &parts->parts[index];
    S3Call call = {.action = "UploadPart",
                   .bucket = parts->upload->bucket,
                   .key = parts->upload->key,
                   .query = query};

    if (!s3_send_piece(parts->client, &call, piece, headers, &response, error))
        return false;
    memcpy(part->digest, piece->digest, DIGEST_SIZE);
    g_free(part->etag);
    part->etag = g_strdup(http_headers_get(response.headers, "ETag"));
    return true;
}

/* BadDigest: the bytes were damaged on their way. */
static bool may_pass(const GError *failure)
{
    return aws_error_is_retryable(failure) || aws_error_is(failure, "BadDigest");
}

/* ParallelWork. */
static bool put_part(size_t index, void *data, GError **error)
{
    const Parts *parts = data;
    S3Piece piece = piece_of(parts, parts->upload->file, index);
    g_autoptr(GError) failure = NULL;

    for (unsigned round = 1; s3_hash_piece(&piece, &failure); round++) {
        if (send_part(parts, index, &piece, &failure))
            return true;
        if (round == PART_ROUNDS || !may_pass(failure))
            break;
        g_clear_error(&failure);
        aws_client_sleep(parts->client, PART_WAIT_MS * round);
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&failure), "part %zu: ", index + 1);
    return false;
}

static char *completion_of(const Parts *parts)
{
    GString *text =
        g_string_new("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");

    for (size_t i = 0; i < parts->count; i++) {
        const Part *part = &parts->parts[i];
        g_autofree char *base64 = g_base64_encode(part->digest, DIGEST_SIZE);
        g_autofree char *item = g_markup_printf_escaped(
            "<Part><ETag>%s</ETag><ChecksumSHA256>%s</ChecksumSHA256><PartNumber>%zu"
            "</PartNumber></Part>",
            part->etag ? part->etag : "", base64, i + 1);

        g_string_append(text, item);
    }
    g_string_append(text, "</CompleteMultipartUpload>");
    return g_string_free(text, FALSE);
}

/* S3 may answer 200 and fail all the same, with an Error as the document. */
static bool is_complete(const XmlDocument *answer, GError **error)
{
    const char *code = answer ? xml_text(xml_root(answer), "Code") : NULL;

    if (answer && g_str_equal(xml_root(answer)->name, "CompleteMultipartUploadResult"))
        return true;
    aws_error_set(error, code ? AWS_ERROR_REFUSED : AWS_ERROR_ANSWER,
                  code ? code : "UnreadableAnswer", 200, NULL, true, false,
                  answer ? xml_text(xml_root(answer), "Message") : "the answer is no XML");
    return false;
}

/* What comes of it is not told: the damage is. */
static void remove_damaged(const Parts *parts)
{
    g_autoptr(GError) ignored = NULL;

    if (!s3_delete_object(parts->client, parts->upload->bucket, parts->upload->key, &ignored))
        return;
}

static bool finish_parts(const Parts *parts, char **ret_version_id, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(XmlDocument) answer = NULL;
    g_autofree char *query = parts_query(0, parts->upload_id), *body = completion_of(parts);
    g_autofree char *sent = composite_checksum(parts);
    const S3Call call = {.action = "CompleteMultipartUpload",
                         .method = "POST",
                         .bucket = parts->upload->bucket,
                         .key = parts->upload->key,
                         .query = query,
                         .headers = headers,
                         .body = body,
                         .body_size = strlen(body),
                         .timeout_ms = 5 * 60 * 1000};
    const char *kept;

    http_headers_set(headers, "Content-Type", "application/xml");
    if (!s3_send(parts->client, &call, &response, error))
        return false;
    answer = xml_parse(response.body->str, response.body->len, NULL);
    if (!is_complete(answer, error))
        return false;
    kept = xml_text(xml_root(answer), "ChecksumSHA256");
    if (kept && !s3_checksum_is(kept, sent)) {
        remove_damaged(parts);
        return s3_checksum_error(kept, sent, error);
    }
    if (ret_version_id)
        *ret_version_id = s3_version_of(&response);
    return true;
}

bool s3_put_in_parts(AwsClient *client, const S3Upload *upload, uint64_t size,
                     char **ret_version_id, GError **error)
{
    g_autofree char *upload_id = NULL;
    g_autoptr(GError) failure = NULL;
    g_auto(Parts) parts;

    parts_init(&parts, size);
    if (!start_parts(client, upload, &upload_id, error))
        return false;
    parts.client = client;
    parts.upload = upload;
    parts.upload_id = upload_id;
    if (parallel_run(parts.count, upload->threads ? upload->threads : S3_PARALLEL_PARTS, put_part,
                     &parts, &failure) &&
        finish_parts(&parts, ret_version_id, &failure))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    if (!s3_abort_upload(client, upload->bucket, upload->key, upload_id, &failure))
        g_clear_error(&failure); /* the one that led here is the one to tell */
    return false;
}

bool s3_abort_upload(AwsClient *client, const char *bucket, const char *key, const char *upload_id,
                     GError **error)
{
    g_auto(HttpResponse) response = {0};
    g_autofree char *query = parts_query(0, upload_id);
    const S3Call call = {.action = "AbortMultipartUpload",
                         .method = "DELETE",
                         .bucket = bucket,
                         .key = key,
                         .query = query};
    g_autoptr(GError) failure = NULL;

    if (s3_send(client, &call, &response, &failure) || aws_error_is(failure, "NoSuchUpload"))
        return true;
    g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                               "abort the upload of s3://%s/%s: ", bucket, key);
    return false;
}

void s3_pending_upload_free(S3PendingUpload *upload)
{
    if (!upload)
        return;
    g_free(upload->key);
    g_free(upload->upload_id);
    g_free(upload);
}

static S3PendingUpload *read_pending(const XmlNode *node)
{
    S3PendingUpload *upload = g_new0(S3PendingUpload, 1);
    const char *key = xml_text(node, "Key");

    upload->key = percent_decode(key ? key : "", -1);
    upload->upload_id = g_strdup(xml_text(node, "UploadId"));
    upload->initiated_ms = timestamp_parse(xml_text(node, "Initiated"));
    return upload;
}

static void append_query(GString *query, const char *name, const char *value)
{
    g_string_append_printf(query, "&%s=", name);
    percent_encode(query, value, NULL);
}

/* Where the next page starts; NULL, NULL: at the beginning, or there is none. */
typedef struct {
    char *key, *upload_id;
} Marker;

static bool list_page(AwsClient *client, const char *bucket, const char *prefix, Marker *marker,
                      GPtrArray *into, GError **error)
{
    g_autoptr(GString) query = g_string_new("uploads=&encoding-type=url");
    g_autoptr(XmlDocument) answer = NULL;
    S3Call call = {.action = "ListMultipartUploads", .method = "GET", .bucket = bucket};

    append_query(query, "prefix", prefix);
    if (marker->key)
        append_query(query, "key-marker", marker->key);
    if (marker->upload_id)
        append_query(query, "upload-id-marker", marker->upload_id);
    call.query = query->str;
    if (!s3_send_xml(client, &call, &answer, error))
        return false;
    for (const XmlNode *at = xml_root(answer)->first_child; at; at = at->next) {
        if (g_str_equal(at->name, "Upload") && into->len < LIST_MAX_UPLOADS)
            g_ptr_array_add(into, read_pending(at));
    }
    g_clear_pointer(&marker->key, g_free);
    g_clear_pointer(&marker->upload_id, g_free);
    if (g_strcmp0(xml_text(xml_root(answer), "IsTruncated"), "true") == 0) {
        const char *key = xml_text(xml_root(answer), "NextKeyMarker");

        marker->key = key ? percent_decode(key, -1) : NULL;
        marker->upload_id = g_strdup(xml_text(xml_root(answer), "NextUploadIdMarker"));
    }
    return true;
}

bool s3_list_uploads(AwsClient *client, const char *bucket, const char *prefix, GPtrArray **ret,
                     GError **error)
{
    g_autoptr(GPtrArray) uploads =
        g_ptr_array_new_with_free_func((GDestroyNotify)s3_pending_upload_free);
    Marker marker = {0};
    bool listed;

    do {
        listed = list_page(client, bucket, prefix, &marker, uploads, error);
    } while (listed && marker.key && *marker.key && uploads->len < LIST_MAX_UPLOADS);
    g_free(marker.key);
    g_free(marker.upload_id);
    if (!listed) {
        g_prefix_error(error, "list unfinished uploads of bucket %s: ", bucket);
        return false;
    }
    *ret = g_steal_pointer(&uploads);
    return true;
}
