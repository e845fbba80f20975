#include "reconcile/package/package_cache.h"

#include "reconcile/package/package.h"
#include "reconcile/package/package_cache_file.h"

#include <libdeflate.h>
#include <pthread.h>
#include <string.h>

#define PENDING_MAX_BYTES ((size_t)4 << 20)
#define BLOB_MAX_BYTES ((size_t)64 << 20) /* what is larger is seldom, and costs a whole cache */
#define NOTES_MAX 32
#define READS_IN_A_ROW 512
#define KEPT_MAX 65536
#define ID_BYTES 20

typedef struct {
    char id[41];
    Deflated blob; /* its data is owned */
} Pending;

struct PackageCache {
    pthread_mutex_t turn; /* of those who add contents, held by the caller */
    pthread_mutex_t lock; /* guards all below */
    CacheFile file;
    uint64_t max_bytes;
    uint32_t packer;     /* of everything that decides about the bytes */
    GHashTable *pending; /* id → Pending* */
    size_t pending_bytes;
    GHashTable *kept; /* id → size: what was added by this process, for which no file is asked */
    unsigned reads;   /* in the read transaction that is open; 0: none is */
    bool is_empty;    /* as that transaction sees it; nothing need be looked for then */
    PackageCacheCounts counts;
};

static uint32_t packer_of(void)
{
    g_autofree char *text = g_strdup_printf("driftless packer %d, libdeflate %s", PACKER_VERSION,
                                            LIBDEFLATE_VERSION_STRING);

    return libdeflate_crc32(0, text, strlen(text));
}

static void pending_free(void *data)
{
    Pending *pending = data;

    g_free((void *)pending->blob.data);
    g_free(pending);
}

static void recover(PackageCache *cache, int code)
{
    if (!cache_file_recover(&cache->file, code))
        return;
    g_hash_table_remove_all(cache->kept);
    cache->reads = 0;
}

PackageCache *package_cache_open(const char *path, uint64_t max_bytes, GError **error)
{
    PackageCache *cache = g_new0(PackageCache, 1);

    pthread_mutex_init(&cache->lock, NULL);
    pthread_mutex_init(&cache->turn, NULL);
    cache->file.path = g_strdup(path);
    cache->max_bytes = max_bytes;
    cache->packer = packer_of();
    cache->pending = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, pending_free);
    cache->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (cache_file_open(&cache->file))
        return cache;
    const int code = sqlite3_errcode(cache->file.database);

    recover(cache, code);
    if (cache->file.database && cache->file.statements[STATEMENT_COUNT - 1])
        return cache;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE, "open the cache %s: %s", path,
                sqlite3_errstr(code));
    package_cache_free(cache);
    return NULL;
}

static void end_reading(PackageCache *cache)
{
    if (cache->reads)
        cache_file_run(&cache->file, STATEMENT_COMMIT);
    cache->reads = 0;
}

/* Thousands of reads share a transaction: one alone locks the file and looks for a journal. */
static void keep_reading(PackageCache *cache)
{
    if (cache->reads >= READS_IN_A_ROW)
        end_reading(cache);
    if (cache->reads == 0)
        cache->is_empty = cache_file_run(&cache->file, STATEMENT_READING) && ++cache->reads &&
                          cache_file_run(&cache->file, STATEMENT_ANY);
    else
        cache->reads++;
}

static bool binary_id(const char *id, unsigned char ret[ID_BYTES])
{
    if (strspn(id, "0123456789abcdef") != 2 * ID_BYTES || id[2 * ID_BYTES])
        return false;
    for (size_t i = 0; i < ID_BYTES; i++)
        ret[i] = (unsigned char)(g_ascii_xdigit_value(id[2 * i]) << 4 |
                                 g_ascii_xdigit_value(id[2 * i + 1]));
    return true;
}

static bool bind_id(PackageCache *cache, sqlite3_stmt *statement, const char *id)
{
    unsigned char binary[ID_BYTES];

    if (!binary_id(id, binary))
        return false;
    sqlite3_bind_blob(statement, 1, binary, sizeof(binary), SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 2, cache->packer);
    return true;
}

