/* The requests of AWS's published Signature Version 4 test suite, with its signatures. */
#include "reconcile/aws/digest.h"
#include "reconcile/aws/sigv4.h"
#include <criterion/criterion.h>
#include <string.h>

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NOON INT64_C(1440938160000) /* 20150830T123600Z */

typedef struct {
    const char *name, *method, *path, *query;
    const char *headers[6]; /* "Name: value" beside Host */
    const char *body;
    const char *signature;
} Row;

static const Row rows[] = {
    {"get-vanilla",
     "GET",
     "/",
     NULL,
     {NULL},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/",
     "Param2=value2&Param1=value1",
     {NULL},
     "",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-unreserved",
     "GET",
     "/",
     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {NULL},
     "",
     "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-vanilla-utf8-query",
     "GET",
     "/",
     "ሴ=bar",
     {NULL},
     "",
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-utf8",
     "GET",
     "/ሴ",
     NULL,
     {NULL},
     "",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-relative",
     "GET",
     "/example/..",
     NULL,
     {NULL},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slashes",
     "GET",
     "//example//",
     NULL,
     {NULL},
     "",
     "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-slash-dot-slash",
     "GET",
     "/./",
     NULL,
     {NULL},
     "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-space",
     "GET",
     "/example space/",
     NULL,
     {NULL},
     "",
     "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"get-header-value-trim",
     "GET",
     "/",
     NULL,
     {"My-Header1:  value1", "My-Header2:  \"a   b   c\"", NULL},
     "",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla",
     "POST",
     "/",
     NULL,
     {NULL},
     "",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-vanilla-query",
     "POST",
     "/",
     "Param1=value1",
     {NULL},
     "",
     "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"post-header-key-sort",
     "POST",
     "/",
     NULL,
     {"My-Header1: value1", NULL},
     "",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     NULL,
     {"Content-Type: application/x-www-form-urlencoded", NULL},
     "Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
};

static char *signature_of(const Row *row, const char *token)
{
    g_autoptr(Credentials) keys =
        credentials_new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token, 0);
    g_autoptr(GPtrArray) headers = http_headers_new();
    unsigned char digest[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];
    const SigV4Request request = {.method = row->method,
                                  .path = row->path,
                                  .query = row->query,
                                  .payload_hash = hex,
                                  .service = "service",
                                  .region = "us-east-1",
                                  .time_ms = NOON};

    digest_sha256(row->body, strlen(row->body), digest);
    digest_hex(digest, hex);
    http_headers_set(headers, "Host", "example.amazonaws.com");
    for (size_t i = 0; row->headers[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(row->headers[i], ":", 2);
        http_headers_set(headers, parts[0], parts[1]);
    }
    sigv4_sign(&request, keys, headers);
    return g_strdup(strstr(http_headers_get(headers, "Authorization"), "Signature=") +
                    strlen("Signature="));
}

Test(sigv4, signs_the_published_suite_as_published)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *signature = signature_of(&rows[i], NULL);
        cr_expect_str_eq(signature, rows[i].signature, "%s: %s", rows[i].name, signature);
    }
}

Test(sigv4, a_session_token_is_signed_too)
{
    g_autofree char *with = signature_of(&rows[10], "AQoDYXdzEPT//////////wEXAMPLE"),
                    *without = signature_of(&rows[10], NULL);

    cr_expect_str_neq(with, without);
}

Test(sigv4, signing_again_replaces_the_first_signature)
{
    g_autoptr(Credentials) keys =
        credentials_new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 0);
    g_autoptr(GPtrArray) headers = http_headers_new();
    SigV4Request request = {.method = "GET",
                            .path = "/",
                            .payload_hash = EMPTY_SHA256,
                            .service = "service",
                            .region = "us-east-1",
                            .time_ms = NOON + 600000};

    http_headers_set(headers, "Host", "example.amazonaws.com");
    sigv4_sign(&request, keys, headers);
    request.time_ms = NOON;
    sigv4_sign(&request, keys, headers);
    cr_expect_eq(headers->len, 3);
    cr_expect(strstr(http_headers_get(headers, "Authorization"), rows[0].signature));
}

Test(sigv4, s3_paths_are_signed_as_they_are_sent)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    const SigV4Request request = {.method = "GET",
                                  .path = "/a//b/../%C3%BC",
                                  .payload_hash = SIGV4_UNSIGNED_PAYLOAD,
                                  .service = "s3",
                                  .region = "us-east-1",
                                  .s3 = true};
    g_autofree char *canonical = NULL;

    http_headers_set(headers, "Host", "b.s3.amazonaws.com");
    canonical = sigv4_canonical_request(&request, headers);
    cr_expect_str_eq(canonical,
                     "GET\n/a//b/../%C3%BC\n\nhost:b.s3.amazonaws.com\n\nhost\nUNSIGNED-PAYLOAD");
}

Test(sigv4, a_query_is_sorted_by_name_even_where_one_starts_another)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    const SigV4Request request = {.method = "GET",
                                  .path = "/",
                                  .query = "k-=1&k=2&k%20=3&&lone&k=1",
                                  .payload_hash = "x",
                                  .service = "service",
                                  .region = "us-east-1"};
    g_autofree char *canonical = sigv4_canonical_request(&request, headers);

    cr_expect_str_eq(canonical, "GET\n/\nk=1&k=2&k%20=3&k-=1&lone=\n\n\nx");
}
