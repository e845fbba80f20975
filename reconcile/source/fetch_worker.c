/* The fetching child: one request on standard input, one answer on standard output. It parses what
 * strangers send, so it gives up everything that it does not need before it connects. */
#include "reconcile/source/fetch_sandbox.h"
#include "reconcile/source/fetch_transfer.h"
#include "reconcile/source/mirror.h"
#include "reconcile/source/repository.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define KNOWN_HOSTS_MAX_BYTES (4 << 20)

static const char *text_of(json_t *request, const char *key)
{
    return json_string_value(json_object_get(request, key));
}

/* libgit2 looks for ~/.ssh/known_hosts and nowhere else, so the file is given a home of its own
 * beside the mirror. */
static bool make_home(const FetchLogin *login, const char *mirror, GError **error)
{
    g_autofree char *home = g_build_filename(mirror, "fetch-home", NULL);
    g_autofree char *folder = g_build_filename(home, ".ssh", NULL);
    g_autofree char *file = g_build_filename(folder, "known_hosts", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    gsize size = 0;

    g_setenv("HOME", home, TRUE);
    if (login->kind != ADDRESS_SSH)
        return true;
    if (!g_file_get_contents(login->known_hosts_file, &text, &size, &failure)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "knownHostsFile: %s",
                    failure->message);
        return false;
    }
    if (size > KNOWN_HOSTS_MAX_BYTES) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "knownHostsFile %s: above %d bytes",
                    login->known_hosts_file, KNOWN_HOSTS_MAX_BYTES);
        return false;
    }
    if (g_mkdir_with_parents(folder, 0700) < 0 ||
        !g_file_set_contents(file, text, (gssize)size, NULL)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "mirror %s: cannot be written",
                    mirror);
        return false;
    }
    return true;
}

/* libgit2 starts by reading every certificate authority of the system, which is most of what an
 * idle poll costs. Without a file descriptor to be had it goes on without them. */
static void start_without_authorities(void)
{
    struct rlimit before, none;

    git2(); /* its file is opened before */
    if (getrlimit(RLIMIT_NOFILE, &before) < 0)
        before = (struct rlimit){0, 0};
    none = (struct rlimit){3, before.rlim_max};
    if (before.rlim_cur > 3)
        setrlimit(RLIMIT_NOFILE, &none);
    mirror_library_start();
    if (before.rlim_cur > 3)
        setrlimit(RLIMIT_NOFILE, &before);
}

static bool start_library(const FetchLogin *login, GError **error)
{
    const char *authorities = getenv("SSL_CERT_FILE"), *folder = getenv("SSL_CERT_DIR");

    if (login->kind != ADDRESS_HTTPS || authorities || folder)
        start_without_authorities();
    else
        mirror_library_start();
    if (login->kind == ADDRESS_HTTPS && (authorities || folder) &&
        git2()->libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, authorities, folder) < 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                    "SSL_CERT_FILE %s: holds no certificates that can be read",
                    authorities ? authorities : folder);
        return false;
    }
    return true;
}

static bool work(json_t *request, FetchLogin *login, FetchResult *ret, GError **error)
{
    const char *folder = text_of(request, "mirror");
    git_repository *mirror = NULL;
    bool done;

    if (!folder || !login->url) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                    "fetch-worker is started by driftless itself, with a request on its standard "
                    "input");
        return false;
    }
    if (!fetch_login_check(login, error) || !make_home(login, folder, error) ||
        !start_library(login, error) || !fetch_sandbox_enter(error))
        return false;
    if (git2()->repository_open_ext(
            &mirror, folder, GIT_REPOSITORY_OPEN_BARE | GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) < 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REPOSITORY, "mirror %s: cannot be opened",
                    folder);
        return false;
    }
    done = fetch_transfer(mirror, login, ret, error);
    git2()->repository_free(mirror);
    return done;
}

static json_t *answer_of(const FetchResult *result)
{
    return json_pack("{s:{s:b, s:i, s:i, s:i, s:I}}", "result", "empty", result->empty, "refs",
                     (int)result->refs, "forced", (int)result->forced, "deleted",
                     (int)result->deleted, "received", (json_int_t)result->received_bytes);
}

static json_t *answer_of_error(const GError *error)
{
    int code = error->domain == SOURCE_ERROR ? error->code : SOURCE_ERROR_FETCH;
    g_autofree char *message = g_utf8_make_valid(error->message, -1);

    return json_pack("{s:{s:i, s:s}}", "error", "code", code, "message", message);
}

int repository_fetch_worker(void)
{
    g_autoptr(GError) error = NULL;
    FetchResult result = {0};
    json_t *request, *answer;

    fetch_sandbox_prepare();
    request = json_loadf(stdin, JSON_REJECT_DUPLICATES, NULL);
    FetchLogin login = {.url = text_of(request, "url"),
                        .username = text_of(request, "username"),
                        .token = text_of(request, "token"),
                        .ssh_key_file = text_of(request, "sshKeyFile"),
                        .known_hosts_file = text_of(request, "knownHostsFile")};
    const bool done = work(request, &login, &result, &error);

    answer = done ? answer_of(&result) : answer_of_error(error);
    json_dumpf(answer, stdout, JSON_COMPACT);
    fflush(stdout);
    json_decref(answer);
    fetch_login_clear(&login);
    json_decref(request);
    return done ? 0 : 1;
}
