#include "reconcile/source/fetch_sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs in a child, as there is no way out of the sandbox: which of the attempts got through, as
 * bits. */
static int attempts_that_succeed(void)
{
    char *const arguments[] = {(char *)"/bin/true", NULL};
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    int bits = 0;

    if (!fetch_sandbox_enter(NULL))
        return 255;
    execv(arguments[0], arguments);
    bits |= errno != EPERM;
    bits |= (mount("none", "/mnt", "tmpfs", 0, NULL) == 0 || errno != EPERM) << 1;
    bits |= (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EPERM) << 2;
    bits |= (listen(0, 1) == 0 || errno != EPERM) << 3;
    bits |= (chroot("/") == 0 || errno != EPERM) << 4;
    bits |= (setuid(0) == 0 || errno != EPERM) << 5;
    bits |= (setrlimit(RLIMIT_FSIZE, &more) == 0) << 6;
    return bits;
}

static int run(int (*body)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(body());
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(fetch_sandbox, nothing_that_a_fetch_does_not_need_gets_through)
{
#if defined(__SANITIZE_ADDRESS__)
    const int open_to_the_leak_check = 1 << 6; /* it sets limits, clones and traces */

    cr_expect_eq(run(attempts_that_succeed) & ~open_to_the_leak_check, 0);
#else
    cr_expect_eq(run(attempts_that_succeed), 0);
#endif
}

static int files_and_sockets(void)
{
    int file;

    if (!fetch_sandbox_enter(NULL))
        return 1;
    file = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
    if (file < 0 || close(file) < 0)
        return 2;
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 3 : 0;
}

Test(fetch_sandbox, files_and_connections_still_work)
{
    cr_expect_eq(run(files_and_sockets), 0);
}

static int leaves_only_the_standard_files(void)
{
    const int inherited = open("/etc/hosts", O_RDONLY);

    if (inherited < 3)
        return 1;
    fetch_sandbox_prepare();
    return fcntl(inherited, F_GETFD) == -1 && errno == EBADF ? 0 : 2;
}

Test(fetch_sandbox, inherited_files_are_closed_first)
{
    cr_expect_eq(run(leaves_only_the_standard_files), 0);
}
