/* controller/loop/loop.h
 *
 * The controller at work: repositories are polled, services whose ReadSet changed are built and
 * brought to their stacks, drift is looked for on schedule. Everything known is in the Store;
 * whoever shows it (web, CLI) reads it there, and asks for something to be done by loop_command.
 *
 *     RepositoryUnit ─ fetch, resolve, hold read sets against the new tree ─▶ wakes ─┐
 *     StacksUnit ─ one page of DescribeStacks for all of an account and region ─▶ wakes ─┤
 *     loop_command (a person), timers (drift, inputs, retries) ─▶ wakes ────────────────┤
 *                                                                    ServiceUnit ◀┘ build ▸ upload
 * ▸ apply_step ▸ drift_step
 *
 * Threads: loop_run works with the settings' workers; loop_command, loop_plan and loop_stop may be
 * called from any thread. */
#pragma once
#include "config/settings.h"
#include "controller/log/log.h"
#include "controller/metrics/metrics.h"
#include "controller/scripts/scripts.h"
#include "controller/session/session.h"
#include "controller/store/store.h"
#include "reconcile/package/package_cache.h"

typedef struct Loop Loop;

typedef struct {
    const Settings *settings; /* all borrowed; must outlive the loop */
    Store *store;
    Session *session;
    Log *log;
    Metrics *metrics;
    PackageCache *cache; /* NULL: none */
    const char *folder;  /* for mirrors and spooled archives; created */
    const char *program; /* the driftless executable, for fetching */
    bool once;      /* one pass: every repository fetched once, every service brought to rest */
    bool recompile; /* compile also what did not change */
    ScriptCache *script_cache; /* the loop's own */
} LoopOptions;

G_GNUC_WARN_UNUSED_RESULT
Loop *loop_new(const LoopOptions *options, GError **error);
void loop_free(Loop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Loop, loop_free)

/* Until loop_stop, or with `once` until all is at rest. Steps under way are finished. */
void loop_run(Loop *loop);
void loop_stop(Loop *loop);

/* Whether every repository was looked at once: for /readyz. */
bool loop_is_ready(Loop *loop);

/* With `once`, after loop_run: whether a service is not as it should be (failed, invalid, held,
 * unreachable), or nobody could look whether it is. */
bool loop_has_failures(Loop *loop);

#define LOOP_ERROR loop_error_quark()
GQuark loop_error_quark(void);
typedef enum {
    LOOP_ERROR_NO_SERVICE,
    LOOP_ERROR_REFUSED, /* nothing is held, there is no earlier revision, …: message says which */
} LoopError;

// clang-format off
#define LOOP_COMMANDS(ROW)                                                                             \
    ROW(APPROVE,  "approve")  /* the held request goes ahead */                                        \
    ROW(ADOPT,    "adopt")    /* an existing stack becomes ours */                                     \
    ROW(SUSPEND,  "suspend")  \
    ROW(RESUME,   "resume")   \
    ROW(ROLLBACK, "rollback") /* argument: a revision, or NULL for the one before */                   \
    ROW(REMOVE,   "remove")   /* deletes the stack */                                                  \
    ROW(DRIFT,    "drift")    /* look for drift now */                                                 \
    ROW(SYNC,     "sync")     /* look at it now, and try again what failed */
// clang-format on

typedef enum {
#define ROW(name, text) COMMAND_##name,
    LOOP_COMMANDS(ROW)
#undef ROW
        COMMAND_COUNT
} LoopCommand;

const char *loop_command_name(LoopCommand command);

/* Asks for something to be done to a service; it is done by a worker, the answer only says that it
 * can be. */
G_GNUC_WARN_UNUSED_RESULT
bool loop_command(Loop *loop, const char *service, LoopCommand command, const char *argument,
                  GError **error);

/* Why nobody can tell whether the service is at its branch's tip (its repository cannot be
 * fetched); NULL where that can be told. (transfer full) */
char *loop_trouble(Loop *loop, const char *service);

/* Looks at a repository now (a webhook came); NULL: at all of them, and at all stacks. */
void loop_poll(Loop *loop, const char *repository);

/* What bringing the service to its branch's tip would change:
 * {"service","revision","plan":{…},"text":…} or {"problems":[…]}; a new reference. Reads git and
 * AWS in the caller's thread. */
G_GNUC_WARN_UNUSED_RESULT
json_t *loop_plan(Loop *loop, const char *service, GError **error);

/* Whether the functions of the service's stack run what the revision it stands at gives:
 * {"service","stack","revision","functions":[…],…} (controller/build/verification.h); a new
 * reference. Reads git and AWS in the caller's thread. */
G_GNUC_WARN_UNUSED_RESULT
json_t *loop_verify(Loop *loop, const char *service, GError **error);