/* Two unlike sums at once, as one alone lets one change in four thousand million pass. */
static int64_t sum_of(const void *data, size_t size, int64_t seed)
{
    const uint32_t crc = libdeflate_crc32((uint32_t)seed, data, size);
    const uint32_t adler = libdeflate_adler32((uint32_t)(seed >> 32) % 65521 + 1, data, size);

    return (int64_t)((uint64_t)adler << 32 | crc);
}

static int64_t head_of(const PackageCache *cache, const char *id, uint64_t size)
{
    const uint64_t numbers[] = {size, cache->packer};

    return sum_of(numbers, sizeof(numbers), sum_of(id, strlen(id), 0));
}

static int64_t sum_of_blob(const PackageCache *cache, const char *id, const Deflated *blob)
{
    return sum_of(blob->data, blob->data_bytes,
                  head_of(cache, id, blob->size_bytes) ^ blob->checksum);
}

static void forget(PackageCache *cache, const char *id)
{
    sqlite3_stmt *statement;

    end_reading(cache);
    g_hash_table_remove(cache->kept, id);
    statement = cache_file_start(&cache->file, STATEMENT_FORGET);
    if (statement && bind_id(cache, statement, id))
        cache_file_run(&cache->file, STATEMENT_FORGET);
}

/* Steps to the row of a blob; the caller resets. NULL without one. */
static sqlite3_stmt *find(PackageCache *cache, StatementName name, const char *id)
{
    sqlite3_stmt *statement = cache_file_start(&cache->file, name);
    int code;

    if (!statement || !bind_id(cache, statement, id))
        return NULL;
    keep_reading(cache);
    if (cache->is_empty)
        return NULL;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return statement;
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) {
        recover(cache, code);
        end_reading(cache);
    }
    return NULL;
}

bool package_cache_knows(PackageCache *cache, const char *id, uint64_t *ret_size_bytes)
{
    const Pending *pending;
    sqlite3_stmt *row;
    void *size_bytes;
    bool known;

    pthread_mutex_lock(&cache->lock);
    pending = g_hash_table_lookup(cache->pending, id);
    known = pending || g_hash_table_lookup_extended(cache->kept, id, NULL, &size_bytes);
    row = known ? NULL : find(cache, STATEMENT_KNOWS, id);
    if (known) {
        *ret_size_bytes = pending ? pending->blob.size_bytes : GPOINTER_TO_SIZE(size_bytes);
    } else if (row) {
        const uint64_t size = (uint64_t)sqlite3_column_int64(row, 0);

        known = sqlite3_column_int64(row, 1) == head_of(cache, id, size);
        sqlite3_reset(row);
        if (known)
            *ret_size_bytes = size;
        else
            forget(cache, id);
    }
    pthread_mutex_unlock(&cache->lock);
    return known;
}

/* Copies the row; what it is checked against stays to be done without the lock. */
static bool copy_row(sqlite3_stmt *row, GByteArray *space, Deflated *ret, int64_t *ret_sum)
{
    Deflated blob = {.size_bytes = (uint64_t)sqlite3_column_int64(row, 0),
                     .checksum = (uint32_t)sqlite3_column_int64(row, 1),
                     .data = sqlite3_column_blob(row, 3),
                     .data_bytes = (size_t)sqlite3_column_bytes(row, 3)};

    if (!blob.data)
        return false;
    *ret_sum = sqlite3_column_int64(row, 2);
    g_byte_array_set_size(space, 0);
    g_byte_array_append(space, blob.data, (guint)blob.data_bytes);
    blob.data = space->data;
    *ret = blob;
    return true;
}

