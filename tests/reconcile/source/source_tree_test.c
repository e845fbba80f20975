#include "reconcile/source/source_tree.h"

#include <criterion/criterion.h>

Test(source_tree, paths_are_resolved_textually)
{
    static const struct {
        const char *base, *path, *expected;
    } rows[] = {
        {"services/a", "../b/./c", "services/b/c"},
        {"", "", ""},
        {"", ".", ""},
        {"a/b", "../..", ""},
        {"a", "./x//y/", "a/x/y"},
        {"a", "..x", "a/..x"},
        {"a/b/c", "../../d", "a/d"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = source_path_resolve(rows[i].base, rows[i].path, NULL);

        cr_expect_str_eq(path, rows[i].expected, "%s + %s", rows[i].base, rows[i].path);
    }
}

Test(source_tree, a_path_that_leaves_the_root_is_refused)
{
    static const char *const paths[] = {"../../x", "/etc/passwd", "b/../../../x"};

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        cr_expect_null(source_path_resolve("a", paths[i], &error));
        cr_assert(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE));
        cr_expect_not_null(strstr(error->message, paths[i]));
    }
}
