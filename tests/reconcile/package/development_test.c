#include "reconcile/package/development.h"
#include "reconcile/package/package.h"
#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/source/temporary_folder.h"

#include <criterion/criterion.h>
#include <string.h>

static char *folder;
static SourceTree *tree;

static void open_folder(void)
{
    folder = temporary_folder_make();
    tree = directory_tree_new(folder, NULL);
}

static void close_folder(void)
{
    source_tree_free(tree);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(development, .init = open_folder, .fini = close_folder);

/* `rows`: path of a folder and what its package.json says, one after the other. */
static void install(const char *const *rows)
{
    for (; *rows; rows += 2) {
        g_autofree char *path = g_strconcat(rows[0], *rows[0] ? "/" : "", "package.json", NULL);

        temporary_file_write(folder, path, rows[1]);
    }
}

static void expect_held(const char *root, const char *const *held, const char *const *kept)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Development) development = development_new(tree, root, &error);

    cr_assert(development, "%s", error ? error->message : "");
    for (; *held; held++)
        cr_expect(development_holds(development, *held), "%s", *held);
    for (; *kept; kept++)
        cr_expect_not(development_holds(development, *kept), "%s", *kept);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

Test(development, is_what_only_development_reaches)
{
    install(LIST("", "{\"dependencies\":{\"a\":\"1\"},\"devDependencies\":{\"b\":\"1\"}}",
                 "node_modules/a", "{\"dependencies\":{\"shared\":\"1\"}}", "node_modules/b",
                 "{\"dependencies\":{\"shared\":\"1\",\"c\":\"1\"},\"bin\":\"b.js\"}",
                 "node_modules/c", "{\"bin\":{\"see\":\"c.js\"}}", "node_modules/shared", "{}"));
    expect_held(
        "",
        LIST("node_modules/b", "node_modules/c", "node_modules/.bin/b", "node_modules/.bin/see"),
        LIST("node_modules/a", "node_modules/shared", "node_modules"));
}

Test(development, a_nested_package_goes_before_one_above_it)
{
    install(LIST("", "{\"dependencies\":{\"a\":\"1\"},\"devDependencies\":{\"x\":\"2\"}}",
                 "node_modules/a", "{\"dependencies\":{\"x\":\"1\"}}",
                 "node_modules/a/node_modules/x", "{}", "node_modules/x", "{}"));
    expect_held("", LIST("node_modules/x"), LIST("node_modules/a/node_modules/x"));
}

Test(development, what_is_declared_for_both_is_for_development)
{
    install(LIST("", "{\"dependencies\":{\"a\":\"1\"},\"devDependencies\":{\"a\":\"1\"}}",
                 "node_modules/a", "{}"));
    expect_held("", LIST("node_modules/a"), LIST());
}

Test(development, optional_and_peer_dependencies_are_needed_where_they_are_there)
{
    install(LIST("",
                 "{\"optionalDependencies\":{\"o\":\"1\"},\"peerDependencies\":{\"p\":\"1\"},"
                 "\"devDependencies\":{\"d\":\"1\"}}",
                 "node_modules/o", "{}", "node_modules/p", "{}", "node_modules/d", "{}"));
    expect_held("", LIST("node_modules/d"), LIST("node_modules/o", "node_modules/p"));
}

Test(development, what_nobody_asked_for_stays_and_so_does_what_it_needs)
{
    install(LIST("", "{\"devDependencies\":{\"d\":\"1\",\"e\":\"1\"}}", "node_modules/stray",
                 "{\"dependencies\":{\"d\":\"1\"}}", "node_modules/d", "{}", "node_modules/e",
                 "{}"));
    expect_held("", LIST("node_modules/e"), LIST("node_modules/stray", "node_modules/d"));
}

Test(development, every_folder_with_a_package_json_is_asked)
{
    install(LIST("service", "{\"devDependencies\":{\"d\":\"1\"}}", "service/node_modules/d", "{}",
                 "service/layer", "{\"devDependencies\":{\"e\":\"1\"}}",
                 "service/layer/node_modules/e", "{}"));
    expect_held("service", LIST("node_modules/d", "layer/node_modules/e"), LIST());
}

Test(development, a_workspace_is_part_of_the_project_above_it)
{
    install(LIST("", "{\"workspaces\":[\"packages/*\"]}", "packages/a",
                 "{\"dependencies\":{\"x\":\"1\"},\"devDependencies\":{\"y\":\"1\"}}",
                 "node_modules/x", "{}", "node_modules/y", "{}"));
    temporary_link(folder, "node_modules/a", "../packages/a");
    expect_held("", LIST("node_modules/y"), LIST("node_modules/x", "node_modules/a"));
    expect_held("packages/a", LIST(), LIST("node_modules/y"));
}

Test(development, what_a_link_leads_to_finds_its_packages_where_it_lies)
{
    install(LIST("", "{\"dependencies\":{\"a\":\"1\"},\"devDependencies\":{\"d\":\"1\"}}",
                 "node_modules/.pnpm/a@1/node_modules/a", "{\"dependencies\":{\"b\":\"1\"}}",
                 "node_modules/.pnpm/b@1/node_modules/b", "{}",
                 "node_modules/.pnpm/d@1/node_modules/d", "{}"));
    temporary_link(folder, "node_modules/a", ".pnpm/a@1/node_modules/a");
    temporary_link(folder, "node_modules/d", ".pnpm/d@1/node_modules/d");
    temporary_link(folder, "node_modules/.pnpm/a@1/node_modules/b", "../../b@1/node_modules/b");
    expect_held("", LIST("node_modules/d"),
                LIST("node_modules/a", "node_modules/.pnpm/a@1/node_modules/b"));
}

Test(development, what_cannot_be_read_is_left_alone)
{
    install(LIST(
        "", "{\"devDependencies\":{\"broken\":\"1\",\"bare\":\"1\",\"odd\":\"1\",\"..\":\"1\"}}",
        "node_modules/broken", "not JSON", "node_modules/odd", "{\"bin\":null}"));
    temporary_file_write(folder, "node_modules/bare/index.js", "x");
    temporary_link(folder, "node_modules/away", "/etc");
    expect_held("", LIST(), LIST("node_modules/broken", "node_modules/bare", "node_modules/odd"));
}
