/* How bubblewrap is started: everything is made ready before the fork, as between it and exec only
 * calls are allowed that a thread of any program may be interrupted in. */
#define _GNU_SOURCE
#include "reconcile/package/sandbox_network.h"
#include "reconcile/package/sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where root shows the folders to the user it becomes, who may not walk to where they lie. */
#define ROOTS_VIEW "/mnt"
#define OPEN_FILES_MAX 16384
#define TEMPORARY_BYTES "67108864"
#define DATA_MARGIN ((uint64_t)1 << 30) /* runtimes map more than they use */

/* What bubblewrap finds at these descriptors. */
enum { INPUT, OUTPUT, ERRORS, STATUS, BLOCK, FILTER, PASSWD, GROUP, FILES };

typedef struct {
    const char *program;
    GPtrArray *arguments, *environment;
    int files[FILES];
    const SandboxRequest *request;
    bool root;
} Start;

static void start_clear(Start *start)
{
    g_ptr_array_unref(start->arguments);
    g_ptr_array_unref(start->environment);
    for (int i = 0; i < FILES; i++)
        if (start->files[i] >= 0)
            close(start->files[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static bool cannot(GError **error, const char *what)
{
    g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_FAILED, "start the sandbox: %s: %s", what,
                g_strerror(errno));
    return false;
}

/* A file in memory that its readers cannot change or grow. */
static int file_of(const void *data, size_t size)
{
    const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    int file = memfd_create("sandbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    size_t done = 0;

    while (file >= 0 && done < size) {
        ssize_t some = write(file, (const char *)data + done, size - done);

        if (some < 0 && errno != EINTR)
            break;
        done += some > 0 ? (size_t)some : 0;
    }
    if (file >= 0 &&
        (done < size || lseek(file, 0, SEEK_SET) < 0 || fcntl(file, F_ADD_SEALS, seals) < 0)) {
        close(file);
        return -1;
    }
    return file;
}

static void add(GPtrArray *arguments, const char *first, ...)
{
    va_list more;

    va_start(more, first);
    for (const char *word = first; word; word = va_arg(more, const char *))
        g_ptr_array_add(arguments, g_strdup(word));
    va_end(more);
}

/* Programs and libraries, where the distribution has them: links into /usr, or folders. */
static void add_machine(GPtrArray *arguments)
{
    static const char *const beside_usr[] = {"/bin",   "/sbin",  "/lib",
                                             "/lib32", "/lib64", "/libx32"};
    static const char *const settings[] = {"/etc/alternatives", "/etc/ld.so.cache"};

    add(arguments, "--ro-bind", "/usr", "/usr", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(beside_usr); i++) {
        g_autofree char *target = g_file_read_link(beside_usr[i], NULL);

        if (target)
            add(arguments, "--symlink", target, beside_usr[i], NULL);
        else
            add(arguments, "--ro-bind-try", beside_usr[i], beside_usr[i], NULL);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        add(arguments, "--ro-bind-try", settings[i], settings[i], NULL);
}

/* Whom the machine trusts, so that what is downloaded is from whom it says. */
static void add_network(GPtrArray *arguments)
{
    static const char *const settings[] = {"/etc/ssl/certs", "/etc/ssl/openssl.cnf",
                                           "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted"};

    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        add(arguments, "--ro-bind-try", settings[i], settings[i], NULL);
}

static void add_folders(GPtrArray *arguments, const SandboxRequest *request, bool root)
{
    bool has_temporary = false;

    for (size_t i = 0; i < request->folder_count; i++)
        has_temporary |= g_str_equal(request->folders[i].inside, "/tmp");
    if (!has_temporary)
        add(arguments, "--size", TEMPORARY_BYTES, "--tmpfs", "/tmp", NULL);
    for (size_t i = 0; i < request->folder_count; i++) {
        const SandboxFolder *folder = &request->folders[i];
        g_autofree char *view = g_strdup_printf(ROOTS_VIEW "/%zu", i);

        add(arguments, folder->writable ? "--bind" : "--ro-bind", root ? view : folder->host,
            folder->inside, NULL);
    }
}

static GPtrArray *bubblewrap_arguments(const SandboxRequest *request, bool root)
{
    GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);

    add(arguments, "bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session",
        "--hostname", "sandbox", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", NULL);
    add_machine(arguments);
    add(arguments, "--ro-bind-data", "6", "/etc/passwd", "--ro-bind-data", "7", "/etc/group",
        "--proc", "/proc", "--dev", "/dev", "--size", TEMPORARY_BYTES, "--tmpfs", "/dev/shm", NULL);
    if (request->network)
        add_network(arguments);
    add_folders(arguments, request, root);
    add(arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir",
        request->working_folder ? request->working_folder : "/", "--json-status-fd", "3",
        "--block-fd", "4", "--seccomp", "5", "--", NULL);
    for (const char *const *word = request->arguments; *word; word++)
        g_ptr_array_add(arguments, g_strdup(*word));
    g_ptr_array_add(arguments, NULL);
    return arguments;
}

typedef struct {
    const char *name, *value;
} Variable;

static void add_variables(GPtrArray *environment, const Variable *variables, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!g_environ_getenv((char **)environment->pdata, variables[i].name))
            g_ptr_array_insert(environment, 0,
                               g_strdup_printf("%s=%s", variables[i].name, variables[i].value));
}

static GPtrArray *command_environment(const SandboxRequest *request)
{
    static const Variable always[] = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                      {"HOME", "/tmp"},
                                      {"TMPDIR", "/tmp"},
                                      {"LANG", "C.UTF-8"}};
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt"};
    static const char *const bundle_names[] = {"SSL_CERT_FILE",     "NODE_EXTRA_CA_CERTS",
                                               "PIP_CERT",          "REQUESTS_CA_BUNDLE",
                                               "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO"};
    static const char *const proxy_names[] = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY",
                                              "http_proxy"};
    g_autofree char *proxy = g_strdup_printf("http://127.0.0.1:%d", SANDBOX_PROXY_PORT);
    GPtrArray *environment = g_ptr_array_new_with_free_func(g_free);

    for (const char *const *pair = request->environment; pair && *pair; pair++)
        g_ptr_array_add(environment, g_strdup(*pair));
    g_ptr_array_add(environment, NULL);
    add_variables(environment, always, G_N_ELEMENTS(always));
    for (size_t i = 0; request->network && i < G_N_ELEMENTS(proxy_names); i++)
        add_variables(environment, &(Variable){proxy_names[i], proxy}, 1);
    for (size_t i = 0; request->network && i < G_N_ELEMENTS(bundles); i++)
        for (size_t j = 0;
             g_file_test(bundles[i], G_FILE_TEST_EXISTS) && j < G_N_ELEMENTS(bundle_names); j++)
            add_variables(environment, &(Variable){bundle_names[j], bundles[i]}, 1);
    return environment;
}

/* Root gives away what the sandbox may write. */
static bool give_folder(const char *folder, GError **error)
{
    char *const paths[] = {(char *)folder, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    bool given = walk != NULL;

    while (given) {
        FTSENT *entry = fts_read(walk);

        if (!entry) {
            given = errno == 0;
            break;
        }
        given = lchown(entry->fts_accpath, SANDBOX_ROOT_BECOMES, SANDBOX_ROOT_BECOMES) == 0;
    }
    if (!given) {
        g_autofree char *what = g_strdup_printf("give %s to the user it runs as", folder);

        cannot(error, what);
    }
    if (walk)
        fts_close(walk);
    return given;
}

static bool check_folders(const SandboxRequest *request, bool root, GError **error)
{
    for (size_t i = 0; i < request->folder_count; i++) {
        const SandboxFolder *folder = &request->folders[i];

        if (!g_path_is_absolute(folder->host) || !g_file_test(folder->host, G_FILE_TEST_EXISTS)) {
            g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_REQUEST,
                        "start the sandbox: %s is not there", folder->host);
            return false;
        }
        if (root && folder->writable && !give_folder(folder->host, error))
            return false;
    }
    return true;
}

static void child_failed(const char *what)
{
    dprintf(STDERR_FILENO, "%s: %s\n", what, strerrorname_np(errno));
    _exit(127);
}

/* Root's folders in a view that the user it becomes may walk. */
static void child_show_folders(const SandboxRequest *request)
{
    int trees[request->folder_count + 1];

    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        child_failed("make a mount namespace");
    for (size_t i = 0; i < request->folder_count; i++) {
        trees[i] = open_tree(AT_FDCWD, request->folders[i].host,
                             OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (trees[i] < 0)
            child_failed(request->folders[i].host);
    }
    if (mount("none", ROOTS_VIEW, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") < 0)
        child_failed("mount on " ROOTS_VIEW);
    for (size_t i = 0; i < request->folder_count; i++) {
        char view[32];
        struct stat about;

        snprintf(view, sizeof(view), ROOTS_VIEW "/%zu", i);
        if (fstat(trees[i], &about) < 0)
            child_failed(view);
        if (S_ISDIR(about.st_mode) ? mkdir(view, 0755) < 0 : mknod(view, S_IFREG | 0644, 0) < 0)
            child_failed(view);
        if (move_mount(trees[i], "", AT_FDCWD, view, MOVE_MOUNT_F_EMPTY_PATH) < 0)
            child_failed(view);
    }
}

static void child_limit(const SandboxCeilings *ceilings)
{
    const struct {
        int resource;
        uint64_t value;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_CPU, ceilings->cpu_ms / 1000 + 1},
        {RLIMIT_FSIZE, ceilings->written_bytes},
        {RLIMIT_DATA, ceilings->memory_bytes + DATA_MARGIN},
        {RLIMIT_NOFILE, OPEN_FILES_MAX},
    };
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct rlimit now;

        if (getrlimit(limits[i].resource, &now) < 0)
            child_failed("read a limit");
        now.rlim_cur = now.rlim_max = MIN(now.rlim_max, limits[i].value);
        if (setrlimit(limits[i].resource, &now) < 0)
            child_failed("set a limit");
    }
    /* where memory runs out, the sandbox goes first; a preference, so no reason to fail */
    if (file >= 0 && write(file, "1000", 4) < 0)
        close(file);
}

static bool become_unprivileged(void)
{
    const unsigned user = SANDBOX_ROOT_BECOMES;

    return setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
           setresuid(user, user, user) == 0;
}

G_NORETURN static void child(const Start *start)
{
    sigset_t none;

    for (int i = 0; i < FILES; i++)
        if (dup2(start->files[i], i) < 0)
            _exit(127);
    close_range(FILES, ~0U, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    umask(022);
    child_limit(&start->request->ceilings);
    if (start->root) {
        child_show_folders(start->request);
        if (!become_unprivileged())
            child_failed("become an unprivileged user");
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* another user's process forgets it */
    }
    execve(start->program, (char *const *)start->arguments->pdata,
           (char *const *)start->environment->pdata);
    child_failed(start->program);
    _exit(127);
}

/* A pipe whose end for the child is among its files; the other is returned. */
static int pipe_to(Start *start, int file, bool child_writes)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    start->files[file] = fcntl(ends[child_writes], F_DUPFD_CLOEXEC, FILES);
    close(ends[child_writes]);
    return ends[!child_writes];
}

static bool open_files(Start *start, SandboxChild *ret, GError **error)
{
    static const char passwd[] = "build:x:1000:1000::/tmp:/bin/sh\n";
    static const char group[] = "build:x:1000:\n";
    const SandboxRequest *request = start->request;
    const struct {
        int file;
        const void *data;
        size_t size;
    } texts[] = {{INPUT, request->input, request->input ? request->input_bytes : 0},
                 {PASSWD, passwd, sizeof(passwd) - 1},
                 {GROUP, group, sizeof(group) - 1}};

    if ((start->files[FILTER] = sandbox_filter(error)) < 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        start->files[texts[i].file] = file_of(texts[i].data, texts[i].size);
    ret->output = pipe_to(start, OUTPUT, true);
    if (request->merge_output)
        start->files[ERRORS] = fcntl(start->files[OUTPUT], F_DUPFD_CLOEXEC, FILES);
    else
        ret->errors = pipe_to(start, ERRORS, true);
    ret->status = pipe_to(start, STATUS, true);
    ret->release = pipe_to(start, BLOCK, false);
    for (int i = 0; i < FILES; i++) {
        int high = start->files[i] < 0 ? -1 : fcntl(start->files[i], F_DUPFD_CLOEXEC, FILES);

        if (high < 0)
            return cannot(error, "its files");
        close(start->files[i]);
        start->files[i] = high;
    }
    return true;
}

static void close_child(SandboxChild *child_files)
{
    int files[] = {child_files->output, child_files->errors, child_files->status,
                   child_files->release};

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i] >= 0)
            close(files[i]);
}

bool sandbox_start(const SandboxRequest *request, SandboxChild *ret, GError **error)
{
    g_autofree char *program = g_find_program_in_path("bwrap");
    bool root = geteuid() == 0;
    g_auto(Start) start = {.program = program,
                           .arguments = bubblewrap_arguments(request, root),
                           .environment = command_environment(request),
                           .request = request,
                           .root = root};
    SandboxChild started = {-1, -1, -1, -1, -1};

    for (int i = 0; i < FILES; i++)
        start.files[i] = -1;
    if (!program) {
        g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_UNAVAILABLE,
                    "start the sandbox: bwrap is not in PATH, and nothing of a repository is run "
                    "without it; install bubblewrap (apt-get install bubblewrap)");
        return false;
    }
    if (!check_folders(request, root, error))
        return false;
    if (!open_files(&start, &started, error)) {
        close_child(&started);
        return false;
    }
    started.pid = fork();
    if (started.pid == 0)
        child(&start);
    if (started.pid < 0) {
        close_child(&started);
        return cannot(error, "fork");
    }
    *ret = started;
    return true;
}

bool sandbox_limit_processes(pid_t first, unsigned processes, GError **error)
{
    const struct rlimit limit = {processes, processes};
    int status = 0;
    pid_t pid;

    if (geteuid() != 0)
        return prlimit(first, RLIMIT_NPROC, &limit, NULL) == 0 ||
               cannot(error, "limit its processes");
    /* root without CAP_SYS_RESOURCE, as in containers, may limit no other user's process */
    pid = fork();
    if (pid == 0)
        _exit(become_unprivileged() && prlimit(first, RLIMIT_NPROC, &limit, NULL) == 0 ? 0 : errno);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    errno = pid < 0 ? errno : WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    return errno == 0 || cannot(error, "limit its processes");
}
