/* controller/store/statement.h
 *
 * Inside the store: a prepared statement whose values are bound and read in order, so that a
 * query's columns are written once, in one place. Bind and read errors show at statement_step. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    sqlite3_stmt *handle;
    int at; /* next value to bind, or next column to read */
} Statement;

/* Sets what the connection failed at, with the disk's own reason and what to do where those are
 * known. Gives false. */
bool statement_fail(sqlite3 *database, const char *path, GError **error);

G_GNUC_WARN_UNUSED_RESULT
bool statement_prepare(sqlite3 *database, const char *sql, Statement *ret, GError **error);
void statement_clear(Statement *statement);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Statement, statement_clear)

void statement_bind_text(Statement *statement, const char *text);
void statement_bind_integer(Statement *statement, int64_t number);
void statement_bind_json(Statement *statement, const json_t *value);

/* Whether there is a row; columns are then read from the first on. */
G_GNUC_WARN_UNUSED_RESULT
bool statement_step(Statement *statement, bool *ret_row, GError **error);
/* Runs a statement that gives no rows. */
G_GNUC_WARN_UNUSED_RESULT
bool statement_run(Statement *statement, GError **error);

char *statement_text(Statement *statement);   /* (transfer full), NULL for null */
json_t *statement_json(Statement *statement); /* a new reference, NULL for null */
int64_t statement_integer(Statement *statement);
