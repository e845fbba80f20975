#include "controller/store/schema.h"
#include "controller/store/store.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

#include "tests/reconcile/source/temporary_folder.h"

static char *folder, *file;

static void make_folder(void)
{
    folder = temporary_folder_make();
    file = g_build_filename(folder, "store.db", NULL);
}

static void remove_folder(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(file);
}

TestSuite(store, .init = make_folder, .fini = remove_folder);

static Store *open_store(void)
{
    g_autoptr(GError) error = NULL;
    Store *store = store_open(file, &error);

    cr_assert_not_null(store, "%s", error ? error->message : "");
    return store;
}

static void run_sql(const char *sql)
{
    sqlite3 *database;

    cr_assert_eq(sqlite3_open(file, &database), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(database));
    sqlite3_close(database);
}

/* Every field of a ServiceRow, each with a value of its own. */
#define TEXT_FIELDS(ROW)  \
    ROW(revision)         \
    ROW(author)           \
    ROW(summary)          \
    ROW(tree_id)          \
    ROW(request_digest)   \
    ROW(state)            \
    ROW(message)          \
    ROW(details)          \
    ROW(approved_digest)  \
    ROW(held_digest)      \
    ROW(pinned_revision)  \
    ROW(skipped_revision) \
    ROW(account)          \
    ROW(region)           \
    ROW(stack_name)       \
    ROW(stack_id)
#define JSON_FIELDS(ROW) \
    ROW(read_set) ROW(artifacts) ROW(record) ROW(drift) ROW(findings) ROW(inputs)
#define TIME_FIELDS(ROW) ROW(changed_ms) ROW(deployed_ms) ROW(drift_checked_ms)

static ServiceRow *full_row(const char *name)
{
    ServiceRow *row = service_row_new(name);
    int64_t time = 1700000000000;

#define ROW(field) row->field = g_strdup("the " #field " – “ü”");
    TEXT_FIELDS(ROW)
#undef ROW
#define ROW(field) row->field = json_pack("{s:[s, i, f, n]}", #field, "ü", 7, 0.5);
    JSON_FIELDS(ROW)
#undef ROW
#define ROW(field) row->field = ++time;
    TIME_FIELDS(ROW)
#undef ROW
    row->deployment_nonce = 42;
    return row;
}

static ServiceRow *only_row(Store *store)
{
    g_autoptr(GPtrArray) rows = NULL;

    cr_assert(store_services(store, &rows, NULL));
    cr_assert_eq(rows->len, 1);
    return g_ptr_array_steal_index(rows, 0);
}

