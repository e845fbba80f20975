#include "controller/web/server.h"
#include "config/crypto_library.h"

#include "controller/web/api.h"
#include "controller/web/microhttpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_BODY_BYTES (64 * 1024)
#define WEB_THREADS 4
#define CONNECTION_TIMEOUT_S 30
#define MAX_CONNECTIONS 256

struct WebServer {
    WebOptions options;
    struct MHD_Daemon *daemon;
    char *token; /* NULL: none is set */
    char *address;
};

/* A request's body as it arrives. */
typedef struct {
    GString *body;
    bool too_large;
} Upload;

static bool read_token(const Settings *settings, char **ret, GError **error)
{
    const ValueSetting *setting = settings->api_token;

    if (!setting)
        return true;
    if (setting->source == VALUE_FILE) {
        if (!g_file_get_contents(setting->text, ret, NULL, error))
            return false;
        g_strchomp(*ret);
    } else {
        *ret = g_strdup(setting->source == VALUE_ENV ? getenv(setting->text) : setting->text);
    }
    if (*ret && **ret)
        return true;
    g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "the API token (%s) is empty",
                setting->text);
    return false;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >>
                24) == 127;
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return false;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return mhd()->lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool has_token(const WebServer *server, struct MHD_Connection *connection)
{
    const char *given = header(connection, "Authorization");

    if (!server->token || !given || !g_str_has_prefix(given, "Bearer "))
        return false;
    given += strlen("Bearer ");
    return strlen(given) == strlen(server->token) &&
           crypto()->CRYPTO_memcmp(given, server->token, strlen(given)) == 0;
}

/* A page of another origin can make a browser on this machine send requests; it cannot hide where
 * it comes from. */
static bool is_from_another_page(struct MHD_Connection *connection)
{
    const char *site = header(connection, "Sec-Fetch-Site"), *origin = header(connection, "Origin");
    const char *host = header(connection, "Host");

    if (site)
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    if (!origin)
        return false;
    origin = strstr(origin, "://");
    return !origin || !host || g_ascii_strcasecmp(origin + strlen("://"), host) != 0;
}

/* A name that somebody's DNS points at this machine must not reach an API that trusts loopback:
 * 127.example.com and localhost.example.com are such names. */
