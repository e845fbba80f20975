#define _GNU_SOURCE /* strptime, timegm */
#include "tests/aws/wire/sigv4_check.h"
#include "tests/aws/wire/aws_chunked.h"
#include "tests/aws/wire/digest.h"
#include <string.h>
#include <time.h>

enum { SKEW_ALLOWED_MS = 15 * 60 * 1000 };

/* The parts of a signature, from the header or the query. */
typedef struct {
    char *access_key, *date, *region, *service;
    char **signed_headers;
    char *signature;
    char *timestamp;
    int64_t expires_ms; /* presigned: how long it holds; otherwise 0 */
} Signature;

static void signature_clear(Signature *signature)
{
    g_free(signature->access_key);
    g_free(signature->date);
    g_free(signature->region);
    g_free(signature->service);
    g_strfreev(signature->signed_headers);
    g_free(signature->signature);
    g_free(signature->timestamp);
}

void signature_check_clear(SignatureCheck *check)
{
    g_free(check->region);
    g_free(check->service);
    g_free(check->message);
    g_clear_pointer(&check->trailers, g_hash_table_unref);
}

static bool parse_credential(Signature *signature, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);

    if (g_strv_length(parts) != 5 || strcmp(parts[4], "aws4_request") != 0)
        return false;
    signature->access_key = g_strdup(parts[0]);
    signature->date = g_strdup(parts[1]);
    signature->region = g_strdup(parts[2]);
    signature->service = g_strdup(parts[3]);
    return true;
}

static bool parse_header(Signature *signature, const HttpRequest *request, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text + strlen("AWS4-HMAC-SHA256"), ",", -1);

    for (char **part = parts; *part != NULL; part++) {
        g_strstrip(*part);
        if (g_str_has_prefix(*part, "Credential=")) {
            if (!parse_credential(signature, *part + strlen("Credential=")))
                return false;
        } else if (g_str_has_prefix(*part, "SignedHeaders=")) {
            signature->signed_headers = g_strsplit(*part + strlen("SignedHeaders="), ";", -1);
        } else if (g_str_has_prefix(*part, "Signature=")) {
            signature->signature = g_strdup(*part + strlen("Signature="));
        }
    }
    signature->timestamp = g_strdup(http_request_header(request, "x-amz-date"));
    return signature->access_key != NULL && signature->signed_headers != NULL &&
           signature->signature != NULL && signature->timestamp != NULL;
}

static bool parse_query(Signature *signature, const HttpRequest *request)
{
    const char *credential = http_request_query(request, "X-Amz-Credential");
    const char *headers = http_request_query(request, "X-Amz-SignedHeaders");
    const char *expires = http_request_query(request, "X-Amz-Expires");

    if (credential == NULL || headers == NULL || !parse_credential(signature, credential))
        return false;
    signature->signed_headers = g_strsplit(headers, ";", -1);
    signature->signature = g_strdup(http_request_query(request, "X-Amz-Signature"));
    signature->timestamp = g_strdup(http_request_query(request, "X-Amz-Date"));
    signature->expires_ms =
        (expires != NULL ? g_ascii_strtoll(expires, NULL, 10) : 900) * (int64_t)1000;
    return signature->signature != NULL && signature->timestamp != NULL;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void append_canonical_query(GString *text, const HttpRequest *request)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < request->query->len; i++) {
        const QueryPair *pair = request->query->pdata[i];
        g_autofree char *name = percent_encode(pair->name, "");
        g_autofree char *value = percent_encode(pair->value, "");

        /* \001 sorts below every character that an encoded name can hold, so that names sort before
         * values. */
        if (strcmp(pair->name, "X-Amz-Signature") != 0)
            g_ptr_array_add(pairs, g_strdup_printf("%s\001%s", name, value));
    }
    g_ptr_array_sort(pairs, compare_text);
    for (guint i = 0; i < pairs->len; i++) {
        char *pair = pairs->pdata[i];

        *strchr(pair, '\001') = '=';
        g_string_append_printf(text, "%s%s", i > 0 ? "&" : "", pair);
    }
    g_string_append_c(text, '\n');
}

