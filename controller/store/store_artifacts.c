/* Which uploaded artifacts requests need. */
#include "controller/store/statement.h"
#include "controller/store/store_parts.h"

/* Runs `sql`, which takes `first` (where it is not NULL) and a key, for every key. */
static bool for_each_key(Store *store, const char *sql, const char *first, const GPtrArray *keys,
                         GError **error)
{
    for (guint i = 0; i < keys->len; i++) {
        g_auto(Statement) statement = {0};

        if (!statement_prepare(store->database, sql, &statement, error))
            return false;
        if (first)
            statement_bind_text(&statement, first);
        statement_bind_text(&statement, keys->pdata[i]);
        if (!statement_run(&statement, error))
            return false;
    }
    return true;
}

bool store_put_request_artifacts(Store *store, const char *digest, const GPtrArray *keys,
                                 GError **error)
{
    bool put;

    pthread_mutex_lock(&store->lock);
    put = for_each_key(store, "INSERT OR IGNORE INTO request_artifacts (digest,key) VALUES (?,?)",
                       digest, keys, error);
    pthread_mutex_unlock(&store->lock);
    return put;
}

/* Adds the first column of all rows. */
static bool select_texts(Store *store, const char *sql, const char *argument, GHashTable *into,
                         GError **error)
{
    g_auto(Statement) statement = {0};
    bool row;

    if (!statement_prepare(store->database, sql, &statement, error))
        return false;
    if (argument)
        statement_bind_text(&statement, argument);
    while (statement_step(&statement, &row, error)) {
        if (!row)
            return true;
        g_hash_table_add(into, statement_text(&statement));
    }
    return false;
}

bool store_request_artifacts(Store *store, const char *digest, GHashTable *into, GError **error)
{
    bool got;

    pthread_mutex_lock(&store->lock);
    got = select_texts(store, "SELECT key FROM request_artifacts WHERE digest=?", digest, into,
                       error);
    pthread_mutex_unlock(&store->lock);
    return got;
}

bool store_stack_names(Store *store, GHashTable *into, GError **error)
{
    bool got;

    pthread_mutex_lock(&store->lock);
    got = select_texts(store, "SELECT stack_name FROM services WHERE stack_name IS NOT NULL", NULL,
                       into, error);
    pthread_mutex_unlock(&store->lock);
    return got;
}

bool store_forget_artifacts(Store *store, const GPtrArray *keys, GError **error)
{
    bool forgotten;

    pthread_mutex_lock(&store->lock);
    forgotten = for_each_key(store,
                             "UPDATE requests SET complete=0 WHERE digest IN"
                             " (SELECT digest FROM request_artifacts WHERE key=?)",
                             NULL, keys, error);
    pthread_mutex_unlock(&store->lock);
    return forgotten;
}
