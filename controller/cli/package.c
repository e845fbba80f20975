#include "reconcile/package/package.h"
#include "config/json_text.h"
#include "controller/cli/folder.h"
#include "controller/cli/verb.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

static bool write_json(const char *folder, const char *name, json_t *json, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = json_text(json, JSON_TEXT_INDENT);

    return g_file_set_contents(path, text, -1, error);
}

static bool write_templates(const Build *build, const char *folder, GError **error)
{
    json_t *bootstrap = template_bootstrap(build->compiled);
    bool written = write_json(folder, "cloudformation-template-update-stack.json",
                              template_json(build->compiled), error);

    if (written && bootstrap)
        written = write_json(folder, "cloudformation-template-create-stack.json", bootstrap, error);
    json_decref(bootstrap);
    return written;
}

static bool write_artifact(const Folder *folder, const Build *build, guint i, const char *into,
                           GError **error)
{
    const ArtifactSpec *spec = g_ptr_array_index(service_artifacts(build->service), i);
    const Artifact *artifact = g_ptr_array_index(build->artifacts, i);
    g_autofree char *path = g_build_filename(into, spec->name, NULL);
    g_autofree char *sha256 = NULL, *size = NULL;
    uint64_t size_bytes;

    if (spec->kind == ARTIFACT_S3) {
        printf("%-32s %8s %10s  %s\n", spec->name, "", "", spec->file);
        return true;
    }
    if (!package_write(folder->tree, spec, path, &size_bytes, &sha256, error))
        return false;
    size = g_format_size(size_bytes);
    printf("%-32s %8u %10s  %.16s\n", spec->name, artifact->files, size, artifact->manifest_id);
    return true;
}

ExitStatus verb_package(const Arguments *arguments)
{
    g_auto(Folder) folder = {0};
    g_autoptr(Build) build = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *into = NULL;

    if (!folder_open(arguments, &folder))
        return EXIT_USAGE;
    build = folder_build(&folder, arguments);
    if (!build)
        return EXIT_USAGE;
    into = arguments->output
               ? g_strdup(arguments->output)
               : g_build_filename(arguments->operands[0] ? arguments->operands[0] : ".",
                                  ".serverless", NULL);
    if (g_mkdir_with_parents(into, 0755) != 0) {
        fprintf(stderr, "driftless package: make folder %s: %s\n", into, g_strerror(errno));
        return EXIT_FAILED;
    }
    printf("%-32s %8s %10s  %s\n", "artifact", "files", "size", "manifest");
    for (guint i = 0; i < build->artifacts->len; i++)
        if (!write_artifact(&folder, build, i, into, &error)) {
            fprintf(stderr, "driftless package: %s\n", error->message);
            return EXIT_FAILED;
        }
    if (!write_templates(build, into, &error)) {
        fprintf(stderr, "driftless package: %s\n", error->message);
        return EXIT_FAILED;
    }
    printf("written to %s\n", into);
    return EXIT_DONE;
}
