#include "reconcile/source/fetch_login.h"

#include "reconcile/source/ssh2_library.h"
#include "reconcile/source/ssh_key.h"

#include <string.h>

#define KEY_FILE_MAX_BYTES 65536
#define DEFAULT_USERNAME "git"

static const char *after_scheme(const char *url)
{
    const char *colon = strstr(url, "://");

    return colon ? colon + 3 : NULL;
}

char *fetch_url_shown(const char *url)
{
    const char *host = after_scheme(url);
    const char *at, *slash;

    if (!host)
        return g_strdup(url);
    slash = host + strcspn(host, "/");
    at = g_strrstr_len(host, slash - host, "@");
    if (!at)
        return g_strdup(url);
    return g_strdup_printf("%.*s%s", (int)(host - url), url, at + 1);
}

static bool refuse(GError **error, const char *message)
{
    g_set_error_literal(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, message);
    return false;
}

static bool find_kind(FetchLogin *login, GError **error)
{
    static const struct {
        const char *scheme;
        AddressKind kind;
    } schemes[] = {
        {"file://", ADDRESS_PATH},
        {"http://", ADDRESS_HTTP},
        {"https://", ADDRESS_HTTPS},
        {"ssh://", ADDRESS_SSH},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_ascii_strncasecmp(login->url, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
            login->kind = schemes[i].kind;
            return true;
        }
    if (after_scheme(login->url))
        return refuse(error, "this kind of address is not supported; write https://, ssh://, "
                             "user@host:path, file:// or a path");
    const char *colon = strchr(login->url, ':'), *slash = strchr(login->url, '/');

    login->kind = colon && (!slash || colon < slash) ? ADDRESS_SSH : ADDRESS_PATH;
    return true;
}

static bool check_key(const FetchLogin *login, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    gsize size;
    SshKeyKind kind;
    const char *trouble = NULL;

    if (!g_file_get_contents(login->ssh_key_file, &text, &size, &failure)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "sshKeyFile: %s", failure->message);
        return false;
    }
    kind = size > KEY_FILE_MAX_BYTES ? SSH_KEY_UNKNOWN : ssh_key_kind(text, size);
    if (kind == SSH_KEY_RSA)
        trouble = "is an RSA key, which servers refuse from this version of libgit2 (it signs with "
                  "SHA-1 only)";
    else if (kind == SSH_KEY_DSA)
        trouble = "is a DSA key, which servers no longer accept";
    else if (kind == SSH_KEY_ENCRYPTED)
        trouble = "is behind a passphrase, and nobody is there to type it";
    else if (kind == SSH_KEY_UNKNOWN)
        trouble = "holds no private key that can be read";
    if (!trouble)
        return true;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                "sshKeyFile %s %s; make one with: ssh-keygen -t ed25519 -N '' -f FILE",
                login->ssh_key_file, trouble);
    return false;
}

static bool check_ssh(const FetchLogin *login, GError **error)
{
    if (!login->ssh_key_file)
        return refuse(error, "ssh needs a key; set auth.sshKeyFile (ed25519 or ECDSA)");
    if (!login->known_hosts_file)
        return refuse(error, "ssh needs to know the server's key; set auth.knownHostsFile (made "
                             "with ssh-keyscan HOST, compared with what the server's owner tells)");
    if (!g_file_test(login->known_hosts_file, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                    "knownHostsFile %s: no such file; make it with ssh-keyscan HOST and compare "
                    "with what the server's owner tells",
                    login->known_hosts_file);
        return false;
    }
    return check_key(login, error);
}

bool fetch_login_check(FetchLogin *login, GError **error)
{
    if (!find_kind(login, error))
        return false;
    if (login->kind == ADDRESS_HTTP && login->token)
        return refuse(error, "a token would be sent in clear over http://; write https://");
    return login->kind != ADDRESS_SSH || check_ssh(login, error);
}

void fetch_login_clear(FetchLogin *login)
{
    g_free(login->refusal);
    login->refusal = NULL;
}

/* libgit2 keeps one message for a thread, ours is kept beside it. */
static int refuse_login(FetchLogin *login, int code, char *refusal)
{
    g_free(login->refusal);
    login->refusal = refusal;
    git2()->error_set_str(GIT_ERROR_CALLBACK, refusal);
    return code;
}

