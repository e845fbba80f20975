/* The transport against a server that says exactly what the test gave it. */
#include "reconcile/aws/http_transport.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Accepts connections one after another. On each, a request is read to its end and answered with
 * `answer`, as long as the client sends further ones; without an answer the connection is closed.
 */
typedef struct {
    int listener, port;
    const char *answer;
    size_t answer_size;
    bool silent; /* reads and never answers */
    bool close_after;
    pthread_t thread;
    atomic_uint connections, requests;
    atomic_bool stop;
    GString *last; /* the last request; read it after server_stop */
} Server;

static bool readable(Server *server, int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    while (!atomic_load(&server->stop)) {
        if (poll(&wait, 1, 20) > 0)
            return true;
    }
    return false;
}

static size_t content_length(const GString *text)
{
    const char *header = strstr(text->str, "Content-Length: ");

    return header ? (size_t)g_ascii_strtoull(header + 16, NULL, 10) : 0;
}

/* False when the client has closed. */
static bool read_request(Server *server, int fd, GString *text)
{
    char buffer[4096];

    g_string_truncate(text, 0);
    for (;;) {
        const char *end = strstr(text->str, "\r\n\r\n");
        ssize_t got;

        if (end && text->len >= (size_t)(end + 4 - text->str) + content_length(text))
            return true;
        if (!readable(server, fd))
            return false;
        got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            return false;
        g_string_append_len(text, buffer, got);
    }
}

static void serve_connection(Server *server, int fd)
{
    g_autoptr(GString) text = g_string_new(NULL);

    while (read_request(server, fd, text)) {
        g_string_assign(server->last, text->str);
        atomic_fetch_add(&server->requests, 1);
        if (server->silent) {
            readable(server, fd);
            return;
        }
        if (!server->answer || send(fd, server->answer, server->answer_size, MSG_NOSIGNAL) < 0 ||
            server->close_after)
            return;
    }
}

static void *serve(void *data)
{
    Server *server = data;

    while (readable(server, server->listener)) {
        int fd = accept(server->listener, NULL, NULL);

        atomic_fetch_add(&server->connections, 1);
        serve_connection(server, fd);
        close(fd);
    }
    return NULL;
}

static void server_start(Server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    server->last = g_string_new(NULL);
    if (server->answer && !server->answer_size)
        server->answer_size = strlen(server->answer);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(server->listener, 16), 0);
    cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(Server *server)
{
    if (!atomic_exchange(&server->stop, true)) {
        pthread_join(server->thread, NULL);
        close(server->listener);
    }
}