static void expect_equal(const ServiceRow *got, const ServiceRow *wanted)
{
    cr_expect_str_eq(got->name, wanted->name);
#define ROW(field)                                                  \
    cr_expect(!g_strcmp0(got->field, wanted->field), #field ": %s", \
              got->field ? got->field : "NULL");
    TEXT_FIELDS(ROW)
#undef ROW
#define ROW(field) \
    cr_expect((!got->field && !wanted->field) || json_equal(got->field, wanted->field), #field);
    JSON_FIELDS(ROW)
#undef ROW
#define ROW(field) cr_expect_eq(got->field, wanted->field, #field);
    TIME_FIELDS(ROW)
#undef ROW
    cr_expect_eq(got->suspended, wanted->suspended);
    cr_expect_eq(got->adopted, wanted->adopted);
    cr_expect_eq(got->deployment_nonce, wanted->deployment_nonce);
}

Test(store, every_column_of_a_service_comes_back_from_another_opening)
{
    g_autoptr(ServiceRow) row = full_row("orders"), got = NULL;
    g_autoptr(Store) store = open_store();

    row->suspended = true;
    cr_assert(store_save_service(store, row, NULL));
    g_clear_pointer(&store, store_free);
    store = open_store();
    got = only_row(store);
    expect_equal(got, row);
}

Test(store, the_two_flags_are_not_taken_for_each_other)
{
    g_autoptr(ServiceRow) row = service_row_new("orders"), got = NULL;
    g_autoptr(Store) store = open_store();

    row->adopted = true;
    cr_assert(store_save_service(store, row, NULL));
    got = only_row(store);
    cr_expect(got->adopted);
    cr_expect_not(got->suspended);
}

Test(store, a_service_of_which_nothing_is_known_comes_back_with_nothing)
{
    g_autoptr(ServiceRow) row = service_row_new("orders"), got = NULL;
    g_autoptr(Store) store = open_store();

    cr_assert(store_save_service(store, row, NULL));
    got = only_row(store);
    expect_equal(got, row);
}

Test(store, saving_again_replaces_all_of_a_service)
{
    g_autoptr(ServiceRow) full = full_row("orders"), empty = service_row_new("orders"), got = NULL;
    g_autoptr(Store) store = open_store();

    cr_assert(store_save_service(store, full, NULL));
    cr_assert(store_save_service(store, empty, NULL));
    got = only_row(store);
    expect_equal(got, empty);
}

Test(store, services_are_listed_by_name)
{
    static const char *const names[] = {"b", "c", "a"};
    g_autoptr(Store) store = open_store();
    g_autoptr(GPtrArray) rows = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(ServiceRow) row = service_row_new(names[i]);

        cr_assert(store_save_service(store, row, NULL));
    }
    cr_assert(store_services(store, &rows, NULL));
    cr_assert_eq(rows->len, 3);
    for (guint i = 0; i < rows->len; i++)
        cr_expect_eq(*((ServiceRow *)g_ptr_array_index(rows, i))->name, (char)('a' + i));
}

Test(store, a_file_of_a_newer_driftless_is_refused_by_name_and_left_as_it_is)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *wanted =
        g_strdup_printf("store %s: made by a newer Driftless (schema 999, this one knows %zu)",
                        file, store_schema_version);

    store_free(open_store());
    run_sql("PRAGMA user_version=999");
    cr_expect_null(store_open(file, &error));
    cr_assert_not_null(error);
    cr_expect_str_eq(error->message, wanted);
    g_autofree char *back = g_strdup_printf("PRAGMA user_version=%zu", store_schema_version);
    run_sql(back);
    store_free(open_store());
}

Test(store, a_file_of_an_older_driftless_learns_what_its_requests_need)
{
    static const char request[] =
        "{\"Code\":{\"S3Key\":\"serverless/shop/dev/code/0123/hello.zip\"},\"Arn\":\"arn:x\"}";
    g_autofree char *sql = NULL;
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    sql = g_strdup_printf("%sPRAGMA user_version=1;"
                          "INSERT INTO requests VALUES ('d1', '%s', 1), ('d2', 'no JSON', 1);",
                          store_schema_steps[0], request);
    run_sql(sql);
    g_autoptr(Store) store = open_store();

    cr_assert(store_request_artifacts(store, "d1", keys, NULL));
    cr_assert(store_request_artifacts(store, "d2", keys, NULL));
    cr_assert_eq(g_hash_table_size(keys), 1);
    cr_expect(g_hash_table_contains(keys, "serverless/shop/dev/code/0123/hello.zip"));
}

Test(store, a_request_is_not_sent_again_without_the_artifacts_it_names)
{
    g_autoptr(Store) store = open_store();
    g_autoptr(GPtrArray) keys = g_ptr_array_new(), rows = NULL;
    g_autoptr(ServiceRow) row = service_row_new("shop");
    g_autofree char *text = NULL;
    bool complete;

    g_ptr_array_add(keys, (char *)"p/1");
    row->request_digest = g_strdup("d");
    cr_assert(store_save_service(store, row, NULL));
    cr_assert(store_put_request(store, "d", "{}", true, NULL));
    cr_assert(store_put_request_artifacts(store, "d", keys, NULL));
    cr_assert(store_services_with_artifacts(store, "p/", &rows, NULL));
    cr_expect_eq(rows->len, 1);
    g_clear_pointer(&rows, g_ptr_array_unref);
    cr_assert(store_services_with_artifacts(store, "o/", &rows, NULL));
    cr_expect_eq(rows->len, 0);

    cr_assert(store_get_request(store, "d", &text, &complete, NULL));
    cr_expect(complete);
    g_clear_pointer(&text, g_free);
    cr_assert(store_forget_artifacts(store, keys, NULL));
    cr_assert(store_get_request(store, "d", &text, &complete, NULL));
    cr_expect_not(complete);
}