static int give_token(git_credential **ret, FetchLogin *login)
{
    if (!login->token)
        return refuse_login(
            login, GIT_EAUTH,
            g_strdup("the server asks for a login (401): the repository is private or does not "
                     "exist; set auth.tokenFile or auth.tokenEnv"));
    if (login->asked++)
        return refuse_login(
            login, GIT_EAUTH,
            g_strdup("the server refused the token (401): it is wrong, expired or may not read "
                     "this repository; make a new one"));
    return git2()->credential_userpass_plaintext_new(
        ret, login->username ? login->username : DEFAULT_USERNAME, login->token);
}

static int give_key(git_credential **ret, FetchLogin *login, const char *user)
{
    if (login->asked++)
        return refuse_login(
            login, GIT_EAUTH,
            g_strdup_printf("the server refused the key %s for user %s; add its public half as a "
                            "read-only deploy key",
                            login->ssh_key_file, user));
    return git2()->credential_ssh_key_new(ret, user, NULL, login->ssh_key_file, NULL);
}

static int give_credentials(git_credential **ret, const char *url, const char *user_from_url,
                            unsigned types, void *payload)
{
    FetchLogin *login = payload;
    const char *user = user_from_url     ? user_from_url
                       : login->username ? login->username
                                         : DEFAULT_USERNAME;

    (void)url;
    if (types & GIT_CREDENTIAL_USERNAME)
        return git2()->credential_username_new(ret, user);
    if (types & GIT_CREDENTIAL_SSH_KEY)
        return give_key(ret, login, user);
    if (login->kind == ADDRESS_HTTPS && (types & GIT_CREDENTIAL_USERPASS_PLAINTEXT))
        return give_token(ret, login);
    return refuse_login(
        login, GIT_EAUTH,
        g_strdup("the server accepts no kind of login that Driftless can give (token over https, "
                 "ed25519 or ECDSA key over ssh)"));
}

/* libgit2 tells only that a host key is not the right one; whether it is new or changed makes all
 * the difference. */
static bool host_has_other_key(const FetchLogin *login, const char *host,
                               const git_cert_hostkey *key)
{
    LIBSSH2_SESSION *session = ssh2()->session_init_ex(NULL, NULL, NULL, NULL);
    LIBSSH2_KNOWNHOSTS *known = session ? ssh2()->knownhost_init(session) : NULL;
    const char *at = strstr(login->url, host);
    int port = 22, found = LIBSSH2_KNOWNHOST_CHECK_NOTFOUND;

    if (at && after_scheme(login->url) && at[strlen(host)] == ':')
        port = atoi(at + strlen(host) + 1);
    if (known && (key->type & GIT_CERT_SSH_RAW) &&
        ssh2()->knownhost_readfile(known, login->known_hosts_file,
                                   LIBSSH2_KNOWNHOST_FILE_OPENSSH) >= 0)
        found = ssh2()->knownhost_checkp(
            known, host, port, key->hostkey, key->hostkey_len,
            LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW, NULL);
    if (known)
        ssh2()->knownhost_free(known);
    if (session)
        ssh2()->session_free(session);
    return found == LIBSSH2_KNOWNHOST_CHECK_MISMATCH;
}

static int refuse_host(FetchLogin *login, const char *host, const git_cert_hostkey *key)
{
    g_autofree char *print =
        key->type & GIT_CERT_SSH_SHA256 ? g_base64_encode(key->hash_sha256, 32) : g_strdup("?");

    g_strdelimit(print, "=", '\0');
    if (host_has_other_key(login, host, key))
        return refuse_login(
            login, GIT_ECERTIFICATE,
            g_strdup_printf(
                "the key of %s has CHANGED (now SHA256:%s): somebody may be in between; "
                "ask the server's owner, then replace its line in %s",
                host, print, login->known_hosts_file));
    return refuse_login(
        login, GIT_ECERTIFICATE,
        g_strdup_printf("%s is not in %s; its key is SHA256:%s: compare with what the server's "
                        "owner tells, then add the line that ssh-keyscan gives",
                        host, login->known_hosts_file, print));
}

static int check_certificate(git_cert *certificate, int valid, const char *host, void *payload)
{
    FetchLogin *login = payload;

    if (valid)
        return 0;
    if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
        return refuse_host(login, host, (const git_cert_hostkey *)(void *)certificate);
    g_free(login->refusal);
    login->refusal = g_strdup_printf(
        "the certificate of %s is not trusted; if a certificate authority of your own signed it, "
        "name its file in the environment variable SSL_CERT_FILE",
        host);
    return GIT_PASSTHROUGH; /* keeps libgit2's reason, which follows in parentheses */
}

void fetch_login_set(FetchLogin *login, git_remote_callbacks *callbacks)
{
    callbacks->credentials = give_credentials;
    callbacks->certificate_check = check_certificate;
    callbacks->payload = login;
}
