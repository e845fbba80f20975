#include "controller/build/build.h"
#include "controller/build/limits.h"

#include "controller/build/build_bundle.h"
#include "controller/build/build_install.h"
#include "controller/build/build_steps.h"
#include "reconcile/compile/script.h"
#include "reconcile/package/package.h"
#include "reconcile/source/layered_tree.h"
#include "reconcile/source/remembering_tree.h"
#include <stdlib.h>
#include <string.h>

/* A service may ask for more once it knows the first answers (an address made of another input). */
#define MAX_INPUT_ROUNDS 10
#define MAX_KEPT_FILES 100000
#define MAX_SCRIPT_ROUNDS (2 * SCRIPT_MAX_ROUNDS)

/* The requests that are scripts, or those that are none; borrowed. */
static GPtrArray *select_requests(const GPtrArray *requests, bool scripts)
{
    GPtrArray *selected = g_ptr_array_new();

    for (guint i = 0; i < requests->len; i++) {
        InputRequest *request = g_ptr_array_index(requests, i);

        if ((request->kind == INPUT_SCRIPT) == scripts)
            g_ptr_array_add(selected, request);
    }
    return selected;
}

/* Scripts depend on the tree alone: asking nothing but them is cheap and may go on for longer. */
static bool answer_requests(const BuildRequest *request, const GPtrArray *missing,
                            bool *ret_only_scripts, GError **error)
{
    g_autoptr(GPtrArray) scripts = select_requests(missing, true);
    g_autoptr(GPtrArray) others = select_requests(missing, false);

    *ret_only_scripts = others->len == 0;
    if (scripts->len && !request->evaluate(scripts, request->inputs, request->evaluate_data, error))
        return false;
    return !others->len || request->fetch(others, request->inputs, request->fetch_data, error);
}

Service *build_read(const BuildRequest *request, Problems *problems, GError **error)
{
    unsigned rounds = 0, script_rounds = 0;

    while (rounds < MAX_INPUT_ROUNDS && script_rounds < MAX_SCRIPT_ROUNDS) {
        g_autoptr(GPtrArray) missing = NULL;
        g_autoptr(Problems) found = problems_new();
        Service *service = compile_service(request->tree, request->path, request->options,
                                           request->inputs, found, &missing);
        bool only_scripts;

        if (service || !missing || !missing->len) {
            problems_append(problems, found);
            return service;
        }
        if (!answer_requests(request, missing, &only_scripts, error)) {
            problems_append(problems, found);
            return NULL;
        }
        if (only_scripts)
            script_rounds++;
        else
            rounds++;
    }
    problems_add(problems, PROBLEM_ERROR, NULL,
                 "make the addresses of inputs depend on fewer other inputs",
                 "inputs from outside git depend on one another more than %u times over",
                 rounds < MAX_INPUT_ROUNDS ? MAX_SCRIPT_ROUNDS : MAX_INPUT_ROUNDS);
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

/* Archives whose dependencies are nowhere: told once, of the first and how many are like it. */
typedef struct {
    const ArtifactSpec *first;
    GError *error;
    unsigned more;
} Missing;

static void note_missing(Missing *missing, const ArtifactSpec *spec, GError **error,
                         Problems *problems)
{
    const char *after = missing->error ? strchr(missing->error->message, ':') : NULL;
    const char *own = strchr((*error)->message, ':');

    if (missing->error && g_strcmp0(after, own) != 0) {
        report_artifact(spec, PROBLEM_WARNING, *error, NULL, problems);
    } else if (missing->error) {
        missing->more++;
    } else {
        missing->first = spec;
        missing->error = g_steal_pointer(error);
    }
    g_clear_error(error);
}

static void tell_missing(Missing *missing, Problems *problems)
{
    const char *after = missing->error ? strchr(missing->error->message, ':') : NULL;
    g_autoptr(GError) error = missing->error;

    if (!error)
        return;
    if (missing->more && after) {
        char *message =
            g_strdup_printf("package %s and %u more%s", missing->first->name, missing->more, after);

        g_free(error->message);
        error->message = message;
    }
    report_artifact(missing->first, PROBLEM_WARNING, error, NULL, problems);
    *missing = (Missing){0};
}

static Artifact *identify_artifact(const BuildRequest *request, SourceTree *tree,
                                   const ArtifactSpec *spec, Missing *missing, Problems *problems)
{
    ArtifactSpec unchecked = *spec;
    g_autofree char *hint = NULL;
    g_autoptr(GError) error = NULL;
    Artifact *artifact = package_identify(tree, spec, request->cache, &error);

    if (artifact)
        return artifact;
    if (request->template_only &&
        g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_DEPENDENCIES)) {
        note_missing(missing, spec, &error, problems);
        unchecked.check_dependencies = false;
        artifact = package_identify(tree, &unchecked, request->cache, &error);
        if (artifact)
            return artifact;
    }
    if (g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_TOO_LARGE))
        hint = limits_explain_size(tree, spec);
    report_artifact(spec, PROBLEM_ERROR, error, hint, problems);
    return NULL;
}

