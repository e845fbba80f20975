/* controller/scripts/scripts.h
 *
 * The JavaScript and TypeScript of services, evaluated: answers INPUT_SCRIPTs
 * (reconcile/compile/script.h) by running Node in the sandbox (reconcile/package/sandbox.h), which
 * has no network and nothing to write to. evaluate.cjs is what runs there.
 *
 * A script sees its service's folder; when it looks further, all of the repository. What it may see
 * counts as read: the same tree gives the same answers, out of the cache. The clock and random
 * numbers are its own, so a value made of them stays until something that counts changes.
 *
 * Threads: a Scripts belongs to one; caches may be shared. */
#pragma once
#include "reconcile/compile/compile.h"
#include "reconcile/source/read_set.h"

/* Answers by what was asked, of which tree, with which environment. At most 32 MiB. */
typedef struct ScriptCache ScriptCache;
ScriptCache *script_cache_new(void);
void script_cache_free(ScriptCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScriptCache, script_cache_free)

/* Everything is borrowed but what is the Scripts' own. */
typedef struct {
    SourceTree *tree;
    ReadSet *reads;     /* gets what scripts may have seen; or NULL */
    GHashTable *env;    /* char* → char*: what process.env holds; or NULL */
    bool without_keys;  /* leave AWS credentials out of it */
    const char *node;   /* path; NULL: looked for in PATH */
    const char *folder; /* for trees that are no folder: where they are written to, created */
    ScriptCache *cache; /* or NULL */

    char *exported[2]; /* own: where its folder and the repository were written out, if so */
} Scripts;

/* Removes what was written out. */
void scripts_clear(Scripts *scripts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scripts, scripts_clear)

/* Removes a folder with all in it (NULL: nothing): what a process that died left in Scripts' own.
 */
void scripts_remove(const char *folder);

/* An InputFetcher (controller/build/build.h) whose `data` is a Scripts. Fails where nothing can be
 * run: no Node, no sandbox, a disk; what is wrong with a script is an answer. */
bool scripts_evaluate(const GPtrArray *requests, Inputs *inputs, void *data, GError **error);
