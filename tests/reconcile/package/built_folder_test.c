#define _GNU_SOURCE
#include "reconcile/package/built_folder.h"

#include "reconcile/source/directory_tree.h"

#include "../source/temporary_folder.h"

#include <signal.h>
#include <sys/wait.h>

typedef struct {
    char *folder, *cache;
    SourceTree *tree;
    const char *arguments[4];
    BuildCommand command;
    BuiltRequest request;
} Case;

static void prepare(Case *test, const char *command)
{
    g_autofree char *source = NULL;

    *test = (Case){.folder = temporary_folder_make(), .arguments = {"sh", "-ec", command, NULL}};
    temporary_file_write(test->folder, "source/services/a/in.txt", "one\n");
    temporary_file_write(test->folder, "source/other.txt", "other\n");
    source = g_build_filename(test->folder, "source", NULL);
    test->cache = g_build_filename(test->folder, "cache", NULL);
    test->tree = directory_tree_new(source, NULL);
    test->command = (BuildCommand){.name = command, .arguments = test->arguments};
    test->request = (BuiltRequest){.tree = test->tree,
                                   .path = "services/a",
                                   .work_path = "",
                                   .commands = &test->command,
                                   .count = 1,
                                   .ceilings = sandbox_ceilings_default,
                                   .cache = test->cache};
    test->request.ceilings.wall_ms = 30000;
}

static void clear(Case *test)
{
    source_tree_free(test->tree);
    temporary_folder_remove(test->folder);
    g_free(test->folder);
    g_free(test->cache);
}

static BuiltFolder *make(Case *test)
{
    g_autoptr(GError) error = NULL;
    BuiltFolder *built = built_folder_make(&test->request, &error);

    cr_assert(built, "%s", error ? error->message : "");
    return built;
}

static char *read_built(Case *test, const BuiltFolder *built, const char *path)
{
    SourceTree *layered = built_folder_over(built, test->tree, test->request.path, NULL);
    char *text = NULL;
    size_t size;

    cr_assert(layered);
    if (!source_tree_read(layered, path, 1 << 20, &text, &size, NULL))
        text = NULL;
    source_tree_free(layered);
    return text;
}

static void fails(Case *test, GQuark domain, int code, const char *says)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(built_folder_make(&test->request, &error));
    cr_assert(g_error_matches(error, domain, code), "%s", error->message);
    cr_assert(strstr(error->message, says), "%s", error->message);
}

static unsigned entries_of(const char *folder)
{
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    unsigned count = 0;

    while (listing && g_dir_read_name(listing))
        count++;
    return count;
}

Test(built_folder, what_a_command_made_stands_in_the_folders_place)
{
    Case test;
    g_autoptr(BuiltFolder) built = NULL;
    g_autofree char *text = NULL, *other = NULL;

    prepare(&test, "sed s/one/two/ in.txt >out.txt; rm in.txt");
    built = make(&test);
    text = read_built(&test, built, "services/a/out.txt");
    other = read_built(&test, built, "other.txt");
    cr_assert_str_eq(text, "two\n");
    cr_assert_str_eq(other, "other\n");
    cr_assert_null(read_built(&test, built, "services/a/in.txt"));
    cr_assert_not(built_folder_was_cached(built));
    clear(&test);
}

Test(built_folder, the_same_content_is_built_once_and_other_content_again)
{
    Case test;
    BuiltFolder *built;
    g_autofree char *first = NULL, *second = NULL;

    prepare(&test, "cat /proc/sys/kernel/random/uuid >out.txt");
    built = make(&test);
    first = read_built(&test, built, "services/a/out.txt");
    built_folder_free(built);
    built = make(&test);
    second = read_built(&test, built, "services/a/out.txt");
    cr_assert(built_folder_was_cached(built));
    cr_assert_str_eq(first, second);
    built_folder_free(built);
    temporary_file_write(test.folder, "source/services/a/in.txt", "three\n");
    built = make(&test);
    cr_assert_not(built_folder_was_cached(built));
    built_folder_free(built);
    test.arguments[2] = "true";
    built = make(&test);
    cr_assert_not(built_folder_was_cached(built));
    built_folder_free(built);
    clear(&test);
}

Test(built_folder, a_failure_tells_the_last_lines_and_where_the_whole_log_is)
{
    Case test;
    g_autoptr(GError) error = NULL;
    g_autofree char *log = NULL, *text = NULL;

    prepare(&test, "seq 1 1000; echo cannot find module >&2; exit 3");
    cr_assert_null(built_folder_make(&test.request, &error));
    cr_assert(g_error_matches(error, BUILD_ERROR, BUILD_ERROR_COMMAND));
    cr_assert(strstr(error->message, "exited with status 3 (step 1 of 1)"), "%s", error->message);
    cr_assert(strstr(error->message, "  1000\n  cannot find module\n"), "%s", error->message);
    cr_assert_not(strstr(error->message, "\n  900\n"), "%s", error->message);
    log = g_strdup(strstr(error->message, "the whole is in ") + strlen("the whole is in "));
    cr_assert(g_file_get_contents(log, &text, NULL, NULL), "%s", log);
    cr_assert(strstr(text, "\n900\n"));
    cr_assert_eq(entries_of(test.cache), 1); /* logs */
    clear(&test);
}

