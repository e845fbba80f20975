/* reconcile/package/package_cache.h
 *
 * What packing made, kept from one run to the next: deflated contents by blob id and packer
 * version, so that no content is deflated twice in any service, branch or revision; and notes of a
 * verb on a folder (the ids of its files). One SQLite file, shared by processes, bounded: what was
 * kept first goes first.
 *
 * It may be lost, damaged or removed at any time: every row carries a checksum, and one that does
 * not fit is thrown away, as is a file that SQLite cannot read. A full disk or a file that is
 * locked for long keeps nothing and fails nothing. So no function but opening has an error.
 *
 * Threads: every function may be called from any thread, one at a time gets in. */
#pragma once
#include "reconcile/package/deflated.h"
#include <glib.h>
#include <stdbool.h>

typedef struct PackageCache PackageCache;

#define PACKAGE_CACHE_MAX_BYTES ((uint64_t)1 << 30)

/* Opens or makes the file; its folder must exist. Errors: PACKAGE_ERROR_WRITE. */
G_GNUC_WARN_UNUSED_RESULT
PackageCache *package_cache_open(const char *path, uint64_t max_bytes, GError **error);

/* Keeps what was added and not kept yet. NULL-safe. */
void package_cache_free(PackageCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageCache, package_cache_free)

/* Whether the content of a blob (40 hex digits) is there, and its size. */
bool package_cache_knows(PackageCache *cache, const char *id, uint64_t *ret_size_bytes);

/* The content of a blob; ret->data lies in `space`, whose earlier content is replaced. */
bool package_cache_read(PackageCache *cache, const char *id, GByteArray *space, Deflated *ret);

/* Takes a copy, which is kept with others at once now and then. */
void package_cache_add(PackageCache *cache, const char *id, const Deflated *blob);

/* Keeps what was added, and lets go of the file: to be called after a row of reads, during which
 * other processes cannot keep anything. */
void package_cache_flush(PackageCache *cache);

/* Held while contents are deflated and added, so that two who need the same one do not both make
 * it, and the cores are not shared out twice. */
void package_cache_take_turn(PackageCache *cache);
void package_cache_give_turn(PackageCache *cache);

/* A note by its name; NULL when there is none. (transfer full) */
GBytes *package_cache_note(PackageCache *cache, const char *name);
void package_cache_keep_note(PackageCache *cache, const char *name, GBytes *note);

typedef struct {
    uint64_t hits, misses; /* contents read from it, and added to it */
} PackageCacheCounts;

PackageCacheCounts package_cache_counts(PackageCache *cache);