static GPtrArray *identify_artifacts(const BuildRequest *request, Service *service,
                                     Problems *problems)
{
    const GPtrArray *specs = service_artifacts(service);
    g_autoptr(GPtrArray) artifacts = g_ptr_array_new_with_free_func((GDestroyNotify)artifact_free);
    g_autoptr(SourceTree) shared = specs->len > 1 ? remembering_tree_new(request->tree) : NULL;
    Missing missing = {0};
    unsigned files = 0;

    for (guint i = 0; i < specs->len; i++) {
        const ArtifactSpec *spec = g_ptr_array_index(specs, i);
        Artifact *artifact;

        if (spec->kind == ARTIFACT_TEXT && artifacts->len < i)
            continue; /* what it names could not be identified, as was told */
        if (spec->kind == ARTIFACT_TEXT)
            service_write_text(service, i, artifacts);
        artifact =
            identify_artifact(request, shared ? shared : request->tree, spec, &missing, problems);
        if (!artifact)
            continue;
        files += artifact->files;
        if (!request->will_write || files > MAX_KEPT_FILES)
            artifact_drop_manifest(artifact);
        g_ptr_array_add(artifacts, artifact);
    }
    tell_missing(&missing, problems);
    return artifacts->len == specs->len ? g_steal_pointer(&artifacts) : NULL;
}

/* `tree` (given away) with a built folder over it, where there is one; NULL with an error. */
static SourceTree *put_over(SourceTree *tree, const BuiltFolder *built, const char *path,
                            GError **error)
{
    SourceTree *upper = built ? built_folder_over(built, tree, path, error) : NULL;

    if (upper)
        return layered_tree_own_base(upper);
    if (!built)
        return tree;
    source_tree_free(tree);
    return NULL;
}

SourceTree *build_tree(const Build *build, SourceTree *base, GError **error)
{
    SourceTree *tree = build->built
                           ? built_folder_over(build->built, base, build->built_path, error)
                           : layered_tree_new(base, NULL, NULL);

    tree = tree ? put_over(tree, build->bundled, build->bundled_path, error) : NULL;
    return tree ? put_over(tree, build->installed, build->installed_path, error) : NULL;
}

/* Compiles and identifies, once all that is to be read is there. */
static bool compile_all(const BuildRequest *request, SourceTree *base, Build *build,
                        Problems *problems, GError **error)
{
    g_autoptr(SourceTree) tree = NULL;
    BuildRequest built = *request;

    build->service = build_read(request, problems, error);
    if (!build->service)
        return false;
    if (!build_run_bundler(request, build, problems, error) ||
        !build_install(request, build, problems, error))
        return false;
    tree = build_tree(build, base, error);
    if (!tree)
        return false;
    built.tree = tree;
    build->artifacts = identify_artifacts(&built, build->service, problems);
    if (!build->artifacts)
        return false;
    build->compiled = compile_template(build->service, build->artifacts, problems);
    return build->compiled &&
           limits_check_code(build->service, build->artifacts, build->compiled, tree, problems);
}

Build *build_service(const BuildRequest *request, Problems *problems, GError **error)
{
    g_autoptr(Build) build = g_new0(Build, 1);
    g_autoptr(SourceTree) tree = NULL;
    BuildRequest built = *request;

    if (request->builds && !build_run_steps(request, build, problems, error))
        return NULL;
    built.tree = tree = build_tree(build, request->tree, error);
    return tree && compile_all(&built, request->tree, build, problems, error)
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
    built_folder_free(build->built);
    built_folder_free(build->bundled);
    built_folder_free(build->installed);
    g_free(build->built_path);
    g_strfreev(build->steps);
    g_free(build->bundled_path);
    g_free(build->installed_path);
    g_free(build);
}