bool package_cache_read(PackageCache *cache, const char *id, GByteArray *space, Deflated *ret)
{
    const Pending *pending;
    sqlite3_stmt *row;
    Deflated copy;
    int64_t sum;
    bool there = false;

    pthread_mutex_lock(&cache->lock);
    pending = g_hash_table_lookup(cache->pending, id);
    row = pending ? NULL : find(cache, STATEMENT_READ, id);
    if (pending) {
        g_byte_array_set_size(space, 0);
        g_byte_array_append(space, pending->blob.data, (guint)pending->blob.data_bytes);
        *ret = pending->blob;
        ret->data = space->data;
        there = true;
    } else if (row) {
        there = copy_row(row, space, &copy, &sum);
        sqlite3_reset(row);
        pthread_mutex_unlock(&cache->lock);
        there = there && sum == sum_of_blob(cache, id, &copy);
        pthread_mutex_lock(&cache->lock);
        if (there)
            *ret = copy;
        else
            forget(cache, id);
    } else {
        g_hash_table_remove(cache->kept, id);
    }
    cache->counts.hits += there;
    pthread_mutex_unlock(&cache->lock);
    return there;
}

static uint64_t used_bytes(PackageCache *cache)
{
    sqlite3_stmt *row = cache_file_start(&cache->file, STATEMENT_USED);
    uint64_t used = 0;

    if (row && sqlite3_step(row) == SQLITE_ROW)
        used = (uint64_t)sqlite3_column_int64(row, 0);
    if (row)
        sqlite3_reset(row);
    return used;
}

/* Within a transaction: makes room for `more` bytes, a little at a time, the oldest first. */
static bool make_room(PackageCache *cache, uint64_t more)
{
    if (used_bytes(cache) + more <= cache->max_bytes)
        return true;
    while (used_bytes(cache) + more > cache->max_bytes / 8 * 7) {
        g_hash_table_remove_all(cache->kept);
        if (!cache_file_run(&cache->file, STATEMENT_EVICT))
            return false;
        if (sqlite3_changes(cache->file.database) == 0)
            break;
    }
    return used_bytes(cache) + more <= cache->max_bytes;
}

static bool keep(PackageCache *cache, const Pending *pending)
{
    sqlite3_stmt *statement = cache_file_start(&cache->file, STATEMENT_ADD);
    const Deflated *blob = &pending->blob;

    if (!statement || !bind_id(cache, statement, pending->id))
        return false;
    sqlite3_bind_int64(statement, 3, (int64_t)blob->size_bytes);
    sqlite3_bind_int64(statement, 4, blob->checksum);
    sqlite3_bind_int64(statement, 5, head_of(cache, pending->id, blob->size_bytes));
    sqlite3_bind_int64(statement, 6, sum_of_blob(cache, pending->id, blob));
    sqlite3_bind_blob64(statement, 7, blob->data, blob->data_bytes, SQLITE_STATIC);
    if (g_hash_table_size(cache->kept) >= KEPT_MAX)
        g_hash_table_remove_all(cache->kept);
    g_hash_table_replace(cache->kept, g_strdup(pending->id), GSIZE_TO_POINTER(blob->size_bytes));
    return cache_file_run(&cache->file, STATEMENT_ADD);
}

static bool keep_pending(PackageCache *cache)
{
    GHashTableIter each;
    void *pending;

    if (!make_room(cache, cache->pending_bytes))
        return false;
    g_hash_table_iter_init(&each, cache->pending);
    while (g_hash_table_iter_next(&each, NULL, &pending))
        if (!keep(cache, pending))
            return false;
    return true;
}

/* With the lock held: all of it or nothing. */
static void in_transaction(PackageCache *cache, bool (*work)(PackageCache *))
{
    if (!cache->file.database)
        return;
    cache_file_wait_again(&cache->file);
    if (!cache_file_run(&cache->file, STATEMENT_BEGIN)) {
        recover(cache, sqlite3_errcode(cache->file.database));
        if (!cache_file_run(&cache->file, STATEMENT_BEGIN))
            return;
    }
    if (work(cache) && cache_file_run(&cache->file, STATEMENT_COMMIT))
        return;
    const int code = sqlite3_errcode(cache->file.database);

    if (!sqlite3_get_autocommit(cache->file.database))
        cache_file_run(&cache->file, STATEMENT_ROLLBACK);
    g_hash_table_remove_all(cache->kept);
    recover(cache, code);
}

