#define _GNU_SOURCE /* renameat2 */
#include "reconcile/package/zip_writer.h"

#include "reconcile/package/package.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 18)
#define DOS_DATE_1980 ((1 << 5) | 1)
#define NEEDS_DEFLATE 20
#define NEEDS_ZIP64 45
#define MADE_BY_UNIX (3 << 8)
#define FLAG_UTF8 0x800
#define METHOD_DEFLATE 8
#define UNIX_REGULAR_FILE 0100000
#define MEMBERS_MAX_PLAIN 0xfffe
#define OFFSET_MAX_PLAIN 0xfffffffe

/* What the directory tells of a member. */
typedef struct {
    const char *name;
    uint32_t checksum, size, deflated, offset;
    bool is_executable;
} Listed;

struct ZipWriter {
    char *path, *spool; /* spool is NULL when finished */
    int file;
    GByteArray *buffer;
    GArray *members; /* Listed */
    uint64_t written;
    EVP_MD_CTX *hash;
};

static bool write_error(const ZipWriter *zip, int code, GError **error)
{
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE, "write %s: %s%s", zip->path,
                g_strerror(code),
                code == ENOSPC || code == EDQUOT ? "; make room on that disk and try again" : "");
    return false;
}

ZipWriter *zip_writer_new(const char *path, GError **error)
{
    g_autoptr(ZipWriter) zip = g_new0(ZipWriter, 1);

    zip->path = g_strdup(path);
    zip->buffer = g_byte_array_sized_new(BUFFER_BYTES);
    zip->members = g_array_new(FALSE, FALSE, sizeof(Listed));
    zip->hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(zip->hash, EVP_sha256(), NULL);
    zip->spool = g_strconcat(path, ".XXXXXX", NULL);
    zip->file = g_mkstemp_full(zip->spool, O_WRONLY | O_CLOEXEC, 0666);
    if (zip->file < 0) {
        write_error(zip, errno, error);
        g_clear_pointer(&zip->spool, g_free);
        return NULL;
    }
    return g_steal_pointer(&zip);
}

void zip_writer_free(ZipWriter *zip)
{
    if (!zip)
        return;
    if (zip->file >= 0)
        close(zip->file);
    if (zip->spool)
        g_unlink(zip->spool);
    EVP_MD_CTX_free(zip->hash);
    g_array_unref(zip->members);
    g_byte_array_unref(zip->buffer);
    g_free(zip->spool);
    g_free(zip->path);
    g_free(zip);
}

static bool write_out(ZipWriter *zip, const void *data, size_t size, GError **error)
{
    const char *at = data;

    EVP_DigestUpdate(zip->hash, data, size);
    while (size) {
        const ssize_t done = write(zip->file, at, size);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return write_error(zip, errno, error);
        at += done;
        size -= (size_t)done;
    }
    return true;
}

static bool put_bytes(ZipWriter *zip, const void *data, size_t size, GError **error)
{
    zip->written += size;
    if (zip->buffer->len + size > BUFFER_BYTES) {
        if (!write_out(zip, zip->buffer->data, zip->buffer->len, error))
            return false;
        g_byte_array_set_size(zip->buffer, 0);
    }
    if (size > BUFFER_BYTES)
        return write_out(zip, data, size, error);
    g_byte_array_append(zip->buffer, data, (guint)size);
    return true;
}

/* Little-endian fields, one behind the other. */
static unsigned char *field(unsigned char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (unsigned char)(value >> (8 * i));
    return at;
}

/* What the local header and the directory say alike, from the version that is needed on. */
static unsigned char *shared_fields(unsigned char *at, const Listed *listed)
{
    at = field(at, NEEDS_DEFLATE, 2);
    at = field(at, FLAG_UTF8, 2);
    at = field(at, METHOD_DEFLATE, 2);
    at = field(at, 0, 2);
    at = field(at, DOS_DATE_1980, 2);
    at = field(at, listed->checksum, 4);
    at = field(at, listed->deflated, 4);
    at = field(at, listed->size, 4);
    at = field(at, strlen(listed->name), 2);
    return field(at, 0, 2); /* no extra fields */
}

