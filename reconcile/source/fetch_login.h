/* reconcile/source/fetch_login.h
 *
 * Who we are to a server and who it is to us: libgit2's callbacks for credentials and certificates,
 * and the checks that can be made before connecting. Runs in the fetching child. */
#pragma once
#include "reconcile/source/git2_library.h"
#include "reconcile/source/source_tree.h"

typedef enum { ADDRESS_PATH, ADDRESS_HTTP, ADDRESS_HTTPS, ADDRESS_SSH } AddressKind;

typedef struct {
    const char *url, *username, *token, *ssh_key_file,
        *known_hosts_file; /* borrowed; NULL without */
    AddressKind kind;
    unsigned asked; /* how often the server asked for credentials */
    char *refusal;  /* why a callback said no: what the reader gets in place of libgit2's words */
} FetchLogin;

/* The address without user and password, for messages (transfer full). */
char *fetch_url_shown(const char *url);

/* Finds the kind of address and refuses what cannot work: a token in clear, ssh without key or
 * known hosts, an RSA or encrypted key. */
G_GNUC_WARN_UNUSED_RESULT
bool fetch_login_check(FetchLogin *login, GError **error);

void fetch_login_clear(FetchLogin *login);

/* Sets the two callbacks, with `login` (borrowed) as payload. */
void fetch_login_set(FetchLogin *login, git_remote_callbacks *callbacks);
