#include "controller/store/store.h"
#include "config/crypto_library.h"

#include "controller/store/schema.h"
#include "controller/store/statement.h"
#include "controller/store/store_parts.h"

#include <pthread.h>
#include <string.h>

#define BUSY_TIMEOUT_MS 10000

G_DEFINE_QUARK(driftless - store - error, store_error)

static bool execute(sqlite3 *database, const char *sql, GError **error)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return statement_fail(database, sqlite3_db_filename(database, "main"), error);
}

static bool read_version(sqlite3 *database, int64_t *ret, GError **error)
{
    g_auto(Statement) statement = {0};
    bool row;

    if (!statement_prepare(database, "PRAGMA user_version", &statement, error) ||
        !statement_step(&statement, &row, error))
        return false;
    *ret = statement_integer(&statement);
    return true;
}

static bool migrate(sqlite3 *database, GError **error)
{
    int64_t version;

    if (!read_version(database, &version, error))
        return false;
    if (version > (int64_t)store_schema_version) {
        g_set_error(error, STORE_ERROR, 0,
                    "store %s: made by a newer Driftless (schema %" G_GINT64_FORMAT
                    ", this one knows %zu)",
                    sqlite3_db_filename(database, "main"), version, store_schema_version);
        return false;
    }
    for (size_t i = (size_t)version; i < store_schema_version; i++) {
        g_autofree char *sql = g_strdup_printf("BEGIN IMMEDIATE;%sPRAGMA user_version=%zu;COMMIT;",
                                               store_schema_steps[i], i + 1);

        if (!execute(database, sql, error)) {
            sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}

static bool load_key(Store *store, GError **error)
{
    g_auto(Statement) find = {0}, insert = {0};
    bool row;

    if (!statement_prepare(store->database, "SELECT key FROM secret", &find, error) ||
        !statement_step(&find, &row, error))
        return false;
    if (row && sqlite3_column_bytes(find.handle, 0) == STORE_KEY_BYTES) {
        memcpy(store->key, sqlite3_column_blob(find.handle, 0), STORE_KEY_BYTES);
        return true;
    }
    g_assert_cmpint(crypto()->RAND_bytes(store->key, STORE_KEY_BYTES), ==, 1);
    if (!statement_prepare(store->database, "INSERT INTO secret (key) VALUES (?)", &insert, error))
        return false;
    sqlite3_bind_blob(insert.handle, 1, store->key, STORE_KEY_BYTES, SQLITE_STATIC);
    return statement_run(&insert, error);
}

Store *store_open(const char *path, GError **error)
{
    g_autoptr(Store) store = g_new0(Store, 1);

    pthread_mutex_init(&store->lock, NULL);
    if (sqlite3_open_v2(*path ? path : ":memory:", &store->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                        NULL) != SQLITE_OK) {
        statement_fail(store->database, path, error);
        g_prefix_error(error, "open ");
        return NULL;
    }
    sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
    if (!execute(store->database, "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;", error) ||
        !migrate(store->database, error) || !load_key(store, error))
        return NULL;
    return g_steal_pointer(&store);
}

void store_free(Store *store)
{
    if (!store)
        return;
    sqlite3_close(store->database);
    pthread_mutex_destroy(&store->lock);
    g_free(store);
}

const unsigned char *store_key(const Store *store)
{
    return store->key;
}

ServiceRow *service_row_new(const char *name)
{
    ServiceRow *row = g_new0(ServiceRow, 1);

    row->name = g_strdup(name);
    return row;
}

void service_row_free(ServiceRow *row)
{
    if (!row)
        return;
    char *texts[] = {row->name,
                     row->revision,
                     row->author,
                     row->summary,
                     row->tree_id,
                     row->request_digest,
                     row->state,
                     row->message,
                     row->details,
                     row->approved_digest,
                     row->held_digest,
                     row->pinned_revision,
                     row->skipped_revision,
                     row->account,
                     row->region,
                     row->stack_name,
                     row->stack_id};
    json_t *values[] = {row->read_set, row->artifacts, row->record,
                        row->drift,    row->findings,  row->inputs};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        json_decref(values[i]);
    g_free(row);
}

#define SERVICE_COLUMNS                                                                          \
    "name,revision,author,summary,read_set,tree_id,request_digest,artifacts,record,drift,"       \
    "findings,inputs,state,message,"                                                             \
    "details,approved_digest,held_digest,pinned_revision,skipped_revision,account,region,stack_" \
    "name,stack_id,suspended,"                                                                   \
    "adopted,deployment_nonce,changed_ms,deployed_ms,drift_checked_ms"

/* In the order of SERVICE_COLUMNS, as bind_service below. */
static ServiceRow *read_service(Statement *from)
{
    ServiceRow *row = g_new0(ServiceRow, 1);

    row->name = statement_text(from);
    row->revision = statement_text(from);
    row->author = statement_text(from);
    row->summary = statement_text(from);
    row->read_set = statement_json(from);
    row->tree_id = statement_text(from);
    row->request_digest = statement_text(from);
    row->artifacts = statement_json(from);
    row->record = statement_json(from);
    row->drift = statement_json(from);
    row->findings = statement_json(from);
    row->inputs = statement_json(from);
    row->state = statement_text(from);
    row->message = statement_text(from);
    row->details = statement_text(from);
    row->approved_digest = statement_text(from);
    row->held_digest = statement_text(from);
    row->pinned_revision = statement_text(from);
    row->skipped_revision = statement_text(from);
    row->account = statement_text(from);
    row->region = statement_text(from);
    row->stack_name = statement_text(from);
    row->stack_id = statement_text(from);
    row->suspended = statement_integer(from) != 0;
    row->adopted = statement_integer(from) != 0;
    row->deployment_nonce = (unsigned)statement_integer(from);
    row->changed_ms = statement_integer(from);
    row->deployed_ms = statement_integer(from);
    row->drift_checked_ms = statement_integer(from);
    return row;
}

static void bind_service(Statement *to, const ServiceRow *row)
{
    statement_bind_text(to, row->name);
    statement_bind_text(to, row->revision);
    statement_bind_text(to, row->author);
    statement_bind_text(to, row->summary);
    statement_bind_json(to, row->read_set);
    statement_bind_text(to, row->tree_id);
    statement_bind_text(to, row->request_digest);
    statement_bind_json(to, row->artifacts);
    statement_bind_json(to, row->record);
    statement_bind_json(to, row->drift);
    statement_bind_json(to, row->findings);
    statement_bind_json(to, row->inputs);
    statement_bind_text(to, row->state);
    statement_bind_text(to, row->message);
    statement_bind_text(to, row->details);
    statement_bind_text(to, row->approved_digest);
    statement_bind_text(to, row->held_digest);
    statement_bind_text(to, row->pinned_revision);
    statement_bind_text(to, row->skipped_revision);
    statement_bind_text(to, row->account);
    statement_bind_text(to, row->region);
    statement_bind_text(to, row->stack_name);
    statement_bind_text(to, row->stack_id);
    statement_bind_integer(to, row->suspended);
    statement_bind_integer(to, row->adopted);
    statement_bind_integer(to, row->deployment_nonce);
    statement_bind_integer(to, row->changed_ms);
    statement_bind_integer(to, row->deployed_ms);
    statement_bind_integer(to, row->drift_checked_ms);
}

/* Those that have had artifacts whose keys lie between two texts; "", "": all of them. */
static bool select_services(Store *store, const char *from, const char *to, GPtrArray *into,
                            GError **error)
{
    g_auto(Statement) statement = {0};

    if (!statement_prepare(
            store->database,
            "WITH named AS (SELECT digest FROM request_artifacts WHERE key>=?1 AND key<?2)"
            "SELECT " SERVICE_COLUMNS " FROM services WHERE ?2='' OR request_digest IN named"
            " OR name IN (SELECT service FROM deployments WHERE request_digest IN named)"
            " ORDER BY name",
            &statement, error))
        return false;
    statement_bind_text(&statement, from);
    statement_bind_text(&statement, to);
    for (;;) {
        bool row;

        if (!statement_step(&statement, &row, error))
            return false;
        if (!row)
            return true;
        g_ptr_array_add(into, read_service(&statement));
    }
}

static bool services_between(Store *store, const char *from, const char *to, GPtrArray **ret,
                             GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)service_row_free);
    bool read;

    pthread_mutex_lock(&store->lock);
    read = select_services(store, from, to, rows, error);
    pthread_mutex_unlock(&store->lock);
    if (read)
        *ret = g_steal_pointer(&rows);
    return read;
}

