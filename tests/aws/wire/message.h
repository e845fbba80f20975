/* tests/aws/wire/message.h
 *
 * An HTTP request as it came, and the answer being made. Header names are lower case. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *name, *value; /* decoded; value "" when the pair has no "=" */
} QueryPair;

typedef struct {
    char *method;
    char *path;          /* percent-encoded, as received */
    GPtrArray *query;    /* QueryPair*, in the order received */
    GHashTable *headers; /* char* → char*; repeated ones joined by "," */
    GByteArray *body;
} HttpRequest;

typedef struct {
    unsigned status;
    GPtrArray *headers; /* name, value, name, value, … */
    GByteArray *body;
    bool drop;        /* close the connection without an answer */
    int64_t delay_ms; /* before the answer goes out */
} HttpResponse;

/* `target` is path and query as they stand in the request line. */
HttpRequest *http_request_new(const char *method, const char *target);
void http_request_free(HttpRequest *request);
void http_request_add_header(HttpRequest *request, const char *name, const char *value);

/* NULL when absent. */
const char *http_request_header(const HttpRequest *request, const char *lower_name);
const char *http_request_query(const HttpRequest *request, const char *name);

HttpResponse *http_response_new(void);
void http_response_free(HttpResponse *response);
void http_response_add_header(HttpResponse *response, const char *name, const char *value);
void http_response_set_text(HttpResponse *response, const char *type, const char *text);

/* Percent-decodes `length` bytes; `plus` reads "+" as a space (forms). (transfer full) */
char *percent_decode(const char *text, size_t length, bool plus);

/* Encodes all but unreserved characters and those in `keep`. (transfer full) */
char *percent_encode(const char *text, const char *keep);

/* The pairs of a query string or a form, decoded. (transfer full) */
GPtrArray *query_pairs_parse(const char *text, size_t length, bool plus);
