#include "reconcile/package/archive.h"

#include "reconcile/package/package.h"

#include <libdeflate.h>
#include <string.h>
#include <zip.h>

#define DEFLATE_LEVEL 6
#define DOS_DATE_1980 ((1 << 5) | 1)
#define UNIX_REGULAR_FILE 0100000

/* What all files of an archive share. */
typedef struct {
    SourceTree *tree;
    struct libdeflate_compressor *compressor;
    GError *error; /* the first that a file met */
} Archive;

/* A file as libzip asks for it: first its sizes and checksum, then its compressed bytes. They are
 * made when first asked for, which libzip does file by file while it closes the archive, and
 * dropped when it has read them. */
typedef struct {
    Archive *archive;
    char *path; /* in the tree */
    bool known;
    uint64_t size, compressed_size;
    uint32_t checksum;
    char *compressed;
    uint64_t given;
} Member;

static bool compress_member(Member *member, const char *data, size_t size)
{
    struct libdeflate_compressor *compressor = member->archive->compressor;
    const size_t bound = libdeflate_deflate_compress_bound(compressor, size);

    member->compressed = g_malloc(bound);
    member->compressed_size =
        libdeflate_deflate_compress(compressor, data, size, member->compressed, bound);
    member->size = size;
    member->checksum = libdeflate_crc32(0, data, size);
    return member->compressed_size != 0;
}

static bool load(Member *member)
{
    Archive *archive = member->archive;
    g_autoptr(GError) cause = NULL;
    g_autofree char *data = NULL;
    size_t size;

    if (!source_tree_read(archive->tree, member->path, ARCHIVE_BLOB_MAX_BYTES, &data, &size,
                          &cause)) {
        if (!archive->error)
            selection_source_error(&archive->error, g_steal_pointer(&cause));
        return false;
    }
    member->known = compress_member(member, data, size);
    return member->known;
}

static zip_int64_t tell_stat(Member *member, void *data, zip_uint64_t length)
{
    zip_stat_t *stat = data;

    if (length < sizeof(*stat) || (!member->known && !load(member)))
        return -1;
    zip_stat_init(stat);
    stat->valid = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD;
    stat->size = member->size;
    stat->comp_size = member->compressed_size;
    stat->crc = member->checksum;
    stat->comp_method = ZIP_CM_DEFLATE;
    return sizeof(*stat);
}

static zip_int64_t give_bytes(Member *member, void *data, zip_uint64_t length)
{
    const uint64_t some = MIN(length, member->compressed_size - member->given);

    if (some)
        memcpy(data, member->compressed + member->given, some);
    member->given += some;
    return (zip_int64_t)some;
}

static zip_int64_t tell_error(void *data, zip_uint64_t length)
{
    zip_error_t failure;
    zip_int64_t written;

    zip_error_init(&failure);
    zip_error_set(&failure, ZIP_ER_READ, 0);
    written = zip_error_to_data(&failure, data, length);
    zip_error_fini(&failure);
    return written;
}

static void member_free(Member *member)
{
    g_free(member->path);
    g_free(member->compressed);
    g_free(member);
}

static zip_int64_t answer(void *payload, void *data, zip_uint64_t length, zip_source_cmd_t command)
{
    Member *member = payload;

    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              -1);
    case ZIP_SOURCE_STAT:
        return tell_stat(member, data, length);
    case ZIP_SOURCE_OPEN:
        member->given = 0;
        return member->compressed || load(member) ? 0 : -1;
    case ZIP_SOURCE_READ:
        return give_bytes(member, data, length);
    case ZIP_SOURCE_CLOSE:
        g_clear_pointer(&member->compressed, g_free);
        return 0;
    case ZIP_SOURCE_ERROR:
        return tell_error(data, length);
    case ZIP_SOURCE_FREE:
        member_free(member);
        return 0;
    default:
        return -1;
    }
}

static bool add_member(Archive *archive, zip_t *zip, const SelectedFile *file)
{
    const zip_uint32_t mode = UNIX_REGULAR_FILE | (file->is_executable ? 0755 : 0644);
    Member *member = g_new0(Member, 1);
    zip_source_t *source;
    zip_int64_t index;

    member->archive = archive;
    member->path = g_strdup(file->location);
    source = zip_source_function(zip, answer, member);
    if (!source) {
        member_free(member);
        return false;
    }
    index = zip_file_add(zip, file->path, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_DATE_1980, 0) == 0 &&
           zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
                                            mode << 16) == 0;
}

static bool fill(Archive *archive, zip_t *zip, const GPtrArray *files)
{
    for (guint i = 0; i < files->len; i++)
        if (!add_member(archive, zip, g_ptr_array_index(files, i)))
            return false;
    return zip_close(zip) == 0;
}

static bool write_zip(Archive *archive, const GPtrArray *files, const char *path, GError **error)
{
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    zip_error_t failure;

    if (zip && fill(archive, zip, files))
        return true;
    if (archive->error) {
        g_propagate_error(error, g_steal_pointer(&archive->error));
    } else {
        zip_error_init_with_code(&failure, code);
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE, "write %s: %s", path,
                    zip ? zip_strerror(zip) : zip_error_strerror(&failure));
        zip_error_fini(&failure);
    }
    if (zip)
        zip_discard(zip);
    return false;
}

bool archive_write(SourceTree *tree, const GPtrArray *files, const char *path, GError **error)
{
    Archive archive = {.tree = tree, .compressor = libdeflate_alloc_compressor(DEFLATE_LEVEL)};
    bool written = write_zip(&archive, files, path, error);

    libdeflate_free_compressor(archive.compressor);
    g_clear_error(&archive.error);
    return written;
}