static void append_canonical_headers(GString *text, const HttpRequest *request, char **names)
{
    g_autofree char *list = g_strjoinv(";", names);

    for (char **name = names; *name != NULL; name++) {
        const char *value = http_request_header(request, *name);
        bool space = true;

        g_string_append_printf(text, "%s:", *name);
        for (; value != NULL && *value != '\0'; value++) {
            if (!space || *value != ' ')
                g_string_append_c(text, *value);
            space = *value == ' ';
        }
        while (text->len > 0 && text->str[text->len - 1] == ' ')
            g_string_truncate(text, text->len - 1);
        g_string_append_c(text, '\n');
    }
    g_string_append_printf(text, "\n%s\n", list);
}

static char *canonical_request(const HttpRequest *request, const Signature *signature,
                               const char *payload_hash)
{
    GString *text = g_string_new(request->method);
    g_autofree char *path = strcmp(signature->service, "s3") == 0
                                ? g_strdup(request->path)
                                : percent_encode(request->path, "/");

    g_string_append_printf(text, "\n%s\n", *path != '\0' ? path : "/");
    append_canonical_query(text, request);
    append_canonical_headers(text, request, signature->signed_headers);
    g_string_append(text, payload_hash);
    return g_string_free(text, FALSE);
}

static void signing_key(const Signature *signature, const char *secret, uint8_t ret[32])
{
    g_autofree char *start = g_strconcat("AWS4", secret, NULL);

    hmac_sha256(start, strlen(start), signature->date, ret);
    hmac_sha256(ret, 32, signature->region, ret);
    hmac_sha256(ret, 32, signature->service, ret);
    hmac_sha256(ret, 32, "aws4_request", ret);
}

static bool timestamp_ms(const char *text, int64_t *ret)
{
    struct tm broken = {0};
    const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &broken);

    if (end == NULL || *end != '\0')
        return false;
    *ret = (int64_t)timegm(&broken) * 1000;
    return true;
}

static char *basic_time(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm broken;
    char text[32];

    gmtime_r(&seconds, &broken);
    strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &broken);
    return g_strdup(text);
}

/* Whether the request is as old or as new as it may be. */
static bool check_time(const Signature *signature, int64_t now_ms, SignatureCheck *ret)
{
    int64_t allowed_ms = signature->expires_ms > 0 ? signature->expires_ms : SKEW_ALLOWED_MS;
    int64_t signed_ms = 0;
    g_autofree char *now = basic_time(now_ms);

    if (!timestamp_ms(signature->timestamp, &signed_ms) ||
        strncmp(signature->timestamp, signature->date, 8) != 0) {
        ret->verdict = SIGNATURE_INCOMPLETE;
        ret->message = g_strdup_printf(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            "HTTP: '%s' != '%.8s', from '%s'.",
            signature->date, signature->timestamp, signature->timestamp);
        return false;
    }
    if (signed_ms + allowed_ms < now_ms) {
        g_autofree char *limit = basic_time(now_ms - allowed_ms);

        ret->verdict = SIGNATURE_EXPIRED;
        ret->message =
            g_strdup_printf("Signature expired: %s is now earlier than %s (%s - %d min.)",
                            signature->timestamp, limit, now, (int)(allowed_ms / 60000));
        return false;
    }
    if (signed_ms - SKEW_ALLOWED_MS > now_ms) {
        g_autofree char *limit = basic_time(now_ms + SKEW_ALLOWED_MS);

        ret->verdict = SIGNATURE_EXPIRED;
        ret->message =
            g_strdup_printf("Signature not yet current: %s is still later than %s (%s + %d min.)",
                            signature->timestamp, limit, now, SKEW_ALLOWED_MS / 60000);
        return false;
    }
    return true;
}

static bool check_credential(Double *aws, const Signature *signature, const HttpRequest *request,
                             int64_t now_ms, SignatureCheck *ret)
{
    const Credential *credential = g_hash_table_lookup(aws->credentials, signature->access_key);
    const char *token = http_request_header(request, "x-amz-security-token");

    if (token == NULL)
        token = http_request_query(request, "X-Amz-Security-Token");
    if (credential == NULL)
        ret->verdict = SIGNATURE_UNKNOWN_KEY;
    else if (credential->session_token != NULL && g_strcmp0(credential->session_token, token) != 0)
        ret->verdict = SIGNATURE_BAD_TOKEN;
    else if (credential->expires_ms != 0 && credential->expires_ms < now_ms)
        ret->verdict = SIGNATURE_TOKEN_EXPIRED;
    ret->credential = credential;
    return ret->verdict == SIGNATURE_GOOD;
}

