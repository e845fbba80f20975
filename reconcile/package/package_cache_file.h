/* reconcile/package/package_cache_file.h
 *
 * The cache's SQLite file: opened, its statements prepared, made anew where it is damaged. For
 * package_cache.c alone, under its lock. */
#pragma once
#include <sqlite3.h>
#include <stdbool.h>

// clang-format off
#define STATEMENTS(ROW)                                                                            \
    ROW(KNOWS,     "SELECT size, head FROM blob WHERE id = ?1 AND packer = ?2")                    \
    ROW(READ,      "SELECT size, checksum, sum, data FROM blob WHERE id = ?1 AND packer = ?2")     \
    ROW(ADD,       "INSERT OR REPLACE INTO blob (id, packer, size, checksum, head, sum, data)"     \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                         \
    ROW(FORGET,    "DELETE FROM blob WHERE id = ?1 AND packer = ?2")                               \
    ROW(EVICT,     "DELETE FROM blob WHERE key IN (SELECT key FROM blob ORDER BY key LIMIT 64)")   \
    ROW(USED,      "SELECT (page_count - freelist_count) * page_size"                              \
                   " FROM pragma_page_count, pragma_freelist_count, pragma_page_size")             \
    ROW(NOTE,      "SELECT sum, data FROM note WHERE name = ?1")                                   \
    ROW(KEEP_NOTE, "INSERT OR REPLACE INTO note (name, sum, data) VALUES (?1, ?2, ?3)")            \
    ROW(DROP_NOTES, "DELETE FROM note WHERE key NOT IN"                                            \
                   " (SELECT key FROM note ORDER BY key DESC LIMIT ?1)")                           \
    ROW(ANY,       "SELECT 1 FROM blob LIMIT 1")                                                   \
    ROW(READING,   "BEGIN")                                                                        \
    ROW(BEGIN,     "BEGIN IMMEDIATE")                                                              \
    ROW(COMMIT,    "COMMIT")                                                                       \
    ROW(ROLLBACK,  "ROLLBACK")
// clang-format on

typedef enum {
#define ROW(name, text) STATEMENT_##name,
    STATEMENTS(ROW)
#undef ROW
        STATEMENT_COUNT
} StatementName;

typedef struct {
    char *path;        /* the caller's */
    sqlite3 *database; /* NULL: could not be made anew; nothing is kept */
    sqlite3_stmt *statements[STATEMENT_COUNT];
} CacheFile;

/* Opens or makes the file at file->path. False leaves what cache_file_recover needs. */
bool cache_file_open(CacheFile *file);
void cache_file_close(CacheFile *file);

/* After an error with SQLite's `code`: a damaged file is made anew, which is told by true: it holds
 * nothing, and no transaction is open. One that stays locked is not waited for until
 * cache_file_wait_again; everything else passes. */
bool cache_file_recover(CacheFile *file, int code);

/* Waits for locks again. */
void cache_file_wait_again(CacheFile *file);

/* The statement, for binding; NULL without a file. */
sqlite3_stmt *cache_file_start(CacheFile *file, StatementName name);
/* Runs what gives no rows. */
bool cache_file_run(CacheFile *file, StatementName name);
