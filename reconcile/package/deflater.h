/* reconcile/package/deflater.h
 *
 * Contents of a tree, deflated on all cores and given in order. Each thread reads through a handle
 * of its own (source_tree_reopen: shared handles wait for one another) and deflates by libdeflate
 * at one level.
 *
 * Memory: threads stay at most DEFLATER_AHEAD_BYTES ahead of the taker; of contents above
 * DEFLATER_LARGE_BYTES one at a time is in work. */
#pragma once
#include "reconcile/package/deflated.h"
#include "reconcile/source/source_tree.h"

#define DEFLATER_AHEAD_BYTES ((size_t)8 << 20)
#define DEFLATER_AHEAD_FILES 512
#define DEFLATER_LARGE_BYTES ((uint64_t)4 << 20)
#define DEFLATER_THREADS_MAX 16
#define DEFLATER_BLOB_MAX_BYTES ((uint64_t)256 << 20)

typedef struct Deflater Deflater;

typedef struct {
    const char *path, *id; /* borrowed; as source_tree_read_blob takes them */
} DeflaterFile;

/* `files` (of DeflaterFile) and `tree` are borrowed; until it is freed nobody else may use either.
 * Threads start when the first file is taken, one where there is little to do. */
Deflater *deflater_new(SourceTree *tree, const GArray *files);
void deflater_free(Deflater *deflater);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Deflater, deflater_free)

/* The next of the files. `ret` is valid until the next call. Errors: PACKAGE_ERROR_SOURCE,
 * _TOO_LARGE; after one nothing more can be taken. */
G_GNUC_WARN_UNUSED_RESULT
bool deflater_take(Deflater *deflater, Deflated *ret, GError **error);
