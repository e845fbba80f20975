#include "tests/aws/wire/message.h"
#include <string.h>

static void query_pair_free(void *data)
{
    QueryPair *pair = data;

    g_free(pair->name);
    g_free(pair->value);
    g_free(pair);
}

char *percent_decode(const char *text, size_t length, bool plus)
{
    GString *decoded = g_string_sized_new(length);

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%' && i + 2 < length && g_ascii_isxdigit(text[i + 1]) &&
            g_ascii_isxdigit(text[i + 2])) {
            g_string_append_c(decoded, (char)(g_ascii_xdigit_value(text[i + 1]) * 16 +
                                              g_ascii_xdigit_value(text[i + 2])));
            i += 2;
        } else {
            g_string_append_c(decoded, plus && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return g_string_free(decoded, FALSE);
}

char *percent_encode(const char *text, const char *keep)
{
    static const char hex[] = "0123456789ABCDEF";
    GString *encoded = g_string_new(NULL);

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (g_ascii_isalnum(*at) || strchr("-._~", *at) != NULL || strchr(keep, *at) != NULL)
            g_string_append_c(encoded, (char)*at);
        else
            g_string_append_printf(encoded, "%%%c%c", hex[*at >> 4], hex[*at & 15]);
    }
    return g_string_free(encoded, FALSE);
}

GPtrArray *query_pairs_parse(const char *text, size_t length, bool plus)
{
    GPtrArray *pairs = g_ptr_array_new_with_free_func(query_pair_free);
    const char *end = text + length;

    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        const char *equals = NULL;

        if (stop == NULL)
            stop = end;
        equals = memchr(text, '=', (size_t)(stop - text));
        if (stop > text) {
            QueryPair *pair = g_new0(QueryPair, 1);
            const char *name_end = equals != NULL ? equals : stop;

            pair->name = percent_decode(text, (size_t)(name_end - text), plus);
            pair->value = equals != NULL
                              ? percent_decode(equals + 1, (size_t)(stop - equals - 1), plus)
                              : g_strdup("");
            g_ptr_array_add(pairs, pair);
        }
        text = stop + 1;
    }
    return pairs;
}

HttpRequest *http_request_new(const char *method, const char *target)
{
    HttpRequest *request = g_new0(HttpRequest, 1);
    const char *mark = strchr(target, '?');

    request->method = g_strdup(method);
    request->path = mark != NULL ? g_strndup(target, (size_t)(mark - target)) : g_strdup(target);
    /* Paths begin with a slash for whoever takes them apart; one that does not ("*") names nothing
     * here. */
    if (request->path[0] != '/') {
        g_free(request->path);
        request->path = g_strdup("/");
    }
    request->query =
        query_pairs_parse(mark != NULL ? mark + 1 : "", mark != NULL ? strlen(mark + 1) : 0, false);
    request->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    request->body = g_byte_array_new();
    return request;
}

void http_request_free(HttpRequest *request)
{
    if (request == NULL)
        return;
    g_free(request->method);
    g_free(request->path);
    g_ptr_array_unref(request->query);
    g_hash_table_unref(request->headers);
    g_byte_array_unref(request->body);
    g_free(request);
}

void http_request_add_header(HttpRequest *request, const char *name, const char *value)
{
    char *lower = g_ascii_strdown(name, -1);
    const char *before = g_hash_table_lookup(request->headers, lower);
    char *joined = before != NULL ? g_strconcat(before, ",", value, NULL) : g_strdup(value);

    g_hash_table_replace(request->headers, lower, joined);
}

const char *http_request_header(const HttpRequest *request, const char *lower_name)
{
    return g_hash_table_lookup(request->headers, lower_name);
}

const char *http_request_query(const HttpRequest *request, const char *name)
{
    for (guint i = 0; i < request->query->len; i++) {
        const QueryPair *pair = request->query->pdata[i];

        if (strcmp(pair->name, name) == 0)
            return pair->value;
    }
    return NULL;
}

HttpResponse *http_response_new(void)
{
    HttpResponse *response = g_new0(HttpResponse, 1);

    response->status = 200;
    response->headers = g_ptr_array_new_with_free_func(g_free);
    response->body = g_byte_array_new();
    return response;
}

void http_response_free(HttpResponse *response)
{
    if (response == NULL)
        return;
    g_ptr_array_unref(response->headers);
    g_byte_array_unref(response->body);
    g_free(response);
}

void http_response_add_header(HttpResponse *response, const char *name, const char *value)
{
    g_ptr_array_add(response->headers, g_strdup(name));
    g_ptr_array_add(response->headers, g_strdup(value));
}

void http_response_set_text(HttpResponse *response, const char *type, const char *text)
{
    g_byte_array_set_size(response->body, 0);
    g_byte_array_append(response->body, (const guint8 *)text, (guint)strlen(text));
    http_response_add_header(response, "Content-Type", type);
}