static bool names_loopback(struct MHD_Connection *connection)
{
    const char *host = header(connection, "Host");
    g_autofree char *name = NULL;
    struct in_addr address;

    if (!host || !g_ascii_strcasecmp(host, "[::1]") || g_str_has_prefix(host, "[::1]:"))
        return true;
    name = g_strndup(host, strcspn(host, ":"));
    return !g_ascii_strcasecmp(name, "localhost") ||
           (inet_pton(AF_INET, name, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static bool is_allowed(const WebServer *server, struct MHD_Connection *connection,
                       const ApiRequest *request)
{
    const union MHD_ConnectionInfo *info =
        mhd()->get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    bool local = info && is_loopback(info->client_addr) && names_loopback(connection);

    if (!strcmp(request->path, "/healthz") || !strcmp(request->path, "/readyz") ||
        has_token(server, connection))
        return true;
    if (!api_changes_something(request))
        return local;
    return local && !server->token && !is_from_another_page(connection);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, ApiAnswer *answer)
{
    struct MHD_Response *response =
        mhd()->create_response_from_buffer(answer->length, answer->text, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result queued;

    if (!response)
        return MHD_NO;
    mhd()->add_response_header(response, "Content-Type", answer->content_type);
    mhd()->add_response_header(response, "Cache-Control", "no-store");
    mhd()->add_response_header(response, "X-Content-Type-Options", "nosniff");
    mhd()->add_response_header(response, "X-Frame-Options", "DENY");
    mhd()->add_response_header(
        response, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'");
    if (answer->status == 401)
        mhd()->add_response_header(response, "WWW-Authenticate", "Bearer");
    queued = mhd()->queue_response(connection, answer->status, response);
    mhd()->destroy_response(response);
    return queued;
}

static enum MHD_Result take_body(Upload *upload, const char *data, size_t *size)
{
    if (upload->body->len + *size > MAX_BODY_BYTES)
        upload->too_large = true;
    else
        g_string_append_len(upload->body, data, (gssize)*size);
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **state)
{
    const WebServer *server = data;
    Upload *upload = *state;
    ApiAnswer answer = {0};

    (void)version;
    if (!upload) {
        upload = g_new0(Upload, 1);
        upload->body = g_string_new(NULL);
        *state = upload;
        return MHD_YES;
    }
    if (*upload_data_size)
        return take_body(upload, upload_data, upload_data_size);

    const ApiRequest request = {method, url, upload->body->str, upload->body->len};

    if (upload->too_large)
        api_refuse(&answer, 413, "the request is too large");
    else if (!is_allowed(server, connection, &request))
        api_refuse(&answer, 401,
                   "this needs the controller's token (Authorization: Bearer …), or to come from "
                   "loopback");
    else
        api_answer(&server->options, &request, &answer);
    return send_answer(connection, &answer);
}

static void forget_request(void *data, struct MHD_Connection *connection, void **state,
                           enum MHD_RequestTerminationCode why)
{
    Upload *upload = *state;

    (void)data, (void)connection, (void)why;
    if (!upload)
        return;
    g_string_free(upload->body, TRUE);
    g_free(upload);
    *state = NULL;
}

/* "127.0.0.1:8080", "[::1]:0", ":8080" (every address). */
static bool resolve(const char *listen, struct sockaddr_storage *ret, socklen_t *ret_size,
                    GError **error)
{
    const char *colon = strrchr(listen, ':');
    g_autofree char *host = colon ? g_strndup(listen, (gsize)(colon - listen)) : NULL;
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int result;

    if (host && *host == '[' && g_str_has_suffix(host, "]")) {
        memmove(host, host + 1, strlen(host));
        host[strlen(host) - 1] = '\0';
    }
    result = colon ? getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found) : EAI_NONAME;
    if (result != 0) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "listen on %s: %s", listen,
                    gai_strerror(result));
        return false;
    }
    memcpy(ret, found->ai_addr, found->ai_addrlen);
    *ret_size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static char *address_of(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = mhd()->get_daemon_info(daemon, MHD_DAEMON_INFO_LISTEN_FD);
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (!info || getsockname(info->listen_fd, (struct sockaddr *)&bound, &size) != 0 ||
        getnameinfo((struct sockaddr *)&bound, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return g_strdup("http://?");
    return g_strdup_printf(strchr(host, ':') ? "http://[%s]:%s" : "http://%s:%s", host, port);
}

WebServer *web_server_start(const WebOptions *options, GError **error)
{
    g_autoptr(WebServer) server = g_new0(WebServer, 1);
    const char *listen = options->settings->listen;
    struct sockaddr_storage address;
    socklen_t size;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL;

    server->options = *options;
    if (!read_token(options->settings, &server->token, error) ||
        !resolve(listen, &address, &size, error))
        return NULL;
    if (!server->token && !is_loopback((struct sockaddr *)&address)) {
        g_set_error(
            error, LOOP_ERROR, LOOP_ERROR_REFUSED,
            "listen on %s: an address that others can reach needs a token (token: {env: NAME})",
            listen);
        return NULL;
    }
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    server->daemon = mhd()->start_daemon(
        flags, 0, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_NOTIFY_COMPLETED, forget_request, NULL, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)WEB_THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
    if (!server->daemon) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "listen on %s: %s", listen,
                    g_strerror(errno));
        return NULL;
    }
    server->address = address_of(server->daemon);
    return g_steal_pointer(&server);
}

void web_server_free(WebServer *server)
{
    if (!server)
        return;
    if (server->daemon)
        mhd()->stop_daemon(server->daemon);
    g_free(server->token);
    g_free(server->address);
    g_free(server);
}

const char *web_server_address(const WebServer *server)
{
    return server->address;
}
