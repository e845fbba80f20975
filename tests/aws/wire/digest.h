/* tests/aws/wire/digest.h
 *
 * Digests and checksums that AWS's protocols use. */
#pragma once
#include <glib.h>
#include <stdint.h>

/* (transfer full) */
char *sha256_hex(const void *data, size_t size);
char *sha256_base64(const void *data, size_t size);
char *md5_hex(const void *data, size_t size);
char *md5_base64(const void *data, size_t size);

/* HMAC-SHA256; `ret` holds 32 bytes. */
void hmac_sha256(const void *key, size_t key_size, const char *text, uint8_t ret[32]);
char *bytes_hex(const uint8_t *bytes, size_t size);

/* The checksum that S3 calls `algorithm` ("crc32", "crc32c", "crc64nvme", "sha1", "sha256"), in
 * base64; NULL for one that the double does not know. (transfer full) */
char *s3_checksum(const char *algorithm, const void *data, size_t size);
