#include "tests/aws/wire/server.h"
#include "tests/aws/wire/dispatch.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { BODY_LIMIT_BYTES = 600 * 1024 * 1024 };

struct Server {
    struct MHD_Daemon *daemon;
    Double *aws;
    atomic_bool stopping;
};

typedef struct {
    char *target; /* as in the request line; microhttpd's own has lost its escapes */
    HttpRequest *request;
    bool too_large;
} Exchange;

static void *exchange_begin(void *data, const char *target, struct MHD_Connection *connection)
{
    Exchange *exchange = g_new0(Exchange, 1);

    (void)data;
    (void)connection;
    exchange->target = g_strdup(target);
    return exchange;
}

static void exchange_end(void *data, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    Exchange *exchange = *state;

    (void)data;
    (void)connection;
    (void)code;
    if (exchange == NULL)
        return;
    http_request_free(exchange->request);
    g_free(exchange->target);
    g_free(exchange);
    *state = NULL;
}

static enum MHD_Result add_header(void *data, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    http_request_add_header(data, name, value != NULL ? value : "");
    return MHD_YES;
}

static size_t keep_escapes(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text);
}

/* Holds an answer back; not longer than the server runs. */
static void delay(Server *server, int64_t delay_ms)
{
    struct timespec slice = {0, 10 * 1000000};
    int64_t end_ms = double_now_ms() + delay_ms;

    while (!atomic_load(&server->stopping) && double_now_ms() < end_ms)
        nanosleep(&slice, NULL);
}

static enum MHD_Result send_response(Server *server, struct MHD_Connection *connection,
                                     HttpResponse *response)
{
    struct MHD_Response *answer = NULL;
    enum MHD_Result result = MHD_NO;

    if (response->delay_ms > 0)
        delay(server, response->delay_ms);
    if (response->drop)
        return MHD_NO;
    answer = MHD_create_response_from_buffer(response->body->len, response->body->data,
                                             MHD_RESPMEM_MUST_COPY);
    for (guint i = 0; i + 1 < response->headers->len; i += 2)
        MHD_add_response_header(answer, response->headers->pdata[i],
                                response->headers->pdata[i + 1]);
    result = MHD_queue_response(connection, response->status, answer);
    MHD_destroy_response(answer);
    return result;
}

static enum MHD_Result take(void *data, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **state)
{
    Server *server = data;
    Exchange *exchange = *state;
    HttpResponse *response = NULL;
    enum MHD_Result result = MHD_NO;

    (void)url;
    (void)version;
    if (exchange->request == NULL) {
        exchange->request = http_request_new(method, exchange->target);
        MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, exchange->request);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (exchange->request->body->len + *upload_size > BODY_LIMIT_BYTES)
            exchange->too_large = true;
        else
            g_byte_array_append(exchange->request->body, (const guint8 *)upload,
                                (guint)*upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    response = http_response_new();
    if (exchange->too_large)
        response->status = 413;
    else
        dispatch(server->aws, exchange->request, response);
    result = send_response(server, connection, response);
    http_response_free(response);
    return result;
}

Server *server_start(Double *aws, unsigned port)
{
    Server *server = g_new0(Server, 1);
    struct sockaddr_in address = {0};

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    server->aws = aws;
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL,
        (uint16_t)port, NULL, NULL, take, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_end, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)256 * 1024, MHD_OPTION_LISTENING_ADDRESS_REUSE,
        1u, MHD_OPTION_END);
    if (server->daemon == NULL) {
        g_free(server);
        return NULL;
    }
    return server;
}

unsigned server_port(const Server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info != NULL ? info->port : 0;
}

void server_stop(Server *server)
{
    atomic_store(&server->stopping, true);
    MHD_stop_daemon(server->daemon);
    g_free(server);
}
