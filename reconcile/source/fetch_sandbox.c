#define _GNU_SOURCE /* close_range, CLONE_THREAD */
#include "reconcile/source/fetch_sandbox.h"

#include "reconcile/source/source_tree.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_MAX_BYTES ((rlim_t)2 << 30)
#define FILE_MAX_BYTES ((rlim_t)8 << 30)

#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define SANITIZED \
    1 /* shadow memory takes terabytes of addresses; the leak check clones and traces itself */
#else
#define SANITIZED 0
#endif

void fetch_sandbox_prepare(void)
{
    const struct rlimit none = {0, 0};

    close_range(3, ~0U, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
    umask(077);
}

static bool limit(int resource, rlim_t bytes, GError **error)
{
    const struct rlimit wanted = {bytes, bytes};
    struct rlimit now;

    if (getrlimit(resource, &now) == 0 && now.rlim_max < bytes)
        return true; /* stricter already */
    if (setrlimit(resource, &wanted) == 0)
        return true;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "limit the fetching process: %s",
                g_strerror(errno));
    return false;
}

static const int allowed[] = {
    /* files */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(close),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(lseek),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(flock),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(umask),
    SCMP_SYS(utimensat),
    SCMP_SYS(utimes),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fadvise64),
    /* memory */
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(msync),
    /* the network, as a client */
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(ioctl),
    /* time, chance, identity, signals, the end */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(tgkill),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#if SANITIZED
    SCMP_SYS(clone),
    SCMP_SYS(ptrace),
    SCMP_SYS(prctl),
    SCMP_SYS(wait4),
    SCMP_SYS(kill),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(prlimit64),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(pipe2),
    SCMP_SYS(getdents),
    SCMP_SYS(arch_prctl),
#endif
};

/* nscd and resolvers answer on AF_UNIX, getaddrinfo asks for interfaces on AF_NETLINK. */
static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};

static int add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++) {
        int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);

        if (failed && failed != -EDOM) /* -EDOM: this architecture has no such call */
            return failed;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                      SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));

        if (failed)
            return failed;
    }
    /* libgit2 packs a local repository in threads. clone3 hides its flags from the filter: without
     * it glibc uses clone */
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (failed)
        return failed;
    /* asking for limits is harmless, setting them is not needed any more */
    return SANITIZED ? 0
                     : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
                                        SCMP_A2(SCMP_CMP_EQ, 0, 0));
}

bool fetch_sandbox_enter(GError **error)
{
    scmp_filter_ctx filter;
    int failed;

    if (!limit(RLIMIT_FSIZE, FILE_MAX_BYTES, error) ||
        (!SANITIZED && !limit(RLIMIT_AS, MEMORY_MAX_BYTES, error)))
        return false;
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit is an error, not a death */
    signal(SIGPIPE, SIG_IGN);
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH, "no system call filter to be had");
        return false;
    }
    failed = add_rules(filter);
    if (!failed)
        failed = seccomp_load(filter); /* sets no-new-privileges first */
    seccomp_release(filter);
    if (!failed)
        return true;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FETCH,
                "the fetching process cannot be restricted (seccomp: %s); Driftless does not fetch "
                "without: allow seccomp filters on this host",
                g_strerror(-failed));
    return false;
}
