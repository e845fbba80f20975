#include "tests/aws/wire/aws_chunked.h"
#include "tests/aws/wire/digest.h"
#include <string.h>

static const char EMPTY_SHA256[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

typedef struct {
    const char *at, *end;
    const ChunkSigning *signing;
    char *previous; /* signature of the chunk before */
} Reader;

/* A line up to CRLF or LF, (transfer full); NULL at the end of the body. */
static char *read_line(Reader *reader)
{
    const char *stop = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    const char *start = reader->at;

    if (stop == NULL)
        return NULL;
    reader->at = stop + 1;
    if (stop > start && stop[-1] == '\r')
        stop--;
    return g_strndup(start, (size_t)(stop - start));
}

static bool chunk_signature_is_right(Reader *reader, const char *line, const char *data,
                                     size_t size)
{
    const char *given = strstr(line, "chunk-signature=");
    g_autofree char *hash = sha256_hex(data, size);
    g_autofree char *to_sign =
        g_strdup_printf("AWS4-HMAC-SHA256-PAYLOAD\n%s\n%s\n%s\n%s\n%s", reader->signing->timestamp,
                        reader->signing->scope, reader->previous, EMPTY_SHA256, hash);
    uint8_t digest[32];

    hmac_sha256(reader->signing->key, 32, to_sign, digest);
    g_free(reader->previous);
    reader->previous = bytes_hex(digest, 32);
    return given != NULL && g_str_has_prefix(given + strlen("chunk-signature="), reader->previous);
}

static bool trailer_signature_is_right(Reader *reader, const char *trailer_text, const char *given)
{
    g_autofree char *hash = sha256_hex(trailer_text, strlen(trailer_text));
    g_autofree char *to_sign =
        g_strdup_printf("AWS4-HMAC-SHA256-TRAILER\n%s\n%s\n%s\n%s", reader->signing->timestamp,
                        reader->signing->scope, reader->previous, hash);
    g_autofree char *hex = NULL;
    uint8_t digest[32];

    hmac_sha256(reader->signing->key, 32, to_sign, digest);
    hex = bytes_hex(digest, 32);
    return given != NULL && strcmp(hex, given) == 0;
}

static bool read_trailers(Reader *reader, GHashTable *trailers)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (;;) {
        g_autofree char *line = read_line(reader);
        char *colon = line != NULL ? strchr(line, ':') : NULL;
        g_autofree char *name = NULL;

        if (line == NULL || *line == '\0')
            break;
        if (colon == NULL)
            return false;
        name = g_ascii_strdown(line, colon - line);
        g_strstrip(name);
        if (strcmp(name, "x-amz-trailer-signature") != 0)
            g_string_append_printf(text, "%s\n", line);
        g_hash_table_replace(trailers, g_steal_pointer(&name), g_strstrip(g_strdup(colon + 1)));
    }
    return reader->signing->key == NULL || text->len == 0 ||
           trailer_signature_is_right(reader, text->str,
                                      g_hash_table_lookup(trailers, "x-amz-trailer-signature"));
}

static bool read_chunks(Reader *reader, GByteArray *decoded)
{
    for (;;) {
        g_autofree char *line = read_line(reader);
        char *stop = NULL;
        guint64 size = line != NULL ? g_ascii_strtoull(line, &stop, 16) : 0;
        const char *data = reader->at;

        if (line == NULL || stop == line || size > (guint64)(reader->end - reader->at))
            return false;
        if (reader->signing->key != NULL && !chunk_signature_is_right(reader, line, data, size))
            return false;
        if (size == 0)
            return true;
        g_byte_array_append(decoded, (const guint8 *)data, (guint)size);
        reader->at += size;
        if (reader->end - reader->at < 2 || memcmp(reader->at, "\r\n", 2) != 0)
            return false;
        reader->at += 2;
    }
}

bool aws_chunked_decode(GByteArray *body, const ChunkSigning *signing, GHashTable *trailers)
{
    Reader reader = {(const char *)body->data, (const char *)body->data + body->len, signing,
                     g_strdup(signing->seed_signature)};
    g_autoptr(GByteArray) decoded = g_byte_array_new();
    bool good = body->len > 0 && read_chunks(&reader, decoded) && read_trailers(&reader, trailers);

    g_free(reader.previous);
    if (!good)
        return false;
    g_byte_array_set_size(body, 0);
    g_byte_array_append(body, decoded->data, decoded->len);
    return true;
}
