/* Uploads: in one request, or in parts (s3_multipart.c). Every byte is hashed before it is sent; S3
 * checks the hash, and what it says of it is checked here. */
#include "reconcile/aws/s3_upload.h"
#include "reconcile/aws/digest.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

GPtrArray *s3_object_headers(const S3Upload *upload)
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

char *s3_version_of(const HttpResponse *response)
{
    const char *version = http_headers_get(response->headers, "x-amz-version-id");

    return g_strcmp0(version, "null") == 0 ? NULL : g_strdup(version);
}

static bool local_error(GError **error, const char *message)
{
    aws_error_set(error, AWS_ERROR_REQUEST, "InvalidRequest", 0, NULL, false, false, message);
    return false;
}

bool s3_hash_piece(S3Piece *piece, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (!piece->file) {
        digest_sha256(piece->data, piece->size, piece->digest);
        return true;
    }
    return digest_sha256_file(piece->file, piece->offset, piece->size, piece->digest, &failure) ||
           local_error(error, failure->message);
}

/* What S3 says it has must be what was sent. */
static bool has_arrived(const HttpResponse *response, const char *sent, GError **error)
{
    const char *kept = http_headers_get(response->headers, "x-amz-checksum-sha256");

    return !kept || !strcmp(kept, sent) || s3_checksum_error(kept, sent, error);
}

bool s3_checksum_error(const char *kept, const char *sent, GError **error)
{
    g_autofree char *message =
        g_strdup_printf("S3 has other bytes than were sent: SHA-256 %s in place of %s", kept, sent);

    aws_error_set(error, AWS_ERROR_ANSWER, S3_CHECKSUM_MISMATCH, 200, NULL, true, false, message);
    return false;
}

bool s3_send_piece(AwsClient *client, S3Call *call, const S3Piece *piece, GPtrArray *headers,
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
    return s3_send(client, call, ret, error) && has_arrived(ret, base64, error);
}

static bool put_whole(AwsClient *client, const S3Upload *upload, S3Piece *piece,
                      char **ret_version_id, GError **error)
{
    g_autoptr(GPtrArray) headers = s3_object_headers(upload);
    g_auto(HttpResponse) response = {0};
    S3Call call = {.action = "PutObject", .bucket = upload->bucket, .key = upload->key};

    if (!s3_hash_piece(piece, error) ||
        !s3_send_piece(client, &call, piece, headers, &response, error))
        return false;
    if (ret_version_id)
        *ret_version_id = s3_version_of(&response);
    return true;
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

static bool upload_any(AwsClient *client, const S3Upload *upload, S3Piece *whole,
                       char **ret_version_id, GError **error)
{
    if (!upload->file || whole->size <= S3_PART_BYTES)
        return put_whole(client, upload, whole, ret_version_id, error);
    return s3_hash_piece(whole, error) &&
           s3_put_in_parts(client, upload, whole->size, ret_version_id, error);
}

bool s3_file_checksum(const char *file, char **ret, GError **error)
{
    S3Piece whole = {.file = file};

    errno = 0;
    if (!size_of_file(file, &whole.size, error))
        return false;
    if (whole.size > S3_PART_BYTES)
        return s3_parts_checksum(file, whole.size, ret, error);
    if (!s3_hash_piece(&whole, error))
        return false;
    *ret = g_base64_encode(whole.digest, DIGEST_SIZE);
    return true;
}

bool s3_put_object(AwsClient *client, const S3Upload *upload, char **ret_sha256,
                   char **ret_version_id, GError **error)
{
    S3Piece whole = {.file = upload->file, .data = upload->data, .size = upload->size};

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