Test(store, a_file_that_is_no_store_is_an_error_that_names_it)
{
    g_autoptr(GError) error = NULL;

    cr_assert(g_file_set_contents(
        file,
        "this is a text and not a database, long enough to be looked at as one, "
        "with more than the hundred bytes of a header",
        -1, NULL));
    cr_expect_null(store_open(file, &error));
    cr_assert_not_null(error);
    cr_expect_not_null(strstr(error->message, file), "%s", error->message);
    cr_expect_not_null(strstr(error->message, "not a database"), "%s", error->message);
}

Test(store, a_folder_that_does_not_exist_is_an_error_that_names_the_file)
{
    g_autofree char *nowhere = g_build_filename(folder, "nowhere", "store.db", NULL);
    g_autoptr(GError) error = NULL;

    cr_expect_null(store_open(nowhere, &error));
    cr_assert_not_null(error);
    g_autofree char *told =
        g_strdup_printf("open store %s: unable to open database file: No such file "
                        "or directory; its folder has to exist, and both have to "
                        "be writable",
                        nowhere);
    cr_expect_str_eq(error->message, told);
}

Test(store, the_key_is_made_once_and_kept)
{
    static const unsigned char zeros[32];
    g_autoptr(Store) store = open_store(), other = NULL;
    unsigned char key[32];

    memcpy(key, store_key(store), sizeof key);
    cr_expect_neq(memcmp(key, zeros, sizeof key), 0);
    g_clear_pointer(&store, store_free);
    store = open_store();
    cr_expect_eq(memcmp(key, store_key(store), sizeof key), 0);

    other = store_open("", NULL);
    cr_assert_not_null(other);
    cr_expect_neq(memcmp(key, store_key(other), sizeof key), 0, "two stores have two keys");
}

static int64_t deploy(Store *store, const char *service, const char *revision, const char *intent,
                      const char *outcome)
{
    Deployment deployment = {.service = (char *)service,
                             .revision = (char *)revision,
                             .author = (char *)"somebody",
                             .summary = (char *)"A change",
                             .request_digest = (char *)"digest",
                             .intent = (char *)intent,
                             .started_ms = 10};
    int64_t id = 0;

    cr_assert(store_begin_deployment(store, &deployment, &id, NULL));
    if (outcome)
        cr_assert(store_finish_deployment(store, id, outcome, "how it went", 20, NULL));
    return id;
}

Test(store, a_deployment_comes_back_as_it_was_begun_and_finished)
{
    g_autoptr(Store) store = open_store();
    g_autoptr(GPtrArray) rows = NULL;
    int64_t finished = deploy(store, "orders", "aaa", "deploy", "deployed");
    int64_t begun = deploy(store, "orders", "bbb", "correct", NULL);
    const Deployment *row;

    deploy(store, "other", "ccc", "deploy", NULL);
    cr_assert(store_deployments(store, "orders", 10, &rows, NULL));
    cr_assert_eq(rows->len, 2);
    row = g_ptr_array_index(rows, 0);
    cr_expect_eq(row->id, begun, "newest first");
    cr_expect_null(row->outcome);
    cr_expect_eq(row->finished_ms, 0);
    row = g_ptr_array_index(rows, 1);
    cr_expect_eq(row->id, finished);
    cr_expect_str_eq(row->service, "orders");
    cr_expect_str_eq(row->revision, "aaa");
    cr_expect_str_eq(row->author, "somebody");
    cr_expect_str_eq(row->summary, "A change");
    cr_expect_str_eq(row->request_digest, "digest");
    cr_expect_str_eq(row->intent, "deploy");
    cr_expect_str_eq(row->outcome, "deployed");
    cr_expect_str_eq(row->message, "how it went");
    cr_expect_eq(row->started_ms, 10);
    cr_expect_eq(row->finished_ms, 20);
}

