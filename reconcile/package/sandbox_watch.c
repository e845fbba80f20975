/* What the sandbox's processes and folders take, as /proc and the file system tell it. */
#define _GNU_SOURCE
#include "reconcile/package/sandbox_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PROC_FILE_MAX 65536
#define FOLDER_DEPTH_MAX 200 /* deeper than any file name may say */
#define FOLDERS_EVERY_US 1000000
#define FOLDERS_SHARE 20 /* measuring takes at most a twentieth of the time */
#define FREE_RESERVE(total) ((total) / 50)

typedef struct {
    uint64_t memory_bytes, cpu_ms;
    unsigned processes; /* with threads */
} Use;

/* A small file of /proc, or "" when its process is gone. */
static void read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[96];
    size_t got = 0;
    int file;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    file = open(path, O_RDONLY | O_CLOEXEC);
    while (file >= 0 && got < size - 1) {
        ssize_t some = read(file, text + got, size - 1 - got);

        if (some <= 0)
            break;
        got += (size_t)some;
    }
    text[got] = '\0';
    if (file >= 0)
        close(file);
}

static uint64_t kilobytes_of(const char *text, const char *key)
{
    const char *line = strstr(text, key);

    return line ? strtoull(line + strlen(key), NULL, 10) * 1024 : 0;
}

/* CPU time of a process and of the children that it has waited for. */
static uint64_t cpu_ms_of(const char *stat)
{
    const char *field = strrchr(stat, ')'); /* a program's name may hold anything */
    uint64_t ticks = 0;

    for (int number = 2; field && number < 17; number++) {
        field = strchr(field + 1, ' ');
        if (field && number >= 13)
            ticks += strtoull(field + 1, NULL, 10);
    }
    return ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static uint64_t resident_memory(const char *status)
{
    return kilobytes_of(status, "\nRssAnon:") + kilobytes_of(status, "\nRssShmem:");
}

static void add_process(pid_t pid, Use *use)
{
    g_autofree char *text = g_malloc(PROC_FILE_MAX);
    const char *threads;

    read_proc(pid, "status", text, PROC_FILE_MAX);
    threads = strstr(text, "\nThreads:");
    use->processes += threads ? (unsigned)strtoul(threads + 9, NULL, 10) : 1;
    use->memory_bytes += resident_memory(text);
    read_proc(pid, "stat", text, PROC_FILE_MAX);
    use->cpu_ms += cpu_ms_of(text);
}

static void add_children_of_thread(pid_t pid, const char *thread, GArray *pids)
{
    g_autofree char *text = g_malloc(PROC_FILE_MAX);
    char name[64];
    char *end;

    snprintf(name, sizeof(name), "task/%.20s/children", thread);
    read_proc(pid, name, text, PROC_FILE_MAX);
    for (char *at = text; *at; at = end) {
        pid_t child = (pid_t)strtol(at, &end, 10);

        if (end == at)
            break;
        if (child > 0)
            g_array_append_val(pids, child);
        while (*end == ' ')
            end++;
    }
}

/* Process 1 of the sandbox and all below it: whose parent ends becomes a child of process 1. */
static GArray *processes_of(pid_t first, unsigned max)
{
    GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));

    g_array_append_val(pids, first);
    for (guint i = 0; i < pids->len && pids->len <= max; i++) {
        pid_t pid = g_array_index(pids, pid_t, i);
        char path[64];
        struct dirent *thread;
        DIR *threads;

        snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
        threads = opendir(path);
        while (threads && (thread = readdir(threads)))
            if (thread->d_name[0] != '.')
                add_children_of_thread(pid, thread->d_name, pids);
        if (threads)
            closedir(threads);
    }
    return pids;
}

/* What the processes hold with shared pages counted once; slow, so only asked for in doubt. All
 * that is resident where the system does not tell more; nothing of a process that is gone. */
static uint64_t exact_memory(const GArray *pids)
{
    g_autofree char *text = g_malloc(PROC_FILE_MAX);
    uint64_t bytes = 0;

    for (guint i = 0; i < pids->len; i++) {
        const pid_t pid = g_array_index(pids, pid_t, i);

        read_proc(pid, "smaps_rollup", text, PROC_FILE_MAX);
        if (*text) {
            bytes += kilobytes_of(text, "\nPss_Anon:") + kilobytes_of(text, "\nPss_Shmem:");
        } else {
            read_proc(pid, "status", text, PROC_FILE_MAX);
            bytes += resident_memory(text);
        }
    }
    return bytes;
}

