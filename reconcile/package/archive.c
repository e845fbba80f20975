#include "reconcile/package/archive.h"

#include "reconcile/package/deflater.h"
#include "reconcile/package/zip_writer.h"

#define SPACE_KEPT_BYTES (1u << 20)

typedef struct {
    SourceTree *tree;
    const Manifest *manifest;
    PackageCache *cache; /* NULL: none */
    const PackageProgress *progress;
    GArray *is_cached;  /* bool: of each file, whether the cache holds it */
    GArray *to_deflate; /* DeflaterFile: the others, from the file being written on */
    Deflater *deflater;
    guint next;    /* the file that the archive asks for next */
    bool has_turn; /* at adding to the cache */
    GByteArray *space;
} Archive;

static void archive_clear(Archive *archive)
{
    deflater_free(archive->deflater);
    if (archive->has_turn)
        package_cache_give_turn(archive->cache);
    g_clear_pointer(&archive->is_cached, g_array_unref);
    g_clear_pointer(&archive->to_deflate, g_array_unref);
    g_clear_pointer(&archive->space, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

static const ManifestFile *file_at(const Archive *archive, guint i)
{
    return &g_array_index(archive->manifest->files, ManifestFile, i);
}

static bool is_cached(const Archive *archive, guint i)
{
    return g_array_index(archive->is_cached, bool, i);
}

/* What the cache held when the manifest was made is not asked for again; other artifacts may have
 * added to it since. */
static bool knows(const Archive *archive, guint i)
{
    const ManifestFile *file = file_at(archive, i);
    uint64_t size;

    return archive->cache &&
           (file->is_cached || package_cache_knows(archive->cache, file->id, &size));
}

static bool knows_all(const Archive *archive)
{
    for (guint i = 0; i < archive->manifest->files->len; i++)
        if (!knows(archive, i))
            return false;
    return true;
}

/* Gives whether the cache holds all. */
static bool ask_cache(Archive *archive)
{
    bool all = true;

    g_array_set_size(archive->is_cached, 0);
    for (guint i = 0; i < archive->manifest->files->len; i++) {
        const bool cached = knows(archive, i);

        g_array_append_val(archive->is_cached, cached);
        all = all && cached;
    }
    return all;
}

/* While somebody else deflates, his contents are waited for rather than made once more. */
static void ask_cache_in_turn(Archive *archive)
{
    if (archive->cache && !knows_all(archive)) {
        package_cache_flush(archive->cache);
        package_cache_take_turn(archive->cache);
        archive->has_turn = true;
    }
    if (ask_cache(archive) && archive->has_turn) {
        package_cache_give_turn(archive->cache);
        archive->has_turn = false;
    }
}

static void forget_cache(Archive *archive)
{
    g_array_set_size(archive->is_cached, 0);
    g_array_set_size(archive->is_cached, archive->manifest->files->len); /* cleared */
}

static void plan(Archive *archive, guint from)
{
    deflater_free(archive->deflater);
    g_array_set_size(archive->to_deflate, 0);
    for (guint i = from; i < archive->manifest->files->len; i++) {
        const ManifestFile *file = file_at(archive, i);
        const DeflaterFile wanted = {file->selected->location, file->id};

        if (!is_cached(archive, i))
            g_array_append_val(archive->to_deflate, wanted);
    }
    archive->deflater = deflater_new(archive->tree, archive->to_deflate);
}

static bool deflate(Archive *archive, const ManifestFile *file, Deflated *ret, GError **error)
{
    if (!deflater_take(archive->deflater, ret, error))
        return false;
    if (archive->cache)
        package_cache_add(archive->cache, file->id, ret);
    return true;
}

/* Room that one large file took is given back with the next. */
static GByteArray *space(Archive *archive)
{
    if (archive->space->len > SPACE_KEPT_BYTES) {
        g_byte_array_unref(archive->space);
        archive->space = g_byte_array_new();
    }
    return archive->space;
}

/* A cache that does not hold what it said is damaged or was emptied: the rest is made anew. */
static bool next_content(void *data, Deflated *ret, GError **error)
{
    Archive *archive = data;
    const guint i = archive->next++;
    const ManifestFile *file = file_at(archive, i);

    if (archive->progress)
        archive->progress->tell(file->size_bytes, archive->progress->data);
    if (is_cached(archive, i)) {
        if (package_cache_read(archive->cache, file->id, space(archive), ret))
            return true;
        forget_cache(archive);
        plan(archive, i);
    }
    return deflate(archive, file, ret, error);
}

static bool name_members(const Manifest *manifest, ZipWriter *zip, GError **error)
{
    for (guint i = 0; i < manifest->files->len; i++) {
        const SelectedFile *selected = g_array_index(manifest->files, ManifestFile, i).selected;

        if (!zip_writer_add(zip, selected->path, selected->is_executable, error))
            return false;
    }
    return true;
}

bool archive_write(SourceTree *tree, const Manifest *manifest, PackageCache *cache,
                   const PackageProgress *progress, const char *path, uint64_t *ret_size_bytes,
                   char **ret_sha256, GError **error)
{
    g_auto(Archive) archive = {
        .tree = tree,
        .manifest = manifest,
        .cache = cache,
        .progress = progress,
        .is_cached = g_array_new(FALSE, TRUE, sizeof(bool)),
        .to_deflate = g_array_new(FALSE, FALSE, sizeof(DeflaterFile)),
        .space = g_byte_array_new(),
    };
    g_autoptr(ZipWriter) zip = zip_writer_new(path, manifest->files->len, error);
    bool written;

    if (!zip || !name_members(manifest, zip, error))
        return false;
    ask_cache_in_turn(&archive);
    plan(&archive, 0);
    written = zip_writer_finish(zip, next_content, &archive, ret_size_bytes, ret_sha256, error);
    if (cache)
        package_cache_flush(cache); /* also what was done before an error */
    return written;
}
