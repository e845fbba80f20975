#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/source/temporary_folder.h"

static char *folder;
static SourceTree *tree;

static void open_folder(void)
{
    folder = temporary_folder_make();
    temporary_file_write(folder, "services/a/app.js", "exports.x = 1\n");
    temporary_file_write(folder, "services/a/run.sh", "#!/bin/sh\n");
    temporary_file_write(folder, "shared/b.txt", "hello\n");
    temporary_run(folder, "chmod 755 services/a/run.sh; mkdir .git; echo x >.git/config");
    tree = directory_tree_new(folder, NULL);
    cr_assert_not_null(tree);
}

static void close_folder(void)
{
    source_tree_free(tree);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(directory_tree, .init = open_folder, .fini = close_folder);

static void expect_error(bool done, GError **failure, SourceError code, const char *part)
{
    g_autoptr(GError) error = g_steal_pointer(failure);

    cr_assert_not(done);
    cr_assert(g_error_matches(error, SOURCE_ERROR, code), "%s",
              error ? error->message : "no error");
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
}

Test(directory_tree, gives_files_the_ids_that_git_gives_them)
{
    SourceEntry entry;

    cr_assert(source_tree_entry(tree, "shared/b.txt", true, &entry, NULL));
    cr_expect_eq(entry.kind, SOURCE_FILE);
    cr_expect_str_eq(entry.id, "ce013625030ba8dba906f756967f9e9ca394464a");
    cr_expect_eq(entry.size_bytes, 6);
    cr_assert(source_tree_entry(tree, "./services/b/../a//run.sh", true, &entry, NULL));
    cr_expect_eq(entry.kind, SOURCE_EXECUTABLE);
}

Test(directory_tree, notices_that_a_file_changed_since_its_id_was_asked_for)
{
    SourceEntry before, after;

    cr_assert(source_tree_entry(tree, "shared/b.txt", true, &before, NULL));
    temporary_file_write(folder, "shared/b.txt", "other, longer\n");
    cr_assert(source_tree_entry(tree, "shared/b.txt", true, &after, NULL));
    cr_expect_str_neq(before.id, after.id);
}

Test(directory_tree, says_missing_for_what_is_not_there)
{
    static const char *const paths[] = {"nothing", "nothing/below", "shared/b.txt/below"};

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        SourceEntry entry = {.kind = SOURCE_FILE};
        g_autoptr(GError) error = NULL;

        cr_assert(source_tree_entry(tree, paths[i], true, &entry, &error), "%s", paths[i]);
        cr_expect_eq(entry.kind, SOURCE_MISSING, "%s", paths[i]);
    }
}

Test(directory_tree, reads_and_lists_without_the_git_folder)
{
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *data = NULL;
    const SourceListEntry *first;
    size_t size;

    cr_assert(source_tree_read(tree, "shared/b.txt", 100, &data, &size, NULL));
    cr_expect_str_eq(data, "hello\n");
    cr_expect_eq(size, 6);
    cr_assert(source_tree_list(tree, "", &entries, NULL));
    cr_assert_eq(entries->len, 2);
    first = g_ptr_array_index(entries, 0);
    cr_expect_str_eq(first->name, "services");
    cr_expect_eq(first->kind, SOURCE_DIRECTORY);
}

Test(directory_tree, refuses_to_read_more_than_asked_for)
{
    GError *error = NULL;
    char *data = NULL;
    size_t size = 7;
    bool done = source_tree_read(tree, "shared/b.txt", 5, &data, &size, &error);

    expect_error(done, &error, SOURCE_ERROR_TOO_LARGE, "shared/b.txt: has 6 bytes; at most 5");
    cr_expect_null(data);
    cr_expect_eq(size, 7);
}

Test(directory_tree, reading_a_folder_or_nothing_is_not_found)
{
    static const char *const paths[] = {"shared", "nothing.txt", "shared/b.txt/x"};

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        GError *error = NULL;
        char *data;
        size_t size;
        bool done = source_tree_read(tree, paths[i], 100, &data, &size, &error);

        expect_error(done, &error, SOURCE_ERROR_NOT_FOUND, paths[i]);
    }
}

