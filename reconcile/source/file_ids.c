#include "reconcile/source/file_ids.h"

#include <string.h>

#define COARSEST_TIMES_S 2

/* Written as it is: it is read on the machine that wrote it, and "look" tells when that changed. */
typedef struct {
    int64_t size, modified_s, modified_ns, changed_s, changed_ns;
    uint64_t inode, device;
} Look;

typedef struct {
    Look look;
    char id[SOURCE_ID_SIZE];
    bool asked, learned;
} Known;

struct FileIds {
    GHashTable *known; /* path → Known* */
};

static const char format[] = "driftless file ids 1";

FileIds *file_ids_new(void)
{
    FileIds *ids = g_new0(FileIds, 1);

    ids->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return ids;
}

void file_ids_free(FileIds *ids)
{
    if (!ids)
        return;
    g_hash_table_unref(ids->known);
    g_free(ids);
}

static Look look_of(const struct stat *status)
{
    return (Look){.size = status->st_size,
                  .modified_s = status->st_mtim.tv_sec,
                  .modified_ns = status->st_mtim.tv_nsec,
                  .changed_s = status->st_ctim.tv_sec,
                  .changed_ns = status->st_ctim.tv_nsec,
                  .inode = status->st_ino,
                  .device = status->st_dev};
}

static Known *find(FileIds *ids, const char *path, const struct stat *status)
{
    Known *known = g_hash_table_lookup(ids->known, path);
    const Look now = look_of(status);

    if (!known || memcmp(&known->look, &now, sizeof(now)) != 0)
        return NULL;
    known->asked = true;
    return known;
}

const char *file_ids_find(FileIds *ids, const char *path, const struct stat *status)
{
    const Known *known = find(ids, path, status);

    return known ? known->id : NULL;
}

const char *file_ids_find_learned(FileIds *ids, const char *path, const struct stat *status)
{
    const Known *known = find(ids, path, status);

    return known && known->learned ? known->id : NULL;
}

static void add(FileIds *ids, const char *path, const Known *known)
{
    g_hash_table_replace(ids->known, g_strdup(path), g_memdup2(known, sizeof(*known)));
}

void file_ids_add(FileIds *ids, const char *path, const struct stat *status,
                  const char id[SOURCE_ID_SIZE])
{
    Known known = {.look = look_of(status), .asked = true};

    memcpy(known.id, id, sizeof(known.id));
    add(ids, path, &known);
}

static bool is_settled(const Look *look, int64_t began_s)
{
    return look->modified_s < began_s - COARSEST_TIMES_S &&
           look->changed_s < began_s - COARSEST_TIMES_S;
}

bool file_ids_has_news(const FileIds *ids, int64_t began_s)
{
    GHashTableIter each;
    void *value;

    g_hash_table_iter_init(&each, ids->known);
    while (g_hash_table_iter_next(&each, NULL, &value)) {
        const Known *known = value;

        if (!known->learned && is_settled(&known->look, began_s))
            return true;
    }
    return false;
}

GBytes *file_ids_to_bytes(const FileIds *ids, int64_t began_s)
{
    GByteArray *bytes = g_byte_array_new();
    const bool many = g_hash_table_size(ids->known) > FILE_IDS_MAX;
    GHashTableIter each;
    void *path, *value;

    g_byte_array_append(bytes, (const guint8 *)format, sizeof(format));
    g_hash_table_iter_init(&each, ids->known);
    while (g_hash_table_iter_next(&each, &path, &value)) {
        const Known *known = value;

        if (!is_settled(&known->look, began_s) || (many && !known->asked))
            continue;
        g_byte_array_append(bytes, (const guint8 *)&known->look, sizeof(known->look));
        g_byte_array_append(bytes, (const guint8 *)known->id, sizeof(known->id));
        g_byte_array_append(bytes, path, (guint)strlen(path) + 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

/* Takes one file's off the front; false when there is no whole one. */
static bool take(const char **at, size_t *left, Known *ret, const char **ret_path)
{
    const size_t fixed = sizeof(ret->look) + sizeof(ret->id);
    size_t path_bytes;

    if (*left <= fixed)
        return false;
    path_bytes = strnlen(*at + fixed, *left - fixed) + 1;
    if (fixed + path_bytes > *left)
        return false;
    memcpy(&ret->look, *at, sizeof(ret->look));
    memcpy(ret->id, *at + sizeof(ret->look), sizeof(ret->id));
    ret->id[SOURCE_ID_SIZE - 1] = '\0';
    *ret_path = *at + fixed;
    *at += fixed + path_bytes;
    *left -= fixed + path_bytes;
    return true;
}

void file_ids_learn(FileIds *ids, GBytes *kept)
{
    size_t left;
    const char *at = g_bytes_get_data(kept, &left), *path;
    Known known = {.learned = true};

    if (left < sizeof(format) || memcmp(at, format, sizeof(format)) != 0)
        return;
    at += sizeof(format);
    left -= sizeof(format);
    for (unsigned i = 0; i < FILE_IDS_MAX && take(&at, &left, &known, &path); i++)
        if (!g_hash_table_contains(ids->known, path))
            add(ids, path, &known);
}
