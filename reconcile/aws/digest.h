/* reconcile/aws/digest.h
 *
 * SHA-256 as AWS wants it written. Thread-safe. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)

void digest_sha256(const void *data, size_t size, unsigned char digest[DIGEST_SIZE]);

/* `size` bytes of a file from `offset` on. Errors: G_FILE_ERROR, also for a file that is shorter.
 */
G_GNUC_WARN_UNUSED_RESULT
bool digest_sha256_file(const char *file, uint64_t offset, uint64_t size,
                        unsigned char digest[DIGEST_SIZE], GError **error);

void digest_hmac_sha256(const void *key, size_t key_size, const char *text,
                        unsigned char digest[DIGEST_SIZE]);

/* Lower case, NUL-terminated. */
void digest_hex(const unsigned char digest[DIGEST_SIZE], char hex[DIGEST_HEX_SIZE]);