static void flush(PackageCache *cache)
{
    end_reading(cache);
    if (g_hash_table_size(cache->pending))
        in_transaction(cache, keep_pending);
    g_hash_table_remove_all(cache->pending);
    cache->pending_bytes = 0;
}

void package_cache_add(PackageCache *cache, const char *id, const Deflated *blob)
{
    Pending *pending;

    pthread_mutex_lock(&cache->lock);
    cache->counts.misses++;
    if (strlen(id) == 2 * ID_BYTES && blob->data_bytes <= BLOB_MAX_BYTES &&
        !g_hash_table_contains(cache->pending, id)) {
        pending = g_new0(Pending, 1);
        g_strlcpy(pending->id, id, sizeof(pending->id));
        pending->blob = *blob;
        pending->blob.data = g_memdup2(blob->data, blob->data_bytes);
        g_hash_table_insert(cache->pending, pending->id, pending);
        cache->pending_bytes += blob->data_bytes;
        if (cache->pending_bytes >= PENDING_MAX_BYTES)
            flush(cache);
    }
    pthread_mutex_unlock(&cache->lock);
}

void package_cache_flush(PackageCache *cache)
{
    pthread_mutex_lock(&cache->lock);
    flush(cache);
    pthread_mutex_unlock(&cache->lock);
}

GBytes *package_cache_note(PackageCache *cache, const char *name)
{
    GBytes *note = NULL;
    sqlite3_stmt *row;
    int code = SQLITE_DONE;

    pthread_mutex_lock(&cache->lock);
    row = cache_file_start(&cache->file, STATEMENT_NOTE);
    if (row) {
        sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
        code = sqlite3_step(row);
    }
    if (code == SQLITE_ROW) {
        const void *data = sqlite3_column_blob(row, 1);
        const size_t size = (size_t)sqlite3_column_bytes(row, 1);

        if (data && sqlite3_column_int64(row, 0) == sum_of(data, size, 0))
            note = g_bytes_new(data, size);
    }
    if (row)
        sqlite3_reset(row);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        recover(cache, code);
    pthread_mutex_unlock(&cache->lock);
    return note;
}

void package_cache_keep_note(PackageCache *cache, const char *name, GBytes *note)
{
    size_t size;
    const void *data = g_bytes_get_data(note, &size);
    sqlite3_stmt *statement;

    pthread_mutex_lock(&cache->lock);
    flush(cache);
    statement = cache_file_start(&cache->file, STATEMENT_KEEP_NOTE);
    if (statement) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, sum_of(data, size, 0));
        sqlite3_bind_blob64(statement, 3, data, size, SQLITE_STATIC);
        cache_file_run(&cache->file, STATEMENT_KEEP_NOTE);
        sqlite3_bind_int(cache->file.statements[STATEMENT_DROP_NOTES], 1, NOTES_MAX);
        cache_file_run(&cache->file, STATEMENT_DROP_NOTES);
    }
    pthread_mutex_unlock(&cache->lock);
}

void package_cache_take_turn(PackageCache *cache)
{
    pthread_mutex_lock(&cache->turn);
}

void package_cache_give_turn(PackageCache *cache)
{
    pthread_mutex_unlock(&cache->turn);
}

PackageCacheCounts package_cache_counts(PackageCache *cache)
{
    PackageCacheCounts counts;

    pthread_mutex_lock(&cache->lock);
    counts = cache->counts;
    pthread_mutex_unlock(&cache->lock);
    return counts;
}

void package_cache_free(PackageCache *cache)
{
    if (!cache)
        return;
    flush(cache);
    g_hash_table_unref(cache->pending);
    g_hash_table_unref(cache->kept);
    cache_file_close(&cache->file);
    pthread_mutex_destroy(&cache->lock);
    pthread_mutex_destroy(&cache->turn);
    g_free(cache->file.path);
    g_free(cache);
}
