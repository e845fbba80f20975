#include "reconcile/package/package_cache_file.h"

#include <glib.h>
#include <glib/gstdio.h>

#define BUSY_TIMEOUT_MS 2000

static const char *const statement_texts[STATEMENT_COUNT] = {
#define ROW(name, text) text,
    STATEMENTS(ROW)
#undef ROW
};

/* The journal makes a killed process harmless; what a machine that lost its power left is found by
 * checksum, so nothing waits for the disk. */
static const char schema[] =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;"
    "PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;"
    "CREATE TABLE IF NOT EXISTS blob (key INTEGER PRIMARY KEY, id BLOB NOT NULL,"
    " packer INTEGER NOT NULL, size INTEGER NOT NULL, checksum INTEGER NOT NULL,"
    " head INTEGER NOT NULL, sum INTEGER NOT NULL, data BLOB NOT NULL);"
    /* tells all that `knows` asks for, so that no page with contents is read for it */
    "CREATE UNIQUE INDEX IF NOT EXISTS blob_known ON blob (id, packer, size, head);"
    "CREATE TABLE IF NOT EXISTS note (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " sum INTEGER NOT NULL, data BLOB NOT NULL);";

void cache_file_close(CacheFile *file)
{
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(file->statements[i]);
        file->statements[i] = NULL;
    }
    sqlite3_close(file->database);
    file->database = NULL;
}

static bool prepare_all(CacheFile *file)
{
    for (unsigned i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(file->database, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &file->statements[i], NULL) != SQLITE_OK)
            return false;
    return true;
}

bool cache_file_open(CacheFile *file)
{
    return sqlite3_open_v2(file->path, &file->database,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                           NULL) == SQLITE_OK &&
           sqlite3_busy_timeout(file->database, BUSY_TIMEOUT_MS) == SQLITE_OK &&
           sqlite3_exec(file->database, schema, NULL, NULL, NULL) == SQLITE_OK && prepare_all(file);
}

static bool is_damage(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* tables or columns that are not there */
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
        return true;
    default:
        return false;
    }
}

/* Empties a file whatever is in it, with SQLite's own locks, so that other processes see a change
 * like any other. Gives SQLite's code. */
static int empty_database(CacheFile *file)
{
    int code;

    cache_file_close(file);
    code = sqlite3_open_v2(file->path, &file->database,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(file->database, BUSY_TIMEOUT_MS);
        sqlite3_db_config(file->database, SQLITE_DBCONFIG_RESET_DATABASE, 1, 0);
        code = sqlite3_exec(file->database, "VACUUM", NULL, NULL, NULL);
        sqlite3_db_config(file->database, SQLITE_DBCONFIG_RESET_DATABASE, 0, 0);
    }
    cache_file_close(file);
    return code;
}

/* A file that even SQLite cannot empty goes; who has it open still keeps the old one. */
static void make_anew(CacheFile *file)
{
    g_autofree char *journal = g_strconcat(file->path, "-journal", NULL);

    if (is_damage(empty_database(file))) {
        g_unlink(file->path);
        g_unlink(journal);
    }
    if (!cache_file_open(file))
        cache_file_close(file);
}

bool cache_file_recover(CacheFile *file, int code)
{
    if (is_damage(code)) {
        make_anew(file);
        return true;
    }
    if ((code & 0xff) == SQLITE_BUSY)
        sqlite3_busy_timeout(file->database, 0);
    return false;
}

void cache_file_wait_again(CacheFile *file)
{
    sqlite3_busy_timeout(file->database, BUSY_TIMEOUT_MS);
}

sqlite3_stmt *cache_file_start(CacheFile *file, StatementName name)
{
    return file->database ? file->statements[name] : NULL;
}

bool cache_file_run(CacheFile *file, StatementName name)
{
    sqlite3_stmt *statement = cache_file_start(file, name);
    int code;

    if (!statement)
        return false;
    code = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE;
}
