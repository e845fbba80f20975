/* What a hostile command tries, and what becomes of it. Each test is one way out. */
#define _GNU_SOURCE
#include "sandbox_case.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>

/* Runs the command, which must end by itself, and returns what it said. */
static char *said_by(const char *command)
{
    Case test;
    char *said;

    prepare(&test, command);
    run(&test);
    cr_assert_eq(test.result.end, SANDBOX_EXITED, "%s: %s", command, test.result.errors.text);
    said = g_strconcat(test.result.output.text, test.result.errors.text, NULL);
    clear(&test);
    return said;
}

static void killed_by(const char *command, SandboxEnd end, void (*change)(SandboxCeilings *))
{
    Case test;
    g_autofree char *described = NULL;
    int64_t start = g_get_monotonic_time();

    prepare(&test, command);
    if (change)
        change(&test.request.ceilings);
    run(&test);
    described = sandbox_describe_end(&test.request, &test.result);
    cr_assert_eq(test.result.end, end, "%s: %s, %s%s", command, described, test.result.output.text,
                 test.result.errors.text);
    cr_assert_lt(g_get_monotonic_time() - start, 25 * G_USEC_PER_SEC);
    clear(&test);
}

Test(sandbox, a_command_gets_its_input_and_tells_its_output_errors_and_status)
{
    Case test;

    prepare(&test, "cat; echo trouble >&2; exit 7");
    test.request.input = "hello";
    test.request.input_bytes = 5;
    run(&test);
    cr_assert_eq(test.result.end, SANDBOX_EXITED);
    cr_assert_eq(test.result.status, 7);
    cr_assert_str_eq(test.result.output.text, "hello");
    cr_assert_str_eq(test.result.errors.text, "trouble\n");
    cr_assert_not(sandbox_succeeded(&test.result));
    clear(&test);
}

Test(sandbox, a_command_writes_into_its_output_folder_and_reads_its_source)
{
    Case test;
    g_autofree char *copy = NULL, *text = NULL;

    prepare(&test, "cp /source/handler.js /out/copy.js && test -w /tmp");
    copy = g_build_filename(test.folder, "out", "copy.js", NULL);
    run(&test);
    cr_assert(sandbox_succeeded(&test.result), "%s", test.result.errors.text);
    cr_assert(g_file_get_contents(copy, &text, NULL, NULL));
    cr_assert_str_eq(text, "exports.handler = 1\n");
    clear(&test);
}

Test(sandbox, errors_go_into_the_output_where_that_is_asked_for)
{
    Case test;

    prepare(&test, "echo 1; echo 2 >&2; echo 3");
    test.request.merge_output = true;
    run(&test);
    cr_assert_str_eq(test.result.output.text, "1\n2\n3\n");
    clear(&test);
}

Test(sandbox, a_program_that_is_not_there_is_a_failure_that_names_it)
{
    Case test;

    prepare(&test, "");
    test.arguments[0] = "no-such-bundler";
    run(&test);
    cr_assert_eq(test.result.end, SANDBOX_EXITED);
    cr_assert_eq(test.result.status, 127);
    cr_assert(strstr(test.result.errors.text, "no-such-bundler"), "%s", test.result.errors.text);
    clear(&test);
}

Test(sandbox, the_source_cannot_be_written)
{
    Case test;
    g_autofree char *file = NULL, *text = NULL;

    prepare(&test, "echo bad >/source/handler.js; echo bad >/source/new; rm -f /source/handler.js;"
                   "mount -o remount,rw /source; chmod 777 /source; exit 0");
    file = g_build_filename(test.folder, "source", "handler.js", NULL);
    run(&test);
    cr_assert(g_file_get_contents(file, &text, NULL, NULL));
    cr_assert_str_eq(text, "exports.handler = 1\n");
    cr_assert(strstr(test.result.errors.text, "Read-only file system"), "%s",
              test.result.errors.text);
    clear(&test);
}

Test(sandbox, nothing_of_the_machine_can_be_written_but_what_was_given)
{
    g_autofree char *said =
        said_by("for f in / /usr /etc /dev /proc/sys/kernel /usr/bin; do touch $f/x && echo in $f; "
                "done; echo 1 >/proc/sysrq-trigger && echo sysrq; echo x "
                ">/proc/sys/kernel/core_pattern && echo core; :");

    cr_assert_not(strstr(said, "in /"), "%s", said);
    cr_assert_not(strstr(said, "sysrq\n"), "%s", said);
    cr_assert_not(strstr(said, "core\n"), "%s", said);
}

