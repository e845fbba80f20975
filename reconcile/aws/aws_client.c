#include "reconcile/aws/aws_client.h"
#include "config/crypto_library.h"
#include "reconcile/aws/aws_call.h"
#include "reconcile/aws/curl_library.h"
#include "reconcile/aws/digest.h"
#include "reconcile/aws/endpoint.h"
#include "reconcile/aws/retry.h"
#include "reconcile/aws/sigv4.h"
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define USER_AGENT "driftless"

struct AwsClient {
    AwsClientOptions options; /* its strings are owned */
    AwsEndpoints endpoints;
    Throttle *own_throttle;          /* NULL: options.throttle is shared */
    _Atomic int64_t clock_offset_ms; /* AWS's clock less ours, once it refused ours */
};

static int64_t system_now_ms(void *data)
{
    struct timespec now;

    (void)data;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void system_sleep_ms(unsigned ms, void *data)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)data;
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static uint32_t system_random(void *data)
{
    uint32_t random;

    (void)data;
    g_assert(crypto()->RAND_bytes((unsigned char *)&random, sizeof random) == 1);
    return random;
}

static void copy_endpoints(AwsEndpoints *to, const AwsEndpoints *from)
{
    to->all = g_strdup(from->all);
    for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
        to->of_service[i] = g_strdup(from->of_service[i]);
}

AwsClient *aws_client_new(const AwsClientOptions *options)
{
    AwsClient *client = g_new0(AwsClient, 1);
    AwsClientOptions *own = &client->options;

    *own = *options;
    own->region = g_strdup(options->region);
    own->account = g_strdup(options->account ? options->account : "");
    if (options->credentials)
        own->credentials = credentials_provider_ref(options->credentials);
    if (options->endpoints)
        copy_endpoints(&client->endpoints, options->endpoints);
    own->endpoints = &client->endpoints;
    if (!own->throttle)
        own->throttle = client->own_throttle = throttle_new();
    own->attempts = options->attempts ? options->attempts : RETRY_ATTEMPTS;
    own->now_ms = options->now_ms ? options->now_ms : system_now_ms;
    own->sleep_ms = options->sleep_ms ? options->sleep_ms : system_sleep_ms;
    own->random = options->random ? options->random : system_random;
    return client;
}

void aws_client_free(AwsClient *client)
{
    if (!client)
        return;
    g_free((char *)client->options.region);
    g_free((char *)client->options.account);
    credentials_provider_unref(client->options.credentials);
    aws_endpoints_clear(&client->endpoints);
    throttle_free(client->own_throttle);
    g_free(client);
}

const char *aws_client_region(const AwsClient *client)
{
    return client->options.region;
}

void aws_client_sleep(AwsClient *client, unsigned ms)
{
    client->options.sleep_ms(ms, client->options.data);
}

const AwsEndpoints *aws_client_endpoints(const AwsClient *client)
{
    return &client->endpoints;
}

void aws_answer_error(GError **error, const HttpResponse *response, const char *cause)
{
    aws_error_set(error, AWS_ERROR_ANSWER, "UnreadableAnswer", response->status,
                  error_answer_request_id(response), true, false, cause);
}

/* What stays the same over a call's attempts. */
typedef struct {
    AwsClient *client;
    const AwsRequest *request;
    char *url, *host, *throttle_key;
    const char *path; /* of url, without the query: signed */
    char payload_hash[DIGEST_HEX_SIZE];
} Call;