static SandboxEnd look_at_processes(const SandboxWatch *watch, const SandboxCeilings *ceilings)
{
    g_autoptr(GArray) pids = processes_of(watch->first, ceilings->processes);
    Use use = {0};

    if (pids->len > ceilings->processes)
        return SANDBOX_OVER_PROCESSES;
    for (guint i = 0; i < pids->len; i++)
        add_process(g_array_index(pids, pid_t, i), &use);
    if (use.processes > ceilings->processes)
        return SANDBOX_OVER_PROCESSES;
    if (use.cpu_ms > ceilings->cpu_ms)
        return SANDBOX_OVER_CPU;
    /* twice, as processes that fork while they are read one by one count more than they hold */
    if (use.memory_bytes > ceilings->memory_bytes && exact_memory(pids) > ceilings->memory_bytes &&
        exact_memory(pids) > ceilings->memory_bytes)
        return SANDBOX_OVER_MEMORY;
    return SANDBOX_EXITED;
}

typedef struct {
    uint64_t bytes, files;
    const SandboxCeilings *ceilings;
} Held;

static bool is_over(const Held *held)
{
    return held->bytes > held->ceilings->written_bytes || held->files > held->ceilings->files;
}

/* Adds what a folder holds; stops once that is too much. Takes the descriptor. */
static void measure_folder(int folder, int depth, Held *held)
{
    DIR *entries = fdopendir(folder);
    struct dirent *entry;

    if (!entries) {
        close(folder);
        return;
    }
    while (!is_over(held) && (entry = readdir(entries))) {
        struct stat about;
        int below;

        if (g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, ".."))
            continue;
        if (fstatat(dirfd(entries), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0)
            continue; /* removed meanwhile */
        held->files++;
        held->bytes += (uint64_t)about.st_blocks * 512;
        if (!S_ISDIR(about.st_mode))
            continue;
        if (depth >= FOLDER_DEPTH_MAX)
            held->files = UINT64_MAX;
        else if ((below = openat(dirfd(entries), entry->d_name,
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0)
            measure_folder(below, depth + 1, held);
    }
    closedir(entries);
}

static SandboxEnd measure_folders(const SandboxRequest *request)
{
    Held held = {.ceilings = &request->ceilings};

    for (size_t i = 0; i < request->folder_count; i++) {
        int folder = request->folders[i].writable
                         ? open(request->folders[i].host, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                         : -1;

        if (folder >= 0)
            measure_folder(folder, 0, &held);
    }
    if (held.bytes > request->ceilings.written_bytes)
        return SANDBOX_OVER_WRITTEN;
    return held.files > request->ceilings.files ? SANDBOX_OVER_FILES : SANDBOX_EXITED;
}

/* Cheap, so at every look: a file system that lost as much as may be written is measured at once,
 * and one that is nearly full ends it, as a file without a name is in no folder. */
static SandboxEnd look_at_file_systems(SandboxWatch *watch, const SandboxRequest *request)
{
    guint system = 0;

    for (size_t i = 0; i < request->folder_count; i++) {
        struct statvfs about;
        uint64_t free_bytes, *before;

        if (!request->folders[i].writable || statvfs(request->folders[i].host, &about) < 0)
            continue;
        free_bytes = (uint64_t)about.f_bavail * about.f_frsize;
        if (system == watch->free_before->len)
            g_array_append_val(watch->free_before, free_bytes);
        before = &g_array_index(watch->free_before, uint64_t, system++);
        if (*before <= free_bytes)
            continue;
        if (free_bytes < FREE_RESERVE((uint64_t)about.f_blocks * about.f_frsize))
            return SANDBOX_OVER_WRITTEN;
        if (*before - free_bytes > request->ceilings.written_bytes) {
            *before = free_bytes;
            watch->folders_at = 0;
        }
    }
    return SANDBOX_EXITED;
}

void sandbox_watch_init(SandboxWatch *watch, const SandboxRequest *request, pid_t first)
{
    watch->first = first;
    watch->folders_at = g_get_monotonic_time() + FOLDERS_EVERY_US;
    watch->free_before = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    look_at_file_systems(watch, request);
}

void sandbox_watch_clear(SandboxWatch *watch)
{
    g_array_unref(watch->free_before);
    watch->free_before = NULL;
}

SandboxEnd sandbox_watch_look(SandboxWatch *watch, const SandboxRequest *request, bool last)
{
    int64_t start = g_get_monotonic_time();
    SandboxEnd end = last ? SANDBOX_EXITED : look_at_processes(watch, &request->ceilings);

    if (end == SANDBOX_EXITED)
        end = look_at_file_systems(watch, request);
    if (end != SANDBOX_EXITED || (!last && start < watch->folders_at))
        return end;
    end = measure_folders(request);
    watch->folders_at = g_get_monotonic_time() +
                        MAX(FOLDERS_EVERY_US, (g_get_monotonic_time() - start) * FOLDERS_SHARE);
    return end;
}