Test(built_folder, a_ceiling_is_named)
{
    Case test;

    prepare(&test, "sleep 100");
    test.request.ceilings.wall_ms = 500;
    fails(&test, BUILD_ERROR, BUILD_ERROR_COMMAND, "took more than 0.5 s");
    clear(&test);
}

Test(built_folder, devices_and_pipes_are_refused_and_rights_taken_away)
{
    Case test;
    g_autoptr(BuiltFolder) built = NULL;
    g_autofree char *command = NULL;

    prepare(&test, "mkfifo deep-pipe");
    fails(&test, BUILD_ERROR, BUILD_ERROR_COMMAND, "deep-pipe: the build left a pipe");
    test.arguments[2] = "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'";
    fails(&test, BUILD_ERROR, BUILD_ERROR_COMMAND, "s: the build left a socket");
    test.arguments[2] = "cp /bin/sh sh; chmod 6777 sh; mkdir shut; : >shut/x; chmod 0 shut";
    built = make(&test);
    command = g_strdup_printf("test \"$(stat -c %%a:%%u %s/[0-9a-f]*/tree/sh)\" = 755:%d && "
                              "test -z \"$(find %s -perm /6022)\"",
                              test.cache, geteuid(), test.cache);
    temporary_run(test.folder, command);
    clear(&test);
}

Test(built_folder, a_link_that_climbs_out_is_never_followed)
{
    Case test;
    g_autoptr(BuiltFolder) built = NULL;
    SourceTree *layered;
    static const char *const links[] = {"passwd", "up", "through/passwd"};

    prepare(&test, "ln -s /etc/passwd passwd; ln -s ../../../../../../../../etc/passwd up; "
                   "ln -s /etc through");
    built = make(&test);
    layered = built_folder_over(built, test.tree, test.request.path, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *path = g_strconcat("services/a/", links[i], NULL);
        g_autoptr(GError) error = NULL;
        char *text;
        size_t size;

        cr_assert_not(source_tree_read(layered, path, 1 << 20, &text, &size, &error));
        cr_assert(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE), "%s", error->message);
    }
    source_tree_free(layered);
    clear(&test);
}

Test(built_folder, commands_over_a_built_folder_read_it_and_write_elsewhere)
{
    Case test;
    g_autoptr(BuiltFolder) first = NULL, second = NULL;
    g_autofree char *text = NULL;

    prepare(&test, "echo made >made.txt");
    first = make(&test);
    test.arguments[2] = "cat made.txt in.txt >/out/both.txt; touch x && exit 1; exit 0";
    test.request.over = first;
    second = make(&test);
    text = read_built(&test, second, "services/a/both.txt");
    cr_assert_str_eq(text, "made\none\n");
    clear(&test);
}

static bool has_unfinished(const char *cache)
{
    g_autoptr(GDir) folder = g_dir_open(cache, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(folder)))
        if (g_str_has_prefix(name, "new-"))
            return true;
    return false;
}

/* A build removes what killed ones left once their last processes are gone, which takes a moment.
 */
static void expect_tidied(Case *test)
{
    const gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;

    for (int i = 0; i == 0 || has_unfinished(test->cache); i++) {
        g_autofree char *content = g_strdup_printf("tidy %d\n", i);

        cr_assert_lt(g_get_monotonic_time(), deadline, "what was killed stays in the cache");
        temporary_file_write(test->folder, "source/services/a/in.txt", content);
        built_folder_free(make(test));
    }
}

/* Whatever was under way when the process died: the next one finds the cache as it should be. */
Test(built_folder, a_killed_build_leaves_nothing_that_is_taken_for_whole, .timeout = 110)
{
    Case test;
    g_autofree char *expected = NULL;

    prepare(&test, "i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo $i >file$i; done; "
                   "cat file* >all.txt");
    for (int round = 0; round < 30; round++) {
        pid_t pid;
        BuiltFolder *built;
        g_autofree char *text = NULL, *content = g_strdup_printf("%d\n", round);

        temporary_file_write(test.folder, "source/services/a/in.txt", content);
        pid = fork();
        if (pid == 0) {
            built_folder_free(built_folder_make(&test.request, NULL));
            _exit(0);
        }
        g_usleep((gulong)g_random_int_range(0, 120000));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (round % 10 != 9)
            continue;
        built = make(&test);
        text = read_built(&test, built, "services/a/all.txt");
        cr_assert(text);
        if (!expected)
            expected = g_strdup(text);
        cr_assert_str_eq(text, expected);
        built_folder_free(built);
    }
    temporary_run(test.cache, "for e in [0-9a-f]*; do "
                              "test -f $e/size && test \"$(ls $e/tree | wc -l)\" = 22; done");
    expect_tidied(&test);
    clear(&test);
}
