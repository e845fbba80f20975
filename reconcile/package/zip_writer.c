#include "reconcile/package/zip_writer.h"

#include "reconcile/package/package.h"
#include "reconcile/package/zip_spool.h"

#include <string.h>
#include <time.h>

#define UNIX_REGULAR_FILE 0100000u

typedef struct {
    ZipWriter *zip;
} Member;

struct ZipWriter {
    char *path;
    ZipSpool *spool;
    zip_t *archive;
    Member *members;
    unsigned added, announced;
    time_t date;

    ZipContent content;
    void *content_data;
    const Member *current; /* whose content `deflated` is */
    Deflated deflated;
    size_t given_bytes;
    GError *failure; /* of a content */
    zip_error_t zip_failure;
};

/* libzip takes a time and writes it as the zone's clock shows it; its own way from a DOS time looks
 * at the zone's file for every member. */
static time_t start_of_1980(void)
{
    struct tm date = {.tm_year = 80, .tm_mday = 1, .tm_isdst = -1};

    return mktime(&date);
}

static bool zip_failed(const ZipWriter *zip, zip_error_t *cause, GError **error)
{
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE, "write %s: %s", zip->path,
                libzip()->error_strerror(cause));
    return false;
}

ZipWriter *zip_writer_new(const char *path, unsigned members, GError **error)
{
    g_autoptr(ZipWriter) zip = g_new0(ZipWriter, 1);
    zip_error_t cause;
    zip_source_t *sink;

    zip->path = g_strdup(path);
    zip->announced = members;
    zip->date = start_of_1980();
    zip->members = g_new(Member, members);
    libzip()->error_init(&zip->zip_failure);
    zip->spool = zip_spool_new(path, error);
    if (!zip->spool)
        return NULL;
    libzip()->error_init(&cause);
    sink = libzip()->source_function_create(zip_spool_source, zip->spool, &cause);
    zip->archive =
        sink ? libzip()->open_from_source(sink, ZIP_CREATE | ZIP_TRUNCATE, &cause) : NULL;
    if (!zip->archive) {
        zip_failed(zip, &cause, error);
        libzip()->source_free(sink);
    }
    libzip()->error_fini(&cause);
    return zip->archive ? g_steal_pointer(&zip) : NULL;
}

void zip_writer_free(ZipWriter *zip)
{
    if (!zip)
        return;
    if (zip->archive)
        libzip()->discard(zip->archive);
    zip_spool_free(zip->spool);
    libzip()->error_fini(&zip->zip_failure);
    g_clear_error(&zip->failure);
    g_free(zip->members);
    g_free(zip->path);
    g_free(zip);
}

/* libzip asks for this before it writes a member and once more behind its data. */
static zip_int64_t tell(const Member *member, zip_stat_t *stat)
{
    ZipWriter *zip = member->zip;

    if (zip->current != member && !zip->content(zip->content_data, &zip->deflated, &zip->failure)) {
        libzip()->error_set(&zip->zip_failure, ZIP_ER_CANCELLED, 0);
        return -1;
    }
    zip->current = member;
    libzip()->stat_init(stat);
    stat->valid = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD;
    stat->size = zip->deflated.size_bytes;
    stat->comp_size = zip->deflated.data_bytes;
    stat->crc = zip->deflated.checksum;
    stat->comp_method = ZIP_CM_DEFLATE;
    return sizeof(*stat);
}

static zip_int64_t give(ZipWriter *zip, void *buffer, zip_uint64_t size)
{
    const size_t some = MIN(size, zip->deflated.data_bytes - zip->given_bytes);

    memcpy(buffer, (const char *)zip->deflated.data + zip->given_bytes, some);
    zip->given_bytes += some;
    return (zip_int64_t)some;
}

static zip_int64_t serve(void *data, void *buffer, zip_uint64_t size, zip_source_cmd_t command)
{
    const Member *member = data;
    ZipWriter *zip = member->zip;

    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
    case ZIP_SOURCE_STAT:
        return tell(member, buffer);
    case ZIP_SOURCE_OPEN:
        zip->given_bytes = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return give(zip, buffer, size);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_ERROR:
        return libzip()->error_to_data(&zip->zip_failure, buffer, size);
    default:
        libzip()->error_set(&zip->zip_failure, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

/* ASCII reads alike in every encoding; libzip has no control character in a name that it is told is
 * UTF-8. */
static bool add_failed(const ZipWriter *zip, const char *name, GError **error)
{
    zip_error_t *cause = libzip()->get_error(zip->archive);
    const bool invalid = libzip()->error_code_zip(cause) == ZIP_ER_INVAL;

    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_NAME, "%s: %s%s", name,
                libzip()->error_strerror(cause),
                invalid ? "; rename it: no archive holds both control characters and letters"
                          " outside ASCII in a name"
                        : "");
    return false;
}

bool zip_writer_add(ZipWriter *zip, const char *name, bool is_executable, GError **error)
{
    const zip_uint32_t mode = UNIX_REGULAR_FILE | (is_executable ? 0755 : 0644);
    const zip_flags_t encoding = g_str_is_ascii(name) ? ZIP_FL_ENC_GUESS : ZIP_FL_ENC_UTF_8;
    Member *member = &zip->members[zip->added];
    zip_source_t *source;
    zip_int64_t index;

    g_assert(zip->added < zip->announced);
    member->zip = zip;
    source = libzip()->source_function(zip->archive, serve, member);
    index = source ? libzip()->file_add(zip->archive, name, source, encoding) : -1;
    if (index < 0) {
        libzip()->source_free(source);
        return add_failed(zip, name, error);
    }
    zip->added++;
    return (libzip()->file_set_mtime(zip->archive, (zip_uint64_t)index, zip->date, 0) == 0 &&
            libzip()->file_set_external_attributes(zip->archive, (zip_uint64_t)index, 0,
                                                   ZIP_OPSYS_UNIX, mode << 16) == 0) ||
           add_failed(zip, name, error);
}

bool zip_writer_finish(ZipWriter *zip, ZipContent content, void *data, uint64_t *ret_size_bytes,
                       char **ret_sha256, GError **error)
{
    zip->content = content;
    zip->content_data = data;
    if (libzip()->close(zip->archive) == 0) {
        zip->archive = NULL;
        return zip_spool_finish(zip->spool, ret_size_bytes, ret_sha256, error);
    }
    if (zip->failure)
        g_propagate_error(error, g_steal_pointer(&zip->failure));
    else if (!zip_spool_failed(zip->spool, error))
        zip_failed(zip, libzip()->get_error(zip->archive), error);
    return false;
}
