/* The run of a sandbox: its output is read and its ceilings are looked at until bubblewrap ends. */
#define _GNU_SOURCE
#include "reconcile/package/sandbox.h"

#include "reconcile/package/sandbox_network.h"
#include "reconcile/package/sandbox_parts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_EVERY_MS 25
#define START_MS 10000
#define DEATH_MS 10000 /* the kernel's time to end what was killed */
#define STATUS_MAX 4096
#define NO_PROGRAM 127 /* as shells say it */

G_DEFINE_QUARK(driftless - sandbox - error - quark, sandbox_error)

const SandboxCeilings sandbox_ceilings_default = {
    .wall_ms = 600000,
    .cpu_ms = 1800000,
    .memory_bytes = (uint64_t)2 << 30,
    .processes = 512,
    .written_bytes = (uint64_t)2 << 30,
    .files = 200000,
    .output_bytes = 1 << 20,
};

/* The end of a stream, in a ring. */
typedef struct {
    int file; /* -1 once it has ended */
    char *ring;
    size_t size, used, at;
    uint64_t seen;
} Stream;

typedef struct {
    const SandboxRequest *request;
    SandboxChild child;
    Stream output, errors;
    GString *status;
    bool status_ended;
    int give_up; /* -1: none */
    pid_t first;
    int first_handle; /* of process 1 in the sandbox: it ends after all others have */
    SandboxWatch watch;
    SandboxNetwork *network; /* or NULL */
    int64_t started_us;
} Run;

static void keep(Stream *stream, const char *block, size_t size)
{
    stream->seen += size;
    if (size > stream->size) {
        block += size - stream->size;
        size = stream->size;
    }
    while (size > 0) {
        size_t some = MIN(size, stream->size - stream->at);

        memcpy(stream->ring + stream->at, block, some);
        stream->at = (stream->at + some) % stream->size;
        stream->used = MIN(stream->used + some, stream->size);
        block += some;
        size -= some;
    }
}

static void read_stream(Stream *stream)
{
    char block[65536];
    ssize_t got = read(stream->file, block, sizeof(block));

    if (got > 0)
        keep(stream, block, (size_t)got);
    else if (got == 0 || errno != EINTR) {
        close(stream->file);
        stream->file = -1;
    }
}

static void stream_open(Stream *stream, int file, size_t size)
{
    stream->file = file;
    stream->size = MAX(size, 1);
    stream->ring = g_malloc(stream->size);
}

/* Hands over what was kept, in order. */
static SandboxOutput stream_take(Stream *stream)
{
    SandboxOutput output = {.text = g_malloc(stream->used + 1),
                            .bytes = stream->used,
                            .lost_bytes = stream->seen - stream->used};
    size_t start = stream->used < stream->size ? 0 : stream->at;
    size_t first = MIN(stream->used, stream->size - start);

    memcpy(output.text, stream->ring + start, first);
    memcpy(output.text + first, stream->ring, stream->used - first);
    output.text[stream->used] = '\0';
    return output;
}

static void read_status(Run *run)
{
    char block[512];
    ssize_t got = read(run->child.status, block, sizeof(block));

    if (got > 0 && run->status->len + (size_t)got < STATUS_MAX)
        g_string_append_len(run->status, block, got);
    else if (got == 0 || (got < 0 && errno != EINTR))
        run->status_ended = true;
}

/* A number of bubblewrap's status, which is small JSON objects one after the other; -1: none. */
static long status_number(const Run *run, const char *key)
{
    const char *at = strstr(run->status->str, key);

    if (at)
        at = strchr(at, ':');
    return at && strchr(at, '\n') ? strtol(at + 1, NULL, 10) : -1;
}

/* Waits up to `patience_ms` for something to read, and reads it. False when nothing came. */
static bool read_some(Run *run, int patience_ms)
{
    struct pollfd waiting[] = {
        {.fd = run->output.file, .events = POLLIN},
        {.fd = run->errors.file, .events = POLLIN},
        {.fd = run->status_ended ? -1 : run->child.status, .events = POLLIN},
        {.fd = run->give_up, .events = POLLIN},
    };
    int ready = poll(waiting, G_N_ELEMENTS(waiting), patience_ms);

    if (ready <= 0)
        return false;
    if (waiting[0].revents)
        read_stream(&run->output);
    if (waiting[1].revents)
        read_stream(&run->errors);
    if (waiting[2].revents)
        read_status(run);
    return true;
}

