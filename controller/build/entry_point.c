#include "controller/build/entry_point.h"

#include "reconcile/package/package.h"

#include <string.h>

/* Where the name of the file ends in a handler: nodejs and ruby at the first dot behind the folder
 * ("src/api.v1.get" is src/api), python at the last one, with dots for folders. Source: the
 * runtimes' own loaders (aws-lambda-nodejs-runtime-interface-client, awslambdaric for both others).
 * (transfer full); NULL: not by this rule. */
static char *file_of(const char *runtime, const char *handler)
{
    const char *name = strrchr(handler, '/');
    const char *dot = strchr(name ? name : handler, '.');
    char *file;

    if (g_str_has_prefix(runtime, "python"))
        dot = strrchr(handler, '.');
    else if (!g_str_has_prefix(runtime, "nodejs") && !g_str_has_prefix(runtime, "ruby"))
        return NULL;
    if (!dot || strstr(handler, ".."))
        return NULL;
    file = g_strndup(handler, (gsize)(dot - handler));
    return g_str_has_prefix(runtime, "python") ? g_strdelimit(file, ".", '/') : file;
}

void entry_point_check(const char *id, json_t *function, const ArtifactSpec *spec,
                       const Artifact *artifact, const Service *service, const Template *compiled,
                       Problems *problems)
{
    json_t *properties = json_object_get(function, "Properties");
    const char *handler = json_string_value(json_object_get(properties, "Handler"));
    const char *runtime = json_string_value(json_object_get(properties, "Runtime"));
    g_autofree char *file = NULL;
    Position at;

    if (!handler || !runtime || spec->kind != ARTIFACT_ZIP || spec->bundled || spec->installed ||
        json_array_size(json_object_get(properties, "Layers")))
        return;
    while (g_str_has_prefix(handler, "./"))
        handler += strlen("./");
    file = *handler == '/' ? NULL : file_of(runtime, handler);
    if (!file || package_may_hold(artifact, file))
        return;
    problems_add(problems, PROBLEM_WARNING,
                 template_resource_position(service, compiled, id, &at) ? &at : NULL,
                 "correct the handler, or let package.patterns take the file in",
                 "%s starts in %s, and %s has no file %s.*: every call fails", id, handler,
                 spec->name, file);
}
