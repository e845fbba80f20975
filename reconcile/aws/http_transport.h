/* reconcile/aws/http_transport.h
 *
 * One HTTP exchange as a blocking call. The room speaks to the network through this interface
 * alone, so that a test can stand in for it; curl_transport.c is the real one.
 *
 * A transport makes one attempt: no retries, no redirects, no cookies. An answer of any status is a
 * success here. Threads: `send` may be called by many threads at once; requests and responses
 * belong to one thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define HTTP_ERROR http_error_quark()
GQuark http_error_quark(void);
typedef enum {
    HTTP_ERROR_NOT_SENT, /* no connection (name, refused, TLS): the server has seen nothing of the
                            request */
    HTTP_ERROR_DROPPED,  /* the connection ended before the answer did: the server may have acted */
    HTTP_ERROR_TIMED_OUT, /* likewise, by the clock */
    HTTP_ERROR_TOO_LARGE, /* the answer went over max_answer_bytes */
    HTTP_ERROR_TLS,       /* the server's certificate is not trusted; nothing was sent */
    HTTP_ERROR_FILE,      /* a file to send or to write could not be read or written */
    HTTP_ERROR_INVALID,   /* the request itself: not a URL, a header with a line break */
} HttpError;

typedef struct {
    char *name, *value;
} HttpHeader;

/* A list of HttpHeader* that frees them; names are compared without case. */
GPtrArray *http_headers_new(void);
void http_headers_set(GPtrArray *headers, const char *name, const char *value); /* replaces */
const char *http_headers_get(const GPtrArray *headers, const char *name); /* borrowed, or NULL */

#define HTTP_MAX_ANSWER_BYTES (16u << 20) /* unless a request says otherwise */
#define HTTP_TIMEOUT_MS 30000

/* All borrowed for the call. At most one of body and body_file. */
typedef struct {
    const char *method;
    const char *url; /* http:// or https://, already encoded: sent as it is, dot segments too */
    const GPtrArray *headers; /* HttpHeader*; or NULL. Content-Length is added */
    const char *body;
    size_t body_size;
    const char *body_file; /* uploads: `body_size` bytes of this file from body_offset on */
    uint64_t body_offset;
    unsigned timeout_ms;       /* the whole exchange; 0: HTTP_TIMEOUT_MS */
    uint64_t max_answer_bytes; /* 0: HTTP_MAX_ANSWER_BYTES */
} HttpRequest;

typedef struct {
    unsigned status;
    GPtrArray *headers; /* HttpHeader* */
    GString *body;      /* NUL-terminated beyond its length */
} HttpResponse;

void http_response_clear(HttpResponse *response);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpResponse, http_response_clear)

/* What an implementation has as its first member. */
typedef struct HttpTransport HttpTransport;
struct HttpTransport {
    bool (*send)(HttpTransport *transport, const HttpRequest *request, HttpResponse *ret,
                 GError **error);
    void (*free)(HttpTransport *transport);
};

/* Fills `ret` (which starts as {0}). Errors: HTTP_ERROR_*. */
G_GNUC_WARN_UNUSED_RESULT
bool http_send(HttpTransport *transport, const HttpRequest *request, HttpResponse *ret,
               GError **error);

/* No `send` may be under way. NULL-safe. */
void http_transport_free(HttpTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpTransport, http_transport_free)

typedef struct {
    bool environment_proxies; /* honour HTTPS_PROXY and its kin */
    const char *ca_file;      /* PEM, instead of the system's; or NULL (copied) */
    unsigned max_connections; /* for one host; 0: 64 */
} CurlTransportOptions;

/* libcurl: one thread drives all connections, which are kept and reused; TLS is verified, redirects
 * are not followed. `options` may be NULL. (transfer full) */
HttpTransport *http_transport_curl_new(const CurlTransportOptions *options);
