#include "reconcile/aws/digest.h"
#include "config/crypto_library.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void digest_sha256(const void *data, size_t size, unsigned char digest[DIGEST_SIZE])
{
    g_assert(crypto()->EVP_Digest(data ? data : "", size, digest, NULL, crypto()->EVP_sha256(),
                                  NULL) == 1);
}

static bool digest_file_part(int fd, uint64_t offset, uint64_t size, EVP_MD_CTX *context)
{
    char buffer[64 * 1024];

    while (size > 0) {
        ssize_t got = pread(fd, buffer, MIN(sizeof buffer, size), (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (got == 0)
                errno = ENODATA; /* cut short since its size was looked up */
            return false;
        }
        g_assert(crypto()->EVP_DigestUpdate(context, buffer, (size_t)got) == 1);
        offset += (uint64_t)got;
        size -= (uint64_t)got;
    }
    return true;
}

bool digest_sha256_file(const char *file, uint64_t offset, uint64_t size,
                        unsigned char digest[DIGEST_SIZE], GError **error)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    EVP_MD_CTX *context;
    bool read;

    if (fd < 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", file,
                    g_strerror(errno));
        return false;
    }
    context = crypto()->EVP_MD_CTX_new();
    g_assert(context && crypto()->EVP_DigestInit_ex(context, crypto()->EVP_sha256(), NULL) == 1);
    read = digest_file_part(fd, offset, size, context);
    if (read)
        g_assert(crypto()->EVP_DigestFinal_ex(context, digest, NULL) == 1);
    else
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", file,
                    g_strerror(errno));
    crypto()->EVP_MD_CTX_free(context);
    close(fd);
    return read;
}

void digest_hmac_sha256(const void *key, size_t key_size, const char *text,
                        unsigned char digest[DIGEST_SIZE])
{
    unsigned size = DIGEST_SIZE;

    g_assert(crypto()->HMAC(crypto()->EVP_sha256(), key, (int)key_size, (const unsigned char *)text,
                            strlen(text), digest, &size));
}

void digest_hex(const unsigned char digest[DIGEST_SIZE], char hex[DIGEST_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * DIGEST_SIZE] = '\0';
}
