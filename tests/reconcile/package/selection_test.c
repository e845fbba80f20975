#include "reconcile/package/package.h"
#include "reconcile/package/selection.h"
#include "reconcile/source/directory_tree.h"
#include "reconcile/source/repository.h"
#include "tests/reconcile/source/fetch_worker_program.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <jansson.h>

static char *folder;
static SourceTree *tree;
static ArtifactSpec *spec;

static void open_folder(void)
{
    folder = temporary_folder_make();
    tree = directory_tree_new(folder, NULL);
    spec = artifact_spec_new("service.zip", ARTIFACT_ZIP);
}

static void close_folder(void)
{
    artifact_spec_free(spec);
    source_tree_free(tree);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(selection, .init = open_folder, .fini = close_folder);

static void set_patterns(const char *const *patterns)
{
    g_ptr_array_set_size(spec->patterns, 0);
    for (; *patterns; patterns++)
        g_ptr_array_add(spec->patterns, g_strdup(*patterns));
}

/* The selection as one text, a path a line. */
static char *selected(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = selection_new(tree, spec, &error);
    GString *text = g_string_new(NULL);

    cr_assert(files != NULL, "%s", error ? error->message : "");
    for (guint i = 0; i < files->len; i++)
        g_string_append_printf(text, "%s\n", ((SelectedFile *)g_ptr_array_index(files, i))->path);
    return g_string_free(text, FALSE);
}

static void expect_selected(const char *const *patterns, const char *expected)
{
    g_autofree char *text = NULL;

    set_patterns(patterns);
    text = selected();
    cr_expect_str_eq(text, expected);
}

static void expect_refused(PackageError code, const char *part)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(selection_new(tree, spec, &error));
    cr_assert(g_error_matches(error, PACKAGE_ERROR, (int)code), "%s", error->message);
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
}

static json_t *load_framework_cases(void)
{
    json_t *root =
        json_load_file(SOURCE_DIR "/tests/reconcile/package/selection_of_framework.json", 0, NULL);

    cr_assert_not_null(root);
    return root;
}

static void lay_out(json_t *root)
{
    const char *link;
    json_t *value;
    size_t i;

    json_array_foreach(json_object_get(root, "files"), i, value)
        temporary_file_write(folder, json_string_value(value), "x");
    json_object_foreach(json_object_get(root, "links"), link, value)
        temporary_link(folder, link, json_string_value(value));
}

Test(selection, takes_what_the_framework_takes)
{
    json_t *root = load_framework_cases(), *row;
    size_t i, j;

    lay_out(root);
    json_array_foreach(json_object_get(root, "cases"), i, row)
    {
        json_t *patterns = json_object_get(row, "patterns"), *value;
        g_autofree char *shown = json_dumps(patterns, 0), *got = NULL;
        GString *expected = g_string_new(NULL);

        g_ptr_array_set_size(spec->patterns, 0);
        g_ptr_array_set_size(spec->exclusions, 0);
        g_ptr_array_add(spec->exclusions, g_strdup("serverless.yml"));
        json_array_foreach(patterns, j, value)
            g_ptr_array_add(spec->patterns, g_strdup(json_string_value(value)));
        json_array_foreach(json_object_get(row, "selected"), j, value)
            g_string_append_printf(expected, "%s\n", json_string_value(value));
        got = selected();
        cr_expect_str_eq(got, expected->str, "patterns %s:\ngot\n%s\nwant\n%s", shown, got,
                         expected->str);
        g_string_free(expected, TRUE);
    }
    json_decref(root);
}

Test(selection, is_sorted_by_bytes)
{
    static const char *const names[] = {"b", "a/b", "a.b", "B", "\xc3\xa4", "a"};

    for (size_t i = 0; i < 5; i++)
        temporary_file_write(folder, names[i], "x");
    expect_selected((const char *const[]){NULL}, "B\na.b\na/b\nb\n\xc3\xa4\n");
}

Test(selection, what_slsignore_ignores_never_ships)
{
    temporary_file_write(folder, "src/app.js", "x");
    temporary_file_write(folder, "src/app.test.js", "x");
    temporary_file_write(folder, "src/keep.test.js", "x");
    temporary_file_write(folder, "build/out.js", "x");
    temporary_file_write(folder, "src/build/in.js", "x");
    temporary_file_write(folder, ".slsignore", "# tests\n*.test.js\n!keep.test.js\n/build/\n");
    expect_selected((const char *const[]){NULL}, "src/app.js\nsrc/build/in.js\nsrc/keep.test.js\n");
    expect_selected((const char *const[]){"build/**", "**/*.test.js", NULL},
                    "src/app.js\nsrc/build/in.js\nsrc/keep.test.js\n");
}

