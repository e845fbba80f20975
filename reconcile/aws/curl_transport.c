/* One thread owns the curl multi handle; callers hand it exchanges and sleep until theirs is done.
 * An exchange lives on its caller's stack and belongs to the thread between `pending` and `done`.
 */
#include "reconcile/aws/curl_library.h"
#include "reconcile/aws/http_transport.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 5000
#define MAX_CONNECTIONS 64
#define MAX_HEADER_BYTES (256u << 10)

typedef struct {
    HttpTransport base;
    CURLM *multi;
    pthread_t thread;
    bool environment_proxies;
    char *ca_file;

    pthread_mutex_t lock; /* guards pending, stop and every Exchange's done */
    GQueue pending;       /* Exchange* */
    bool stop;
} CurlTransport;

typedef struct {
    CURL *easy;
    struct curl_slist *headers;
    const HttpRequest *request;
    HttpResponse *response;
    uint64_t max_answer_bytes, received, header_bytes;
    int body_fd; /* -1: none */
    uint64_t body_position;
    bool too_large, file_failed;
    int file_errno;
    char reason[CURL_ERROR_SIZE];

    CURLcode result;
    bool done;
    pthread_cond_t wake;
} Exchange;

static void exchange_clear(Exchange *exchange)
{
    if (exchange->easy)
        curl()->easy_cleanup(exchange->easy);
    curl()->slist_free_all(exchange->headers);
    if (exchange->body_fd >= 0)
        close(exchange->body_fd);
    pthread_cond_destroy(&exchange->wake);
}

static size_t on_body(char *data, size_t unit, size_t count, void *user)
{
    Exchange *exchange = user;
    size_t size = unit * count;
    long status = 0;

    if (size > exchange->max_answer_bytes - exchange->received) {
        exchange->too_large = true;
        return 0;
    }
    exchange->received += size;
    curl()->easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    g_string_append_len(exchange->response->body, data, (gssize)size);
    return size;
}

static size_t on_header(char *data, size_t unit, size_t count, void *user)
{
    Exchange *exchange = user;
    size_t size = unit * count;
    char *colon = memchr(data, ':', size);
    g_autofree char *name = NULL, *value = NULL;

    exchange->header_bytes += size;
    if (exchange->header_bytes > MAX_HEADER_BYTES) {
        exchange->too_large = true;
        return 0;
    }
    if (g_str_has_prefix(data,
                         "HTTP/")) /* the final answer's headers follow those of a 100 Continue */
        g_ptr_array_set_size(exchange->response->headers, 0);
    if (!colon)
        return size;
    name = g_strndup(data, (gsize)(colon - data));
    value = g_strstrip(g_strndup(colon + 1, size - (gsize)(colon - data) - 1));
    http_headers_set(exchange->response->headers, name, value);
    return size;
}

