/* reconcile/package/sandbox.h
 *
 * Runs one command of a repository in bubblewrap: a build step, a bundler, JavaScript that has to
 * be evaluated. What it runs is hostile, so it sees nothing but the machine's programs (/usr, read
 * only) and the folders of the request: no environment but the request's, no network unless
 * granted, no other process, no key. It runs as an unprivileged user without capabilities, in
 * namespaces of its own, behind a filter of system calls, and ends with everything it started when
 * the command ends, when a ceiling is reached, or when the thread that called dies.
 *
 * Called as root, it first becomes the user 65534 ("nobody") in a mount namespace of its own, as
 * bubblewrap run by root would leave files of root open; writable folders are given to that user.
 * Without bubblewrap, or where the machine allows no user namespaces, nothing is run.
 *
 * Ceilings hold without a delegated cgroup: the kernel's resource limits where they hold for what
 * they name (processes of the namespace, the size of a file), and otherwise a look at the sandbox's
 * processes 40 times a second (memory of all together, their CPU time, what the folders hold), so
 * that those are passed by what can be done in 25 ms before all is killed.
 *
 * Threads: any; the calling thread waits. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SANDBOX_ERROR sandbox_error_quark()
GQuark sandbox_error_quark(void);
typedef enum {
    SANDBOX_ERROR_UNAVAILABLE, /* this machine cannot: message says why and what to do */
    SANDBOX_ERROR_REQUEST,     /* a folder of the request is not there */
    SANDBOX_ERROR_FAILED,      /* the machine's trouble on the way */
} SandboxError;

typedef struct {
    const char *host;   /* absolute, an existing folder or file */
    const char *inside; /* absolute: where the command sees it */
    bool writable;
} SandboxFolder;

typedef struct {
    unsigned wall_ms;
    unsigned cpu_ms;        /* of all processes together */
    uint64_t memory_bytes;  /* of all processes together */
    unsigned processes;     /* threads count, as the kernel counts them */
    uint64_t written_bytes; /* held by the writable folders, what was there before included */
    unsigned files;         /* likewise; folders count */
    size_t output_bytes;    /* kept of each of standard output and error: the last ones */
} SandboxCeilings;

/* 10 minutes, 30 minutes of CPU time, 2 GiB of memory, 512 processes, 2 GiB and 200,000 files
 * written, 1 MiB of output. */
extern const SandboxCeilings sandbox_ceilings_default;

typedef struct {
    const char *const *arguments; /* NULL-terminated; the program is looked up in PATH */
    /* "NAME=value", NULL-terminated, or NULL. PATH, HOME, TMPDIR and LANG have values that fit the
     * sandbox where they are not given. */
    const char *const *environment;
    const SandboxFolder *folders; /* /tmp is 64 MiB in memory unless it is among them */
    size_t folder_count;
    const char *working_folder; /* inside; NULL: / */
    /* Hosts that may be reached through an HTTPS proxy (the usual variables name it), the only way
     * out: names or addresses, or "*" for all that have a public address. NULL: no network. */
    const char *const *network;
    const void *input; /* standard input; NULL: empty */
    size_t input_bytes;
    bool merge_output; /* standard error goes into the output, in the order of writing */
    int give_up;       /* > 0: a descriptor; when it becomes readable the command is killed */
    SandboxCeilings ceilings;
} SandboxRequest;

typedef enum {
    SANDBOX_EXITED,    /* status holds the exit status */
    SANDBOX_SIGNALLED, /* status holds the signal that ended the command, not sent by us */
    SANDBOX_OVER_TIME, /* from here on: killed, by the ceiling named */
    SANDBOX_OVER_CPU,
    SANDBOX_OVER_MEMORY,
    SANDBOX_OVER_PROCESSES,
    SANDBOX_OVER_WRITTEN,
    SANDBOX_OVER_FILES,
    SANDBOX_GIVEN_UP,
} SandboxEnd;

typedef struct {
    char *text; /* NUL-terminated past its bytes */
    size_t bytes;
    uint64_t lost_bytes; /* written before those and not kept */
} SandboxOutput;

typedef struct {
    SandboxEnd end;
    int status;
    SandboxOutput output, errors;
    unsigned wall_ms;
} SandboxResult;

/* Runs the command to its end; true whatever that end was. False with SANDBOX_ERROR when it could
 * not be started. */
G_GNUC_WARN_UNUSED_RESULT
bool sandbox_run(const SandboxRequest *request, SandboxResult *ret, GError **error);

/* "exited with status 1", "was killed: it took more than 600 s" (transfer full). */
char *sandbox_describe_end(const SandboxRequest *request, const SandboxResult *result);

/* Whether the command ended by itself with status 0. */
bool sandbox_succeeded(const SandboxResult *result);

void sandbox_result_clear(SandboxResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SandboxResult, sandbox_result_clear)