Test(store, deployments_of_all_services_are_listed_up_to_the_limit)
{
    g_autoptr(Store) store = open_store();
    g_autoptr(GPtrArray) rows = NULL;

    for (int i = 0; i < 5; i++)
        deploy(store, i % 2 ? "orders" : "other", "aaa", "deploy", NULL);
    cr_assert(store_deployments(store, NULL, 3, &rows, NULL));
    cr_expect_eq(rows->len, 3);
}

Test(store, the_deployment_to_return_to_is_the_newest_that_reached_its_stack)
{
    static const struct {
        const char *what, *at, *than, *found; /* found NULL: none */
    } cases[] = {
        {"any", NULL, NULL, "3c"},
        {"not the one of now", NULL, "3c", "2b"},
        {"by a prefix", "1", NULL, "1a"},
        {"a prefix of what failed", "4", NULL, NULL},
        {"a prefix of what was only corrected", "5", NULL, NULL},
        {"a prefix of what is under way", "6", NULL, NULL},
        {"a prefix of another service's", "7", NULL, NULL},
        {"what looks like a pattern", "%", NULL, NULL},
        {"a prefix that is the one of now", "3", "3c", NULL},
    };
    g_autoptr(Store) store = open_store();

    deploy(store, "orders", "1a", "deploy", "deployed");
    deploy(store, "orders", "2b", "rollback", "deployed");
    deploy(store, "orders", "3c", "deploy", "unchanged");
    deploy(store, "orders", "4d", "deploy", "failed");
    deploy(store, "orders", "5e", "correct", "deployed");
    deploy(store, "orders", "6f", "deploy", NULL);
    deploy(store, "other", "7a", "deploy", "deployed");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Deployment *found = NULL;

        cr_assert(store_find_deployment(store, "orders", cases[i].at, cases[i].than, &found, NULL));
        cr_expect(!g_strcmp0(found ? found->revision : NULL, cases[i].found), "%s: %s",
                  cases[i].what, found ? found->revision : "none");
        deployment_free(found);
    }
}

Test(store, a_request_is_kept_with_whether_it_can_be_sent_again)
{
    g_autoptr(Store) store = open_store();
    char *text = NULL;
    bool complete = false;

    cr_assert(store_put_request(store, "a", "{\"a\":1}", true, NULL));
    cr_assert(store_put_request(store, "b", "first", true, NULL));
    cr_assert(store_put_request(store, "b", "second", false, NULL));
    cr_assert(store_get_request(store, "a", &text, &complete, NULL));
    cr_expect_str_eq(text, "{\"a\":1}");
    cr_expect(complete);
    g_free(text);
    cr_assert(store_get_request(store, "b", &text, &complete, NULL));
    cr_expect_str_eq(text, "second");
    cr_expect_not(complete);
    g_free(text);
    cr_assert(store_get_request(store, "c", &text, &complete, NULL));
    cr_expect_null(text);
    cr_expect_not(complete);
}

Test(store, a_table_that_is_gone_is_an_error_and_no_output_changes)
{
    g_autoptr(Store) store = open_store();
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = NULL;

    run_sql("DROP TABLE services");
    cr_expect_not(store_services(store, &rows, &error));
    cr_expect_null(rows);
    cr_assert_not_null(error);
    cr_expect_not_null(strstr(error->message, "no such table"), "%s", error->message);
}