bool store_services(Store *store, GPtrArray **ret, GError **error)
{
    return services_between(store, "", "", ret, error);
}

bool store_services_with_artifacts(Store *store, const char *prefix, GPtrArray **ret,
                                   GError **error)
{
    g_autofree char *end = g_strdup(prefix);

    end[strlen(end) - 1]++; /* the first text that starts with none of them */
    return services_between(store, prefix, end, ret, error);
}

static bool replace_service(Store *store, const ServiceRow *row, GError **error)
{
    g_auto(Statement) statement = {0};

    if (!statement_prepare(store->database,
                           "REPLACE INTO services (" SERVICE_COLUMNS
                           ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                           &statement, error))
        return false;
    bind_service(&statement, row);
    return statement_run(&statement, error);
}

bool store_save_service(Store *store, const ServiceRow *row, GError **error)
{
    bool saved;

    pthread_mutex_lock(&store->lock);
    saved = replace_service(store, row, error);
    pthread_mutex_unlock(&store->lock);
    return saved;
}

void deployment_free(Deployment *deployment)
{
    if (!deployment)
        return;
    char *texts[] = {deployment->service, deployment->revision, deployment->author,
                     deployment->summary, deployment->intent,   deployment->request_digest,
                     deployment->outcome, deployment->message};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(deployment);
}

