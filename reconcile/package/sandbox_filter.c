/* Which system calls the sandbox is refused. Everything that builds needs is allowed, as compilers
 * and their runtimes are many; refused is what reaches beyond namespaces, what makes new ones, and
 * what holds memory that no process shows as its own. */
#define _GNU_SOURCE
#include "reconcile/package/sandbox_parts.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Answered as by a kernel that lacks them, so that programs take their other way. */
static const int lacking[] = {
    SCMP_SYS(clone3), /* its flags lie in memory, out of a filter's sight: clone is taken then */
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
    SCMP_SYS(memfd_create), /* memory without a process */
    SCMP_SYS(memfd_secret),   SCMP_SYS(shmget),         SCMP_SYS(msgget),
    SCMP_SYS(userfaultfd),
};

static const int refused[] = {
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fspick),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(reboot),
    SCMP_SYS(syslog),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
};

static const uint64_t new_namespaces[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                          CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

/* Other families (vsock to the hypervisor, Bluetooth, packets) know no network namespaces or are
 * of no use to a build. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

static int refuse_families(scmp_filter_ctx filter)
{
    int failed = 0, previous = -1;

    /* a filter's rules are alternatives, so what lies between the families is refused */
    for (size_t i = 0; i < G_N_ELEMENTS(families) && !failed; previous = families[i++]) {
        for (int family = previous + 1; family < families[i] && !failed; family++)
            failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                      SCMP_A0(SCMP_CMP_EQ, (uint64_t)family, 0));
    }
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_GT, (uint64_t)previous, 0));
    return failed;
}

static int add_rules(scmp_filter_ctx filter)
{
    int failed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(lacking) && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), lacking[i], 0);
    for (size_t i = 0; i < G_N_ELEMENTS(refused) && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    for (size_t i = 0; i < G_N_ELEMENTS(new_namespaces) && !failed; i++)
        failed =
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, new_namespaces[i], new_namespaces[i]));
    /* typing into the terminal that the controller was started from */
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, TIOCSTI));
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, TIOCLINUX));
    return failed ? failed : refuse_families(filter);
}

int sandbox_filter(GError **error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int file = memfd_create("sandbox-filter", MFD_CLOEXEC);
    int failed = !filter ? -ENOMEM : file < 0 ? -errno : add_rules(filter);

    if (!failed)
        failed = seccomp_export_bpf(filter, file);
    if (filter)
        seccomp_release(filter);
    if (!failed && lseek(file, 0, SEEK_SET) < 0)
        failed = -errno;
    if (!failed)
        return file;
    if (file >= 0)
        close(file);
    g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_FAILED, "make the sandbox's filter: %s",
                g_strerror(-failed));
    return -1;
}
