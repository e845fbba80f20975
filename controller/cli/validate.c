#include "controller/cli/controller.h"
#include "controller/cli/declared.h"
#include "controller/cli/folder.h"

#include <stdio.h>

static ExitStatus print_problems(const Problems *problems)
{
    return declared_print_json(problems_to_json(problems), EXIT_DONE);
}

static ExitStatus validate_settings(const Arguments *arguments)
{
    g_autoptr(Settings) settings = settings_of(arguments);
    g_autoptr(Problems) none = problems_new(); /* driftless.yml has no warnings */

    if (!settings)
        return EXIT_USAGE;
    if (arguments->json)
        return print_problems(none);
    printf("%s: %u service%s in %u repositor%s\n", settings->file, settings->services->len,
           settings->services->len == 1 ? "" : "s", settings->repositories->len,
           settings->repositories->len == 1 ? "y" : "ies");
    return EXIT_DONE;
}

/* Without a folder: driftless.yml where there is one, else the service here. */
ExitStatus verb_validate(const Arguments *arguments)
{
    g_auto(Folder) folder = {0};
    g_autoptr(Build) build = NULL;
    size_t resources;

    if (!arguments->operands[0] &&
        (arguments->settings_file || g_file_test("driftless.yml", G_FILE_TEST_EXISTS)))
        return validate_settings(arguments);
    if (!folder_open(arguments, &folder))
        return EXIT_USAGE;
    folder.template_only = true;
    folder.options.template_bucket = FOLDER_ANY_BUCKET;
    build = folder_build(&folder, arguments);
    if (!build)
        return folder.exit;
    if (arguments->json)
        return print_problems(folder.problems);
    resources = json_object_size(json_object_get(template_json(build->compiled), "Resources"));
    printf("%s (%s): %zu resource%s\n", service_name(build->service),
           service_description_kind(build->service), resources, resources == 1 ? "" : "s");
    return EXIT_DONE;
}
