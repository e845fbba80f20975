#include "reconcile/source/export.h"

#include "reconcile/source/directory_tree.h"
#include "reconcile/source/layered_tree.h"
#include "reconcile/source/repository.h"

#include "temporary_folder.h"

#include <fcntl.h>

static const ExportCeilings roomy = {1 << 20, 1000};

typedef struct {
    char *from, *to;
    SourceTree *tree;
} Case;

static Case prepare(void)
{
    Case test = {temporary_folder_make(), temporary_folder_make(), NULL};

    temporary_file_write(test.from, "services/a/handler.js", "code\n");
    temporary_file_write(test.from, "services/a/lib/deep/x.js", "x\n");
    temporary_file_write(test.from, "services/shared.js", "shared\n");
    temporary_run(test.from, "chmod 755 services/a/lib/deep/x.js");
    test.tree = directory_tree_new(test.from, NULL);
    return test;
}

static void clear(Case *test)
{
    source_tree_free(test->tree);
    temporary_folder_remove(test->from);
    temporary_folder_remove(test->to);
    g_free(test->from);
    g_free(test->to);
}

static void refused(Case *test, const ExportCeilings *ceilings, SourceError code, const char *says)
{
    g_autoptr(GError) error = NULL;

    cr_assert_not(source_export(test->tree, "services/a", test->to, ceilings, &error));
    cr_assert(g_error_matches(error, SOURCE_ERROR, (int)code), "%s", error->message);
    cr_assert(strstr(error->message, says), "%s", error->message);
    clear(test);
}

Test(export, a_folder_is_written_with_its_modes_and_the_links_within_it)
{
    Case test = prepare();
    g_autoptr(GError) error = NULL;

    temporary_link(test.from, "services/a/lib/link.js", "../handler.js");
    cr_assert(source_export(test.tree, "services/a", test.to, &roomy, &error));
    temporary_run(test.to, "test \"$(cat handler.js)\" = code && test -x lib/deep/x.js && "
                           "test ! -x handler.js && test \"$(readlink lib/link.js)\" = "
                           "../handler.js && test ! -e shared.js");
    clear(&test);
}

Test(export, a_commit_gives_the_same_files)
{
    Case test = prepare();
    g_autofree char *command = NULL, *git = NULL;
    g_autoptr(GError) error = NULL;
    Repository *mirror;
    Revision revision = {0};
    SourceTree *tree;

    temporary_link(test.from, "services/a/link", "lib/deep");
    temporary_run(test.from, "git init -qb main . && git add -A && git -c user.name=a -c "
                             "user.email=a@b commit -qm one");
    git = g_build_filename(test.from, ".git", NULL);
    mirror = repository_open(git, &error);
    cr_assert(mirror, "%s", error ? error->message : "");
    cr_assert(repository_resolve(mirror, REVISION_IS_BRANCH, "main", &revision, &error), "%s",
              error ? error->message : "");
    tree = repository_tree(mirror, revision.id, &error);
    cr_assert(tree);
    cr_assert(source_export(tree, "services/a", test.to, &roomy, &error));
    command = g_strdup_printf("diff -r --no-dereference services/a %s", test.to);
    temporary_run(test.from, command);
    source_tree_free(tree);
    revision_clear(&revision);
    repository_free(mirror);
    clear(&test);
}

Test(export, a_link_that_leads_out_is_refused)
{
    static const char *const targets[] = {"../shared.js", "/etc/passwd", "../../../../etc/passwd",
                                          "lib/../../shared.js"};

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        Case test = prepare();

        temporary_link(test.from, "services/a/link", targets[i]);
        refused(&test, &roomy, SOURCE_ERROR_OUTSIDE, "services/a/link");
    }
}

Test(export, more_than_the_ceilings_is_refused)
{
    const ExportCeilings few_bytes = {6, 1000}, few_files = {1 << 20, 2};
    Case test = prepare();

    refused(&test, &few_bytes, SOURCE_ERROR_TOO_LARGE, "build.disk");
    test = prepare();
    refused(&test, &few_files, SOURCE_ERROR_TOO_LARGE, "more than 2 files");
}

Test(export, pipes_are_left_out_and_nothing_is_written_over)
{
    Case test = prepare();
    g_autoptr(GError) error = NULL;

    temporary_run(test.from, "mkfifo services/a/pipe");
    cr_assert(source_export(test.tree, "services/a", test.to, &roomy, &error));
    temporary_run(test.to, "test ! -e pipe");
    cr_assert_not(source_export(test.tree, "services/a", test.to, &roomy, &error));
    clear(&test);
}

Test(export, a_layer_stands_in_for_its_folder_alone)
{
    Case test = prepare();
    SourceTree *layered;
    SourceEntry entry;
    g_autofree char *text = NULL, *shared = NULL, *target = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    g_autoptr(GError) error = NULL;
    size_t size;

    temporary_file_write(test.to, "bundle.js", "built\n");
    temporary_link(test.to, "link", "bundle.js");
    temporary_link(test.to, "out", "../shared.js");
    temporary_file_write(test.from, "services/a-other/x.js", "other\n");
    layered = layered_tree_new(test.tree, "services/a", directory_tree_new(test.to, NULL));
    cr_assert(source_tree_read(layered, "services/a/bundle.js", 100, &text, &size, NULL));
    cr_assert_str_eq(text, "built\n");
    cr_assert(source_tree_read(layered, "services/a/../shared.js", 100, &shared, &size, NULL));
    cr_assert_str_eq(shared, "shared\n");
    cr_assert(source_tree_entry(layered, "services/a/handler.js", true, &entry, NULL));
    cr_assert_eq(entry.kind, SOURCE_MISSING);
    cr_assert(source_tree_entry(layered, "services/a-other/x.js", true, &entry, NULL));
    cr_assert_eq(entry.kind, SOURCE_FILE);
    cr_assert(source_tree_list(layered, "services/a", &entries, NULL));
    cr_assert_eq(entries->len, 3);
    cr_assert(source_tree_read_link(layered, "services/a/link", &target, NULL));
    cr_assert_str_eq(target, "bundle.js");
    cr_assert_not(source_tree_entry(layered, "services/a/out", true, &entry, &error));
    cr_assert(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE));
    source_tree_free(layered);
    clear(&test);
}
