/* reconcile/source/file_ids.h
 *
 * The ids of a folder's files, each with what its file looked like (size, both times to the
 * nanosecond, inode, device) when it was hashed: a file that looks the same is the same, as git's
 * index takes it to be. They can be kept from one run to the next.
 *
 * Belongs to one thread at a time. */
#pragma once
#include "reconcile/source/source_tree.h"
#include <sys/stat.h>

#define FILE_IDS_MAX 200000

typedef struct FileIds FileIds;

FileIds *file_ids_new(void);
void file_ids_free(FileIds *ids);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileIds, file_ids_free)

/* The id of the file at `path`, borrowed; NULL when it is not known or looks different. */
const char *file_ids_find(FileIds *ids, const char *path, const struct stat *status);

/* The same of those that were learned alone: what a list tells, which has to be the same before and
 * after somebody had a file hashed. */
const char *file_ids_find_learned(FileIds *ids, const char *path, const struct stat *status);

/* `status` is from before the file was hashed. */
void file_ids_add(FileIds *ids, const char *path, const struct stat *status,
                  const char id[SOURCE_ID_SIZE]);

/* Whether there is something to keep that was not learned; `began_s` as below. */
bool file_ids_has_news(const FileIds *ids, int64_t began_s);

/* What to keep (transfer full). A file that changed in the two seconds before `began_s` (Unix time,
 * before the first was hashed) or later is left out: on a disk with coarse times it could change
 * once more and look the same. Above FILE_IDS_MAX only those asked for are kept. */
GBytes *file_ids_to_bytes(const FileIds *ids, int64_t began_s);

/* Adds what was kept; what cannot be read adds nothing. */
void file_ids_learn(FileIds *ids, GBytes *kept);
