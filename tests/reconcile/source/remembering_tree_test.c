#include "reconcile/source/remembering_tree.h"

#include "reconcile/source/directory_tree.h"

#include "temporary_folder.h"

typedef struct {
    char *folder;
    SourceTree *base, *tree;
} Case;

static Case prepare(void)
{
    Case test = {.folder = temporary_folder_make()};

    temporary_file_write(test.folder, "a/first.js", "first\n");
    temporary_link(test.folder, "link", "a/first.js");
    test.base = directory_tree_new(test.folder, NULL);
    cr_assert(test.base);
    test.tree = remembering_tree_new(test.base);
    return test;
}

static void clear(Case *test)
{
    source_tree_free(test->tree);
    source_tree_free(test->base);
    temporary_folder_remove(test->folder);
    g_free(test->folder);
}

static guint count(SourceTree *tree, const char *path)
{
    g_autoptr(GPtrArray) entries = NULL;

    cr_assert(source_tree_list(tree, path, &entries, NULL));
    return entries->len;
}

static SourceEntry entry_of(SourceTree *tree, const char *path, bool follow)
{
    SourceEntry entry;

    cr_assert(source_tree_entry(tree, path, follow, &entry, NULL));
    return entry;
}

Test(remembering_tree, tells_what_its_base_tells)
{
    Case test = prepare();
    const SourceEntry expected = entry_of(test.base, "link", true);

    for (unsigned i = 0; i < 2; i++) {
        const SourceEntry entry = entry_of(test.tree, "link", true);

        cr_expect_eq(entry.kind, SOURCE_FILE);
        cr_expect_str_eq(entry.id, expected.id);
        cr_expect_eq(entry.size_bytes, 6);
        cr_expect_eq(entry_of(test.tree, "link", false).kind, SOURCE_SYMLINK);
        cr_expect_eq(entry_of(test.tree, "none", true).kind, SOURCE_MISSING);
        cr_expect_eq(count(test.tree, "a"), 1);
        cr_expect_eq(count(test.tree, ""), 2);
    }
    clear(&test);
}

Test(remembering_tree, asks_its_base_once)
{
    Case test = prepare();

    cr_expect_eq(count(test.tree, "a"), 1);
    cr_expect_eq(entry_of(test.tree, "a/second.js", true).kind, SOURCE_MISSING);
    temporary_file_write(test.folder, "a/second.js", "second\n");
    cr_expect_eq(count(test.base, "a"), 2);
    cr_expect_eq(count(test.tree, "a/"), 1);
    cr_expect_eq(entry_of(test.base, "a/second.js", true).kind, SOURCE_FILE);
    cr_expect_eq(entry_of(test.tree, "./a/second.js", true).kind, SOURCE_MISSING);
    clear(&test);
}

Test(remembering_tree, remembers_no_error_and_no_content)
{
    Case test = prepare();
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *text = NULL, *target = NULL;
    g_autoptr(GError) error = NULL;
    size_t size;

    cr_expect_not(source_tree_list(test.tree, "b", &entries, &error));
    cr_expect(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND));
    cr_expect_eq(entry_of(test.tree, "a/first.js", true).size_bytes, 6);
    temporary_file_write(test.folder, "b/x.js", "x\n");
    temporary_file_write(test.folder, "a/first.js", "another\n");
    cr_expect_eq(count(test.tree, "b"), 1);
    cr_assert(source_tree_read(test.tree, "link", 100, &text, &size, NULL));
    cr_expect_str_eq(text, "another\n");
    cr_assert(source_tree_read_link(test.tree, "link", &target, NULL));
    cr_expect_str_eq(target, "a/first.js");
    clear(&test);
}

Test(remembering_tree, its_contents_are_checked_against_the_ids_it_told)
{
    Case test = prepare();
    g_auto(SourceBlob) blob = {0};
    g_autoptr(GError) error = NULL;
    const SourceEntry told = entry_of(test.tree, "a/first.js", true);

    temporary_file_write(test.folder, "a/first.js", "another\n");
    cr_expect_not(source_tree_read_blob(test.tree, "a/first.js", told.id, 100, &blob, &error));
    cr_expect(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_READ));
    clear(&test);
}
