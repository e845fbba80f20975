/* The controller's HTTP side with a store in memory and a loop that stands still. */
#include "controller/web/server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/aws/http_transport.h"
#include "tests/reconcile/source/temporary_folder.h"

#define DECLARED                                        \
    "repositories:\n  shop: {url: /nowhere/shop.git}\n" \
    "services:\n  orders: {repository: shop, stage: dev, region: eu-west-1}\n"
#define LISTEN "listen: \"127.0.0.1:0\"\n"
#define TOKEN "token: {env: WEB_TEST_TOKEN}\n"
#define TIMEOUT_MS 20000

static char *folder;
static Settings *settings;
static Store *store;
static Log *event_log;
static Metrics *metrics;
static Session *session;
static Loop *loop;
static WebServer *server;
static HttpTransport *transport;

/* What an answer said; its text is owned. */
typedef struct {
    unsigned status;
    char *body;
} Said;

static void make_parts(const char *text)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GError) error = NULL;

    settings = settings_parse("driftless.yml", text, strlen(text), problems);
    cr_assert_not_null(settings);
    folder = temporary_folder_make();
    store = store_open("", &error);
    cr_assert_not_null(store);
    event_log = log_new(true);
    metrics = metrics_new();
    session = session_new(NULL, NULL);
    loop = loop_new(&(LoopOptions){.settings = settings,
                                   .store = store,
                                   .session = session,
                                   .log = event_log,
                                   .metrics = metrics,
                                   .folder = folder,
                                   .program = "/nowhere/driftless"},
                    &error);
    cr_assert_not_null(loop, "%s", error ? error->message : "");
}

static WebServer *start_server(GError **error)
{
    const WebOptions options = {settings, store, loop, session, metrics};

    return web_server_start(&options, error);
}

static void serve(const char *text)
{
    g_autoptr(GError) error = NULL;

    make_parts(text);
    server = start_server(&error);
    cr_assert_not_null(server, "%s", error ? error->message : "");
    transport = http_transport_curl_new(NULL);
}

