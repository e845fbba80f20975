/* reconcile/package/sandbox_parts.h
 *
 * The sandbox's two halves: the start of bubblewrap, and what is looked at while it runs. For
 * sandbox.c alone. */
#pragma once
#include "reconcile/package/sandbox.h"

#include <sys/types.h>

#define SANDBOX_ROOT_BECOMES 65534 /* the user that root becomes before anything is run */

typedef struct {
    pid_t pid;          /* bubblewrap */
    int output, errors; /* to be read; errors is -1 when merged */
    int status;         /* bubblewrap's word on how it goes, as JSON */
    int release;        /* closing it lets the command start */
} SandboxChild;

/* Forks bubblewrap, which waits for `release`. */
G_GNUC_WARN_UNUSED_RESULT
bool sandbox_start(const SandboxRequest *request, SandboxChild *ret, GError **error);

/* Limits how many processes there may be in the sandbox, whose process 1 is `first`. Done from
 * outside and once its namespace is there, as in it only its own processes count against the limit.
 */
G_GNUC_WARN_UNUSED_RESULT
bool sandbox_limit_processes(pid_t first, unsigned processes, GError **error);

/* The program of the filter of system calls in a file without a name, or -1 with error. */
G_GNUC_WARN_UNUSED_RESULT
int sandbox_filter(GError **error);

typedef struct {
    pid_t first;         /* process 1 of the sandbox, as seen from here */
    int64_t folders_at;  /* when the folders are measured again */
    GArray *free_before; /* of each writable folder's file system, uint64_t */
} SandboxWatch;

void sandbox_watch_init(SandboxWatch *watch, const SandboxRequest *request, pid_t first);
void sandbox_watch_clear(SandboxWatch *watch);

/* SANDBOX_EXITED while every ceiling but the wall's is kept; `last` measures the folders in any
 * case. */
SandboxEnd sandbox_watch_look(SandboxWatch *watch, const SandboxRequest *request, bool last);