Test(sandbox, the_controllers_environment_is_nowhere)
{
    g_autofree char *said = NULL;

    g_setenv("AWS_SECRET_ACCESS_KEY", "a-key-that-must-stay", TRUE);
    said = said_by("env; cat /proc/*/environ; ls /proc | grep -c '^[0-9]'");
    cr_assert_not(strstr(said, "a-key-that-must-stay"), "%s", said);
    cr_assert(strstr(said, "HOME=/tmp"), "%s", said);
}

Test(sandbox, the_controllers_files_and_processes_are_nowhere)
{
    g_autofree char *key = g_build_filename(g_get_tmp_dir(), "driftless-test-key", NULL);
    g_autofree char *command = NULL, *said = NULL;

    cr_assert(g_file_set_contents(key, "a-key-that-must-stay", -1, NULL));
    command = g_strdup_printf(
        "cat %s /proc/1/root%s /proc/%d/environ /proc/1/cwd%s /etc/shadow /root/.aws/credentials; "
        "ls /root /home /var /run; kill -9 %d && echo killed",
        key, key, getpid(), key, getpid());
    said = said_by(command);
    unlink(key);
    cr_assert_not(strstr(said, "a-key-that-must-stay"), "%s", said);
    cr_assert_not(strstr(said, "root:"), "%s", said);
    cr_assert_not(strstr(said, "killed"), "%s", said);
}

Test(sandbox, an_open_file_of_the_controller_is_not_inherited)
{
    Case test;
    int open_file = open("/proc/self/environ", O_RDONLY); /* without O_CLOEXEC */

    prepare(&test, "ls /proc/self/fd | wc -w");
    run(&test);
    close(open_file);
    cr_assert_str_eq(test.result.output.text, "4\n"); /* three, and the folder that ls reads */
    clear(&test);
}

Test(sandbox, the_user_has_no_rights_and_gets_none)
{
    g_autofree char *said =
        said_by("id -u; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; "
                "unshare -Ur true && echo namespace; su -c id; chroot /out true && echo chroot; "
                "mount -t tmpfs none /out && echo mount; mknod /out/disk b 8 0 && echo device; :");

    cr_assert(g_str_has_prefix(said, "1000\n"), "%s", said);
    cr_assert(strstr(said, "CapEff:\t0000000000000000"), "%s", said);
    cr_assert(strstr(said, "NoNewPrivs:\t1"), "%s", said);
    cr_assert(strstr(said, "Seccomp:\t2"), "%s", said);
    cr_assert_not(strstr(said, "\nnamespace\n") || strstr(said, "\nchroot\n") ||
                      strstr(said, "\nmount\n") || strstr(said, "\ndevice\n"),
                  "%s", said);
}

static void short_time(SandboxCeilings *ceilings)
{
    ceilings->wall_ms = 700;
}

static void small_cpu(SandboxCeilings *ceilings)
{
    ceilings->cpu_ms = 500;
}

static void small_memory(SandboxCeilings *ceilings)
{
    ceilings->memory_bytes = 200 << 20;
}

static void small_disk(SandboxCeilings *ceilings)
{
    ceilings->written_bytes = 40 << 20;
}

static void few_files(SandboxCeilings *ceilings)
{
    ceilings->files = 1000;
}

Test(sandbox, a_command_that_never_ends_is_killed)
{
    killed_by("sleep 1000", SANDBOX_OVER_TIME, short_time);
    killed_by("trap '' TERM INT HUP; setsid sleep 1000 & while :; do sleep 1; done",
              SANDBOX_OVER_TIME, short_time);
}

Test(sandbox, cpu_time_of_all_processes_together_has_an_end)
{
    killed_by("while :; do :; done & while :; do :; done", SANDBOX_OVER_CPU, small_cpu);
    killed_by("while :; do (i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done); done",
              SANDBOX_OVER_CPU, small_cpu);
}

Test(sandbox, memory_of_all_processes_together_has_an_end)
{
    killed_by("python3 -c 'x = bytearray(1 << 30); import time; time.sleep(20)'",
              SANDBOX_OVER_MEMORY, small_memory);
    killed_by("for i in 1 2 3 4 5; do python3 -c 'x = bytearray(60 << 20); import time; "
              "time.sleep(20)' & done; wait",
              SANDBOX_OVER_MEMORY, small_memory);
    killed_by("python3 -c 'import mmap, time\nm = mmap.mmap(-1, 400 << 20)\n"
              "for i in range(0, 400 << 20, 4096): m[i] = 1\ntime.sleep(20)'",
              SANDBOX_OVER_MEMORY, small_memory);
}

