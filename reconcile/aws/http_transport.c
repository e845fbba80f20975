#include "reconcile/aws/http_transport.h"

G_DEFINE_QUARK(http - error - quark, http_error)

static void header_free(void *data)
{
    HttpHeader *header = data;

    g_free(header->name);
    g_free(header->value);
    g_free(header);
}

GPtrArray *http_headers_new(void)
{
    return g_ptr_array_new_with_free_func(header_free);
}

static HttpHeader *find(const GPtrArray *headers, const char *name)
{
    for (guint i = 0; headers && i < headers->len; i++) {
        HttpHeader *header = headers->pdata[i];
        if (g_ascii_strcasecmp(header->name, name) == 0)
            return header;
    }
    return NULL;
}

void http_headers_set(GPtrArray *headers, const char *name, const char *value)
{
    HttpHeader *header = find(headers, name);

    if (!header) {
        header = g_new0(HttpHeader, 1);
        header->name = g_strdup(name);
        g_ptr_array_add(headers, header);
    }
    g_free(header->value);
    header->value = g_strdup(value);
}

const char *http_headers_get(const GPtrArray *headers, const char *name)
{
    HttpHeader *header = find(headers, name);

    return header ? header->value : NULL;
}

void http_response_clear(HttpResponse *response)
{
    g_clear_pointer(&response->headers, g_ptr_array_unref);
    if (response->body)
        g_string_free(g_steal_pointer(&response->body), TRUE);
    response->status = 0;
}

bool http_send(HttpTransport *transport, const HttpRequest *request, HttpResponse *ret,
               GError **error)
{
    return transport->send(transport, request, ret, error);
}

void http_transport_free(HttpTransport *transport)
{
    if (transport)
        transport->free(transport);
}