Test(directory_tree, follows_symlinks_inside_the_root)
{
    g_autofree char *data = NULL;
    SourceEntry entry;
    size_t size;

    temporary_link(folder, "services/a/lib", "../../shared");
    temporary_link(folder, "again", "services/a/lib/b.txt");
    cr_assert(source_tree_read(tree, "again", 100, &data, &size, NULL));
    cr_expect_str_eq(data, "hello\n");
    cr_assert(source_tree_entry(tree, "services/a/lib", false, &entry, NULL));
    cr_expect_eq(entry.kind, SOURCE_SYMLINK);
    cr_assert(source_tree_entry(tree, "services/a/lib", true, &entry, NULL));
    cr_expect_eq(entry.kind, SOURCE_DIRECTORY);
}

Test(directory_tree, refuses_symlinks_that_leave_the_root)
{
    static const struct {
        const char *path, *target;
    } links[] = {
        {"up", "../../../../etc/passwd"}, {"absolute", "/etc/passwd"}, {"services/up", "../.."}};

    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        GError *error = NULL;
        SourceEntry entry;

        temporary_link(folder, links[i].path, links[i].target);
        expect_error(source_tree_entry(tree, links[i].path, true, &entry, &error), &error,
                     SOURCE_ERROR_OUTSIDE, links[i].path);
    }
}

Test(directory_tree, a_circle_of_symlinks_ends)
{
    GError *error = NULL;
    SourceEntry entry;

    temporary_link(folder, "x", "y");
    temporary_link(folder, "y", "x");
    expect_error(source_tree_entry(tree, "x", true, &entry, &error), &error, SOURCE_ERROR_NOT_FOUND,
                 "40 symlinks");
}

Test(directory_tree, does_not_wait_for_a_pipe)
{
    GError *error = NULL;
    SourceEntry entry;
    char *data;
    size_t size;

    temporary_run(folder, "mkfifo pipe");
    cr_assert(source_tree_entry(tree, "pipe", true, &entry, NULL));
    cr_expect_eq(entry.kind, SOURCE_MISSING);
    expect_error(source_tree_read(tree, "pipe", 10, &data, &size, &error), &error,
                 SOURCE_ERROR_NOT_FOUND, "pipe");
}

Test(directory_tree, a_service_is_read_from_the_top_of_its_work_tree)
{
    g_autofree char *service = g_build_filename(folder, "services/a", NULL);
    g_autofree char *path = NULL, *data = NULL;
    SourceTree *whole = directory_tree_new_for_service(service, &path, NULL);
    size_t size;

    cr_assert_not_null(whole);
    cr_expect_str_eq(path, "services/a");
    cr_expect(source_tree_read(whole, "services/a/../../shared/b.txt", 100, &data, &size, NULL));
    source_tree_free(whole);
}

Test(directory_tree, without_a_work_tree_a_service_may_read_what_its_caller_may)
{
    g_autofree char *service = g_build_filename(folder, "services/a", NULL);
    g_autofree char *path = NULL, *data = NULL, *other = NULL;
    SourceTree *whole;
    size_t size;

    temporary_run(folder, "rm -r .git");
    whole = directory_tree_new_for_service(service, &path, NULL);
    cr_assert_not_null(whole);
    cr_expect(g_str_has_suffix(path, "services/a"));
    other = g_strconcat(path, "/../../shared/b.txt", NULL);
    cr_expect(source_tree_read(whole, other, 100, &data, &size, NULL));
    source_tree_free(whole);
}

Test(directory_tree, a_root_must_be_a_directory)
{
    g_autofree char *file = g_build_filename(folder, "shared/b.txt", NULL);
    GError *error = NULL;

    expect_error(directory_tree_new(file, &error) != NULL, &error, SOURCE_ERROR_NOT_FOUND,
                 "is not a directory");
    expect_error(directory_tree_new("/nonexistent/x", &error) != NULL, &error,
                 SOURCE_ERROR_NOT_FOUND, "No such file");
}
