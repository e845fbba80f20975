/* A transport that answers from a script and remembers what it was asked. Each answer is used once,
 * in order; past the last the test fails. Not thread-safe. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <criterion/criterion.h>
#include <string.h>

typedef struct {
    unsigned status; /* 0: fails with `failure` */
    HttpError failure;
    const char *body;
    const char *headers[8]; /* "Name: value", NULL-terminated */
} ScriptedAnswer;

typedef struct {
    char *method, *url, *body;
    GPtrArray *headers;
} ScriptedRequest;

typedef struct {
    HttpTransport base;
    const ScriptedAnswer *answers;
    size_t count;
    GPtrArray *requests; /* ScriptedRequest* */
} ScriptedTransport;

static inline void scripted_request_free(void *data)
{
    ScriptedRequest *request = data;

    g_free(request->method);
    g_free(request->url);
    g_free(request->body);
    g_ptr_array_unref(request->headers);
    g_free(request);
}

static inline char *scripted_body(const HttpRequest *request)
{
    char *text = NULL, *part;
    gsize size;

    if (!request->body_file)
        return g_strndup(request->body ? request->body : "", request->body_size);
    cr_assert(g_file_get_contents(request->body_file, &text, &size, NULL));
    part = g_strndup(text + request->body_offset, request->body_size);
    g_free(text);
    return part;
}

static inline void scripted_remember(ScriptedTransport *transport, const HttpRequest *request)
{
    ScriptedRequest *kept = g_new0(ScriptedRequest, 1);

    kept->method = g_strdup(request->method);
    kept->url = g_strdup(request->url);
    kept->body = scripted_body(request);
    kept->headers = http_headers_new();
    for (guint i = 0; request->headers && i < request->headers->len; i++) {
        const HttpHeader *header = request->headers->pdata[i];
        http_headers_set(kept->headers, header->name, header->value);
    }
    g_ptr_array_add(transport->requests, kept);
}

static inline bool scripted_send(HttpTransport *base, const HttpRequest *request, HttpResponse *ret,
                                 GError **error)
{
    ScriptedTransport *transport = (ScriptedTransport *)base;
    const ScriptedAnswer *answer;

    cr_assert(transport->requests->len < transport->count, "more requests than answers: %s %s",
              request->method, request->url);
    answer = &transport->answers[transport->requests->len];
    scripted_remember(transport, request);
    if (!answer->status) {
        g_set_error(error, HTTP_ERROR, (gint)answer->failure, "scripted failure");
        return false;
    }
    ret->status = answer->status;
    ret->headers = http_headers_new();
    for (size_t i = 0; answer->headers[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(answer->headers[i], ": ", 2);
        http_headers_set(ret->headers, parts[0], parts[1]);
    }
    ret->body = g_string_new(answer->body ? answer->body : "");
    return true;
}

static inline void scripted_init(ScriptedTransport *transport, const ScriptedAnswer *answers,
                                 size_t count)
{
    *transport =
        (ScriptedTransport){.base = {.send = scripted_send}, .answers = answers, .count = count};
    transport->requests = g_ptr_array_new_with_free_func(scripted_request_free);
}

static inline void scripted_clear(ScriptedTransport *transport)
{
    g_ptr_array_unref(transport->requests);
}

static inline const ScriptedRequest *scripted_request(const ScriptedTransport *transport, guint i)
{
    cr_assert(i < transport->requests->len, "only %u requests", transport->requests->len);
    return transport->requests->pdata[i];
}

/* A client over a script: time stands still but for sleeping, jitter takes the whole of what it
 * may. */
typedef struct {
    ScriptedTransport transport;
    CredentialsProvider *credentials;
    AwsClient *client;
    int64_t now_ms;
    unsigned slept_ms, sleeps;
    GString *told; /* "Action status code attempt;" */
} ScriptedAws;

static inline int64_t scripted_now(void *data)
{
    return ((ScriptedAws *)data)->now_ms;
}

static inline void scripted_sleep(unsigned ms, void *data)
{
    ScriptedAws *aws = data;

    aws->now_ms += ms;
    aws->slept_ms += ms;
    aws->sleeps++;
}

static inline uint32_t scripted_random(void *data)
{
    (void)data;
    return 2 * 3 * 5 * 7 * 11;
}

static inline void scripted_observe(const AwsCall *call, void *data)
{
    g_string_append_printf(((ScriptedAws *)data)->told, "%s %u %s %u;", call->action, call->status,
                           call->error_code ? call->error_code : "-", call->attempt);
}

static inline void scripted_aws_init(ScriptedAws *aws, const ScriptedAnswer *answers, size_t count,
                                     const char *endpoint)
{
    g_autoptr(Credentials) keys =
        credentials_new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 0);
    const AwsEndpoints endpoints = {.all = (char *)endpoint};
    AwsClientOptions options = {0};

    *aws = (ScriptedAws){.now_ms = INT64_C(1440938160000), .told = g_string_new(NULL)};
    scripted_init(&aws->transport, answers, count);
    aws->credentials = credentials_static_new(keys);
    options = (AwsClientOptions){
        .transport = &aws->transport.base,
        .credentials = aws->credentials,
        .region = "eu-west-1",
        .endpoints = &endpoints,
        .observe = scripted_observe,
        .now_ms = scripted_now,
        .sleep_ms = scripted_sleep,
        .random = scripted_random,
        .data = aws,
    };
    aws->client = aws_client_new(&options);
}

static inline void scripted_aws_clear(ScriptedAws *aws)
{
    aws_client_free(aws->client);
    credentials_provider_unref(aws->credentials);
    scripted_clear(&aws->transport);
    g_string_free(aws->told, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScriptedAws, scripted_aws_clear)
