#define _GNU_SOURCE /* renameat2 */
#include "reconcile/package/zip_spool.h"
#include "config/crypto_library.h"

#include "reconcile/package/package.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_BYTES ((size_t)1 << 18)

struct ZipSpool {
    char *path, *spool; /* spool is NULL when finished */
    int file;
    unsigned char *window; /* the end of what libzip wrote, from window_start on; not yet written */
    size_t window_bytes;
    uint64_t window_start, at; /* `at`: where libzip is */
    uint64_t final, hashed;    /* libzip is done with what lies before `final`; how far `hash` is */
    EVP_MD_CTX *hash;
    zip_error_t failure;
};

static bool write_error(const ZipSpool *spool, int code, GError **error)
{
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE, "write %s: %s%s", spool->path,
                g_strerror(code),
                code == ENOSPC || code == EDQUOT ? "; make room on that disk and try again" : "");
    return false;
}

ZipSpool *zip_spool_new(const char *path, GError **error)
{
    g_autoptr(ZipSpool) spool = g_new0(ZipSpool, 1);

    spool->path = g_strdup(path);
    spool->window = g_malloc(WINDOW_BYTES);
    libzip()->error_init(&spool->failure);
    spool->hash = crypto()->EVP_MD_CTX_new();
    crypto()->EVP_DigestInit_ex(spool->hash, crypto()->EVP_sha256(), NULL);
    spool->spool = g_strconcat(path, ".XXXXXX", NULL);
    spool->file = g_mkstemp_full(spool->spool, O_RDWR | O_CLOEXEC, 0666);
    if (spool->file < 0) {
        write_error(spool, errno, error);
        g_clear_pointer(&spool->spool, g_free);
        return NULL;
    }
    return g_steal_pointer(&spool);
}

void zip_spool_free(ZipSpool *spool)
{
    if (!spool)
        return;
    if (spool->file >= 0)
        close(spool->file);
    if (spool->spool)
        g_unlink(spool->spool);
    libzip()->error_fini(&spool->failure);
    crypto()->EVP_MD_CTX_free(spool->hash);
    g_free(spool->window);
    g_free(spool->spool);
    g_free(spool->path);
    g_free(spool);
}

bool zip_spool_failed(const ZipSpool *spool, GError **error)
{
    const int code = libzip()->error_code_system(&spool->failure);

    return libzip()->error_code_zip(&spool->failure) == ZIP_ER_WRITE &&
           !write_error(spool, code, error);
}

static bool write_at(ZipSpool *spool, const unsigned char *data, size_t size, uint64_t start)
{
    while (size) {
        const ssize_t done = pwrite(spool->file, data, size, (off_t)start);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            libzip()->error_set(&spool->failure, ZIP_ER_WRITE, errno);
            return false;
        }
        data += done;
        size -= (size_t)done;
        start += (uint64_t)done;
    }
    return true;
}

static uint64_t end_of(const ZipSpool *spool)
{
    return spool->window_start + spool->window_bytes;
}

/* What left the window before it was final is read back in the end. */
static void hash_window(ZipSpool *spool)
{
    if (spool->hashed < spool->window_start || spool->hashed >= spool->final)
        return;
    crypto()->EVP_DigestUpdate(spool->hash, spool->window + (spool->hashed - spool->window_start),
                               (size_t)(spool->final - spool->hashed));
    spool->hashed = spool->final;
}

static bool empty_window(ZipSpool *spool)
{
    hash_window(spool);
    if (!write_at(spool, spool->window, spool->window_bytes, spool->window_start))
        return false;
    spool->window_start += spool->window_bytes;
    spool->window_bytes = 0;
    return true;
}

/* Writes what goes to where the window does not reach back to, at once. Gives how much. */
static size_t patch(ZipSpool *spool, const unsigned char *data, size_t size)
{
    const size_t before = (size_t)MIN(size, spool->window_start - spool->at);

    return write_at(spool, data, before, spool->at) ? before : 0;
}

