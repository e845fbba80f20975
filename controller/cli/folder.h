/* controller/cli/folder.h
 *
 * A verb on a folder: the caller's environment, the folder as a tree, options as typed. What the
 * service needs from AWS is asked with the caller's credentials; one that needs nothing costs no
 * call. */
#pragma once
#include "controller/build/build.h"
#include "controller/cli/arguments.h"
#include "controller/cli/verb.h"
#include "controller/scripts/scripts.h"
#include "controller/session/session.h"

typedef struct {
    SourceTree *tree;
    char *path;
    char *given; /* the folder as it was typed: what people read paths from */
    CompileOptions options;
    GHashTable *params, *opts, *env, *secret_env;
    Problems *problems;
    Inputs *inputs;
    PackageCache *cache; /* of the user; NULL where there is no place for it */
    int64_t opened_s;
    Scripts scripts;
    bool template_only; /* nothing will be deployed from it */
    Session *session;   /* made when something from outside of the folder is needed; or NULL */
    AccountSettings account;
    BuildSettings *build_settings; /* NULL: nothing of the folder is run */
    char *build_cache;
    ExitStatus exit; /* of a verb whose build gave NULL: what people wrote is wrong, or it failed */
} Folder;

/* Stands for the bucket of a SAM or CloudFormation template where its name does not matter. */
#define FOLDER_ANY_BUCKET "any-bucket"

/* Whether the operand names a folder (or there is none) and not a declared service. */
bool folder_is_meant(const Arguments *arguments);

/* Opens operand 0, or the current folder. Says what is wrong and gives false otherwise. */
bool folder_open(const Arguments *arguments, Folder *ret);
void folder_clear(Folder *folder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

/* Answers InputRequests with the caller's own credentials (InputFetcher; `data` is the Folder). */
bool folder_fetch_inputs(const GPtrArray *requests, Inputs *inputs, void *data, GError **error);

/* The service of the folder. Prints problems (all of them, also warnings of a success) and gives
 * NULL on failure. */
Build *folder_build(Folder *folder, const Arguments *arguments);

/* Prints what was collected: text on standard error, or with --json as JSON on standard output when
 * it failed. Paths are told from the caller's folder. */
void folder_print_problems(const Folder *folder, const Arguments *arguments, bool failed);

/* The same after a failure, with the error that stopped it where there is one: sets folder->exit.
 */
void folder_tell_failure(Folder *folder, const Arguments *arguments, const GError *error);
