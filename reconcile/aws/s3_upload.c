/* Uploads: in one request, or in parts. Every byte is hashed before it is sent; S3 checks the hash.
 */
#include "reconcile/aws/digest.h"
#include "reconcile/aws/percent_encoding.h"
#include "reconcile/aws/s3_call.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Headers that say what the object is, not what its bytes are. */
static GPtrArray *object_headers(const S3Upload *upload)
{
    GPtrArray *headers = http_headers_new();
    const char *name;
    json_t *value;

    if (upload->content_type)
        http_headers_set(headers, "Content-Type", upload->content_type);
    if (upload->encrypt)
        http_headers_set(headers, "x-amz-server-side-encryption", "AES256");
    json_object_foreach(upload->metadata, name, value)
    {
        g_autofree char *header = g_strconcat("x-amz-meta-", name, NULL);
        if (json_is_string(value))
            http_headers_set(headers, header, json_string_value(value));
    }
    return headers;
}

static char *version_of(const HttpResponse *response)
{
    const char *version = http_headers_get(response->headers, "x-amz-version-id");

    return g_strcmp0(version, "null") == 0 ? NULL : g_strdup(version);
}

typedef struct {
    const char *file, *data;
    uint64_t offset, size;
    unsigned char digest[DIGEST_SIZE];
} Piece;

static bool local_error(GError **error, const char *message)
{
    aws_error_set(error, AWS_ERROR_REQUEST, "InvalidRequest", 0, NULL, false, false, message);
    return false;
}

static bool hash_piece(Piece *piece, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (!piece->file) {
        digest_sha256(piece->data, piece->size, piece->digest);
        return true;
    }
    return digest_sha256_file(piece->file, piece->offset, piece->size, piece->digest, &failure) ||
           local_error(error, failure->message);
}

/* Sends a hashed piece with its checksum. */
static bool send_piece(AwsClient *client, S3Call *call, const Piece *piece, GPtrArray *headers,
                       HttpResponse *ret, GError **error)
{
    g_autofree char *base64 = g_base64_encode(piece->digest, DIGEST_SIZE);
    char hex[DIGEST_HEX_SIZE];

    digest_hex(piece->digest, hex);
    http_headers_set(headers, "x-amz-checksum-sha256", base64);
    http_headers_set(headers, "x-amz-sdk-checksum-algorithm", "SHA256");
    call->method = "PUT";
    call->headers = headers;
    call->body = piece->file ? NULL : piece->data;
    call->body_file = piece->file;
    call->body_offset = piece->offset;
    call->body_size = piece->size;
    call->payload_hash = hex;
    call->timeout_ms = s3_timeout_ms(piece->size);
    return s3_send(client, call, ret, error);
}

static bool put_whole(AwsClient *client, const S3Upload *upload, Piece *piece,
                      char **ret_version_id, GError **error)
{
    g_autoptr(GPtrArray) headers = object_headers(upload);
    g_auto(HttpResponse) response = {0};
    S3Call call = {.action = "PutObject", .bucket = upload->bucket, .key = upload->key};

    if (!hash_piece(piece, error) || !send_piece(client, &call, piece, headers, &response, error))
        return false;
    if (ret_version_id)
        *ret_version_id = version_of(&response);
    return true;
}