Test(selection, development_dependencies_stay_out_also_where_a_pattern_names_them)
{
    temporary_file_write(
        folder, "package.json",
        "{\"dependencies\":{\"kept\":\"1\"},\"devDependencies\":{\"dropped\":\"1\"}}");
    temporary_file_write(folder, "node_modules/kept/package.json", "{}");
    temporary_file_write(folder, "node_modules/dropped/package.json", "{\"bin\":{\"drop\":\"x\"}}");
    temporary_link(folder, "node_modules/.bin/drop", "../dropped/package.json");
    spec->exclude_dev_dependencies = true;
    expect_selected((const char *const[]){"node_modules/dropped/**", NULL},
                    "node_modules/kept/package.json\npackage.json\n");
    spec->exclude_dev_dependencies = false;
    expect_selected((const char *const[]){"!node_modules/kept/**", NULL},
                    "node_modules/.bin/drop\nnode_modules/dropped/package.json\npackage.json\n");
}

Test(selection, symlinks_are_followed_inside_the_tree)
{
    temporary_file_write(folder, "service/app.js", "x");
    temporary_file_write(folder, "shared/lib/a.js", "x");
    temporary_link(folder, "service/lib", "../shared/lib");
    temporary_link(folder, "service/one.js", "../shared/lib/a.js");
    temporary_link(folder, "service/dangling", "nowhere");
    spec->root = g_strdup("service");
    expect_selected((const char *const[]){NULL}, "app.js\nlib/a.js\none.js\n");
}

Test(selection, a_symlink_out_of_the_tree_is_refused_only_where_it_would_ship)
{
    temporary_file_write(folder, "app.js", "x");
    temporary_link(folder, "passwd", "/etc/passwd");
    expect_refused(PACKAGE_ERROR_SOURCE, "passwd");
    expect_selected((const char *const[]){"!passwd", NULL}, "app.js\n");
}

Test(selection, folders_that_contain_themselves_by_symlinks_are_refused)
{
    temporary_file_write(folder, "a/app.js", "x");
    temporary_link(folder, "a/again", "../a");
    expect_refused(PACKAGE_ERROR_SOURCE, "leads above itself");
}

Test(selection, patterns_that_name_nothing_or_run_away_are_refused)
{
    temporary_file_write(folder, "app.js", "x");
    set_patterns((const char *const[]){"../shared/**", NULL});
    expect_refused(PACKAGE_ERROR_PATTERN, "out of the repository");
    set_patterns((const char *const[]){"{1..1000000}", NULL});
    expect_refused(PACKAGE_ERROR_PATTERN, "more than 1000 patterns");
    set_patterns((const char *const[]){NULL});
    for (int i = 0; i < 600; i++)
        g_ptr_array_add(spec->patterns, g_strdup_printf("%d{%0500d,%0500d}", i, 0, 0));
    expect_refused(PACKAGE_ERROR_PATTERN, "write fewer or shorter ones");
    set_patterns((const char *const[]){"(?=a)", NULL});
    expect_refused(PACKAGE_ERROR_PATTERN, "regular expression");
    set_patterns((const char *const[]){"!", NULL});
    expect_refused(PACKAGE_ERROR_PATTERN, "names nothing");
    set_patterns((const char *const[]){"", NULL});
    expect_refused(PACKAGE_ERROR_PATTERN, "names nothing");
    expect_selected((const char *const[]){"!../shared/**", "/absolute", NULL}, "app.js\n");
}

