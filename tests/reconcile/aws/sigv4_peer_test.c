/* botocore's signer as the second opinion, on requests that nobody chose by hand. */
#include "config/json_text.h"
#include "peer.h"
#include "reconcile/aws/digest.h"
#include "reconcile/aws/percent_encoding.h"
#include "reconcile/aws/sigv4.h"
#include <criterion/criterion.h>
#include <string.h>

#define CASES 120
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

/* The same numbers in every run: a failure can be looked at again. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void append_word(GString *to, uint32_t *state, const char *keep)
{
    static const char *const pieces[] = {"a", "Zz", "0", "-", "_", ".", "~", " ", "+", "/",
                                         "=", "&",  "%", "ü", "€", "*", "'", "(", ":", "@"};
    GString *raw = g_string_new(NULL);

    for (uint32_t n = next(state) % 8; n > 0; n--)
        g_string_append(raw, pieces[next(state) % G_N_ELEMENTS(pieces)]);
    percent_encode(to, raw->str, keep);
    g_string_free(raw, TRUE);
}

static json_t *make_case(uint32_t *state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
    static const char *const services[] = {"cloudformation", "s3", "lambda", "ssm"};
    static const char *const regions[] = {"us-east-1", "eu-west-1"};
    const char *service = services[next(state) % 4];
    GString *path = g_string_new("/"), *query = g_string_new(NULL), *body = g_string_new(NULL);
    json_t *headers = json_object(), *made;
    bool token = next(state) % 2;

    append_word(path, state, g_str_equal(service, "s3") ? "/" : NULL);
    for (uint32_t n = next(state) % 4; n > 0; n--) {
        g_string_append_printf(query, "%sk%u", query->len ? "&" : "", next(state) % 5);
        append_word(query, state, NULL);
        g_string_append_c(query, '=');
        append_word(query, state, NULL);
    }
    append_word(body, state, "");
    json_object_set_new(headers, "Content-Type", json_string("application/json"));
    if (next(state) % 2)
        json_object_set_new(headers, "X-Amz-Meta-Name", json_string("  two   words "));
    made =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I}", "method",
                  methods[next(state) % 4], "service", service, "region", regions[next(state) % 2],
                  "path", path->str, "query", query->str, "body", body->str, "headers", headers,
                  "token", token ? json_string("session/+token=") : json_null(), "time_ms",
                  (json_int_t)1440938160000 + next(state) * (json_int_t)1000);
    g_string_free(path, TRUE);
    g_string_free(query, TRUE);
    g_string_free(body, TRUE);
    return made;
}

static const char *text_of(json_t *made, const char *name)
{
    return json_string_value(json_object_get(made, name));
}

static char *our_authorization(json_t *made)
{
    g_autoptr(Credentials) keys = credentials_new("AKIDEXAMPLE", SECRET, text_of(made, "token"), 0);
    g_autoptr(GPtrArray) headers = http_headers_new();
    unsigned char digest[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];
    const char *name, *body = text_of(made, "body");
    json_t *value;
    const SigV4Request request = {.method = text_of(made, "method"),
                                  .path = text_of(made, "path"),
                                  .query = text_of(made, "query"),
                                  .payload_hash = hex,
                                  .service = text_of(made, "service"),
                                  .region = text_of(made, "region"),
                                  .time_ms = json_integer_value(json_object_get(made, "time_ms")),
                                  .s3 = g_str_equal(text_of(made, "service"), "s3")};

    digest_sha256(body, strlen(body), digest);
    digest_hex(digest, hex);
    http_headers_set(headers, "Host", "host.example.com");
    json_object_foreach(json_object_get(made, "headers"), name, value)
        http_headers_set(headers, name, json_string_value(value));
    sigv4_sign(&request, keys, headers);
    return g_strdup(http_headers_get(headers, "Authorization"));
}

static void write_cases(json_t *cases, const char *file)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    json_t *made;
    size_t i;

    json_array_foreach(cases, i, made)
    {
        const char *query = text_of(made, "query");
        g_autofree char *url = g_strconcat("https://host.example.com", text_of(made, "path"),
                                           *query ? "?" : "", query, NULL);

        json_object_set_new(made, "url", json_string(url));
        json_text_append(lines, made, JSON_TEXT_COMPACT);
        g_string_append_c(lines, '\n');
    }
    cr_assert(g_file_set_contents(file, lines->str, (gssize)lines->len, NULL));
}

Test(sigv4_peer, agrees_with_botocore_on_generated_requests)
{
    g_autofree char *python = peer_program("python"), *file = NULL, *command = NULL, *output = NULL,
                    *problems = NULL;
    g_auto(GStrv) lines = NULL;
    json_t *cases = json_array(), *made;
    uint32_t state = 20150830;
    int fd = g_file_open_tmp("driftless-sigv4-XXXXXX", &file, NULL), status = -1;
    size_t i;

    close(fd);
    for (i = 0; i < CASES; i++)
        json_array_append_new(cases, make_case(&state));
    write_cases(cases, file);
    command = g_strdup_printf("sh -c '%s %s/tests/reconcile/aws/botocore_signatures.py <%s'",
                              python, SOURCE_DIR, file);
    cr_assert(g_spawn_command_line_sync(command, &output, &problems, &status, NULL));
    unlink(file);
    lines = g_strsplit(output, "\n", -1);
    cr_assert_eq(g_strv_length(lines), CASES + 1, "%s", problems);
    json_array_foreach(cases, i, made)
    {
        g_autofree char *ours = our_authorization(made),
                        *described = json_text(made, JSON_TEXT_COMPACT);
        cr_expect_str_eq(ours, lines[i], "%s", described);
    }
    json_decref(cases);
}