static void stop(void)
{
    if (transport)
        http_transport_free(transport);
    web_server_free(server);
    loop_free(loop);
    session_free(session);
    metrics_free(metrics);
    log_free(event_log);
    store_free(store);
    settings_free(settings);
    if (folder)
        temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(web_server, .fini = stop);

/* `headers`: names and values, NULL-terminated, or NULL. */
static Said ask(const char *method, const char *path, const char *const *headers, const char *body)
{
    g_autofree char *url = g_strdup_printf("%s%s", web_server_address(server), path);
    g_autoptr(GPtrArray) list = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;

    for (; headers && *headers; headers += 2)
        http_headers_set(list, headers[0], headers[1]);
    const HttpRequest request = {.method = method,
                                 .url = url,
                                 .headers = list,
                                 .body = body,
                                 .body_size = body ? strlen(body) : 0,
                                 .timeout_ms = TIMEOUT_MS};

    cr_assert(http_send(transport, &request, &response, &error), "%s", error ? error->message : "");
    return (Said){response.status, g_strndup(response.body->str, response.body->len)};
}

static void expect_status(const char *method, const char *path, const char *const *headers,
                          const char *body, unsigned status)
{
    Said said = ask(method, path, headers, body);

    cr_expect_eq(said.status, status, "%s %s: %u, not %u: %s", method, path, said.status, status,
                 said.body);
    g_free(said.body);
}

static void expect_error(const char *method, const char *path, const char *body, unsigned status,
                         const char *message)
{
    Said said = ask(method, path, NULL, body);
    json_t *json = json_loads(said.body, 0, NULL);

    cr_expect_eq(said.status, status, "%s: %u", path, said.status);
    cr_expect(!g_strcmp0(json_string_value(json_object_get(json, "error")), message), "%s: %s",
              path, said.body);
    json_decref(json);
    g_free(said.body);
}

Test(web_server, health_is_told_to_everybody)
{
    static const char *const foreign[] = {"Host", "driftless.example.com", NULL};
    Said said;

    serve(LISTEN DECLARED);
    said = ask("GET", "/healthz", foreign, NULL);
    cr_expect_eq(said.status, 200);
    cr_expect_str_eq(said.body, "ok\n");
    g_free(said.body);
    expect_status("GET", "/readyz", foreign, NULL, 503); /* no repository was looked at */
}

Test(web_server, metrics_are_prometheus_text)
{
    Said said;

    serve(LISTEN DECLARED);
    metrics_add(metrics, METRIC_uploaded_bytes_total, NULL, NULL, 12);
    said = ask("GET", "/metrics", NULL, NULL);
    cr_expect_eq(said.status, 200);
    cr_expect_not_null(strstr(said.body, "\ndriftless_uploaded_bytes_total 12\n"), "%s", said.body);
    g_free(said.body);
}

Test(web_server, declared_services_are_listed_and_shown)
{
    Said said;
    json_t *json;

    serve(LISTEN DECLARED);
    said = ask("GET", "/api/services", NULL, NULL);
    json = json_loads(said.body, 0, NULL);
    cr_expect_eq(said.status, 200);
    cr_expect_str_eq(json_string_value(pointer_get(json, "/services/0/name")), "orders");
    cr_expect_str_eq(json_string_value(pointer_get(json, "/services/0/state")), "waiting");
    cr_expect_str_eq(json_string_value(pointer_get(json, "/services/0/repository")), "shop");
    json_decref(json);
    g_free(said.body);
    expect_status("GET", "/api/services/orders", NULL, NULL, 200);
    expect_status("GET", "/api/services/orders/history", NULL, NULL, 200);
    expect_status("GET", "/", NULL, NULL, 200);
    expect_status("HEAD", "/", NULL, NULL, 200);
}

Test(web_server, what_is_not_there_says_so)
{
    serve(LISTEN DECLARED);
    expect_error("GET", "/nowhere", NULL, 404, "no such page");
    expect_error("GET", "/api/services/none", NULL, 404,
                 "no service is called \"none\"; driftless status lists them");
    expect_error("GET", "/api/services/%ff", NULL, 404,
                 "no service is called \"\uFFFD\"; driftless status lists them");
    expect_error("GET", "/api/services/orders/history/more", NULL, 404,
                 "no such view of a service");
    expect_error("GET", "/api/services/ordres", NULL, 404,
                 "no service is called \"ordres\": did you mean \"orders\"?");
    expect_error("GET", "/api/services/orders/other", NULL, 404, "no such view of a service");
    expect_error("GET", "/api/services/orders/info", NULL, 404, "this service has no stack yet");
    expect_error("POST", "/api/services/orders/explode", "", 404, "no such command");
    expect_error("POST", "/healthz", "", 404, "nothing here takes POST");
    expect_error("DELETE", "/api/services/orders", NULL, 405, "only GET and POST are answered");
}

Test(web_server, what_cannot_be_done_now_is_refused_with_the_reason)
{
    serve(LISTEN DECLARED);
    expect_error("POST", "/api/services/orders/approve", "", 409,
                 "nothing of orders waits for approval");
    expect_error("POST", "/api/services/orders/rollback", "", 409,
                 "no earlier revision of orders was deployed");
    expect_error("POST", "/api/services/orders/rollback", "{\"to\": \"abc\"}", 409,
                 "orders was never deployed at abc: driftless history orders lists what was");
    expect_status("POST", "/api/services/orders/rollback", NULL, "not JSON", 409);
    expect_status("POST", "/api/services/orders/rollback", NULL, "[1]", 409);
}

Test(web_server, a_command_is_accepted_from_this_machine)
{
    serve(LISTEN DECLARED);
    expect_status("POST", "/api/services/orders/suspend", NULL, "", 202);
    expect_status("POST", "/api/poll", NULL, "", 202);
}

Test(web_server, a_name_that_dns_points_at_this_machine_reads_nothing)
{
    static const char *const strangers[] = {"driftless.example.com",
                                            "127.example.com",
                                            "127.0.0.1.example.com",
                                            "localhost.example.com",
                                            "128.0.0.1",
                                            "[::1].example.com",
                                            "evil-localhost",
                                            ""};
    static const char *const own[] = {"localhost", "LOCALHOST:8080", "127.0.0.1:1",
                                      "127.1.2.3", "[::1]",          "[::1]:80"};

    serve(LISTEN DECLARED);
    for (size_t i = 0; i < G_N_ELEMENTS(strangers); i++) {
        const char *const headers[] = {"Host", strangers[i], NULL};

        expect_status("GET", "/api/services", headers, NULL, 401);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        const char *const headers[] = {"Host", own[i], NULL};

        expect_status("GET", "/api/services", headers, NULL, 200);
    }
}

Test(web_server, a_page_of_another_origin_changes_nothing)
{
    static const struct {
        const char *name, *value;
        unsigned status;
    } cases[] = {
        {"Origin", "https://example.com", 401},
        {"Origin", "null", 401},
        {"Origin", "http://evil-localhost:8080", 401},
        {"Origin", "http://localhost:8081", 401},
        {"Origin", "http://localhost:8080", 202},
        {"Sec-Fetch-Site", "cross-site", 401},
        {"Sec-Fetch-Site", "same-site", 401},
        {"Sec-Fetch-Site", "same-origin", 202},
        {"Sec-Fetch-Site", "none", 202},
    };

    serve(LISTEN DECLARED);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const headers[] = {"Host", "localhost:8080", cases[i].name, cases[i].value,
                                       NULL};

        expect_status("POST", "/api/services/orders/sync", headers, "", cases[i].status);
    }
}

