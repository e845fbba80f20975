#include "tests/aws/wire/digest.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static unsigned digest_of(const EVP_MD *kind, const void *data, size_t size, uint8_t *ret)
{
    unsigned length = 0;

    EVP_Digest(data, size, ret, &length, kind, NULL);
    return length;
}

char *bytes_hex(const uint8_t *bytes, size_t size)
{
    GString *hex = g_string_sized_new(size * 2);

    for (size_t i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

char *sha256_hex(const void *data, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    return bytes_hex(digest, digest_of(EVP_sha256(), data, size, digest));
}

char *sha256_base64(const void *data, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    return g_base64_encode(digest, digest_of(EVP_sha256(), data, size, digest));
}

char *md5_hex(const void *data, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    return bytes_hex(digest, digest_of(EVP_md5(), data, size, digest));
}

char *md5_base64(const void *data, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    return g_base64_encode(digest, digest_of(EVP_md5(), data, size, digest));
}

void hmac_sha256(const void *key, size_t key_size, const char *text, uint8_t ret[32])
{
    unsigned length = 32;

    HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), ret, &length);
}

/* A reflected CRC of up to 64 bits: all ones in, all ones out. */
static uint64_t crc_reflected(uint64_t polynomial, uint64_t ones, const uint8_t *data, size_t size)
{
    uint64_t table[256];
    uint64_t crc = ones;

    for (unsigned i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = (table[i] & 1) != 0 ? (table[i] >> 1) ^ polynomial : table[i] >> 1;
    }
    for (size_t i = 0; i < size; i++)
        crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
    return crc ^ ones;
}

static char *big_endian_base64(uint64_t value, unsigned bytes)
{
    uint8_t text[8];

    for (unsigned i = 0; i < bytes; i++)
        text[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    return g_base64_encode(text, bytes);
}

char *s3_checksum(const char *algorithm, const void *data, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (strcmp(algorithm, "crc32") == 0)
        return big_endian_base64(crc_reflected(0xedb88320, 0xffffffff, data, size), 4);
    if (strcmp(algorithm, "crc32c") == 0)
        return big_endian_base64(crc_reflected(0x82f63b78, 0xffffffff, data, size), 4);
    if (strcmp(algorithm, "crc64nvme") == 0)
        return big_endian_base64(crc_reflected(0x9a6c9329ac4bc9b5, UINT64_MAX, data, size), 8);
    if (strcmp(algorithm, "sha1") == 0)
        return g_base64_encode(digest, digest_of(EVP_sha1(), data, size, digest));
    if (strcmp(algorithm, "sha256") == 0)
        return sha256_base64(data, size);
    return NULL;
}