bool zip_writer_add(ZipWriter *zip, const char *name, bool is_executable, const Deflated *content,
                    GError **error)
{
    unsigned char header[30], *at = header;
    const size_t name_bytes = strlen(name);
    const Listed listed = {.name = name,
                           .checksum = content->checksum,
                           .size = (uint32_t)content->size_bytes,
                           .deflated = (uint32_t)content->data_bytes,
                           .offset = (uint32_t)zip->written,
                           .is_executable = is_executable};

    if (zip->written + content->data_bytes > OFFSET_MAX_PLAIN ||
        content->size_bytes > OFFSET_MAX_PLAIN || name_bytes > G_MAXUINT16) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE,
                    "write %s: more than 4 GiB, or a name of more than 65,535 bytes", zip->path);
        return false;
    }
    at = field(at, 0x04034b50, 4);
    shared_fields(at, &listed);
    if (!put_bytes(zip, header, sizeof(header), error) ||
        !put_bytes(zip, name, name_bytes, error) ||
        !put_bytes(zip, content->data, content->data_bytes, error))
        return false;
    g_array_append_val(zip->members, listed);
    return true;
}

static bool put_listed(ZipWriter *zip, const Listed *listed, GError **error)
{
    const uint32_t mode = UNIX_REGULAR_FILE | (listed->is_executable ? 0755 : 0644);
    unsigned char entry[46], *at = entry;

    at = field(at, 0x02014b50, 4);
    at = field(at, MADE_BY_UNIX | NEEDS_DEFLATE, 2);
    at = shared_fields(at, listed);
    at = field(at, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
    at = field(at, (uint64_t)mode << 16, 4);
    field(at, listed->offset, 4);
    return put_bytes(zip, entry, sizeof(entry), error) &&
           put_bytes(zip, listed->name, strlen(listed->name), error);
}

static bool put_zip64_end(ZipWriter *zip, uint64_t start, uint64_t size, GError **error)
{
    unsigned char end[56 + 20], *at = end;

    at = field(at, 0x06064b50, 4);
    at = field(at, 56 - 12, 8); /* of what follows */
    at = field(at, MADE_BY_UNIX | NEEDS_ZIP64, 2);
    at = field(at, NEEDS_ZIP64, 2);
    at = field(at, 0, 4 + 4); /* disks */
    at = field(at, zip->members->len, 8);
    at = field(at, zip->members->len, 8);
    at = field(at, size, 8);
    at = field(at, start, 8);
    at = field(at, 0x07064b50, 4);
    at = field(at, 0, 4);
    at = field(at, start + size, 8);
    field(at, 1, 4);
    return put_bytes(zip, end, sizeof(end), error);
}

static bool put_end(ZipWriter *zip, uint64_t start, GError **error)
{
    const uint64_t size = zip->written - start;
    const bool many = zip->members->len > MEMBERS_MAX_PLAIN;
    const uint64_t members = many ? G_MAXUINT16 : zip->members->len;
    unsigned char end[22], *at = end;

    if (start + size > OFFSET_MAX_PLAIN) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE, "write %s: more than 4 GiB",
                    zip->path);
        return false;
    }
    if (many && !put_zip64_end(zip, start, size, error))
        return false;
    at = field(at, 0x06054b50, 4);
    at = field(at, 0, 2 + 2); /* disks */
    at = field(at, members, 2);
    at = field(at, members, 2);
    at = field(at, size, 4);
    at = field(at, start, 4);
    field(at, 0, 2); /* comment */
    return put_bytes(zip, end, sizeof(end), error) &&
           write_out(zip, zip->buffer->data, zip->buffer->len, error);
}

/* Some file systems write all of a file to the disk at once when it is renamed over another (ext4:
 * auto_da_alloc), which takes as long as packing; they do not when the two change places. */
static bool replace(const ZipWriter *zip)
{
    struct stat old;

    return lstat(zip->path, &old) == 0 && S_ISREG(old.st_mode) &&
                   renameat2(AT_FDCWD, zip->spool, AT_FDCWD, zip->path, RENAME_EXCHANGE) == 0
               ? g_unlink(zip->spool) == 0
               : g_rename(zip->spool, zip->path) == 0;
}

/* A full disk may be told only here (delayed allocation over a network). */
static bool move_to_place(ZipWriter *zip, GError **error)
{
    const int closed = close(zip->file);

    zip->file = -1;
    if (closed < 0 || !replace(zip))
        return write_error(zip, errno, error);
    g_clear_pointer(&zip->spool, g_free);
    return true;
}

bool zip_writer_finish(ZipWriter *zip, uint64_t *ret_size_bytes, char **ret_sha256, GError **error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const uint64_t start = zip->written;
    unsigned size = 0;

    for (guint i = 0; i < zip->members->len; i++)
        if (!put_listed(zip, &g_array_index(zip->members, Listed, i), error))
            return false;
    if (!put_end(zip, start, error) || !move_to_place(zip, error))
        return false;
    EVP_DigestFinal_ex(zip->hash, digest, &size);
    *ret_size_bytes = zip->written;
    *ret_sha256 = g_base64_encode(digest, size);
    return true;
}