static void call_clear(Call *call)
{
    g_free(call->url);
    g_free(call->host);
    g_free(call->throttle_key);
    g_free((char *)call->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Call, call_clear)

static bool call_prepare(Call *call, AwsClient *client, const AwsRequest *request, GError **error)
{
    g_autofree char *endpoint =
        endpoint_url(&client->endpoints, request->service, client->options.region);
    const char *path;
    unsigned char digest[DIGEST_SIZE];
    g_autofree char *authority = endpoint_split(endpoint, &path), *message = NULL;

    if (!authority) {
        message = g_strdup_printf(
            "the endpoint of %s, \"%s\", is no http:// or https:// address; check AWS_ENDPOINT_URL",
            aws_service_name(request->service), endpoint);
        aws_error_set(error, AWS_ERROR_REQUEST, "InvalidRequest", 0, NULL, false, false, message);
        return false;
    }
    call->client = client;
    call->request = request;
    call->host = request->host_prefix ? g_strdup_printf("%s.%s", request->host_prefix, authority)
                                      : g_strdup(authority);
    call->path = g_strconcat(path, request->path, NULL);
    call->url = g_strdup_printf(
        "%s://%s%s%s%s", g_ascii_strncasecmp(endpoint, "https:", 6) == 0 ? "https" : "http",
        call->host, call->path, request->query ? "?" : "", request->query ? request->query : "");
    call->throttle_key =
        g_strdup_printf("%s/%s/%s/%s", client->options.account, client->options.region,
                        aws_service_name(request->service), request->action);
    if (!request->payload_hash) {
        digest_sha256(request->body, request->body_size, digest);
        digest_hex(digest, call->payload_hash);
    }
    return true;
}

/* What came of one attempt. */
typedef struct {
    HttpResponse response;
    ErrorAnswer answer; /* with an error status */
    GError *failure;    /* HTTP_ERROR or CREDENTIALS_ERROR; NULL: there was an answer */
    RetryKind retry;
    bool succeeded;
    unsigned duration_ms, waited_ms;
} Attempt;

static void attempt_clear(Attempt *attempt)
{
    http_response_clear(&attempt->response);
    error_answer_clear(&attempt->answer);
    g_clear_error(&attempt->failure);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Attempt, attempt_clear)

static GPtrArray *signed_headers(const Call *call, const Credentials *credentials, int64_t time_ms)
{
    const AwsRequest *request = call->request;
    GPtrArray *headers = http_headers_new();

    http_headers_set(headers, "Host", call->host);
    for (guint i = 0; request->headers && i < request->headers->len; i++) {
        const HttpHeader *header = request->headers->pdata[i];
        http_headers_set(headers, header->name, header->value);
    }
    if (credentials) {
        const SigV4Request to_sign = {
            .method = request->method,
            .path = call->path,
            .query = request->query,
            .payload_hash = request->payload_hash ? request->payload_hash : call->payload_hash,
            .service = aws_service_name(request->service),
            .region = call->client->options.region,
            .time_ms = time_ms,
            .s3 = request->service == AWS_SERVICE_S3,
        };
        sigv4_sign(&to_sign, credentials, headers);
    }
    http_headers_set(headers, "User-Agent", USER_AGENT);
    return headers;
}

/* AWS's time less the one that was signed with; 0 when the answer has no date. */
static int64_t skew_of(const HttpResponse *response, int64_t signed_ms)
{
    const char *date = http_headers_get(response->headers, "Date");
    time_t seconds = date ? curl()->getdate(date, NULL) : -1;

    return seconds < 0 ? 0 : (int64_t)seconds * 1000 - signed_ms;
}

static void judge(Call *call, Attempt *attempt, int64_t signed_ms)
{
    int64_t skew_ms;

    if (attempt->response.status >= 200 && attempt->response.status < 300) {
        attempt->succeeded = true;
        return;
    }
    error_answer_read(&attempt->response, &attempt->answer);
    skew_ms = skew_of(&attempt->response, signed_ms);
    attempt->retry = retry_judge_answer(attempt->response.status, &attempt->answer, skew_ms);
    if (attempt->retry == RETRY_CLOCK)
        atomic_fetch_add(&call->client->clock_offset_ms, skew_ms);
    if (attempt->retry == RETRY_CREDENTIALS && call->client->options.credentials)
        credentials_forget(call->client->options.credentials);
}

static void attempt_make(Call *call, Attempt *attempt)
{
    const AwsClientOptions *options = &call->client->options;
    const AwsRequest *request = call->request;
    g_autoptr(Credentials) credentials = NULL;
    g_autoptr(GPtrArray) headers = NULL;
    int64_t started_ms, time_ms;

    if (!request->unsigned_call && !options->credentials) {
        g_set_error(&attempt->failure, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND,
                    "this client has no credentials");
        return;
    }
    if (!request->unsigned_call &&
        !credentials_get(options->credentials, &credentials, &attempt->failure))
        return;
    started_ms = options->now_ms(options->data);
    time_ms = started_ms + atomic_load(&call->client->clock_offset_ms);
    headers = signed_headers(call, credentials, time_ms);
    const HttpRequest http = {
        .method = request->method,
        .url = call->url,
        .headers = headers,
        .body = request->body,
        .body_size = request->body_size,
        .body_file = request->body_file,
        .body_offset = request->body_offset,
        .timeout_ms = request->timeout_ms,
        .max_answer_bytes = request->max_answer_bytes,
    };
    if (http_send(options->transport, &http, &attempt->response, &attempt->failure))
        judge(call, attempt, time_ms);
    else
        attempt->retry = retry_judge_transport(attempt->failure);
    attempt->duration_ms = (unsigned)MAX(options->now_ms(options->data) - started_ms, 0);
}

static bool may_repeat(const Call *call, const Attempt *attempt, unsigned number)
{
    if (attempt->succeeded || number >= call->client->options.attempts)
        return false;
    switch (attempt->retry) {
    case RETRY_NEVER:
        return false;
    case RETRY_CLOCK:
    case RETRY_CREDENTIALS: /* once: what a new signature does not mend, a third does not either */
        return number == 1;
    default:
        return true;
    }
}

static const char *error_code_of(const Attempt *attempt)
{
    if (attempt->succeeded)
        return NULL;
    if (!attempt->failure)
        return attempt->answer.code;
    return attempt->failure->domain == CREDENTIALS_ERROR ? "NoCredentials" : "Unreachable";
}

static void tell(const Call *call, const Attempt *attempt, unsigned number, bool will_retry)
{
    const AwsClientOptions *options = &call->client->options;
    bool answered = attempt->response.headers != NULL;
    const AwsCall told = {
        .service = aws_service_name(call->request->service),
        .action = call->request->action,
        .region = options->region,
        .status = attempt->response.status,
        .error_code = error_code_of(attempt),
        .request_id = attempt->answer.request_id ? attempt->answer.request_id
                      : answered                 ? error_answer_request_id(&attempt->response)
                                                 : NULL,
        .attempt = number,
        .duration_ms = attempt->duration_ms,
        .waited_ms = attempt->waited_ms,
        .throttled = attempt->retry == RETRY_THROTTLED,
        .will_retry = will_retry,
    };

    if (options->observe)
        options->observe(&told, options->data);
}

static void set_failure_error(const Call *call, const Attempt *attempt, GError **error)
{
    const GError *failure = attempt->failure;
    g_autofree char *message = NULL;
    HttpError kind = (HttpError)failure->code;

    if (failure->domain == CREDENTIALS_ERROR) {
        aws_error_set(error, AWS_ERROR_CREDENTIALS, "NoCredentials", 0, NULL,
                      failure->code == CREDENTIALS_ERROR_FAILED, false, failure->message);
        return;
    }
    message = g_strdup_printf("%s: %s", call->host, failure->message);
    if (kind == HTTP_ERROR_TOO_LARGE)
        aws_error_set(error, AWS_ERROR_ANSWER, "UnreadableAnswer", 0, NULL, false, false, message);
    else if (kind == HTTP_ERROR_FILE || kind == HTTP_ERROR_INVALID)
        aws_error_set(error, AWS_ERROR_REQUEST, "InvalidRequest", 0, NULL, false, false, message);
    else
        aws_error_set(error, AWS_ERROR_UNREACHABLE, "Unreachable", 0, NULL, kind != HTTP_ERROR_TLS,
                      false, message);
}

static void set_error(const Call *call, const Attempt *attempt, GError **error)
{
    const ErrorAnswer *answer = &attempt->answer;

    if (attempt->failure)
        set_failure_error(call, attempt, error);
    else
        aws_error_set(error, AWS_ERROR_REFUSED, answer->code, attempt->response.status,
                      answer->request_id, retry_is_passing(attempt->retry),
                      attempt->retry == RETRY_THROTTLED, answer->message);
}

/* Waits for a token after `delay_ms`; false: that would take longer than `*budget_ms`, from which
 * the wait is taken. */
static bool wait_for_token(const Call *call, unsigned delay_ms, unsigned *budget_ms,
                           unsigned *ret_waited_ms)
{
    const AwsClientOptions *options = &call->client->options;
    int64_t then_ms = options->now_ms(options->data) + delay_ms;
    unsigned wait_ms = throttle_take(options->throttle, call->throttle_key, then_ms);

    if (wait_ms == THROTTLE_TOO_LONG || wait_ms + delay_ms > *budget_ms)
        return false;
    wait_ms += delay_ms;
    if (wait_ms > 0)
        options->sleep_ms(wait_ms, options->data);
    *budget_ms -= wait_ms;
    *ret_waited_ms = wait_ms;
    return true;
}

static void teach_throttle(const Call *call, const Attempt *attempt)
{
    const AwsClientOptions *options = &call->client->options;
    int64_t now_ms = options->now_ms(options->data);

    if (attempt->retry == RETRY_THROTTLED)
        throttle_refused(options->throttle, call->throttle_key, now_ms);
    else if (attempt->succeeded)
        throttle_succeeded(options->throttle, call->throttle_key, now_ms);
}

/* One attempt, told to the observer. *ret_again: it failed, and may be made again after
 * *ret_delay_ms. */
static void attempt_once(Call *call, Attempt *attempt, unsigned number, bool *ret_again,
                         unsigned *ret_delay_ms)
{
    const AwsClientOptions *options = &call->client->options;

    attempt_make(call, attempt);
    teach_throttle(call, attempt);
    *ret_again = may_repeat(call, attempt, number);
    *ret_delay_ms =
        *ret_again ? retry_delay_ms(attempt->retry, number, options->random(options->data)) : 0;
    tell(call, attempt, number, *ret_again);
}

bool aws_send(AwsClient *client, const AwsRequest *request, HttpResponse *ret, GError **error)
{
    g_auto(Call) call = {0};
    unsigned budget_ms = RETRY_MAX_WAIT_MS, waited_ms = 0, delay_ms;
    bool again;

    if (!call_prepare(&call, client, request, error))
        return false;
    if (!wait_for_token(&call, 0, &budget_ms, &waited_ms)) {
        aws_error_set(error, AWS_ERROR_REFUSED, "Throttling", 0, NULL, true, true,
                      "held back, because AWS throttled earlier calls of this kind");
        return false;
    }
    for (unsigned number = 1;; number++) {
        g_auto(Attempt) attempt = {.waited_ms = waited_ms};

        attempt_once(&call, &attempt, number, &again, &delay_ms);
        if (attempt.succeeded) {
            http_response_clear(ret);
            *ret = attempt.response;
            attempt.response = (HttpResponse){0};
            return true;
        }
        if (!again || !wait_for_token(&call, delay_ms, &budget_ms, &waited_ms)) {
            set_error(&call, &attempt, error);
            return false;
        }
    }
}