Test(web_server, where_a_token_is_set_only_it_changes_something)
{
    static const struct {
        const char *authorization;
        unsigned status;
    } cases[] = {
        {"Bearer correct-horse", 202},
        {"Bearer correct-hors", 401},
        {"Bearer correct-horse2", 401},
        {"Bearer incorrect-hors", 401},
        {"Bearer ", 401},
        {"Basic correct-horse", 401},
        {"bearer correct-horse", 401},
        {"correct-horse", 401},
    };

    setenv("WEB_TEST_TOKEN", "correct-horse", 1);
    serve(LISTEN TOKEN DECLARED);
    expect_status("POST", "/api/services/orders/sync", NULL, "", 401);
    expect_status("GET", "/api/services", NULL, NULL, 200); /* reading is open on loopback */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const headers[] = {"Authorization", cases[i].authorization, NULL};

        expect_status("POST", "/api/services/orders/sync", headers, "", cases[i].status);
    }
}

Test(web_server, the_token_opens_reading_from_elsewhere)
{
    static const char *const with[] = {"Host", "driftless.example.com", "Authorization",
                                       "Bearer correct-horse", NULL};
    static const char *const without[] = {"Host", "driftless.example.com", NULL};

    setenv("WEB_TEST_TOKEN", "correct-horse", 1);
    serve(LISTEN TOKEN DECLARED);
    expect_status("GET", "/api/services", with, NULL, 200);
    expect_status("GET", "/metrics", without, NULL, 401);
}

Test(web_server, a_body_above_64_kib_is_refused)
{
    g_autofree char *body = g_strnfill(64 * 1024 + 1, 'x');

    serve(LISTEN DECLARED);
    expect_status("POST", "/api/services/orders/sync", NULL, body, 413);
    body[64 * 1024] = '\0';
    expect_status("POST", "/api/services/orders/sync", NULL, body, 202);
}

static void expect_refusal(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;

    make_parts(text);
    cr_expect_null(start_server(&error));
    cr_assert_not_null(error);
    cr_expect_str_eq(error->message, message);
}

Test(web_server, an_address_that_others_reach_needs_a_token)
{
    expect_refusal(
        "listen: \"0.0.0.0:0\"\n" DECLARED,
        "listen on 0.0.0.0:0: an address that others can reach needs a token (token: {env: NAME})");
}

Test(web_server, an_empty_token_is_no_token)
{
    setenv("WEB_TEST_TOKEN", "", 1);
    expect_refusal(LISTEN TOKEN DECLARED, "the API token (WEB_TEST_TOKEN) is empty");
}

Test(web_server, an_address_in_use_is_told)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    const char *address;
    WebServer *other;

    serve(LISTEN DECLARED);
    address = strstr(web_server_address(server), "127.");
    g_free(settings->listen);
    settings->listen = g_strdup(address);
    text = g_strdup_printf("listen on %s: Address already in use", address);
    other = start_server(&error);
    cr_expect_null(other);
    cr_assert_not_null(error);
    cr_expect_str_eq(error->message, text);
}
