/* reconcile/source/blob_id.h
 *
 * The id git gives a file's content: SHA-1 over "blob SIZE\0" and the bytes. */
#pragma once
#include "reconcile/source/source_tree.h"

/* Of content that arrives in pieces, `size_bytes` together. One thread at a time. */
typedef struct BlobHash BlobHash;

BlobHash *blob_hash_new(void);
void blob_hash_free(BlobHash *hash);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BlobHash, blob_hash_free)

/* Starts over; a hash serves many blobs. */
void blob_hash_start(BlobHash *hash, uint64_t size_bytes);
void blob_hash_add(BlobHash *hash, const void *data, size_t size);
void blob_hash_finish(BlobHash *hash, char ret[SOURCE_ID_SIZE]);

/* Of content that is there whole. */
void blob_hash_whole(BlobHash *hash, const void *data, size_t size, char ret[SOURCE_ID_SIZE]);
