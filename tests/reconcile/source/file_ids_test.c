#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <time.h>

static char *folder;

static void make_folder(void)
{
    folder = temporary_folder_make();
    temporary_file_write(folder, "lib/a.js", "one\n");
    temporary_file_write(folder, "b.js", "two\n");
}

static void remove_folder(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(file_ids, .init = make_folder, .fini = remove_folder);

static char *id_of(SourceTree *tree, const char *path)
{
    SourceEntry entry;

    cr_assert(source_tree_entry(tree, path, false, &entry, NULL));
    return g_strdup(entry.id);
}

/* All ids of the folder as a run that began at `began_s` would keep them. */
static GBytes *ids_of_a_run(int64_t began_s)
{
    g_autoptr(SourceTree) tree = directory_tree_new(folder, NULL);

    g_free(id_of(tree, "lib/a.js"));
    g_free(id_of(tree, "b.js"));
    return file_ids_to_bytes(directory_tree_file_ids(tree), began_s);
}

static SourceTree *tree_that_learned(GBytes *kept)
{
    SourceTree *tree = directory_tree_new(folder, NULL);

    file_ids_learn(directory_tree_file_ids(tree), kept);
    return tree;
}

static const char *listed_id(SourceTree *tree, const char *path, const char *name, char ret[41])
{
    g_autoptr(GPtrArray) entries = NULL;

    cr_assert(source_tree_list(tree, path, &entries, NULL));
    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);

        if (!strcmp(entry->name, name))
            return memcpy(ret, entry->id, SOURCE_ID_SIZE);
    }
    return NULL;
}

Test(file_ids, what_a_run_learned_the_next_need_not_hash)
{
    g_autoptr(GBytes) kept = ids_of_a_run(time(NULL) + 10);
    g_autoptr(SourceTree) tree = tree_that_learned(kept);
    g_autofree char *id = id_of(tree, "lib/a.js");
    char listed[SOURCE_ID_SIZE];

    cr_expect_str_eq(id, "5626abf0f72e58d7a153368ba57db4c673c0e171");
    cr_expect_str_eq(listed_id(tree, "lib", "a.js", listed), id);
    cr_expect_not(file_ids_has_news(directory_tree_file_ids(tree), time(NULL) + 10));
}

Test(file_ids, a_file_that_looks_different_is_hashed_again)
{
    static const char *const changes[] = {
        "echo 1ne >lib/a.js", "cp -p lib/a.js x; echo 0ne >x; touch -r lib/a.js x; mv x lib/a.js",
        "echo three >lib/a.js", "touch lib/a.js"};

    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GBytes) kept = ids_of_a_run(time(NULL) + 10);
        g_autoptr(SourceTree) tree = tree_that_learned(kept);
        g_autoptr(SourceTree) fresh = directory_tree_new(folder, NULL);
        g_autofree char *now = NULL, *right = NULL;
        char listed[SOURCE_ID_SIZE];

        temporary_run(folder, changes[i]);
        cr_expect_str_eq(listed_id(tree, "lib", "a.js", listed), "", "%s", changes[i]);
        now = id_of(tree, "lib/a.js");
        right = id_of(fresh, "lib/a.js");
        cr_expect_str_eq(now, right, "%s", changes[i]);
        cr_expect(file_ids_has_news(directory_tree_file_ids(tree), time(NULL) + 10), "%s",
                  changes[i]);
    }
}

Test(file_ids, a_file_that_changed_just_before_is_not_kept)
{
    g_autoptr(GBytes) kept = ids_of_a_run(time(NULL));
    g_autoptr(SourceTree) tree = tree_that_learned(kept);

    g_free(id_of(tree, "b.js"));
    cr_expect(file_ids_has_news(directory_tree_file_ids(tree), time(NULL) + 10));
    cr_expect_not(file_ids_has_news(directory_tree_file_ids(tree), time(NULL)));
}

Test(file_ids, what_was_cut_or_is_foreign_teaches_only_what_is_whole)
{
    g_autoptr(GBytes) kept = ids_of_a_run(time(NULL) + 10);
    gsize size = g_bytes_get_size(kept);

    for (gsize cut = 0; cut < size; cut += 3) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(kept, 0, cut);
        g_autoptr(SourceTree) tree = tree_that_learned(part);
        g_autofree char *id = id_of(tree, "lib/a.js");

        cr_expect_str_eq(id, "5626abf0f72e58d7a153368ba57db4c673c0e171");
    }
}

Test(file_ids, no_content_passes_under_another_ones_id)
{
    g_autoptr(SourceTree) tree = directory_tree_new(folder, NULL);
    g_autofree char *id = id_of(tree, "lib/a.js");
    g_auto(SourceBlob) blob = {0};
    g_autoptr(GError) error = NULL;

    cr_assert(source_tree_read_blob(tree, "lib/a.js", id, 100, &blob, NULL));
    cr_expect_eq(blob.size_bytes, 4);
    source_blob_clear(&blob);
    cr_expect_not(source_tree_read_blob(tree, "b.js", id, 100, &blob, &error));
    cr_assert(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_READ));
    cr_expect_not_null(strstr(error->message, "b.js: changed after it was first looked at"));
}