Test(sandbox, memory_that_processes_share_counts_once)
{
    Case test;

    prepare(&test, "python3 -c 'import os, time\nx = bytearray(120 << 20)\n"
                   "for i in range(4):\n os.fork() or (time.sleep(0.5), os._exit(0))\n"
                   "time.sleep(0.5)'");
    small_memory(&test.request.ceilings);
    run(&test);
    cr_assert(sandbox_succeeded(&test.result), "%s", test.result.errors.text);
    clear(&test);
}

Test(sandbox, memory_without_a_process_cannot_be_had)
{
    g_autofree char *said = said_by(
        "python3 -c 'import os; os.memfd_create(\"x\")'; head -c 200000000 /dev/zero >/dev/shm/x; "
        "head -c 200000000 /dev/zero >/tmp/x");

    cr_assert(strstr(said, "Function not implemented"), "%s", said);
    cr_assert(strstr(said, "No space left"), "%s", said);
}

Test(sandbox, a_fork_bomb_starts_no_more_processes_than_it_may)
{
    Case test;

    prepare(&test, "bomb() { bomb | bomb & }; bomb; sleep 1; echo survived");
    test.request.ceilings.processes = 64;
    test.request.ceilings.wall_ms = 4000;
    run(&test);
    /* the kernel refuses to fork, the ceilings end the rest; after that nobody is left */
    cr_assert(test.result.end == SANDBOX_OVER_TIME || test.result.end == SANDBOX_OVER_PROCESSES ||
              test.result.end == SANDBOX_EXITED);
    cr_assert(test.result.end != SANDBOX_EXITED ||
                  strstr(test.result.errors.text, "ork"), /* Cannot fork */
              "%s", test.result.errors.text);
    clear(&test);
}

Test(sandbox, threads_count_as_processes)
{
    Case test;

    prepare(&test, "python3 -c 'import threading, time\n"
                   "for i in range(200): threading.Thread(target=time.sleep, args=(1,)).start()'");
    test.request.ceilings.processes = 64;
    run(&test);
    cr_assert_not(sandbox_succeeded(&test.result));
    clear(&test);
}

Test(sandbox, filling_the_disk_ends_at_the_ceiling)
{
    killed_by("head -c 100000000 /dev/zero >big", SANDBOX_OVER_WRITTEN, small_disk);
    killed_by("i=0; while :; do i=$((i+1)); head -c 5000000 /dev/zero >$i; done",
              SANDBOX_OVER_WRITTEN, small_disk);
}

Test(sandbox, too_many_files_end_at_the_ceiling)
{
    killed_by("i=0; while :; do i=$((i+1)); : >$i; done", SANDBOX_OVER_FILES, few_files);
    killed_by("python3 -c 'import os\nfor i in range(400):\n os.mkdir(\"d\"); os.chdir(\"d\")'",
              SANDBOX_OVER_FILES, NULL);
}

Test(sandbox, a_gigabyte_of_output_is_read_and_only_its_end_kept)
{
    Case test;

    prepare(&test, "head -c 1073741824 /dev/zero; echo the end");
    test.request.ceilings.output_bytes = 4096;
    run(&test);
    cr_assert(sandbox_succeeded(&test.result));
    cr_assert_eq(test.result.output.bytes, 4096);
    cr_assert_eq(test.result.output.lost_bytes, 1073741824 + 8 - 4096);
    cr_assert_str_eq(test.result.output.text + 4096 - 8, "the end\n");
    clear(&test);
}

/* Whether a process with this word among its arguments runs on the machine. */
static bool runs(const char *word)
{
    g_autofree char *pattern = g_strdup_printf("^sleep %s$", word);
    const char *arguments[] = {"pgrep", "-f", pattern, NULL};
    int status = 0;

    cr_assert(g_spawn_sync(NULL, (char **)arguments, NULL,
                           G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                           &status, NULL));
    return status == 0;
}

Test(sandbox, a_daemon_left_behind_ends_with_the_command)
{
    g_autofree char *word = g_strdup_printf("1%d", getpid());
    g_autofree char *command =
        g_strdup_printf("setsid sh -c 'nohup sleep %s >/dev/null 2>&1 &' & sleep 0.3", word);
    g_autofree char *said = said_by(command);

    cr_assert_not(runs(word), "%s", said);
}

Test(sandbox, killing_its_parent_ends_nothing_but_the_sandbox)
{
    g_autofree char *word = g_strdup_printf("2%d", getpid());
    Case test;
    g_autofree char *command =
        g_strdup_printf("sleep %s & kill -9 $PPID; kill -9 1; kill -9 -1; echo still", word);

    prepare(&test, command);
    run(&test);
    clear(&test);
    cr_assert_not(runs(word));
}

