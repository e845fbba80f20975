/* reconcile/aws/s3_upload.h
 *
 * What uploads in one request and in parts share. For this room's own use. */
#pragma once
#include "reconcile/aws/digest.h"
#include "reconcile/aws/s3_call.h"

/* S3's answer names another SHA-256 than that of what was sent. May be tried again. */
#define S3_CHECKSUM_MISMATCH "ChecksumMismatch"

/* Bytes of an object: all of them, or a part. */
typedef struct {
    const char *file, *data; /* borrowed; one of them */
    uint64_t offset, size;
    unsigned char digest[DIGEST_SIZE];
} S3Piece;

G_GNUC_WARN_UNUSED_RESULT
bool s3_hash_piece(S3Piece *piece, GError **error);

/* Sends a hashed piece with its checksum, and holds the answer against it. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_send_piece(AwsClient *client, S3Call *call, const S3Piece *piece, GPtrArray *headers,
                   HttpResponse *ret, GError **error);

/* False, with S3_CHECKSUM_MISMATCH. */
bool s3_checksum_error(const char *kept, const char *sent, GError **error);

/* Headers that say what the object is, not what its bytes are. (transfer full) */
GPtrArray *s3_object_headers(const S3Upload *upload);
/* NULL: the bucket has no versions. (transfer full) */
char *s3_version_of(const HttpResponse *response);

/* s3_multipart.c: a file of `size` bytes. One that fails is aborted. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_put_in_parts(AwsClient *client, const S3Upload *upload, uint64_t size,
                     char **ret_version_id, GError **error);
/* What S3 will say of it: base64 of the SHA-256 over the parts' SHA-256s, and how many. (transfer
 * full) */
G_GNUC_WARN_UNUSED_RESULT
bool s3_parts_checksum(const char *file, uint64_t size, char **ret, GError **error);
