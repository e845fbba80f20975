/* reconcile/source/repository.h
 *
 * A full bare mirror of one repository (libgit2 1.5: no shallow or partial clone, no SHA-256; said
 * by name). libgit2 has no time-outs and parses what a server sends, so fetching runs in a child
 * process, `driftless fetch-worker`, with a deadline, memory and file-size limits, no other
 * environment than it needs, and seccomp; parent and child speak JSON on a pipe.
 *
 * Threads: a Repository belongs to one thread at a time; different mirrors are independent.
 * libgit2 is loaded and set up by the first repository opened (that costs 5 ms). */
#pragma once
#include "reconcile/source/source_tree.h"

typedef struct Repository Repository;

/* Everything a fetch needs. Strings borrowed; secrets are handed to the child through the pipe,
 * never by argument or environment. */
typedef struct {
    const char *url;              /* path, file://, https://, ssh://, user@host:path */
    const char *username, *token; /* https; NULL without */
    const char *ssh_key_file; /* ed25519 or ECDSA; an RSA key is refused by name (libgit2 1.5 has no
                                 rsa-sha2) */
    const char *known_hosts_file; /* required with ssh: an unknown or changed host key is refused */
    unsigned deadline_ms;
    int give_up;         /* a file descriptor: readable, the fetch is given up at once; 0: none */
    const char *program; /* the driftless executable to run as the child */
} FetchRequest;

typedef struct {
    bool empty;       /* the repository has no branch at all */
    unsigned refs;    /* number of branches and tags */
    unsigned forced;  /* branches whose new tip does not contain the old one */
    unsigned deleted; /* branches that went away */
    uint64_t received_bytes;
} FetchResult;

/* Opens the mirror in `folder`, creating a bare one when there is none. */
G_GNUC_WARN_UNUSED_RESULT
Repository *repository_open(const char *folder, GError **error);
void repository_free(Repository *repository);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Repository, repository_free)

/* Brings the mirror's branches and tags up to the server's (forced, pruned). Nothing of the mirror
 * changes on failure but objects received. Errors: SOURCE_ERROR_FETCH (who refused what, and what
 * to do), SOURCE_ERROR_DEADLINE. */
G_GNUC_WARN_UNUSED_RESULT
bool repository_fetch(Repository *repository, const FetchRequest *request, FetchResult *ret,
                      GError **error);

/* The child's side: reads a request from standard input, fetches, writes the answer to standard
 * output. Returns the exit status. Called by main for `driftless fetch-worker`. */
int repository_fetch_worker(void);

typedef enum { REVISION_IS_BRANCH, REVISION_IS_TAG, REVISION_IS_COMMIT } RevisionKind;

typedef struct {
    char id[SOURCE_ID_SIZE];
    char *author;   /* "Name <mail>" */
    char *summary;  /* the message's first line */
    int64_t time_s; /* commit time, Unix */
} Revision;

void revision_clear(Revision *revision);

/* A branch, a tag (peeled) or a commit (full id; must be reachable from a ref). */
G_GNUC_WARN_UNUSED_RESULT
bool repository_resolve(Repository *repository, RevisionKind kind, const char *name, Revision *ret,
                        GError **error);

/* The tree of a commit; the Repository must outlive it. */
G_GNUC_WARN_UNUSED_RESULT
SourceTree *repository_tree(Repository *repository, const char *commit_id, GError **error);
