/* reconcile/package/build_cache.h
 *
 * The folder of built folders: CACHE/KEY/{tree,lock,size}, CACHE/new-XXXXXX while one is made and
 * CACHE/logs/KEY.log of those that failed. For built_folder.c alone. */
#pragma once
#include "reconcile/package/built_folder.h"

/* The entry's lock (a descriptor, shared) when it is there, else -1; marks it as used. */
int build_cache_take(const char *cache, const char *key);

/* A new entry under way: its folder with an empty `tree` and its lock (held alone). False with
 * BUILD_ERROR_CACHE. */
G_GNUC_WARN_UNUSED_RESULT
bool build_cache_begin(const char *cache, char **ret_folder, int *ret_lock, GError **error);

/* Checks what was made and gives it to this user: folders and programs 0755, files 0644. Errors:
 * BUILD_ERROR_COMMAND for what is no file, folder or symlink. */
G_GNUC_WARN_UNUSED_RESULT
bool build_cache_check(const char *tree, uint64_t *ret_bytes, GError **error);

/* Makes the entry under way the one of `key`, then removes old ones. False with BUILD_ERROR_CACHE.
 */
G_GNUC_WARN_UNUSED_RESULT
bool build_cache_finish(const char *cache, const char *key, const char *folder, uint64_t bytes,
                        GError **error);

/* Removes a folder that commands wrote to, whatever its rights. */
void build_cache_remove(const char *folder);

/* Keeps the output of a failed build, the latest 100 of them; where (transfer full), or NULL. */
char *build_cache_keep_log(const char *cache, const char *key, const char *text);
