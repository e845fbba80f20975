#include "reconcile/aws/sigv4.h"
#include "config/crypto_library.h"
#include "reconcile/aws/digest.h"
#include "reconcile/aws/percent_encoding.h"
#include "reconcile/aws/timestamp.h"
#include <string.h>

static gint compare_names(gconstpointer a, gconstpointer b)
{
    const HttpHeader *const *left = a, *const *right = b;

    return g_ascii_strcasecmp((*left)->name, (*right)->name);
}

/* Runs of spaces count as one, those at the ends not at all. */
static void append_trimmed(GString *to, const char *value)
{
    bool space = false, any = false;

    for (; *value; value++) {
        if (g_ascii_isspace(*value)) {
            space = any;
            continue;
        }
        if (space)
            g_string_append_c(to, ' ');
        g_string_append_c(to, *value);
        space = false;
        any = true;
    }
}

static GPtrArray *sorted_headers(const GPtrArray *headers)
{
    GPtrArray *sorted = g_ptr_array_new();

    for (guint i = 0; i < headers->len; i++) {
        HttpHeader *header = headers->pdata[i];
        if (g_ascii_strcasecmp(header->name, "Authorization") != 0)
            g_ptr_array_add(sorted, header);
    }
    g_ptr_array_sort(sorted, compare_names); /* stable: equal names keep their order */
    return sorted;
}

static bool same_name(const HttpHeader *a, const HttpHeader *b)
{
    return g_ascii_strcasecmp(a->name, b->name) == 0;
}

/* "a:1\nb:2,3\n" into `lines`, "a;b" into `names`. */
static void canonical_headers(const GPtrArray *headers, GString *lines, GString *names)
{
    g_autoptr(GPtrArray) sorted = sorted_headers(headers);

    for (guint i = 0; i < sorted->len; i++) {
        const HttpHeader *header = sorted->pdata[i];
        g_autofree char *lower = g_ascii_strdown(header->name, -1);

        if (i > 0 && same_name(sorted->pdata[i - 1], header)) {
            g_string_truncate(lines, lines->len - 1);
            g_string_append_c(lines, ',');
        } else {
            g_string_append_printf(names, "%s%s", names->len ? ";" : "", lower);
            g_string_append_printf(lines, "%s:", lower);
        }
        append_trimmed(lines, header->value);
        g_string_append_c(lines, '\n');
    }
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each pair is encoded anew, so that what the wire spells in two ways is signed in one.
 * "name=value" is sorted as "name\x01value": a name sorts before those it is the start of, as AWS
 * does. */
static void append_canonical_query(GString *to, const char *query)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(query ? query : "", "&", -1);

    for (char **part = parts; *part; part++) {
        const char *equals = strchr(*part, '=');
        g_autofree char *name = percent_decode(*part, equals ? equals - *part : -1);
        g_autofree char *value = percent_decode(equals ? equals + 1 : "", -1);
        GString *pair;

        if (!**part)
            continue;
        pair = g_string_new(NULL);
        percent_encode(pair, name, NULL);
        g_string_append_c(pair, '\x01');
        percent_encode(pair, value, NULL);
        g_ptr_array_add(pairs, g_string_free(pair, FALSE));
    }
    g_ptr_array_sort(pairs, compare_texts);
    for (guint i = 0; i < pairs->len; i++) {
        if (i > 0)
            g_string_append_c(to, '&');
        g_string_append(to, pairs->pdata[i]);
    }
    g_strdelimit(to->str, "\x01", '=');
}

/* Dot segments and empty ones are taken out. */
static char *normalize_path(const char *path)
{
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    g_auto(GStrv) segments = g_strsplit(path, "/", -1);
    GString *normal = g_string_new(NULL);
    size_t count = g_strv_length(segments);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(segments[i], "..") == 0) {
            if (kept->len)
                g_ptr_array_set_size(kept, (gint)kept->len - 1);
        } else if (*segments[i] && strcmp(segments[i], ".") != 0) {
            g_ptr_array_add(kept, segments[i]);
        }
    }
    for (guint i = 0; i < kept->len; i++)
        g_string_append_printf(normal, "/%s", (char *)kept->pdata[i]);
    if (normal->len == 0 || g_str_has_suffix(path, "/"))
        g_string_append_c(normal, '/');
    return g_string_free(normal, FALSE);
}

static void append_canonical_path(GString *to, const SigV4Request *request)
{
    g_autofree char *normal = NULL;

    if (request->s3) {
        g_string_append(to, request->path);
        return;
    }
    normal = normalize_path(request->path);
    percent_encode(to, normal, "/");
}

static char *canonical_request(const SigV4Request *request, const GPtrArray *headers,
                               GString *names)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    GString *text = g_string_new(request->method);

    g_string_append_c(text, '\n');
    append_canonical_path(text, request);
    g_string_append_c(text, '\n');
    append_canonical_query(text, request->query);
    canonical_headers(headers, lines, names);
    g_string_append_printf(text, "\n%s\n%s\n%s", lines->str, names->str, request->payload_hash);
    return g_string_free(text, FALSE);
}

char *sigv4_canonical_request(const SigV4Request *request, const GPtrArray *headers)
{
    g_autoptr(GString) names = g_string_new(NULL);

    return canonical_request(request, headers, names);
}

static void signing_key(const char *secret, const char *date, const SigV4Request *request,
                        unsigned char key[DIGEST_SIZE])
{
    g_autofree char *start = g_strconcat("AWS4", secret, NULL);

    digest_hmac_sha256(start, strlen(start), date, key);
    digest_hmac_sha256(key, DIGEST_SIZE, request->region, key);
    digest_hmac_sha256(key, DIGEST_SIZE, request->service, key);
    digest_hmac_sha256(key, DIGEST_SIZE, "aws4_request", key);
    crypto()->OPENSSL_cleanse(start, strlen(start));
}

void sigv4_sign(const SigV4Request *request, const Credentials *credentials, GPtrArray *headers)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autofree char *canonical = NULL, *scope = NULL, *to_sign = NULL, *authorization = NULL;
    unsigned char digest[DIGEST_SIZE], key[DIGEST_SIZE];
    char time[TIMESTAMP_BASIC_SIZE], date[9], hex[DIGEST_HEX_SIZE];

    timestamp_format_basic(request->time_ms, time);
    g_strlcpy(date, time, sizeof date);
    http_headers_set(headers, "X-Amz-Date", time);
    if (credentials->session_token)
        http_headers_set(headers, "X-Amz-Security-Token", credentials->session_token);
    if (request->s3)
        http_headers_set(headers, "X-Amz-Content-Sha256", request->payload_hash);

    canonical = canonical_request(request, headers, names);
    digest_sha256(canonical, strlen(canonical), digest);
    digest_hex(digest, hex);
    scope = g_strdup_printf("%s/%s/%s/aws4_request", date, request->region, request->service);
    to_sign = g_strdup_printf("AWS4-HMAC-SHA256\n%s\n%s\n%s", time, scope, hex);

    signing_key(credentials->secret_access_key, date, request, key);
    digest_hmac_sha256(key, DIGEST_SIZE, to_sign, digest);
    crypto()->OPENSSL_cleanse(key, sizeof key);
    digest_hex(digest, hex);
    authorization =
        g_strdup_printf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                        credentials->access_key_id, scope, names->str, hex);
    http_headers_set(headers, "Authorization", authorization);
}
