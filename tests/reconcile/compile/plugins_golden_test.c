/* Every folder of plugins_golden/ is a service with plugins whose template is known: expected.json,
 * held against the framework with the real plugins (tests/peers/plugins); where they differ on
 * purpose, differs.json says why. problems.txt is what people are told. With
 * DRIFTLESS_UPDATE_GOLDEN set, the files are written anew: look at the difference before committing
 * it. */
#include "compiling.h"
#include "reconcile/source/directory_tree.h"
#include <criterion/criterion.h>

#define GOLDEN SOURCE_DIR "/tests/reconcile/compile/plugins_golden"

static void expect_text(const char *name, const char *file, const char *found)
{
    g_autofree char *path = g_strdup_printf(GOLDEN "/%s/%s", name, file);
    g_autofree char *wanted = NULL;

    if (g_getenv("DRIFTLESS_UPDATE_GOLDEN")) {
        cr_assert(g_file_set_contents(path, found, -1, NULL));
        return;
    }
    cr_assert(g_file_get_contents(path, &wanted, NULL, NULL), "%s of %s is missing", file, name);
    cr_expect_str_eq(wanted, found, "%s of %s is now\n%s", file, name, found);
}

static void check(SourceTree *tree, const char *name)
{
    const CompileOptions options = {.stage = "dev", .draft = true};
    Compiled result = compile_tree(tree, name, &options);
    g_autofree char *problems = problems_to_text(result.problems, false);
    char *text;

    cr_assert_not_null(result.json, "%s: %s", name, problems);
    text = json_dumps(result.json, JSON_INDENT(1));
    expect_text(name, "expected.json", text);
    expect_text(name, "problems.txt", problems);
    free(text);
    compiled_clear(&result);
}

Test(plugins_golden, services_with_plugins_compile_to_the_templates_known_for_them)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceTree) tree = directory_tree_new(GOLDEN, &error);
    g_autoptr(GDir) folder = g_dir_open(GOLDEN, 0, &error);
    const char *name;
    unsigned count = 0;

    cr_assert(tree && folder);
    for (; (name = g_dir_read_name(folder)); count++)
        check(tree, name);
    cr_expect_geq(count, 25);
}
