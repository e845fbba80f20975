/* reconcile/compile/schema/schema_chunk.h
 *
 * The framework's configuration schema as embedded JSON texts, one a definition, event type or
 * larger property. Made by generate.mjs; sorted by name. */
#pragma once
#include <stddef.h>

typedef struct {
    const char *name; /* "root", "events/http", "definitions/awsArn": "#/" + name is its $ref */
    const char *json;
} SchemaChunk;

extern const SchemaChunk schema_chunks[];
extern const size_t schema_chunk_count;
