/* Compiles the service of a folder again and again in one process, as the running controller does,
 * and prints the milliseconds that each took from its document to the bytes of its template.
 * usage: compile-repeatedly FOLDER TIMES */
#include "config/json_text.h"
#include "controller/build/build.h"
#include "reconcile/source/directory_tree.h"
#include <stdio.h>
#include <stdlib.h>

static bool compile_once(const char *folder, double *ret_ms)
{
    const CompileOptions options = {.stage = "dev", .region = "us-east-1"};
    const gint64 began_us = g_get_monotonic_time();
    g_autofree char *path = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceTree) tree = directory_tree_new_for_service(folder, &path, &error);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Inputs) inputs = inputs_new();
    const BuildRequest request = {
        .tree = tree, .path = path, .options = &options, .inputs = inputs};
    g_autoptr(Build) build = tree ? build_service(&request, problems, &error) : NULL;

    if (!build) {
        g_autofree char *found = problems_to_text(problems, false);

        fprintf(stderr, "%s%s\n", found, error ? error->message : "");
        return false;
    }
    text = json_text(template_json(build->compiled), JSON_TEXT_COMPACT);
    *ret_ms = (double)(g_get_monotonic_time() - began_us) / 1000;
    return *text != '\0';
}

int main(int argc, char **argv)
{
    double ms;

    if (argc != 3) {
        fprintf(stderr, "usage: compile-repeatedly FOLDER TIMES\n");
        return 2;
    }
    for (int i = 0, times = atoi(argv[2]); i < times; i++) {
        if (!compile_once(argv[1], &ms))
            return 1;
        printf("%.3f\n", ms);
    }
    return 0;
}