static size_t keep(ZipSpool *spool, const unsigned char *data, size_t size)
{
    size_t offset = (size_t)(spool->at - spool->window_start), fits;

    if (offset == WINDOW_BYTES) {
        if (!empty_window(spool))
            return 0;
        offset = 0;
    }
    fits = MIN(size, WINDOW_BYTES - offset);
    memcpy(spool->window + offset, data, fits);
    spool->window_bytes = MAX(spool->window_bytes, offset + fits);
    return fits;
}

static zip_int64_t put(ZipSpool *spool, const unsigned char *data, zip_uint64_t size)
{
    for (size_t left = size, done; left; left -= done, data += done, spool->at += done) {
        done = spool->at < spool->window_start ? patch(spool, data, left) : keep(spool, data, left);
        if (!done)
            return -1;
    }
    return (zip_int64_t)size;
}

/* libzip writes one thing behind the other, goes back to a member's header when its data is there,
 * and on to the end then. */
static zip_int64_t seek(ZipSpool *spool, void *buffer, zip_uint64_t size)
{
    const zip_int64_t offset = libzip()->source_seek_compute_offset(spool->at, end_of(spool),
                                                                    buffer, size, &spool->failure);

    if (offset < 0)
        return -1;
    spool->at = (uint64_t)offset;
    if (spool->at == end_of(spool))
        spool->final = spool->at;
    if (spool->at < spool->hashed) { /* it has never; all is hashed again in the end */
        crypto()->EVP_DigestInit_ex(spool->hash, crypto()->EVP_sha256(), NULL);
        spool->hashed = spool->final = 0;
    }
    return 0;
}

zip_int64_t zip_spool_source(void *data, void *buffer, zip_uint64_t size, zip_source_cmd_t command)
{
    ZipSpool *spool = data;

    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
    case ZIP_SOURCE_STAT: /* there is no archive yet that would be changed */
        libzip()->error_set(&spool->failure, ZIP_ER_READ, ENOENT);
        return -1;
    case ZIP_SOURCE_WRITE:
        return put(spool, buffer, size);
    case ZIP_SOURCE_SEEK_WRITE:
        return seek(spool, buffer, size);
    case ZIP_SOURCE_TELL_WRITE:
        return (zip_int64_t)spool->at;
    case ZIP_SOURCE_COMMIT_WRITE:
        return empty_window(spool) ? 0 : -1;
    case ZIP_SOURCE_BEGIN_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_ERROR:
        return libzip()->error_to_data(&spool->failure, buffer, size);
    default:
        libzip()->error_set(&spool->failure, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static bool hash_rest(ZipSpool *spool, char **ret_sha256, GError **error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ssize_t got;

    while ((got = pread(spool->file, spool->window, WINDOW_BYTES, (off_t)spool->hashed)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return write_error(spool, errno, error);
        crypto()->EVP_DigestUpdate(spool->hash, spool->window, (size_t)got);
        spool->hashed += (uint64_t)got;
    }
    crypto()->EVP_DigestFinal_ex(spool->hash, digest, &size);
    *ret_sha256 = g_base64_encode(digest, size);
    return true;
}

/* Some file systems write all of a file to the disk at once when it is renamed over another (ext4:
 * auto_da_alloc), which takes as long as packing; they do not when the two change places. */
static bool replace(const ZipSpool *spool)
{
    struct stat old;

    return lstat(spool->path, &old) == 0 && S_ISREG(old.st_mode) &&
                   renameat2(AT_FDCWD, spool->spool, AT_FDCWD, spool->path, RENAME_EXCHANGE) == 0
               ? g_unlink(spool->spool) == 0
               : g_rename(spool->spool, spool->path) == 0;
}

/* A full disk may be told only here (delayed allocation over a network). */
static bool move_to_place(ZipSpool *spool, GError **error)
{
    const int closed = close(spool->file);

    spool->file = -1;
    if (closed < 0 || !replace(spool))
        return write_error(spool, errno, error);
    g_clear_pointer(&spool->spool, g_free);
    return true;
}

bool zip_spool_finish(ZipSpool *spool, uint64_t *ret_size_bytes, char **ret_sha256, GError **error)
{
    g_autofree char *sha256 = NULL;

    if (!hash_rest(spool, &sha256, error) || !move_to_place(spool, error))
        return false;
    *ret_size_bytes = spool->window_start;
    *ret_sha256 = g_steal_pointer(&sha256);
    return true;
}
