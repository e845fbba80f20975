/* Every folder of golden/ is a service whose template is known: expected.json, and artifacts.json
 * where it is about them. Templates were held against osls 4.3.1; what differs on purpose is said
 * in reconcile/compile/README.md. With DRIFTLESS_UPDATE_GOLDEN set, the files are written anew:
 * look at the difference before committing it. */
#include "compiling.h"
#include "reconcile/source/directory_tree.h"
#include <criterion/criterion.h>

#define GOLDEN SOURCE_DIR "/tests/reconcile/compile/golden"

static json_t *texts(const GPtrArray *list)
{
    json_t *array = json_array();

    for (guint i = 0; i < list->len; i++)
        json_array_append_new(array, json_string(list->pdata[i]));
    return array;
}

static json_t *describe(const GPtrArray *specs)
{
    static const char *const kinds[] = {"zip", "file", "s3", "text"};
    json_t *list = json_array();

    for (guint i = 0; i < specs->len; i++) {
        const ArtifactSpec *spec = specs->pdata[i];

        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s*,s:s*,s:s*,s:o,s:o,s:b,s:b,s:s}", "name", spec->name,
                            "kind", kinds[spec->kind], "root", spec->root, "file", spec->file,
                            "runtime", spec->runtime, "exclusions", texts(spec->exclusions),
                            "patterns", texts(spec->patterns), "excludeDevDependencies",
                            spec->exclude_dev_dependencies, "checkDependencies",
                            spec->check_dependencies, "declaredIn", spec->declared_in));
    }
    return list;
}

static void expect_file(const char *name, const char *file, json_t *found, bool required)
{
    g_autofree char *path = g_strdup_printf(GOLDEN "/%s/%s", name, file);
    json_t *wanted = json_load_file(path, 0, NULL);
    char *text = json_dumps(found, JSON_INDENT(1));

    if (g_getenv("DRIFTLESS_UPDATE_GOLDEN") && (required || wanted)) {
        g_autofree char *line = g_strconcat(text, "\n", NULL);

        cr_assert(g_file_set_contents(path, line, -1, NULL));
    } else if (required || wanted) {
        cr_expect(wanted && json_equal(wanted, found), "%s of %s is now\n%s", file, name, text);
    }
    free(text);
    json_decref(wanted);
}

static void check(SourceTree *tree, const char *name)
{
    const CompileOptions options = {.draft = true};
    Compiled result = compile_tree(tree, name, &options);
    g_autofree char *problems = problems_to_text(result.problems, false);
    json_t *artifacts;

    cr_assert_not_null(result.compiled, "%s: %s", name, problems);
    artifacts = describe(service_artifacts(result.service));
    expect_file(name, "expected.json", result.json, true);
    expect_file(name, "artifacts.json", artifacts, false);
    json_decref(artifacts);
    compiled_clear(&result);
}

Test(golden, services_compile_to_the_templates_known_for_them)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceTree) tree = directory_tree_new(GOLDEN, &error);
    g_autoptr(GDir) folder = g_dir_open(GOLDEN, 0, &error);
    const char *name;
    unsigned count = 0;

    cr_assert(tree && folder);
    for (; (name = g_dir_read_name(folder)); count++)
        check(tree, name);
    cr_expect_geq(count, 5);
}
