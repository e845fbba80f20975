/* What was uploaded, and which requests need it. */
#include "controller/store/statement.h"
#include "controller/store/store_parts.h"

static bool insert_artifact(Store *store, const StoredArtifact *artifact, GError **error)
{
    g_auto(Statement) statement = {0};

    if (!statement_prepare(store->database,
                           "REPLACE INTO artifacts (bucket,key,service,revision,statement,"
                           "uploaded_ms) VALUES (?,?,?,?,?,?)",
                           &statement, error))
        return false;
    statement_bind_text(&statement, artifact->bucket);
    statement_bind_text(&statement, artifact->key);
    statement_bind_text(&statement, artifact->service);
    statement_bind_text(&statement, artifact->revision);
    statement_bind_json(&statement, artifact->statement);
    statement_bind_integer(&statement, artifact->uploaded_ms);
    return statement_run(&statement, error);
}

bool store_put_artifact(Store *store, const StoredArtifact *artifact, GError **error)
{
    bool put;

    pthread_mutex_lock(&store->lock);
    put = insert_artifact(store, artifact, error);
    pthread_mutex_unlock(&store->lock);
    return put;
}

static bool select_provenance(Store *store, const char *bucket, const char *key, json_t **ret,
                              GError **error)
{
    g_auto(Statement) statement = {0};
    bool row;

    if (!statement_prepare(store->database,
                           "SELECT statement FROM artifacts WHERE bucket=? AND key=?", &statement,
                           error))
        return false;
    statement_bind_text(&statement, bucket);
    statement_bind_text(&statement, key);
    if (!statement_step(&statement, &row, error))
        return false;
    *ret = row ? statement_json(&statement) : NULL;
    return true;
}

bool store_get_provenance(Store *store, const char *bucket, const char *key, json_t **ret,
                          GError **error)
{
    bool got;

    pthread_mutex_lock(&store->lock);
    got = select_provenance(store, bucket, key, ret, error);
    pthread_mutex_unlock(&store->lock);
    return got;
}

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

static bool forget(Store *store, const char *bucket, const GPtrArray *keys, GError **error)
{
    return for_each_key(store,
                        "UPDATE requests SET complete=0 WHERE digest IN"
                        " (SELECT digest FROM request_artifacts WHERE key=?)",
                        NULL, keys, error) &&
           for_each_key(store, "DELETE FROM artifacts WHERE bucket=? AND key=?", bucket, keys,
                        error);
}

bool store_forget_artifacts(Store *store, const char *bucket, const GPtrArray *keys, GError **error)
{
    bool forgotten;

    pthread_mutex_lock(&store->lock);
    forgotten = forget(store, bucket, keys, error);
    pthread_mutex_unlock(&store->lock);
    return forgotten;
}
