/* Programs that nobody here wrote, from the Python environment that DRIFTLESS_PEERS names
 * (config/setup peers makes it). Without it a test is skipped, unless CI is true. */
#pragma once
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* bin/`name` of the peers, (transfer full); skips the test when it is not there. */
static inline char *peer_program(const char *name)
{
    const char *folder = g_getenv("DRIFTLESS_PEERS"), *ci = g_getenv("CI");
    char *program =
        g_build_filename(folder && *folder ? folder : "/nonexistent", "bin", name, NULL);

    if (!g_file_test(program, G_FILE_TEST_IS_EXECUTABLE)) {
        cr_assert_str_neq(ci ? ci : "", "true",
                          "%s is not there; run: sh config/setup peers FOLDER, and set "
                          "DRIFTLESS_PEERS",
                          program);
        cr_skip("no %s: DRIFTLESS_PEERS names no environment with it", name);
    }
    return program;
}

static inline int peer_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static inline bool peer_answers(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

    close(fd);
    return answers;
}

typedef struct {
    pid_t pid;
    int port;
    char *url, *folder;
} MiniStack;

/* The child dies with the test, however that ends. */
static inline void ministack_exec(const char *program, int port, const char *folder)
{
    g_autofree char *text = g_strdup_printf("%d", port);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (chdir(folder) != 0 || !freopen("ministack.log", "w", stdout) || dup2(fileno(stdout), 2) < 0)
        _exit(126);
    g_setenv("GATEWAY_PORT", text, true);
    execl(program, program, (char *)NULL);
    _exit(127);
}

static inline void ministack_start(MiniStack *stack)
{
    g_autofree char *program = peer_program("ministack");

    stack->folder = g_dir_make_tmp("driftless-ministack-XXXXXX", NULL);
    stack->port = peer_free_port();
    stack->url = g_strdup_printf("http://127.0.0.1:%d", stack->port);
    stack->pid = fork();
    if (stack->pid == 0)
        ministack_exec(program, stack->port, stack->folder);
    for (time_t end = time(NULL) + 60; !peer_answers(stack->port);) {
        cr_assert_eq(waitpid(stack->pid, NULL, WNOHANG), 0, "MiniStack ended; see %s/ministack.log",
                     stack->folder);
        cr_assert_lt(time(NULL), end, "MiniStack does not answer");
        g_usleep(20000);
    }
}

static inline void ministack_stop(MiniStack *stack)
{
    g_autofree char *log = g_build_filename(stack->folder, "ministack.log", NULL);

    kill(-stack->pid, SIGKILL);
    waitpid(stack->pid, NULL, 0);
    unlink(log);
    rmdir(stack->folder);
    g_free(stack->url);
    g_free(stack->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MiniStack, ministack_stop)
