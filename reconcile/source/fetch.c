/* The parent's side of a fetch: starts the child, hands it the request, waits no longer than the
 * deadline, and believes nothing but a complete answer. */
#include "reconcile/source/fetch_login.h"
#include "reconcile/source/mirror.h"
#include "reconcile/source/repository.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX_BYTES 65536
#define EXIT_PATIENCE_MS 1000

typedef struct {
    pid_t pid;
    int channel; /* its standard input and output */
    int64_t deadline_us;
    int give_up; /* -1: none */
} Child;

/* Nothing of the controller's environment but how to reach and trust servers. */
static GPtrArray *child_environment(void)
{
    static const char *const passed[] = {"http_proxy",    "https_proxy", "no_proxy",
                                         "HTTP_PROXY",    "HTTPS_PROXY", "NO_PROXY",
                                         "SSL_CERT_FILE", "SSL_CERT_DIR"};
    GPtrArray *environment = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(environment, g_strdup("PATH=/usr/bin:/bin"));
    g_ptr_array_add(environment, g_strdup("LC_ALL=C.UTF-8"));
    for (size_t i = 0; i < G_N_ELEMENTS(passed); i++)
        if (getenv(passed[i]))
            g_ptr_array_add(environment, g_strdup_printf("%s=%s", passed[i], getenv(passed[i])));
    g_ptr_array_add(environment, NULL);
    return environment;
}

static int spawn(const char *program, int channel, pid_t *ret)
{
    g_autoptr(GPtrArray) environment = child_environment();
    char *const arguments[] = {(char *)program, (char *)"fetch-worker", NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    int failed;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, channel, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, channel, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    failed = posix_spawn(ret, program, &files, &attributes, arguments, (char **)environment->pdata);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

static bool start_child(const FetchRequest *request, Child *ret, GError **error)
{
    const char *program = request->program ? request->program : "/proc/self/exe";
    int ends[2], failed;

    /* a socket, as a write to a dead child's pipe would raise SIGPIPE */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        failed = errno;
    else {
        failed = spawn(program, ends[1], &ret->pid);
        close(ends[1]);
        if (failed)
            close(ends[0]);
    }
    if (failed) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "start %s fetch-worker: %s", program,
                    g_strerror(failed));
        return false;
    }
    ret->channel = ends[0];
    ret->give_up = request->give_up > 0 ? request->give_up : -1;
    ret->deadline_us = g_get_monotonic_time() + (int64_t)request->deadline_ms * 1000;
    return true;
}

static int left_ms(const Child *child)
{
    int64_t left_us = child->deadline_us - g_get_monotonic_time();

    return left_us <= 0 ? 0 : (int)MIN((left_us + 999) / 1000, G_MAXINT);
}

/* Gives the child a moment to end by itself, then ends it and all it started. Returns its exit
 * status. */
static int end_child(Child *child)
{
    int handle = pidfd_open(child->pid, 0);
    int status = 0;

    if (handle >= 0) {
        struct pollfd waiting = {.fd = handle, .events = POLLIN};

        poll(&waiting, 1, MIN(left_ms(child), EXIT_PATIENCE_MS));
        close(handle);
    }
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(child->channel);
    return status;
}

static json_t *request_json(const Repository *repository, const FetchRequest *request)
{
    const struct {
        const char *key, *value;
    } pairs[] = {
        {"url", request->url},
        {"mirror", repository->folder},
        {"username", request->username},
        {"token", request->token},
        {"sshKeyFile", request->ssh_key_file},
        {"knownHostsFile", request->known_hosts_file},
    };
    json_t *json = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        if (pairs[i].value)
            json_object_set_new(json, pairs[i].key, json_string(pairs[i].value));
    return json;
}

/* A child that died before it read everything is found out when its answer is missing. */
static void send_request(const Child *child, const Repository *repository,
                         const FetchRequest *request)
{
    json_t *json = request_json(repository, request);
    char *text = json_dumps(json, JSON_COMPACT);
    size_t size = strlen(text), sent = 0;

    while (sent < size) {
        ssize_t some = send(child->channel, text + sent, size - sent, MSG_NOSIGNAL);

        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            break;
        sent += (size_t)some;
    }
    shutdown(child->channel, SHUT_WR);
    explicit_bzero(text, size);
    free(text);
    json_decref(json);
}

/* Reads until the child closes its end; false when the deadline or the caller came first. */
static bool read_answer(const Child *child, GString *answer)
{
    for (;;) {
        struct pollfd waiting[] = {{.fd = child->channel, .events = POLLIN},
                                   {.fd = child->give_up, .events = POLLIN}};
        char block[4096];
        ssize_t got;
        int ready = poll(waiting, G_N_ELEMENTS(waiting), left_ms(child));

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0 || waiting[1].revents)
            return false;
        got = recv(child->channel, block, sizeof(block), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return true;
        if (answer->len + (size_t)got > ANSWER_MAX_BYTES)
            return true; /* nonsense, and parsed as such */
        g_string_append_len(answer, block, got);
    }
}

static bool no_answer(int status, GError **error)
{
    if (WIFSIGNALED(status))
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                    "the fetching process was ended by signal %d (%s); the server may have sent "
                    "what it could not stomach",
                    WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                    "the fetching process gave no answer (exit status %d); it may have run out of "
                    "memory, or the program is not driftless",
                    WEXITSTATUS(status));
    return false;
}

static unsigned count_of(json_t *json, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(json, key));

    return value > 0 && value <= G_MAXINT ? (unsigned)value : 0;
}

static bool read_result(const GString *answer, int status, FetchResult *ret, GError **error)
{
    json_t *json = json_loadb(answer->str, answer->len, 0, NULL);
    json_t *result = json_object_get(json, "result"), *failure = json_object_get(json, "error");
    const char *message = json_string_value(json_object_get(failure, "message"));
    bool done = false;

    if (json_is_object(result)) {
        *ret = (FetchResult){
            .empty = json_is_true(json_object_get(result, "empty")),
            .refs = count_of(result, "refs"),
            .forced = count_of(result, "forced"),
            .deleted = count_of(result, "deleted"),
            .received_bytes = (uint64_t)json_integer_value(json_object_get(result, "received")),
        };
        done = true;
    } else if (message) {
        unsigned code = count_of(failure, "code");

        g_set_error_literal(error, SOURCE_ERROR,
                            code <= SOURCE_ERROR_DEADLINE ? (int)code : SOURCE_ERROR_FETCH,
                            message);
    } else {
        no_answer(status, error);
    }
    json_decref(json);
    return done;
}

bool repository_fetch(Repository *repository, const FetchRequest *request, FetchResult *ret,
                      GError **error)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autofree char *shown = fetch_url_shown(request->url);
    Child child;
    bool done = false;

    if (start_child(request, &child, error)) {
        bool answered;
        int status;

        send_request(&child, repository, request);
        answered = read_answer(&child, answer);
        status = end_child(&child);
        if (answered)
            done = read_result(answer, status, ret, error);
        else
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_DEADLINE,
                        "the server did not deliver within %u ms, and the fetch was stopped; it is "
                        "tried again at the next poll",
                        request->deadline_ms);
    }
    if (!done)
        g_prefix_error(error, "fetch %s: ", shown);
    return done;
}