static bool has_given_up(const Run *run)
{
    struct pollfd waiting = {.fd = run->give_up, .events = POLLIN};

    return poll(&waiting, 1, 0) > 0;
}

static unsigned since_ms(int64_t start_us)
{
    return (unsigned)((g_get_monotonic_time() - start_us) / 1000);
}

/* Ends all that is in the sandbox, and bubblewrap, and waits until nothing of it is left. */
static int end_all(Run *run)
{
    int status = 0;

    if (run->first > 0 && run->first_handle >= 0)
        pidfd_send_signal(run->first_handle, SIGKILL, NULL, 0);
    kill(run->child.pid, SIGKILL);
    while (waitpid(run->child.pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (run->first_handle >= 0) {
        struct pollfd waiting = {.fd = run->first_handle, .events = POLLIN};

        while (poll(&waiting, 1, DEATH_MS) < 0 && errno == EINTR)
            ;
    }
    return status;
}

/* Bubblewrap tells its first process, which waits to be let go. */
static bool wait_for_first(Run *run, GError **error)
{
    int64_t start = g_get_monotonic_time();

    while (!run->status_ended && since_ms(start) < START_MS &&
           (run->first = (pid_t)status_number(run, "\"child-pid\"")) <= 0)
        read_some(run, LOOK_EVERY_MS);
    if (run->first > 0)
        run->first_handle = pidfd_open(run->first, 0);
    if (run->first > 0 && run->first_handle < 0) {
        g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_FAILED, "start the sandbox: %s",
                    g_strerror(errno));
        return false;
    }
    if (run->first > 0 &&
        !sandbox_limit_processes(run->first, run->request->ceilings.processes, error))
        return false;
    if (run->first > 0 && run->request->network &&
        !(run->network = sandbox_network_start(run->first, run->request->network, error)))
        return false;
    close(run->child.release);
    run->child.release = -1;
    return true;
}

static SandboxEnd supervise(Run *run)
{
    int64_t look_us = g_get_monotonic_time() + LOOK_EVERY_MS * 1000;

    while (!run->status_ended || run->output.file >= 0 || run->errors.file >= 0) {
        int64_t now = g_get_monotonic_time();
        SandboxEnd end = SANDBOX_EXITED;

        if (since_ms(run->started_us) >= run->request->ceilings.wall_ms)
            return SANDBOX_OVER_TIME;
        if (has_given_up(run))
            return SANDBOX_GIVEN_UP;
        if (now >= look_us && run->first > 0) {
            end = sandbox_watch_look(&run->watch, run->request, false);
            look_us = g_get_monotonic_time() + LOOK_EVERY_MS * 1000;
        }
        if (end != SANDBOX_EXITED)
            return end;
        read_some(run, LOOK_EVERY_MS);
    }
    return SANDBOX_EXITED;
}

static bool refuse(const char *said, GError **error)
{
    g_autofree char *reason = g_strstrip(g_strdup(said));

    g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_UNAVAILABLE,
                "start the sandbox: this machine does not let bubblewrap make namespaces, and "
                "nothing of a repository is run without them: %s; allow unprivileged user "
                "namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces, "
                "and kernel.apparmor_restrict_unprivileged_userns=0 where there is one; in a "
                "container also a seccomp profile with clone and mount), or commit what is built",
                *reason ? reason : "it said nothing");
    return false;
}

/* Bubblewrap tells the command's exit status, unless it failed itself: before the command was
 * there, or because the program is not. */
static bool judge(Run *run, SandboxResult *result, GError **error)
{
    long status = status_number(run, "\"exit-code\"");
    SandboxEnd after;

    if (result->end != SANDBOX_EXITED)
        return true;
    if (status < 0) {
        const SandboxOutput *said = run->errors.ring ? &result->errors : &result->output;

        if (!g_str_has_prefix(said->text, "bwrap: execvp "))
            return refuse(said->text, error);
        status = NO_PROGRAM;
    }
    after = sandbox_watch_look(&run->watch, run->request, true);
    result->status = (int)status;
    if (after != SANDBOX_EXITED)
        result->end = after;
    else if (status == 128 + SIGXCPU)
        result->end = SANDBOX_OVER_CPU;
    else if (status == 128 + SIGXFSZ)
        result->end = SANDBOX_OVER_WRITTEN;
    else if (status > 128 && status <= 128 + SIGRTMAX) {
        result->end = SANDBOX_SIGNALLED;
        result->status = (int)status - 128;
    }
    return true;
}