static bool start_parts(AwsClient *client, const S3Upload *upload, char **ret_upload_id,
                        GError **error)
{
    g_autoptr(GPtrArray) headers = object_headers(upload);
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

static char *parts_query(unsigned number, const char *upload_id)
{
    GString *query = g_string_new(NULL);

    if (number)
        g_string_append_printf(query, "partNumber=%u&", number);
    g_string_append(query, "uploadId=");
    percent_encode(query, upload_id, NULL);
    return g_string_free(query, FALSE);
}

static bool put_part(AwsClient *client, const S3Upload *upload, const char *upload_id,
                     unsigned number, Piece *piece, GString *parts, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autofree char *query = parts_query(number, upload_id), *base64 = NULL, *part = NULL;
    S3Call call = {
        .action = "UploadPart", .bucket = upload->bucket, .key = upload->key, .query = query};
    const char *etag;

    if (!hash_piece(piece, error) || !send_piece(client, &call, piece, headers, &response, error)) {
        g_prefix_error(error, "part %u: ", number);
        return false;
    }
    etag = http_headers_get(response.headers, "ETag");
    base64 = g_base64_encode(piece->digest, DIGEST_SIZE);
    part = g_markup_printf_escaped(
        "<Part><ETag>%s</ETag><ChecksumSHA256>%s</ChecksumSHA256><PartNumber>%u"
        "</PartNumber></Part>",
        etag ? etag : "", base64, number);
    g_string_append(parts, part);
    return true;
}

/* S3 may answer 200 and fail all the same, with an Error as the document. */
static bool finish_parts(AwsClient *client, const S3Upload *upload, const char *upload_id,
                         const GString *parts, char **ret_version_id, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(XmlDocument) answer = NULL;
    g_autofree char *query = parts_query(0, upload_id);
    const S3Call call = {.action = "CompleteMultipartUpload",
                         .method = "POST",
                         .bucket = upload->bucket,
                         .key = upload->key,
                         .query = query,
                         .headers = headers,
                         .body = parts->str,
                         .body_size = parts->len,
                         .timeout_ms = 5 * 60 * 1000};

    http_headers_set(headers, "Content-Type", "application/xml");
    if (!s3_send(client, &call, &response, error))
        return false;
    answer = xml_parse(response.body->str, response.body->len, NULL);
    if (!answer || !g_str_equal(xml_root(answer)->name, "CompleteMultipartUploadResult")) {
        const char *code = answer ? xml_text(xml_root(answer), "Code") : NULL;
        aws_error_set(error, code ? AWS_ERROR_REFUSED : AWS_ERROR_ANSWER,
                      code ? code : "UnreadableAnswer", 200, NULL, true, false,
                      answer ? xml_text(xml_root(answer), "Message") : "the answer is no XML");
        return false;
    }
    if (ret_version_id)
        *ret_version_id = version_of(&response);
    return true;
}

static void abort_parts(AwsClient *client, const S3Upload *upload, const char *upload_id)
{
    g_auto(HttpResponse) response = {0};
    g_autofree char *query = parts_query(0, upload_id);
    const S3Call call = {.action = "AbortMultipartUpload",
                         .method = "DELETE",
                         .bucket = upload->bucket,
                         .key = upload->key,
                         .query = query};
    g_autoptr(GError) ignored = NULL; /* the failure that led here is the one to tell */

    if (!s3_send(client, &call, &response, &ignored))
        return;
}

static bool put_parts(AwsClient *client, const S3Upload *upload, const char *upload_id,
                      uint64_t size, char **ret_version_id, GError **error)
{
    g_autoptr(GString) parts =
        g_string_new("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    uint64_t part_size = MAX((uint64_t)S3_PART_BYTES, (size + S3_MAX_PARTS - 1) / S3_MAX_PARTS);
    unsigned number = 0;

    for (uint64_t at = 0; at < size; at += part_size) {
        Piece piece = {.file = upload->file, .offset = at, .size = MIN(part_size, size - at)};

        if (!put_part(client, upload, upload_id, ++number, &piece, parts, error))
            return false;
    }
    g_string_append(parts, "</CompleteMultipartUpload>");
    return finish_parts(client, upload, upload_id, parts, ret_version_id, error);
}

static bool put_in_parts(AwsClient *client, const S3Upload *upload, uint64_t size,
                         char **ret_version_id, GError **error)
{
    g_autofree char *upload_id = NULL;

    if (!start_parts(client, upload, &upload_id, error))
        return false;
    if (put_parts(client, upload, upload_id, size, ret_version_id, error))
        return true;
    abort_parts(client, upload, upload_id);
    return false;
}

static bool size_of_file(const char *file, uint64_t *ret, GError **error)
{
    struct stat status;
    g_autofree char *message = NULL;

    if (stat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        *ret = (uint64_t)status.st_size;
        return true;
    }
    message = g_strdup_printf("%s: %s", file, errno ? g_strerror(errno) : "is no file");
    return local_error(error, message);
}

static bool upload_any(AwsClient *client, const S3Upload *upload, Piece *whole,
                       char **ret_version_id, GError **error)
{
    if (!upload->file || whole->size <= S3_PART_BYTES)
        return put_whole(client, upload, whole, ret_version_id, error);
    return hash_piece(whole, error) &&
           put_in_parts(client, upload, whole->size, ret_version_id, error);
}

bool s3_put_object(AwsClient *client, const S3Upload *upload, char **ret_sha256,
                   char **ret_version_id, GError **error)
{
    Piece whole = {.file = upload->file, .data = upload->data, .size = upload->size};

    errno = 0;
    if ((upload->file && !size_of_file(upload->file, &whole.size, error)) ||
        !upload_any(client, upload, &whole, ret_version_id, error)) {
        g_prefix_error(error, "put s3://%s/%s: ", upload->bucket, upload->key);
        return false;
    }
    if (ret_sha256)
        *ret_sha256 = g_base64_encode(whole.digest, DIGEST_SIZE);
    return true;
}
