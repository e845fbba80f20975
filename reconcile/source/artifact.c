#include "reconcile/source/artifact.h"

ArtifactSpec *artifact_spec_new(const char *name, ArtifactKind kind)
{
    ArtifactSpec *spec = g_new0(ArtifactSpec, 1);

    spec->name = g_strdup(name);
    spec->kind = kind;
    spec->patterns = g_ptr_array_new_with_free_func(g_free);
    spec->exclusions = g_ptr_array_new_with_free_func(g_free);
    return spec;
}

void artifact_spec_free(ArtifactSpec *spec)
{
    if (!spec)
        return;
    g_free(spec->name);
    g_free(spec->root);
    g_ptr_array_unref(spec->patterns);
    g_ptr_array_unref(spec->exclusions);
    g_free(spec->file);
    g_free(spec->lifted);
    g_free(spec->added);
    g_free(spec->runtime);
    g_free(spec->declared_in);
    g_free(spec);
}

void artifact_drop_manifest(Artifact *artifact)
{
    if (artifact->manifest)
        artifact->manifest_free(artifact->manifest);
    artifact->manifest = NULL;
}

void artifact_free(Artifact *artifact)
{
    if (!artifact)
        return;
    artifact_drop_manifest(artifact);
    g_free(artifact->name);
    g_free(artifact->manifest_id);
    g_free(artifact->content_hash);
    if (artifact->content_state)
        g_checksum_free(artifact->content_state);
    g_free(artifact->s3_bucket);
    g_free(artifact->s3_key);
    g_free(artifact);
}
