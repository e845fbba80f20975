#include "reconcile/source/blob_id.h"
#include "config/crypto_library.h"

#include <string.h>

struct BlobHash {
    /* Looked up once, when the first file is hashed: that costs more than hashing a small one. */
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
};

BlobHash *blob_hash_new(void)
{
    return g_new0(BlobHash, 1);
}

void blob_hash_free(BlobHash *hash)
{
    if (!hash)
        return;
    if (hash->algorithm) {
        crypto()->EVP_MD_CTX_free(hash->context);
        crypto()->EVP_MD_free(hash->algorithm);
    }
    g_free(hash);
}

void blob_hash_start(BlobHash *hash, uint64_t size_bytes)
{
    char header[32];
    const int length = g_snprintf(header, sizeof(header), "blob %" G_GUINT64_FORMAT, size_bytes);

    if (!hash->algorithm) {
        hash->algorithm = crypto()->EVP_MD_fetch(NULL, "SHA1", NULL);
        hash->context = crypto()->EVP_MD_CTX_new();
        g_assert(hash->algorithm && hash->context);
    }
    crypto()->EVP_DigestInit_ex(hash->context, hash->algorithm, NULL);
    crypto()->EVP_DigestUpdate(hash->context, header, (size_t)length + 1);
}

void blob_hash_add(BlobHash *hash, const void *data, size_t size)
{
    crypto()->EVP_DigestUpdate(hash->context, data, size);
}

void blob_hash_finish(BlobHash *hash, char ret[SOURCE_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    crypto()->EVP_DigestFinal_ex(hash->context, digest, &size);
    for (unsigned i = 0; i < size; i++) {
        ret[2 * i] = digits[digest[i] >> 4];
        ret[2 * i + 1] = digits[digest[i] & 15];
    }
    ret[2 * (size_t)size] = '\0';
}

void blob_hash_whole(BlobHash *hash, const void *data, size_t size, char ret[SOURCE_ID_SIZE])
{
    blob_hash_start(hash, size);
    blob_hash_add(hash, data, size);
    blob_hash_finish(hash, ret);
}
