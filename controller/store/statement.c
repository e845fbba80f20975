#include "controller/store/statement.h"

#include "config/json_text.h"
#include "controller/store/store.h"

/* What the disk itself said, where SQLite only tells that it failed. */
static const char *cause_of(sqlite3 *database)
{
    switch (sqlite3_errcode(database)) {
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return sqlite3_system_errno(database) ? g_strerror(sqlite3_system_errno(database)) : NULL;
    default:
        return NULL;
    }
}

static const char *way_on(sqlite3 *database)
{
    switch (sqlite3_errcode(database)) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "; its folder has to exist, and both have to be writable";
    case SQLITE_IOERR:
    case SQLITE_FULL:
        return "; make room on that disk";
    case SQLITE_BUSY:
        return "; does another controller use it?";
    default:
        return "";
    }
}

bool statement_fail(sqlite3 *database, const char *path, GError **error)
{
    const char *cause = cause_of(database);

    g_set_error(error, STORE_ERROR, sqlite3_extended_errcode(database), "store %s: %s%s%s%s", path,
                sqlite3_errmsg(database), cause ? ": " : "", cause ? cause : "", way_on(database));
    return false;
}

static bool fail(sqlite3 *database, GError **error)
{
    return statement_fail(database, sqlite3_db_filename(database, "main"), error);
}

bool statement_prepare(sqlite3 *database, const char *sql, Statement *ret, GError **error)
{
    sqlite3_stmt *handle;

    if (sqlite3_prepare_v2(database, sql, -1, &handle, NULL) != SQLITE_OK)
        return fail(database, error);
    *ret = (Statement){.handle = handle, .at = 1};
    return true;
}

void statement_clear(Statement *statement)
{
    sqlite3_finalize(statement->handle);
    statement->handle = NULL;
}

void statement_bind_text(Statement *statement, const char *text)
{
    sqlite3_bind_text(statement->handle, statement->at++, text, -1, SQLITE_TRANSIENT);
}

void statement_bind_integer(Statement *statement, int64_t number)
{
    sqlite3_bind_int64(statement->handle, statement->at++, number);
}

void statement_bind_json(Statement *statement, const json_t *value)
{
    g_autofree char *text = value ? json_text(value, JSON_TEXT_COMPACT) : NULL;

    statement_bind_text(statement, text);
}

bool statement_step(Statement *statement, bool *ret_row, GError **error)
{
    int result = sqlite3_step(statement->handle);

    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return fail(sqlite3_db_handle(statement->handle), error);
    statement->at = 0;
    *ret_row = result == SQLITE_ROW;
    return true;
}

bool statement_run(Statement *statement, GError **error)
{
    bool row;

    return statement_step(statement, &row, error);
}

char *statement_text(Statement *statement)
{
    return g_strdup((const char *)sqlite3_column_text(statement->handle, statement->at++));
}

json_t *statement_json(Statement *statement)
{
    const char *text = (const char *)sqlite3_column_text(statement->handle, statement->at++);

    return text ? json_text_read(text) : NULL;
}

int64_t statement_integer(Statement *statement)
{
    return sqlite3_column_int64(statement->handle, statement->at++);
}