static bool insert_deployment(Store *store, const Deployment *deployment, GError **error)
{
    g_auto(Statement) statement = {0};

    if (!statement_prepare(store->database,
                           "INSERT INTO deployments "
                           "(service,revision,author,summary,request_digest,intent,started_ms,"
                           "finished_ms) VALUES (?,?,?,?,?,?,?,0)",
                           &statement, error))
        return false;
    statement_bind_text(&statement, deployment->service);
    statement_bind_text(&statement, deployment->revision);
    statement_bind_text(&statement, deployment->author);
    statement_bind_text(&statement, deployment->summary);
    statement_bind_text(&statement, deployment->request_digest);
    statement_bind_text(&statement, deployment->intent);
    statement_bind_integer(&statement, deployment->started_ms);
    return statement_run(&statement, error);
}

bool store_begin_deployment(Store *store, const Deployment *deployment, int64_t *ret_id,
                            GError **error)
{
    bool begun;

    pthread_mutex_lock(&store->lock);
    begun = insert_deployment(store, deployment, error);
    if (begun)
        *ret_id = sqlite3_last_insert_rowid(store->database);
    pthread_mutex_unlock(&store->lock);
    return begun;
}

static bool update_deployment(Store *store, int64_t id, const char *outcome, const char *message,
                              int64_t now_ms, GError **error)
{
    g_auto(Statement) statement = {0};

    if (!statement_prepare(store->database,
                           "UPDATE deployments SET outcome=?,message=?,finished_ms=? WHERE id=?",
                           &statement, error))
        return false;
    statement_bind_text(&statement, outcome);
    statement_bind_text(&statement, message);
    statement_bind_integer(&statement, now_ms);
    statement_bind_integer(&statement, id);
    return statement_run(&statement, error);
}

bool store_finish_deployment(Store *store, int64_t id, const char *outcome, const char *message,
                             int64_t now_ms, GError **error)
{
    bool finished;

    pthread_mutex_lock(&store->lock);
    finished = update_deployment(store, id, outcome, message, now_ms, error);
    pthread_mutex_unlock(&store->lock);
    return finished;
}

#define DEPLOYMENT_COLUMNS                                                                 \
    "id,service,revision,author,summary,request_digest,intent,outcome,message,started_ms," \
    "finished_ms"

