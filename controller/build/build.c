#include "controller/build/build.h"
#include "controller/build/limits.h"

#include "reconcile/package/package.h"
#include <stdlib.h>
#include <string.h>

/* A service may ask for more once it knows the first answers (an address made of another input). */
#define MAX_INPUT_ROUNDS 10
#define MAX_KEPT_FILES 100000

Service *build_read(const BuildRequest *request, Problems *problems, GError **error)
{
    for (int round = 0; round < MAX_INPUT_ROUNDS; round++) {
        g_autoptr(GPtrArray) missing = NULL;
        g_autoptr(Problems) found = problems_new();
        Service *service = compile_service(request->tree, request->path, request->options,
                                           request->inputs, found, &missing);

        if (service || !missing || !missing->len) {
            problems_append(problems, found);
            return service;
        }
        if (!request->fetch(missing, request->inputs, request->fetch_data, error)) {
            problems_append(problems, found);
            return NULL;
        }
    }
    problems_add(
        problems, PROBLEM_ERROR, NULL, "make the addresses of inputs depend on fewer other inputs",
        "inputs from outside git depend on one another more than %d times over", MAX_INPUT_ROUNDS);
    return NULL;
}

/* A spec says where it was declared as "FILE:LINE". */
static void report_artifact(const ArtifactSpec *spec, ProblemSeverity severity, const GError *error,
                            const char *hint, Problems *problems)
{
    const char *colon = spec->declared_in ? strrchr(spec->declared_in, ':') : NULL;
    g_autofree char *file =
        colon ? g_strndup(spec->declared_in, (gsize)(colon - spec->declared_in)) : NULL;
    const Position at = {.file = file, .line = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0};

    problems_add(problems, severity, file ? &at : NULL, hint, "%s", error->message);
}

static Artifact *identify_artifact(const BuildRequest *request, const ArtifactSpec *spec,
                                   Problems *problems)
{
    ArtifactSpec unchecked = *spec;
    g_autofree char *hint = NULL;
    g_autoptr(GError) error = NULL;
    Artifact *artifact = package_identify(request->tree, spec, request->cache, &error);

    if (artifact)
        return artifact;
    if (request->template_only &&
        g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_DEPENDENCIES)) {
        report_artifact(spec, PROBLEM_WARNING, error, NULL, problems);
        g_clear_error(&error);
        unchecked.check_dependencies = false;
        artifact = package_identify(request->tree, &unchecked, request->cache, &error);
        if (artifact)
            return artifact;
    }
    if (g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE))
        hint = limits_explain_size(request->tree, spec);
    report_artifact(spec, PROBLEM_ERROR, error, hint, problems);
    return NULL;
}

static GPtrArray *identify_artifacts(const BuildRequest *request, Service *service,
                                     Problems *problems)
{
    const GPtrArray *specs = service_artifacts(service);
    g_autoptr(GPtrArray) artifacts = g_ptr_array_new_with_free_func((GDestroyNotify)artifact_free);
    unsigned files = 0;

    for (guint i = 0; i < specs->len; i++) {
        const ArtifactSpec *spec = g_ptr_array_index(specs, i);
        Artifact *artifact;

        if (spec->kind == ARTIFACT_TEXT && artifacts->len < i)
            continue; /* what it names could not be identified, as was told */
        if (spec->kind == ARTIFACT_TEXT)
            service_write_text(service, i, artifacts);
        artifact = identify_artifact(request, spec, problems);
        if (!artifact)
            continue;
        files += artifact->files;
        if (!request->will_write || files > MAX_KEPT_FILES)
            artifact_drop_manifest(artifact);
        g_ptr_array_add(artifacts, artifact);
    }
    return artifacts->len == specs->len ? g_steal_pointer(&artifacts) : NULL;
}

Build *build_service(const BuildRequest *request, Problems *problems, GError **error)
{
    g_autoptr(Build) build = g_new0(Build, 1);

    build->service = build_read(request, problems, error);
    if (!build->service)
        return NULL;
    build->artifacts = identify_artifacts(request, build->service, problems);
    if (!build->artifacts)
        return NULL;
    build->compiled = compile_template(build->service, build->artifacts, problems);
    return build->compiled && limits_check_code(build->service, build->artifacts, build->compiled,
                                                request->tree, problems)
               ? g_steal_pointer(&build)
               : NULL;
}

void build_free(Build *build)
{
    if (!build)
        return;
    template_free(build->compiled);
    g_clear_pointer(&build->artifacts, g_ptr_array_unref);
    service_free(build->service);
    g_free(build);
}
