#include <string.h>

#include "config/settings_read.h"
#include "config/settings_syntax.h"

#define DEFAULT_BRANCH "main"
#define DEFAULT_USERNAME "x-access-token"
#define DEFAULT_POLL_MS 60000
#define LEAST_POLL_MS 1000

static const char *const keys[] = {"url", "branch", "poll", "auth", "javascript", "build", NULL};
static const char *const javascript_policies[] = {"refuse", "allow", NULL};
static const char *const auth_keys[] = {"tokenFile",  "tokenEnv",       "username",
                                        "sshKeyFile", "knownHostsFile", NULL};

void repository_settings_free(RepositorySettings *repository)
{
    if (!repository)
        return;
    g_free(repository->name);
    g_free(repository->url);
    g_free(repository->branch);
    g_free(repository->token_file);
    g_free(repository->token_env);
    g_free(repository->ssh_key_file);
    g_free(repository->known_hosts_file);
    g_free(repository->username);
    build_settings_free(repository->build);
    g_free(repository);
}

static UrlKind read_url(SettingsReader *reader, json_t *value, RepositorySettings *repository)
{
    const char *url = settings_required_text(reader, value, "url");
    UrlKind kind = url ? syntax_url_kind(url) : URL_INVALID;

    if (!url)
        return URL_INVALID;
    if (kind == URL_INVALID)
        settings_complain(reader, "url", "write a path, https://…, ssh://… or git@HOST:PATH",
                          "\"%s\" is no url that can be fetched from", url);
    else if (kind == URL_HTTP_ELSEWHERE)
        settings_complain(
            reader, "url", "use https://",
            "http:// sends code and tokens unencrypted; it is allowed to this machine "
            "only");
    else if (kind == URL_WITH_PASSWORD)
        settings_complain_of_secret(reader, "url",
                                    "write auth: {tokenFile: PATH} or auth: {tokenEnv: NAME}",
                                    "a url must not hold a user or password");
    repository->url = g_strdup(url);
    return kind;
}

static void check_token(SettingsReader *reader, json_t *auth, const RepositorySettings *repository,
                        UrlKind url)
{
    const char *key = repository->token_file ? "tokenFile" : "tokenEnv";
    bool has_token = repository->token_file || repository->token_env;

    if (repository->token_file && repository->token_env)
        settings_complain_of_key(reader, "tokenEnv", "remove one of the two",
                                 "tokenFile and tokenEnv exclude each other");
    if (has_token && (url == URL_SSH || url == URL_PATH))
        settings_complain_of_key(reader, key,
                                 url == URL_SSH
                                     ? "write sshKeyFile and knownHostsFile, or use a https:// url"
                                     : "remove it, or use a https:// url",
                                 "a token serves https:// urls only");
    if (json_object_get(auth, "username") && !has_token)
        settings_complain_of_key(reader, "username", "add tokenFile or tokenEnv, or remove it",
                                 "username is of no use without a token");
}

static void check_key(SettingsReader *reader, const RepositorySettings *repository, UrlKind url)
{
    const char *key = repository->ssh_key_file ? "sshKeyFile" : "knownHostsFile";
    bool has_key = repository->ssh_key_file, has_hosts = repository->known_hosts_file;

    if (has_key && !has_hosts)
        settings_complain_of_key(
            reader, "sshKeyFile",
            "add knownHostsFile, made with: ssh-keyscan HOST > FILE, and compare its "
            "fingerprint with the published one",
            "sshKeyFile needs knownHostsFile: without it any server would be "
            "believed");
    if (has_hosts && !has_key)
        settings_complain_of_key(reader, "knownHostsFile", "add sshKeyFile",
                                 "knownHostsFile needs sshKeyFile");
    if ((has_key || has_hosts) && (url == URL_HTTPS || url == URL_PATH))
        settings_complain_of_key(reader, key,
                                 url == URL_HTTPS
                                     ? "write tokenFile or tokenEnv, or use an ssh:// url"
                                     : "remove it, or use an ssh:// url",
                                 "an ssh key serves ssh:// urls only");
}

static void read_auth(SettingsReader *reader, json_t *value, RepositorySettings *repository,
                      UrlKind url)
{
    json_t *auth = settings_mapping(reader, value, "auth", auth_keys);
    size_t mark;

    if (!auth && url == URL_SSH && !json_object_get(value, "auth"))
        settings_complain(reader, "url", "write auth: {sshKeyFile: PATH, knownHostsFile: PATH}",
                          "an ssh url needs a key");
    if (!auth)
        return;
    mark = settings_enter(reader, "auth");
    repository->token_file = g_strdup(settings_text(reader, auth, "tokenFile"));
    repository->token_env = settings_valid_text(reader, auth, "tokenEnv", syntax_is_variable,
                                                "the name of an environment variable: letters, "
                                                "digits and _");
    repository->ssh_key_file = g_strdup(settings_text(reader, auth, "sshKeyFile"));
    repository->known_hosts_file = g_strdup(settings_text(reader, auth, "knownHostsFile"));
    if (json_object_get(auth, "username")) {
        g_free(repository->username);
        repository->username = g_strdup(settings_text(reader, auth, "username"));
    }
    check_token(reader, auth, repository, url);
    check_key(reader, repository, url);
    settings_leave(reader, mark);
}

void settings_read_repository(SettingsReader *reader, const char *name, json_t *value)
{
    RepositorySettings *repository = g_new0(RepositorySettings, 1);
    UrlKind url;

    repository->name = g_strdup(name);
    repository->at = settings_position(reader);
    repository->username = g_strdup(DEFAULT_USERNAME);
    repository->poll_ms = DEFAULT_POLL_MS;
    g_ptr_array_add(reader->settings->repositories, repository);
    if (!settings_is_mapping(reader, value, keys))
        return;
    url = read_url(reader, value, repository);
    repository->branch = settings_valid_text(reader, value, "branch", syntax_is_ref,
                                             "the name of a branch, like main or release/2");
    if (!repository->branch)
        repository->branch = g_strdup(DEFAULT_BRANCH);
    repository->poll_ms = settings_duration(reader, value, "poll", LEAST_POLL_MS, DEFAULT_POLL_MS);
    repository->javascript =
        settings_word(reader, value, "javascript", javascript_policies, 0) == 1;
    read_auth(reader, value, repository, url);
    repository->build = settings_read_build(reader, value);
}
