/* A folder of a test's own, filled and removed by it. */
#pragma once
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline char *temporary_folder_make(void)
{
    g_autofree char *pattern = g_build_filename(g_get_tmp_dir(), "driftless-test-XXXXXX", NULL);
    char *folder = g_mkdtemp(g_steal_pointer(&pattern));

    cr_assert_not_null(folder);
    return folder;
}

static inline void temporary_folder_remove(const char *folder)
{
    const char *arguments[] = {"rm", "-rf", "--", folder, NULL};

    g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
}

static inline void temporary_file_write(const char *folder, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(folder, path, NULL);
    g_autofree char *parent = g_path_get_dirname(full);

    cr_assert_eq(g_mkdir_with_parents(parent, 0755), 0);
    cr_assert(g_file_set_contents(full, text, -1, NULL));
    cr_assert_eq(chmod(full, 0644), 0);
}

static inline void temporary_link(const char *folder, const char *path, const char *target)
{
    g_autofree char *full = g_build_filename(folder, path, NULL);
    g_autofree char *parent = g_path_get_dirname(full);

    cr_assert_eq(g_mkdir_with_parents(parent, 0755), 0);
    cr_assert_eq(symlink(target, full), 0);
}

/* Runs a shell command in the folder; the test fails when it does. */
static inline void temporary_run(const char *folder, const char *command)
{
    const char *arguments[] = {"sh", "-ec", command, NULL};
    g_autofree char *out = NULL, *err = NULL;
    int status = -1;

    cr_assert(g_spawn_sync(folder, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                           &err, &status, NULL));
    cr_assert_eq(status, 0, "%s\n%s%s", command, out, err);
}
