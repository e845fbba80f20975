/* tests/aws/wire/aws_chunked.h
 *
 * Decodes Content-Encoding aws-chunked, with the chain of chunk signatures where there is one. */
#pragma once
#include "tests/aws/wire/message.h"
#include <stdint.h>

/* What the chunk signatures hang on; `key` NULL for bodies with unsigned chunks. */
typedef struct {
    const uint8_t *key; /* 32 bytes: the derived signing key */
    const char *timestamp, *scope, *seed_signature;
} ChunkSigning;

/* Replaces `body` by what it carries and fills `trailers`. False when it is not well formed or a
 * signature differs; then `body` is unchanged. */
G_GNUC_WARN_UNUSED_RESULT
bool aws_chunked_decode(GByteArray *body, const ChunkSigning *signing, GHashTable *trailers);