static Deployment *read_deployment(Statement *from)
{
    Deployment *deployment = g_new0(Deployment, 1);

    deployment->id = statement_integer(from);
    deployment->service = statement_text(from);
    deployment->revision = statement_text(from);
    deployment->author = statement_text(from);
    deployment->summary = statement_text(from);
    deployment->request_digest = statement_text(from);
    deployment->intent = statement_text(from);
    deployment->outcome = statement_text(from);
    deployment->message = statement_text(from);
    deployment->started_ms = statement_integer(from);
    deployment->finished_ms = statement_integer(from);
    return deployment;
}

/* `values`: what the question marks of `where` stand for, NULL-terminated. */
static bool select_deployments(Store *store, const char *where, const char *const *values,
                               unsigned limit, GPtrArray *into, GError **error)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT " DEPLOYMENT_COLUMNS " FROM deployments WHERE %s ORDER BY id DESC "
                        "LIMIT %u",
                        where, limit);
    g_auto(Statement) statement = {0};

    if (!statement_prepare(store->database, sql, &statement, error))
        return false;
    for (; *values; values++)
        statement_bind_text(&statement, *values);
    for (;;) {
        bool row;

        if (!statement_step(&statement, &row, error))
            return false;
        if (!row)
            return true;
        g_ptr_array_add(into, read_deployment(&statement));
    }
}

bool store_deployments(Store *store, const char *service, unsigned limit, GPtrArray **ret,
                       GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)deployment_free);
    const char *const values[] = {service, NULL};
    bool read;

    pthread_mutex_lock(&store->lock);
    read = select_deployments(store, service ? "service=?" : "1", values, limit, rows, error);
    pthread_mutex_unlock(&store->lock);
    if (read)
        *ret = g_steal_pointer(&rows);
    return read;
}

bool store_find_deployment(Store *store, const char *service, const char *at, const char *than,
                           Deployment **ret, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)deployment_free);
    const char *const values[] = {service, than ? than : "", at ? at : "", NULL};
    bool read;

    pthread_mutex_lock(&store->lock);
    read = select_deployments(
        store,
        "service=?1 AND revision IS NOT ?2 AND substr(revision,1,length(?3))=?3 AND "
        "outcome IN ('deployed','unchanged') AND intent IN ('deploy','rollback')",
        values, 1, rows, error);
    pthread_mutex_unlock(&store->lock);
    if (!read)
        return false;
    *ret = rows->len ? g_ptr_array_steal_index(rows, 0) : NULL;
    return true;
}

static bool replace_request(Store *store, const char *digest, const char *text, bool complete,
                            GError **error)
{
    g_auto(Statement) statement = {0};

    if (!statement_prepare(store->database,
                           "REPLACE INTO requests (digest,text,complete) VALUES (?,?,?)",
                           &statement, error))
        return false;
    statement_bind_text(&statement, digest);
    statement_bind_text(&statement, text);
    statement_bind_integer(&statement, complete);
    return statement_run(&statement, error);
}

bool store_put_request(Store *store, const char *digest, const char *text, bool complete,
                       GError **error)
{
    bool put;

    pthread_mutex_lock(&store->lock);
    put = replace_request(store, digest, text, complete, error);
    pthread_mutex_unlock(&store->lock);
    return put;
}

static bool select_request(Store *store, const char *digest, char **ret_text, bool *ret_complete,
                           GError **error)
{
    g_auto(Statement) statement = {0};
    bool row;

    if (!statement_prepare(store->database, "SELECT text,complete FROM requests WHERE digest=?",
                           &statement, error))
        return false;
    statement_bind_text(&statement, digest);
    if (!statement_step(&statement, &row, error))
        return false;
    *ret_text = row ? statement_text(&statement) : NULL;
    *ret_complete = row && statement_integer(&statement);
    return true;
}

bool store_get_request(Store *store, const char *digest, char **ret_text, bool *ret_complete,
                       GError **error)
{
    bool got;

    pthread_mutex_lock(&store->lock);
    got = select_request(store, digest, ret_text, ret_complete, error);
    pthread_mutex_unlock(&store->lock);
    return got;
}
