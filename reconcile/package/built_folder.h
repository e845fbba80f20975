/* reconcile/package/built_folder.h
 *
 * What commands made of a folder of a tree: the folder is exported, the commands run in the sandbox
 * one after the other, and what the folder holds then is kept in a cache under the digest of all it
 * came from: the folder's content, the commands with what they are granted, and the machine's
 * tools. Nothing runs twice for the same content.
 *
 * The cache is a folder of the controller: an entry appears whole or not at all (a rename), what a
 * killed process left behind is removed by the next one, the least recently used entries go once it
 * holds more than 10 GiB, and none goes while a BuiltFolder stands on it. What commands made is as
 * hostile as their source and is read through a directory_tree alone; devices and pipes in it are
 * refused, rights beyond 0755 taken away.
 *
 * Threads: any; the calling thread waits for the commands. Several processes may share a cache. */
#pragma once
#include "reconcile/package/sandbox.h"
#include "reconcile/source/source_tree.h"

#define BUILD_ERROR build_error_quark()
GQuark build_error_quark(void);
typedef enum {
    BUILD_ERROR_COMMAND, /* a command failed or passed a ceiling: the repository's trouble; message
                            has the end of its output and where the whole is */
    BUILD_ERROR_STOPPED, /* the caller gave up */
    BUILD_ERROR_CACHE,   /* the disk */
} BuildError;

typedef struct {
    const char *name;             /* for messages: what people wrote */
    const char *const *arguments; /* NULL-terminated */
    const char *const *environment;
    const char *const *network; /* as in SandboxRequest */
    const char *input;          /* standard input, or NULL */
} BuildCommand;

typedef struct BuiltFolder BuiltFolder;

typedef struct {
    SourceTree *tree;        /* where the folder is from */
    const char *path;        /* the folder in the tree */
    const char *work_path;   /* below it: where the commands are started; "" for itself */
    const BuiltFolder *over; /* if not NULL, the folder is this one, which the commands see
                                read-only at /build, and what is kept is what they write to /out */
    const BuildCommand *commands;
    size_t count;
    SandboxCeilings ceilings;                      /* of each command */
    const char *cache;                             /* folder, made where it is missing */
    int give_up;                                   /* as in SandboxRequest */
    void (*started)(const char *name, void *data); /* a command begins; or NULL */
    void *data;
} BuiltRequest;

/* (transfer full). Errors: BUILD_ERROR, SANDBOX_ERROR, SOURCE_ERROR. */
G_GNUC_WARN_UNUSED_RESULT
BuiltFolder *built_folder_make(const BuiltRequest *request, GError **error);
void built_folder_free(BuiltFolder *built);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BuiltFolder, built_folder_free)

/* `base` (borrowed) with the built folder in its place at `path` (transfer full). Both must outlive
 * it. */
G_GNUC_WARN_UNUSED_RESULT
SourceTree *built_folder_over(const BuiltFolder *built, SourceTree *base, const char *path,
                              GError **error);

/* Whether it was in the cache. */
bool built_folder_was_cached(const BuiltFolder *built);
