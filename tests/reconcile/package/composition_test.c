#include "reconcile/package/composition.h"
#include "reconcile/package/package.h"
#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/source/temporary_folder.h"

static char *folder;
static ArtifactSpec *spec;

static void make_service(void)
{
    folder = temporary_folder_make();
    spec = artifact_spec_new("hello.zip", ARTIFACT_ZIP);
    spec->root = g_strdup("shop");
    temporary_file_write(folder, "shop/handler.py", "1\n");
    temporary_file_write(folder, "shop/requirements.txt", "six\n");
    temporary_file_write(folder, "shop/first/a.py", "1\n");
    temporary_file_write(folder, "shop/first/handler.py", "2\n");
    temporary_file_write(folder, "shop/first_too/b.py", "1\n");
    temporary_file_write(folder, "shop/s_handler.py", "1\n");
    temporary_file_write(folder, "shop/serverless_sdk/index.js", "1\n");
    temporary_file_write(folder, "shop/.serverless/requirements/0/six.py", "1\n");
    temporary_file_write(folder, "shop/.serverless/requirements/0/requirements.txt", "six==1\n");
    temporary_file_write(folder, "shop/.serverless/requirements/0/.completed_requirements", "");
}

static void remove_service(void)
{
    artifact_spec_free(spec);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(composition, .init = make_service, .fini = remove_service);

/* "name<location name<location …" */
static void expect_files(const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceTree) tree = directory_tree_new(folder, &error);
    g_autoptr(GPtrArray) files = composition_new(tree, spec, &error);
    g_autoptr(GString) text = g_string_new(NULL);

    cr_assert(files != NULL, "%s", error ? error->message : "");
    for (guint i = 0; i < files->len; i++) {
        const SelectedFile *file = g_ptr_array_index(files, i);

        g_string_append_printf(text, "%s%s", i ? " " : "", file->path);
        if (!g_str_has_suffix(file->location, file->path) ||
            g_strrstr(file->location, "requirements/0"))
            g_string_append_printf(text, "<%s", file->location);
    }
    cr_expect_str_eq(text->str, expected);
}

Test(composition, a_module_lies_at_the_top_of_its_archive_and_what_is_beside_it_stays_out)
{
    spec->lifted = g_strdup("first");
    expect_files("a.py handler.py s_handler.py serverless_sdk/index.js");
}

Test(composition, what_is_added_is_there_whatever_the_patterns_say_and_wins)
{
    spec->added = g_strdup("shop/.serverless/requirements/0");
    g_ptr_array_add(spec->patterns, g_strdup("!**"));
    g_ptr_array_add(spec->patterns, g_strdup("requirements.txt"));
    g_ptr_array_add(spec->patterns, g_strdup("handler.py"));
    expect_files(".completed_requirements<shop/.serverless/requirements/0/.completed_requirements "
                 "handler.py "
                 "requirements.txt<shop/.serverless/requirements/0/requirements.txt "
                 "six.py<shop/.serverless/requirements/0/six.py");
}

Test(composition, what_is_added_to_a_module_lies_beside_its_files)
{
    spec->lifted = g_strdup("first_too");
    spec->added = g_strdup("shop/.serverless/requirements/0");
    g_ptr_array_add(spec->patterns, g_strdup("!s*/**"));
    g_ptr_array_add(spec->patterns, g_strdup("!s*"));
    expect_files(".completed_requirements<shop/.serverless/requirements/0/.completed_requirements "
                 "b.py "
                 "requirements.txt<shop/.serverless/requirements/0/requirements.txt "
                 "six.py<shop/.serverless/requirements/0/six.py");
}

Test(composition, the_same_files_in_another_place_are_another_archive)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceTree) tree = directory_tree_new(folder, &error);
    g_autoptr(Artifact) before = package_identify(tree, spec, NULL, &error);
    g_autoptr(Artifact) after = NULL;

    spec->lifted = g_strdup("first");
    after = package_identify(tree, spec, NULL, &error);
    cr_assert(before && after);
    cr_expect_str_neq(before->manifest_id, after->manifest_id);
    cr_expect_eq(after->files, 4);
}
