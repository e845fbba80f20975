#include "reconcile/source/directory_tree.h"
#include "reconcile/source/read_set.h"
#include "tests/reconcile/source/temporary_folder.h"

static char *folder;
static SourceTree *plain, *recording;
static ReadSet *set;

static void open_folder(void)
{
    folder = temporary_folder_make();
    temporary_file_write(folder, "a.txt", "a\n");
    temporary_file_write(folder, "lib/b.txt", "b\n");
    temporary_file_write(folder, "unread.txt", "c\n");
    temporary_link(folder, "link", "a.txt");
    plain = directory_tree_new(folder, NULL);
    set = read_set_new();
    recording = read_set_tree(plain, set);
}

static void close_folder(void)
{
    source_tree_free(recording);
    source_tree_free(plain);
    read_set_free(set);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(read_set, .init = open_folder, .fini = close_folder);

static void read_some(void)
{
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *data = NULL;
    SourceEntry entry;
    size_t size;

    cr_assert(source_tree_read(recording, "a.txt", 100, &data, &size, NULL));
    cr_assert(source_tree_list(recording, "lib", &entries, NULL));
    cr_assert(source_tree_entry(recording, "later.txt", true, &entry, NULL));
    cr_assert(source_tree_entry(recording, "link", false, &entry, NULL));
}

static void expect_changed(const char *command, const char *expected)
{
    g_autofree char *changed = NULL;

    cr_assert(read_set_holds(set, plain, NULL, NULL));
    temporary_run(folder, command);
    cr_assert_not(read_set_holds(set, plain, NULL, &changed), "%s", command);
    cr_expect_str_eq(changed, expected);
}

Test(read_set, holds_while_nothing_that_was_looked_at_changes)
{
    read_some();
    temporary_run(folder, "echo more >>unread.txt; mkdir -p other; echo x >other/new");
    cr_expect(read_set_holds(set, plain, NULL, NULL));
}

Test(read_set, a_file_that_was_read_changes)
{
    read_some();
    expect_changed("echo more >>a.txt", "a.txt");
}

Test(read_set, a_file_that_was_read_becomes_executable)
{
    read_some();
    expect_changed("chmod +x a.txt", "a.txt");
}

Test(read_set, a_file_that_was_missing_appears)
{
    read_some();
    expect_changed("touch later.txt", "later.txt");
}

Test(read_set, a_listed_folder_gets_another_file)
{
    read_some();
    expect_changed("touch lib/c.txt", "lib");
}

Test(read_set, a_symlink_that_was_looked_at_points_elsewhere)
{
    read_some();
    expect_changed("ln -sf unread.txt link", "link");
}

Test(read_set, a_file_that_was_not_there_to_be_read_counts_as_looked_for)
{
    char *data;
    size_t size;

    cr_assert_not(source_tree_read(recording, "later.txt", 100, &data, &size, NULL));
    expect_changed("touch later.txt", "later.txt");
}

Test(read_set, what_could_not_be_looked_at_never_holds)
{
    g_autoptr(GError) error = NULL;
    SourceEntry entry;

    temporary_link(folder, "out", "../..");
    cr_assert_not(source_tree_entry(recording, "out", true, &entry, &error));
    cr_expect(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE));
    cr_expect_not(read_set_holds(set, plain, NULL, NULL));
}

Test(read_set, a_folder_known_to_be_unchanged_is_not_looked_into)
{
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *changed = NULL;

    cr_assert(source_tree_list(recording, "lib", &entries, NULL));
    temporary_run(folder, "touch lib/c.txt");
    cr_expect_not(read_set_holds(set, plain, NULL, NULL));
    cr_expect(read_set_holds(set, plain, "lib", NULL));
    cr_expect_not(read_set_holds(set, plain, "li", &changed), "a name is no folder's beginning");
    cr_expect_str_eq(changed, "lib");
}

Test(read_set, what_a_symlink_led_to_is_looked_at_also_in_an_unchanged_folder)
{
    g_autoptr(ReadSet) again = NULL;
    g_autofree char *data = NULL;
    json_t *json;
    size_t size;

    temporary_run(folder, "mkdir -p shared; echo one >shared/x; ln -s ../shared lib/shared");
    cr_assert(source_tree_read(recording, "lib/shared/x", 100, &data, &size, NULL));
    json = read_set_to_json(set);
    again = read_set_from_json(json);
    json_decref(json);
    temporary_run(folder, "echo two >shared/x");
    cr_expect_not(read_set_holds(set, plain, "lib", NULL));
    cr_expect_not(read_set_holds(again, plain, "lib", NULL));
}

Test(read_set, comes_back_from_the_store_as_it_went)
{
    g_autoptr(ReadSet) again = NULL;
    json_t *json, *same;

    read_some();
    read_set_note_tree(set, "lib", "0123456789012345678901234567890123456789");
    json = read_set_to_json(set);
    again = read_set_from_json(json);
    same = read_set_to_json(again);
    cr_expect(json_equal(json, same));
    cr_expect_not(read_set_holds(again, plain, NULL, NULL), "the tree id is not this folder's");
    json_decref(json);
    json_decref(same);
}

Test(read_set, a_name_that_json_cannot_hold_makes_a_stored_set_never_hold)
{
    g_autoptr(ReadSet) again = NULL;
    SourceEntry entry;
    json_t *json;

    cr_assert(source_tree_entry(recording, "odd\xff", true, &entry, NULL));
    cr_expect(read_set_holds(set, plain, NULL, NULL));
    json = read_set_to_json(set);
    again = read_set_from_json(json);
    cr_expect_not(read_set_holds(again, plain, NULL, NULL));
    json_decref(json);
}

Test(read_set, whatever_the_store_holds_is_read_without_harm)
{
    json_t *odd = json_loads(
        "{\"files\":[1],\"lists\":{\"a\":1},\"missing\":[null,\"x\"],\"trees\":3}", 0, NULL);
    g_autoptr(ReadSet) again = read_set_from_json(odd);
    g_autoptr(ReadSet) none = read_set_from_json(NULL);

    cr_expect(read_set_holds(again, plain, NULL, NULL));
    cr_expect(read_set_holds(none, plain, NULL, NULL));
    json_decref(odd);
}