static void run_clear(Run *run)
{
    int files[] = {run->output.file, run->errors.file, run->child.status, run->child.release,
                   run->first_handle};

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i] >= 0)
            close(files[i]);
    g_free(run->output.ring);
    g_free(run->errors.ring);
    g_string_free(run->status, TRUE);
    sandbox_network_free(run->network);
    if (run->watch.free_before)
        sandbox_watch_clear(&run->watch);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

bool sandbox_run(const SandboxRequest *request, SandboxResult *ret, GError **error)
{
    g_auto(Run) run = {.request = request,
                       .first_handle = -1,
                       .give_up = request->give_up > 0 ? request->give_up : -1,
                       .started_us = g_get_monotonic_time()};
    SandboxResult result = {0};
    bool started;

    run.status = g_string_new(NULL);
    run.output.file = run.errors.file = -1;
    run.child = (SandboxChild){-1, -1, -1, -1, -1};
    if (!sandbox_start(request, &run.child, error))
        return false;
    stream_open(&run.output, run.child.output, request->ceilings.output_bytes);
    if (!request->merge_output)
        stream_open(&run.errors, run.child.errors, request->ceilings.output_bytes);
    started = wait_for_first(&run, error);
    if (started) {
        sandbox_watch_init(&run.watch, request, run.first);
        result.end = supervise(&run);
    }
    end_all(&run);
    run.give_up = -1;
    while (read_some(&run, 0))
        ; /* what it wrote last; nobody is left to write more */
    if (!started)
        return false;
    result.output = stream_take(&run.output);
    result.errors =
        run.errors.ring ? stream_take(&run.errors) : (SandboxOutput){g_strdup(""), 0, 0};
    if (!judge(&run, &result, error)) {
        sandbox_result_clear(&result);
        return false;
    }
    result.wall_ms = since_ms(run.started_us);
    *ret = result;
    return true;
}

bool sandbox_succeeded(const SandboxResult *result)
{
    return result->end == SANDBOX_EXITED && result->status == 0;
}

char *sandbox_describe_end(const SandboxRequest *request, const SandboxResult *result)
{
    const SandboxCeilings *ceilings = &request->ceilings;
    g_autofree char *memory = g_format_size_full(ceilings->memory_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *written = g_format_size_full(ceilings->written_bytes, G_FORMAT_SIZE_IEC_UNITS);

    switch (result->end) {
    case SANDBOX_EXITED:
        return g_strdup_printf("exited with status %d", result->status);
    case SANDBOX_SIGNALLED:
        return g_strdup_printf("was ended by signal %d (%s)", result->status,
                               strsignal(result->status));
    case SANDBOX_OVER_TIME:
        return g_strdup_printf("was killed: it took more than %g s", ceilings->wall_ms / 1000.0);
    case SANDBOX_OVER_CPU:
        return g_strdup_printf("was killed: it took more than %g s of CPU time",
                               ceilings->cpu_ms / 1000.0);
    case SANDBOX_OVER_MEMORY:
        return g_strdup_printf("was killed: it took more than %s of memory", memory);
    case SANDBOX_OVER_PROCESSES:
        return g_strdup_printf("was killed: it started more than %u processes and threads",
                               ceilings->processes);
    case SANDBOX_OVER_WRITTEN:
        return g_strdup_printf("was killed: it wrote more than %s, or the disk was nearly full",
                               written);
    case SANDBOX_OVER_FILES:
        return g_strdup_printf("was killed: it wrote more than %u files, or folders nested deeper "
                               "than 200",
                               ceilings->files);
    case SANDBOX_GIVEN_UP:
        return g_strdup("was stopped");
    }
    return NULL;
}

static void output_clear(SandboxOutput *output)
{
    g_free(output->text);
    *output = (SandboxOutput){0};
}

void sandbox_result_clear(SandboxResult *result)
{
    output_clear(&result->output);
    output_clear(&result->errors);
}