/* The hash that stands in the canonical request. S3 believes the header, and the body is held
 * against it afterwards. */
static char *payload_hash_of(const HttpRequest *request, const Signature *signature)
{
    const char *header = http_request_header(request, "x-amz-content-sha256");

    if (signature->expires_ms > 0)
        return g_strdup(header != NULL ? header : "UNSIGNED-PAYLOAD");
    if (strcmp(signature->service, "s3") == 0 && header != NULL)
        return g_strdup(header);
    return sha256_hex(request->body->data, request->body->len);
}

static void check_body(HttpRequest *request, const Signature *signature, const uint8_t key[32],
                       const char *payload_hash, SignatureCheck *ret)
{
    g_autofree char *scope = g_strdup_printf("%s/%s/%s/aws4_request", signature->date,
                                             signature->region, signature->service);
    bool chunks_signed = g_str_has_prefix(payload_hash, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    ChunkSigning signing = {chunks_signed ? key : NULL, signature->timestamp, scope,
                            signature->signature};
    g_autofree char *actual = NULL;

    if (g_str_has_prefix(payload_hash, "STREAMING-")) {
        ret->trailers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        if (!aws_chunked_decode(request->body, &signing, ret->trailers))
            ret->verdict = SIGNATURE_WRONG;
        return;
    }
    if (strcmp(payload_hash, "UNSIGNED-PAYLOAD") == 0)
        return;
    actual = sha256_hex(request->body->data, request->body->len);
    if (strcmp(actual, payload_hash) != 0) {
        ret->verdict = SIGNATURE_BODY_DIFFERS;
        ret->message = g_strdup("The provided 'x-amz-content-sha256' header does not match what "
                                "was computed.");
    }
}

static void check_signature(HttpRequest *request, const Signature *signature, SignatureCheck *ret)
{
    g_autofree char *payload_hash = payload_hash_of(request, signature);
    g_autofree char *canonical = canonical_request(request, signature, payload_hash);
    g_autofree char *canonical_hash = sha256_hex(canonical, strlen(canonical));
    g_autofree char *to_sign =
        g_strdup_printf("AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", signature->timestamp,
                        signature->date, signature->region, signature->service, canonical_hash);
    g_autofree char *expected = NULL;
    uint8_t key[32], digest[32];

    signing_key(signature, ret->credential->secret_key, key);
    hmac_sha256(key, 32, to_sign, digest);
    expected = bytes_hex(digest, 32);
    if (strcmp(expected, signature->signature) != 0)
        ret->verdict = SIGNATURE_WRONG;
    else
        check_body(request, signature, key, payload_hash, ret);
}

void sigv4_check(Double *aws, HttpRequest *request, int64_t now_ms, SignatureCheck *ret)
{
    const char *header = http_request_header(request, "authorization");
    Signature signature = {0};
    bool parsed = false;

    memset(ret, 0, sizeof *ret);
    if (header != NULL && g_str_has_prefix(header, "AWS4-HMAC-SHA256"))
        parsed = parse_header(&signature, request, header);
    else if (header == NULL && http_request_query(request, "X-Amz-Signature") != NULL)
        parsed = parse_query(&signature, request);
    else
        ret->verdict = SIGNATURE_MISSING;
    ret->region = g_strdup(signature.region);
    ret->service = g_strdup(signature.service);
    if (!parsed) {
        if (ret->verdict != SIGNATURE_MISSING) {
            ret->verdict = SIGNATURE_INCOMPLETE;
            ret->message = g_strdup("Authorization header requires 'Credential', 'SignedHeaders' "
                                    "and 'Signature' parameters and an 'X-Amz-Date' header.");
        }
    } else if (!g_strv_contains((const char *const *)signature.signed_headers, "host")) {
        ret->verdict = SIGNATURE_INCOMPLETE;
        ret->message = g_strdup("'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                "Authorization.");
    } else if (check_credential(aws, &signature, request, now_ms, ret) &&
               check_time(&signature, now_ms, ret)) {
        check_signature(request, &signature, ret);
    }
    signature_clear(&signature);
}