static size_t on_read(char *to, size_t unit, size_t count, void *user)
{
    Exchange *exchange = user;
    uint64_t left = exchange->request->body_size - exchange->body_position;
    size_t size = (size_t)MIN((uint64_t)(unit * count), left);
    ssize_t got;

    if (size == 0)
        return 0;
    do
        got = pread(exchange->body_fd, to, size,
                    (off_t)(exchange->request->body_offset + exchange->body_position));
    while (got < 0 && errno == EINTR);
    if (got <= 0) { /* shorter than it was: what was signed cannot be sent */
        exchange->file_failed = true;
        exchange->file_errno = got < 0 ? errno : ENODATA;
        return CURL_READFUNC_ABORT;
    }
    exchange->body_position += (uint64_t)got;
    return (size_t)got;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    Exchange *exchange = user;

    if (origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    exchange->body_position = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static bool file_error(GError **error, const char *file, int number)
{
    g_set_error(error, HTTP_ERROR, HTTP_ERROR_FILE, "read %s: %s", file, g_strerror(number));
    return false;
}

static bool set_body(Exchange *exchange, GError **error)
{
    const HttpRequest *request = exchange->request;
    CURL *easy = exchange->easy;

    curl()->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (g_str_equal(request->method, "HEAD")) {
        curl()->easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return true;
    }
    if (request->body_file) {
        exchange->body_fd = open(request->body_file, O_RDONLY | O_CLOEXEC);
        if (exchange->body_fd < 0)
            return file_error(error, request->body_file, errno);
        curl()->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl()->easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl()->easy_setopt(easy, CURLOPT_READDATA, exchange);
        curl()->easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
        curl()->easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
        curl()->easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_size);
        curl()->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
    } else if (request->body || g_str_equal(request->method, "POST") ||
               g_str_equal(request->method, "PUT")) {
        curl()->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        curl()->easy_setopt(easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    return true;
}

static bool set_headers(Exchange *exchange, GError **error)
{
    const HttpRequest *request = exchange->request;

    for (guint i = 0; request->headers && i < request->headers->len; i++) {
        const HttpHeader *header = request->headers->pdata[i];
        g_autofree char *line = *header->value
                                    ? g_strdup_printf("%s: %s", header->name, header->value)
                                    : g_strdup_printf("%s;", header->name);

        if (strpbrk(header->name, "\r\n:") || strpbrk(header->value, "\r\n")) {
            g_set_error(error, HTTP_ERROR, HTTP_ERROR_INVALID, "header %.40s holds a line break",
                        header->name);
            return false;
        }
        exchange->headers = curl()->slist_append(exchange->headers, line);
    }
    /* curl would wait for 100 Continue, and would call every body a form. */
    exchange->headers = curl()->slist_append(exchange->headers, "Expect:");
    if (!http_headers_get(request->headers, "Content-Type"))
        exchange->headers = curl()->slist_append(exchange->headers, "Content-Type:");
    curl()->easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
    return true;
}

/* A child process (a fetch, a build) must not inherit a connection to AWS. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)user, (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_connection(Exchange *exchange, const CurlTransport *transport)
{
    CURL *easy = exchange->easy;
    unsigned timeout_ms =
        exchange->request->timeout_ms ? exchange->request->timeout_ms : HTTP_TIMEOUT_MS;

    curl()->easy_setopt(easy, CURLOPT_URL, exchange->request->url);
    curl()->easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl()->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl()->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl()->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl()->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl()->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl()->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MIN(timeout_ms, CONNECT_TIMEOUT_MS));
    curl()->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl()->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl()->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl()->easy_setopt(easy, CURLOPT_BUFFERSIZE, 128L << 10);
    curl()->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl()->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (transport->ca_file)
        curl()->easy_setopt(easy, CURLOPT_CAINFO, transport->ca_file);
    if (!transport->environment_proxies)
        curl()->easy_setopt(easy, CURLOPT_PROXY, "");
}

static bool exchange_prepare(Exchange *exchange, const CurlTransport *transport, GError **error)
{
    const HttpRequest *request = exchange->request;

    exchange->easy = curl()->easy_init();
    g_assert(exchange->easy);
    set_connection(exchange, transport);
    curl()->easy_setopt(exchange->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl()->easy_setopt(exchange->easy, CURLOPT_WRITEDATA, exchange);
    curl()->easy_setopt(exchange->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl()->easy_setopt(exchange->easy, CURLOPT_HEADERDATA, exchange);
    curl()->easy_setopt(exchange->easy, CURLOPT_ERRORBUFFER, exchange->reason);
    curl()->easy_setopt(exchange->easy, CURLOPT_PRIVATE, exchange);
    exchange->max_answer_bytes =
        request->max_answer_bytes ? request->max_answer_bytes : HTTP_MAX_ANSWER_BYTES;
    return set_body(exchange, error) && set_headers(exchange, error);
}

/* Whether the request may have left this machine: curl says so by the time at which it was about to
 * send. */
static bool may_have_been_sent(const Exchange *exchange)
{
    curl_off_t pretransfer_us = 0;

    curl()->easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
    return pretransfer_us > 0;
}

static HttpError error_kind(const Exchange *exchange)
{
    switch (exchange->result) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return HTTP_ERROR_INVALID;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return HTTP_ERROR_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return may_have_been_sent(exchange) ? HTTP_ERROR_TIMED_OUT : HTTP_ERROR_NOT_SENT;
    default:
        return may_have_been_sent(exchange) ? HTTP_ERROR_DROPPED : HTTP_ERROR_NOT_SENT;
    }
}

static bool exchange_judge(Exchange *exchange, HttpResponse *ret, GError **error)
{
    const HttpRequest *request = exchange->request;
    long status = 0;

    if (exchange->too_large) {
        g_set_error(error, HTTP_ERROR, HTTP_ERROR_TOO_LARGE,
                    "the answer is larger than %" G_GUINT64_FORMAT " bytes",
                    exchange->max_answer_bytes);
        return false;
    }
    if (exchange->file_failed)
        return file_error(error, request->body_file, exchange->file_errno);
    if (exchange->result != CURLE_OK) {
        g_set_error_literal(error, HTTP_ERROR, (gint)error_kind(exchange),
                            *exchange->reason ? exchange->reason
                                              : curl()->easy_strerror(exchange->result));
        return false;
    }
    curl()->easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    ret->status = (unsigned)status;
    return true;
}

static bool run(CurlTransport *transport, Exchange *exchange, GError **error)
{
    if (!exchange_prepare(exchange, transport, error))
        return false;
    pthread_mutex_lock(&transport->lock);
    g_queue_push_tail(&transport->pending, exchange);
    curl()->multi_wakeup(transport->multi);
    while (!exchange->done)
        pthread_cond_wait(&exchange->wake, &transport->lock);
    pthread_mutex_unlock(&transport->lock);
    return exchange_judge(exchange, exchange->response, error);
}

static bool curl_transport_send(HttpTransport *base, const HttpRequest *request, HttpResponse *ret,
                                GError **error)
{
    g_auto(HttpResponse) response = {.headers = http_headers_new(), .body = g_string_new(NULL)};
    Exchange exchange = {.request = request, .response = &response, .body_fd = -1};
    bool sent;

    pthread_cond_init(&exchange.wake, NULL);
    sent = run((CurlTransport *)base, &exchange, error);
    exchange_clear(&exchange);
    if (!sent)
        return false;
    http_response_clear(ret);
    *ret = response;
    response = (HttpResponse){0};
    return true;
}

static void finish(CurlTransport *transport, Exchange *exchange, CURLcode result)
{
    pthread_mutex_lock(&transport->lock);
    exchange->result = result;
    exchange->done = true;
    pthread_cond_signal(&exchange->wake);
    pthread_mutex_unlock(&transport->lock);
}

static void finish_ended(CurlTransport *transport)
{
    CURLMsg *message;
    int left;

    while ((message = curl()->multi_info_read(transport->multi, &left))) {
        CURLcode result = message->data.result;
        CURL *easy = message->easy_handle;
        Exchange *exchange;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl()->easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
        curl()->multi_remove_handle(transport->multi, easy);
        finish(transport, exchange, result);
    }
}

/* False when the thread is to end. */
static bool take_pending(CurlTransport *transport)
{
    Exchange *exchange;
    bool stop;

    pthread_mutex_lock(&transport->lock);
    while ((exchange = g_queue_pop_head(&transport->pending)))
        g_assert(curl()->multi_add_handle(transport->multi, exchange->easy) == CURLM_OK);
    stop = transport->stop;
    pthread_mutex_unlock(&transport->lock);
    return !stop;
}

static void *drive(void *data)
{
    CurlTransport *transport = data;
    int running;

    while (take_pending(transport)) {
        curl()->multi_perform(transport->multi, &running);
        finish_ended(transport);
        curl()->multi_poll(transport->multi, NULL, 0, 1000, NULL);
    }
    return NULL;
}

static void curl_transport_free(HttpTransport *base)
{
    CurlTransport *transport = (CurlTransport *)base;

    pthread_mutex_lock(&transport->lock);
    transport->stop = true;
    pthread_mutex_unlock(&transport->lock);
    curl()->multi_wakeup(transport->multi);
    pthread_join(transport->thread, NULL);
    curl()->multi_cleanup(transport->multi);
    pthread_mutex_destroy(&transport->lock);
    g_free(transport->ca_file);
    g_free(transport);
}

HttpTransport *http_transport_curl_new(const CurlTransportOptions *options)
{
    CurlTransport *transport = g_new0(CurlTransport, 1);
    unsigned connections =
        options && options->max_connections ? options->max_connections : MAX_CONNECTIONS;

    transport->base.send = curl_transport_send;
    transport->base.free = curl_transport_free;
    transport->environment_proxies = options && options->environment_proxies;
    transport->ca_file = g_strdup(options ? options->ca_file : NULL);
    transport->multi = curl()->multi_init();
    g_assert(transport->multi);
    curl()->multi_setopt(transport->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)connections);
    curl()->multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    pthread_mutex_init(&transport->lock, NULL);
    g_queue_init(&transport->pending);
    g_assert(pthread_create(&transport->thread, NULL, drive, transport) == 0);
    return &transport->base;
}
