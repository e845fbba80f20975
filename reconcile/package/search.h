/* reconcile/package/search.h
 *
 * The first use of package patterns: globs that find files. The framework hands them to fast-glob 3
 * in runs: neighbouring inclusions search together, and are kept out of what any later exclusion
 * names; before the first of them stands its own "everything". Of each run come tasks, each of
 * which is one walk from one folder, or names of files to look for.
 *
 * Paths are relative to what is packaged, as the patterns write them, and may so begin with "..".
 * Pure. A Search belongs to one thread. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SEARCH_PATTERNS_MAX 5000
#define SEARCH_EXPANSIONS_MAX 20000
#define SEARCH_TEXT_MAX_BYTES (512 << 10)

typedef struct Search Search;
typedef struct SearchTask SearchTask;

/* `patterns`: char*, "!x" excludes. PACKAGE_ERROR_PATTERN for those that cannot be read or are too
 * many. */
G_GNUC_WARN_UNUSED_RESULT
Search *search_new(const GPtrArray *patterns, GError **error);
void search_free(Search *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Search, search_free)

/* GPtrArray of SearchTask*, borrowed. */
const GPtrArray *search_tasks(const Search *search);

/* Where the task's walk starts ("" is the root of what is packaged); NULL when it is none. */
const char *search_task_base(const SearchTask *task);

/* The files that a task without a walk looks for; empty for others. (char*, borrowed) */
const GPtrArray *search_task_names(const SearchTask *task);

/* Whether the walk has to look into the folder: false only where nothing in it would be found. */
bool search_task_enters(SearchTask *task, const char *folder);

/* Whether the task finds the file, having come to it. */
bool search_task_finds(SearchTask *task, const char *path);

/* The steps that all its patterns have made (glob_steps). */
uint64_t search_steps(const Search *search);