Test(sandbox, a_dead_controller_leaves_no_sandbox)
{
    g_autofree char *word = g_strdup_printf("3%d", getpid());
    g_autofree char *command = g_strdup_printf("sleep %s", word);
    Case test;
    pid_t controller;
    int64_t deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    prepare(&test, command);
    controller = fork();
    if (controller == 0) {
        run(&test);
        _exit(0);
    }
    while (!runs(word) && g_get_monotonic_time() < deadline)
        g_usleep(10000);
    cr_assert(runs(word));
    kill(controller, SIGKILL);
    waitpid(controller, NULL, 0);
    while (runs(word) && g_get_monotonic_time() < deadline)
        g_usleep(10000);
    cr_assert_not(runs(word));
    clear(&test);
}

Test(sandbox, who_waits_can_give_up)
{
    Case test;
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    close(ends[1]); /* readable: at its end */
    prepare(&test, "sleep 1000");
    test.request.give_up = ends[0];
    run(&test);
    cr_assert_eq(test.result.end, SANDBOX_GIVEN_UP);
    close(ends[0]);
    clear(&test);
}

Test(sandbox, a_command_ended_by_a_signal_is_told_as_such)
{
    Case test;

    prepare(&test, "kill -SEGV $$");
    run(&test);
    cr_assert_eq(test.result.end, SANDBOX_SIGNALLED);
    cr_assert_eq(test.result.status, SIGSEGV);
    clear(&test);
}

Test(sandbox, without_bubblewrap_nothing_is_run)
{
    g_autoptr(GError) error = NULL;
    Case test;

    prepare(&test, "touch /out/ran");
    g_setenv("PATH", "/nowhere", TRUE);
    cr_assert_not(sandbox_run(&test.request, &test.result, &error));
    cr_assert(g_error_matches(error, SANDBOX_ERROR, SANDBOX_ERROR_UNAVAILABLE));
    cr_assert(strstr(error->message, "install bubblewrap"), "%s", error->message);
    g_setenv("PATH", "/usr/bin:/bin", TRUE);
    clear(&test);
}

Test(sandbox, where_namespaces_are_forbidden_nothing_is_run_and_the_reason_told)
{
    g_autoptr(GError) error = NULL;
    Case test;
    g_autofree char *ran = NULL;

    prepare(&test, "touch /out/ran");
    ran = g_build_filename(test.folder, "out", "ran", NULL);
    temporary_run(test.folder, "printf '#!/bin/sh\necho \"bwrap: No permissions to create new "
                               "namespace\" >&2; exit 1\n' >bwrap; chmod 755 bwrap . ");
    g_setenv("PATH", test.folder, TRUE);
    cr_assert_not(sandbox_run(&test.request, &test.result, &error));
    g_setenv("PATH", "/usr/bin:/bin", TRUE);
    cr_assert(g_error_matches(error, SANDBOX_ERROR, SANDBOX_ERROR_UNAVAILABLE));
    cr_assert(strstr(error->message, "No permissions to create new namespace"), "%s",
              error->message);
    cr_assert(strstr(error->message, "user.max_user_namespaces"), "%s", error->message);
    cr_assert_not(g_file_test(ran, G_FILE_TEST_EXISTS));
    clear(&test);
}

Test(sandbox, a_folder_that_is_not_there_is_an_error_that_names_it)
{
    g_autoptr(GError) error = NULL;
    Case test;
    SandboxFolder nowhere = {"/nowhere/at/all", "/source", false};

    prepare(&test, "true");
    test.request.folders = &nowhere;
    test.request.folder_count = 1;
    cr_assert_not(sandbox_run(&test.request, &test.result, &error));
    cr_assert(strstr(error->message, "/nowhere/at/all"), "%s", error->message);
    clear(&test);
}

Test(sandbox, the_same_holds_for_a_controller_that_is_not_root)
{
    Case test;
    int status = 0;
    pid_t child;

    if (geteuid() != 0)
        cr_skip_test("this test becomes another user");
    prepare(&test, "id -u; bomb() { bomb | bomb & }; bomb; sleep 0.5; cat /source/handler.js");
    test.request.ceilings.processes = 64;
    temporary_run(test.folder, "chown -R 12345 .");
    child = fork();
    if (child == 0) {
        g_autoptr(GError) error = NULL;

        if (setgroups(0, NULL) < 0 || setgid(12345) < 0 || setuid(12345) < 0 ||
            !sandbox_run(&test.request, &test.result, &error)) {
            fprintf(stderr, "%s\n", error ? error->message : "");
            _exit(1);
        }
        _exit(test.result.end == SANDBOX_OVER_PROCESSES ||
                      g_str_has_prefix(test.result.output.text, "1000\n")
                  ? 0
                  : 2);
    }
    waitpid(child, &status, 0);
    cr_assert_eq(status, 0, "%d", WEXITSTATUS(status));
    clear(&test);
}
