/* A service with what is installed in it: a line "#: PATH" starts a file, before the first is the
 * service's package.json. */
#include "reconcile/package/development.h"
#include "reconcile/package/selection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_tree.h"

static bool lies_in_held(const Development *development, const char *path)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        g_autofree char *folder = g_strndup(path, (gsize)(slash - path));

        if (development_holds(development, folder))
            return true;
    }
    return development_holds(development, path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(FuzzTree) tree = {0};
    g_autoptr(ArtifactSpec) spec = artifact_spec_new("service.zip", ARTIFACT_ZIP);
    g_autoptr(GError) error = NULL, trouble = NULL;
    g_autoptr(Development) development = NULL;
    g_autoptr(GPtrArray) files = NULL;

    fuzz_tree_init(&tree, "package.json", data, size);
    development = development_new(&tree.tree, "", &error);
    HOLDS(!development == (error != NULL));
    spec->exclude_dev_dependencies = true;
    files = selection_new(&tree.tree, spec, &trouble);
    HOLDS(!files == (trouble != NULL));
    for (guint i = 0; development && files && i < files->len; i++) {
        const SelectedFile *file = g_ptr_array_index(files, i);

        HOLDS(!strstr(file->path, "node_modules") || !lies_in_held(development, file->path));
    }
    return 0;
}
