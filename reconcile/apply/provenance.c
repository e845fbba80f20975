#include "reconcile/apply/provenance.h"
#include <string.h>

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define PREDICATE_TYPE "https://slsa.dev/provenance/v1"
#define BUILD_TYPE "urn:driftless:artifact:v1"

/* in-toto writes digests in hex, Lambda in base64. */
static char *hex_of_base64(const char *base64)
{
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(base64, &size);
    GString *hex = g_string_new(NULL);

    for (gsize i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

/* "https://user:token@host/x" names no login to others. */
static char *without_login(const char *url)
{
    const char *host = strstr(url, "://"), *end, *at = NULL;

    if (!host)
        return g_strdup(url);
    host += strlen("://");
    end = host + strcspn(host, "/");
    for (const char *p = host; p < end; p++)
        if (*p == '@')
            at = p;
    return at ? g_strdup_printf("%.*s%s", (int)(host - url), url, at + 1) : g_strdup(url);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

static json_t *sources(const ProvenanceSource *source)
{
    json_t *list = json_array();
    g_autofree char *url = source->repository ? without_login(source->repository) : NULL;
    g_autofree char *uri = url ? g_strconcat("git+", url, NULL) : NULL;

    if (source->commit)
        json_array_append_new(list, json_pack("{s:s, s:{s:s}}", "uri", uri ? uri : "git", "digest",
                                              "gitCommit", source->commit));
    return list;
}

static json_t *parameters(const ProvenanceSource *source, const ArtifactSpec *spec)
{
    json_t *object = json_object();

    set_text(object, "service", source->service);
    set_text(object, "stage", source->stage);
    set_text(object, "path", source->path);
    set_text(object, "artifact", spec->name);
    set_text(object, "declaredIn", spec->declared_in);
    return object;
}

/* What lay on S3 or came with Driftless was made before any step ran. */
static bool is_of_tree(const ArtifactSpec *spec)
{
    return spec->kind != ARTIFACT_S3 && spec->kind != ARTIFACT_EMBEDDED;
}

static json_t *internal_parameters(const ProvenanceSource *source, const ArtifactSpec *spec,
                                   const Artifact *artifact)
{
    g_autofree char *packer = package_packer();
    json_t *object = json_pack("{s:s, s:s, s:i}", "manifest", artifact->manifest_id, "packer",
                               packer, "files", (int)artifact->files);
    json_t *steps = json_array();

    for (const char *const *step = source->build_steps; step && *step; step++)
        json_array_append_new(steps, json_string(*step));
    if (is_of_tree(spec) && json_array_size(steps))
        json_object_set(object, "buildSteps", steps);
    if (spec->bundled)
        set_text(object, "bundler", source->bundler);
    if (spec->installed)
        set_text(object, "installer", source->installer);
    json_decref(steps);
    return object;
}

json_t *provenance_statement(const ProvenanceSource *source, const ArtifactSpec *spec,
                             const Artifact *artifact, const char *sha256)
{
    g_autofree char *hex = hex_of_base64(sha256);

    return json_pack("{s:s, s:[{s:s, s:{s:s}}], s:s, s:{s:{s:s, s:o, s:o, s:o}, "
                     "s:{s:{s:s}}}}",
                     "_type", STATEMENT_TYPE, "subject", "name", spec->name, "digest", "sha256",
                     hex, "predicateType", PREDICATE_TYPE, "predicate", "buildDefinition",
                     "buildType", BUILD_TYPE, "externalParameters", parameters(source, spec),
                     "internalParameters", internal_parameters(source, spec, artifact),
                     "resolvedDependencies", sources(source), "runDetails", "builder", "id",
                     source->builder ? source->builder : "driftless");
}
