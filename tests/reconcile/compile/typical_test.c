/* Mistakes that people make in a serverless.yml, and the whole of what they are told:
 * typical/NAME.yml and NAME.txt. */
#include "compiling.h"
#include <criterion/criterion.h>

#define TYPICAL SOURCE_DIR "/tests/reconcile/compile/typical/"

static void check(const char *file)
{
    const CompileOptions options = {0};
    g_autofree char *path = g_strconcat(TYPICAL, file, NULL), *text = NULL, *wanted = NULL;
    g_autofree char *told_path = NULL, *told = NULL;
    Compiled result;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    result = compile_text(text, &options);
    told = problems_to_text(result.problems, false);
    cr_expect(problems_have_errors(result.problems), "%s passes", file);
    compiled_clear(&result);
    told_path = g_strndup(path, strlen(path) - strlen("yml"));
    text = (g_free(text), g_strconcat(told_path, "txt", NULL));
    if (g_getenv("DRIFTLESS_UPDATE_GOLDEN"))
        cr_assert(g_file_set_contents(text, told, -1, NULL));
    cr_assert(g_file_get_contents(text, &wanted, NULL, NULL), "%s has no .txt", file);
    cr_expect_str_eq(wanted, told, "%s is told\n%s", file, told);
}

Test(typical, mistakes_are_told_in_words_that_help)
{
    g_autoptr(GDir) folder = g_dir_open(TYPICAL, 0, NULL);
    size_t count = 0;

    for (const char *name; (name = g_dir_read_name(folder));)
        if (g_str_has_suffix(name, ".yml")) {
            check(name);
            count++;
        }
    cr_assert_geq(count, 42);
}