Test(selection, what_lies_beside_the_service_is_taken_by_name_and_loses_its_dots)
{
    temporary_file_write(folder, "service/app.js", "x");
    temporary_file_write(folder, "shared/lib/a.js", "x");
    temporary_file_write(folder, "shared/lib/a.test.js", "x");
    temporary_file_write(folder, "one.txt", "x");
    spec->root = g_strdup("service");
    expect_selected((const char *const[]){NULL}, "app.js\n");
    expect_selected((const char *const[]){"../shared/**", "!../shared/**/*.test.js", NULL},
                    "app.js\nshared/lib/a.js\n");
    expect_selected((const char *const[]){"../shared/**", "!**/*.test.js", NULL},
                    "app.js\nshared/lib/a.js\nshared/lib/a.test.js\n");
    expect_selected((const char *const[]){"!**", "../one.txt", NULL}, "one.txt\n");
    set_patterns((const char *const[]){"../../elsewhere/*", NULL});
    expect_refused(PACKAGE_ERROR_PATTERN, "out of the repository");
}

Test(selection, in_a_layer_names_are_as_seen_from_its_folder_whatever_leads_to_them)
{
    temporary_file_write(folder, "layers/lib/a.js", "x");
    temporary_file_write(folder, "layers/lib/in/b.js", "x");
    temporary_file_write(folder, "layers/library/c.js", "x");
    temporary_file_write(folder, "d.js", "x");
    spec->root = g_strdup("layers/lib");
    spec->is_layer = true;
    expect_selected((const char *const[]){"../**/*.js", "!*.js", "../../d.js", NULL},
                    "a.js\nd.js\nin/b.js\nlibrary/c.js\n");
}

Test(selection, two_files_of_one_name_in_the_archive_are_refused)
{
    temporary_file_write(folder, "service/shared/a.js", "x");
    temporary_file_write(folder, "shared/a.js", "x");
    spec->root = g_strdup("service");
    set_patterns((const char *const[]){"../shared/**", NULL});
    expect_refused(PACKAGE_ERROR_NAME, "would both be shared/a.js");
}

Test(selection, a_pattern_that_starts_elsewhere_does_not_get_around_slsignore)
{
    temporary_file_write(folder, "build/out.js", "x");
    temporary_file_write(folder, "app.js", "x");
    temporary_file_write(folder, ".slsignore", "/build/\n");
    expect_selected(
        (const char *const[]){"!**", "app.js", "build/*.js", "build/out.js", "./build/*.js", NULL},
        "app.js\n");
}

Test(selection, a_name_that_is_no_text_is_refused_unless_excluded)
{
    temporary_file_write(folder, "app.js", "x");
    temporary_file_write(folder, "odd\xff", "x");
    expect_refused(PACKAGE_ERROR_NAME, "UTF-8");
    expect_selected((const char *const[]){"!odd*", NULL}, "app.js\n");
}

/* A git tree with a submodule, which a folder cannot have. */
static SourceTree *tree_with_submodule(Repository **ret_mirror)
{
    g_autofree char *origin = g_build_filename(folder, "origin", NULL);
    g_autofree char *mirror_folder = g_build_filename(folder, "mirror", NULL);
    const FetchRequest request = {
        .url = origin, .deadline_ms = 60000, .program = FETCH_WORKER_PROGRAM};
    Revision revision = {0};
    FetchResult result;
    SourceTree *fetched;

    temporary_file_write(origin, "app.js", "x");
    temporary_run(
        origin,
        "git init -q -b main; git config user.name Test; git config user.email t@example.com; git "
        "add "
        "-A; git update-index --add --cacheinfo "
        "160000,0123456789012345678901234567890123456789,vendor/module; git commit -qm First");
    *ret_mirror = repository_open(mirror_folder, NULL);
    cr_assert(repository_fetch(*ret_mirror, &request, &result, NULL));
    cr_assert(repository_resolve(*ret_mirror, REVISION_IS_BRANCH, "main", &revision, NULL));
    fetched = repository_tree(*ret_mirror, revision.id, NULL);
    revision_clear(&revision);
    return fetched;
}

Test(selection, a_submodule_is_refused_unless_excluded)
{
    static const char *const exclusions[] = {"!vendor/**", "!vendor/module/**", "!vendor/module",
                                             "!**/module/**"};
    Repository *mirror;

    source_tree_free(tree);
    tree = tree_with_submodule(&mirror);
    expect_refused(PACKAGE_ERROR_SUBMODULE, "vendor/module: is a git submodule");
    for (size_t i = 0; i < G_N_ELEMENTS(exclusions); i++)
        expect_selected((const char *const[]){exclusions[i], NULL}, "app.js\n");
    source_tree_free(tree);
    repository_free(mirror);
    tree = directory_tree_new(folder, NULL);
}
