#include "reconcile/package/ignore_file.h"

#include <criterion/criterion.h>
#include <string.h>

Test(ignore_file, reads_lines_as_gitignore_does)
{
    static const struct {
        const char *text, *path;
        bool is_directory, ignored;
    } rows[] = {
        {"*.log", "a/b.log", false, true},
        {"*.log\n!keep.log", "keep.log", false, false},
        {"!keep.log\n*.log", "keep.log", false, true},
        {"/build", "build", true, true},
        {"/build", "a/build", true, false},
        {"build/", "a/build", true, true},
        {"build/", "build", false, false},
        {"a/b", "x/a/b", false, false},
        {"a/b", "a/b", false, true},
        {"**/b", "x/y/b", false, true},
        {"a/**", "a/x/y", false, true},
        {"a/**", "a", true, false},
        {"a/**\n!a/b", "a/b", false, false},
        {"a/**/z", "a/x/y/z", false, true},
        {"[**", "[x", false, false},
        {"# comment", "# comment", false, false},
        {"\\# name", "# name", false, true},
        {"\\!name", "!name", false, true},
        {"trailing   ", "trailing", false, true},
        {"kept\\ ", "kept ", false, true},
        {"windows\r\n", "windows", false, true},
        {"[!a].js", "b.js", false, true},
        {"[!a].js", "a.js", false, false},
        {"{a,b}", "a", false, false},
        {"{a,b}", "{a,b}", false, true},
        {"", "a", false, false},
        {"/\n!\n\n", "a", false, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(IgnoreFile) file = ignore_file_parse(rows[i].text, strlen(rows[i].text), NULL);

        cr_assert_not_null(file);
        cr_expect_eq(ignore_file_ignores(file, rows[i].path, rows[i].is_directory), rows[i].ignored,
                     "%s on %s", rows[i].text, rows[i].path);
    }
}

Test(ignore_file, a_line_that_cannot_be_read_is_named)
{
    g_autoptr(GError) error = NULL;

    cr_expect_null(ignore_file_parse("a\n\xff\n", 4, &error));
    cr_expect(g_str_has_prefix(error->message, "line 2: "), "%s", error->message);
}