static void server_clear(Server *server)
{
    server_stop(server);
    g_string_free(server->last, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Server, server_clear)

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name:  value \r\n\r\nhello"

static bool get(HttpTransport *transport, const Server *server, HttpRequest request,
                HttpResponse *ret, GError **error)
{
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/a/../b%%20c?x=1", server->port);

    request.url = url;
    if (!request.method)
        request.method = "GET";
    return http_send(transport, &request, ret, error);
}

static void expect_error(Server *server, HttpRequest request, HttpError code)
{
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;

    server_start(server);
    cr_assert_not(get(transport, server, request, &response, &error));
    cr_expect(g_error_matches(error, HTTP_ERROR, (gint)code), "%d: %s", error->code,
              error->message);
    cr_expect_null(response.body, "outputs stay untouched");
}

Test(curl_transport, gives_status_headers_and_body_and_sends_the_path_as_it_is)
{
    g_auto(Server) server = {.answer = OK};
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;

    server_start(&server);
    cr_assert(get(transport, &server, (HttpRequest){0}, &response, &error), "%s",
              error ? error->message : "");
    cr_expect_eq(response.status, 200);
    cr_expect_str_eq(response.body->str, "hello");
    cr_expect_str_eq(http_headers_get(response.headers, "x-name"), "value");
    server_stop(&server);
    cr_expect(g_str_has_prefix(server.last->str, "GET /a/../b%20c?x=1 HTTP/1.1\r\n"), "%s",
              server.last->str);
}

Test(curl_transport, connections_are_kept)
{
    g_auto(Server) server = {.answer = OK};
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_autoptr(GError) error = NULL;

    server_start(&server);
    for (int i = 0; i < 20; i++) {
        g_auto(HttpResponse) response = {0};
        cr_assert(get(transport, &server, (HttpRequest){0}, &response, &error), "%s",
                  error ? error->message : "");
    }
    cr_expect_eq(atomic_load(&server.connections), 1);
    cr_expect_eq(atomic_load(&server.requests), 20);
}

Test(curl_transport, bodies_go_out_from_memory_and_from_a_part_of_a_file)
{
    g_auto(Server) server = {.answer = OK};
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_auto(HttpResponse) first = {0}, second = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *file = NULL;
    int fd = g_file_open_tmp("driftless-transport-XXXXXX", &file, NULL);
    GString *bytes = g_string_new(NULL);

    for (int i = 0; i < 100000; i++)
        g_string_append_printf(bytes, "%07d", i);
    cr_assert_eq(write(fd, bytes->str, bytes->len), (ssize_t)bytes->len);
    close(fd);
    server_start(&server);
    cr_assert(get(transport, &server,
                  (HttpRequest){.method = "POST", .body = "a=b", .body_size = 3}, &first, &error));
    cr_assert(get(transport, &server,
                  (HttpRequest){
                      .method = "PUT", .body_file = file, .body_offset = 7, .body_size = 350000},
                  &second, &error),
              "%s", error ? error->message : "");
    server_stop(&server);
    cr_expect(g_str_has_prefix(server.last->str, "PUT "));
    cr_expect_null(strstr(server.last->str, "Expect:"));
    cr_expect_null(strstr(server.last->str, "Content-Type:"));
    cr_expect_eq(memcmp(strstr(server.last->str, "\r\n\r\n") + 4, bytes->str + 7, 350000), 0);
    g_string_free(bytes, TRUE);
    unlink(file);
}

Test(curl_transport, redirects_are_answers_and_not_followed)
{
    g_auto(Server) server = {
        .answer =
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"};
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_auto(HttpResponse) response = {0};

    server_start(&server);
    cr_assert(get(transport, &server, (HttpRequest){0}, &response, NULL));
    cr_expect_eq(response.status, 302);
}

Test(curl_transport, an_answer_larger_than_allowed_ends_at_the_ceiling)
{
    g_auto(Server) server = {.answer = OK},
                   chunked = {.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"};

    expect_error(&server, (HttpRequest){.max_answer_bytes = 4}, HTTP_ERROR_TOO_LARGE);
    expect_error(&chunked, (HttpRequest){.max_answer_bytes = 9}, HTTP_ERROR_TOO_LARGE);
}

Test(curl_transport, headers_have_a_ceiling_too)
{
    g_autoptr(GString) text = g_string_new("HTTP/1.1 200 OK\r\n");

    for (int i = 0; i < 10000; i++)
        g_string_append_printf(text, "X-H%d: %050d\r\n", i, i);
    g_string_append(text, "Content-Length: 0\r\n\r\n");
    g_auto(Server) server = {.answer = text->str};
    expect_error(&server, (HttpRequest){0}, HTTP_ERROR_TOO_LARGE);
}

Test(curl_transport, a_connection_that_ends_early_is_dropped)
{
    g_auto(Server) none = {0},
                   half = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
                           .close_after = true};

    expect_error(&none, (HttpRequest){0}, HTTP_ERROR_DROPPED);
    expect_error(&half, (HttpRequest){0}, HTTP_ERROR_DROPPED);
}

Test(curl_transport, a_server_that_never_answers_times_out)
{
    g_auto(Server) server = {.silent = true};

    expect_error(&server, (HttpRequest){.timeout_ms = 100}, HTTP_ERROR_TIMED_OUT);
}

Test(curl_transport, a_port_where_nobody_listens_has_seen_nothing)
{
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    g_auto(Server) server = {.answer = OK};

    server_start(&server);
    server_stop(&server);
    cr_assert_not(get(transport, &server, (HttpRequest){0}, &response, &error));
    cr_expect(g_error_matches(error, HTTP_ERROR, HTTP_ERROR_NOT_SENT), "%s", error->message);
}

Test(curl_transport, what_is_no_request_is_refused)
{
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    const HttpRequest file = {.method = "GET", .url = "file:///etc/passwd"};
    const HttpRequest broken = {.method = "GET", .url = "http://127.0.0.1:1/", .headers = headers};
    const HttpRequest absent = {
        .method = "PUT", .url = "http://127.0.0.1:1/", .body_file = "/nonexistent", .body_size = 1};
    g_autoptr(GError) error = NULL;

    http_headers_set(headers, "X", "a\r\nY: b");
    cr_assert_not(http_send(transport, &file, &response, &error));
    cr_expect(g_error_matches(error, HTTP_ERROR, HTTP_ERROR_INVALID), "%s", error->message);
    g_clear_error(&error);
    cr_assert_not(http_send(transport, &broken, &response, &error));
    cr_expect(g_error_matches(error, HTTP_ERROR, HTTP_ERROR_INVALID), "%s", error->message);
    g_clear_error(&error);
    cr_assert_not(http_send(transport, &absent, &response, &error));
    cr_expect_str_eq(error->message, "read /nonexistent: No such file or directory");
}

Test(curl_transport, a_file_that_became_shorter_is_an_error_of_the_file)
{
    g_auto(Server) server = {.answer = OK};
    g_autofree char *file = NULL;
    int fd = g_file_open_tmp("driftless-transport-XXXXXX", &file, NULL);

    cr_assert_eq(write(fd, "abc", 3), 3);
    close(fd);
    expect_error(&server, (HttpRequest){.method = "PUT", .body_file = file, .body_size = 10},
                 HTTP_ERROR_FILE);
    unlink(file);
}

typedef struct {
    HttpTransport *transport;
    const Server *server;
    unsigned failures;
} Caller;

static void *call_often(void *data)
{
    Caller *caller = data;

    for (int i = 0; i < 25; i++) {
        g_auto(HttpResponse) response = {0};
        caller->failures +=
            !get(caller->transport, caller->server, (HttpRequest){0}, &response, NULL);
    }
    return NULL;
}

Test(curl_transport, many_threads_call_at_once)
{
    g_auto(Server)
        server = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                  .close_after = true};
    g_autoptr(HttpTransport) transport = http_transport_curl_new(NULL);
    pthread_t threads[4];
    Caller callers[4];

    server_start(&server);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        callers[i] = (Caller){transport, &server, 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(callers[i].failures, 0);
    }
    cr_expect_eq(atomic_load(&server.requests), 100);
}
