#include "reconcile/apply/artifact_store.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/s3.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK(driftless - artifact - store - error, artifact_store_error)

#define SHA256_METADATA "driftless-sha256" /* base64, as Lambda's CodeSha256 */

char *artifact_bucket_name(const char *account_id, const char *region)
{
    return g_strdup_printf("driftless-artifacts-%s-%s", account_id, region);
}

bool artifact_bucket_ensure(AwsClient *client, const char *bucket, GError **error)
{
    S3BucketState state;
    const S3BucketSettings settings = {
        .encryption = true, .block_public_access = true, .require_tls = true};

    if (!s3_head_bucket(client, bucket, NULL, &state, NULL, error))
        return false;
    switch (state) {
    case S3_BUCKET_OURS:
        return true;
    case S3_BUCKET_OTHERS:
        g_set_error(error, ARTIFACT_STORE_ERROR, ARTIFACT_STORE_ERROR_BUCKET,
                    "the artifact bucket %s exists, but is closed to us: grant s3:ListBucket, "
                    "s3:GetObject and s3:PutObject on "
                    "it, or name another with artifactBucket",
                    bucket);
        return false;
    case S3_BUCKET_ABSENT:
        break;
    }
    return s3_create_bucket(client, bucket, &settings, error);
}

void artifact_upload_clear(ArtifactUpload *upload)
{
    g_free(upload->sha256);
    *upload = (ArtifactUpload){0};
}

/* An empty file of its own in `folder`, so that two uploads never share one. (transfer full) */
static char *spool_new(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "artifact-XXXXXX", NULL);
    int file = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

    if (file < 0) {
        g_set_error(error, ARTIFACT_STORE_ERROR, ARTIFACT_STORE_ERROR_SPOOL,
                    "no temporary file can be made in %s: %s", folder, g_strerror(errno));
        return NULL;
    }
    close(file);
    return g_steal_pointer(&path);
}

static bool put(AwsClient *client, const char *file, const char *bucket, const char *key,
                const char *sha256, GError **error)
{
    json_t *metadata = json_pack("{s:s}", SHA256_METADATA, sha256);
    S3Upload upload = {
        .bucket = bucket, .key = key, .file = file, .metadata = metadata, .encrypt = true};
    bool done = s3_put_object(client, &upload, NULL, NULL, error);

    json_decref(metadata);
    return done;
}

static bool build_and_put(AwsClient *client, SourceTree *tree, const ArtifactSpec *spec,
                          const char *bucket, const char *key, const char *spool_folder,
                          ArtifactUpload *ret, GError **error)
{
    g_autofree char *file = spool_new(spool_folder, error), *sha256 = NULL;
    uint64_t size = 0;

    if (!file)
        return false;
    bool done = package_write(tree, spec, file, &size, &sha256, error) &&
                put(client, file, bucket, key, sha256, error);
    g_unlink(file);
    if (!done)
        return false;
    artifact_upload_clear(ret);
    *ret =
        (ArtifactUpload){.uploaded = true, .size_bytes = size, .sha256 = g_steal_pointer(&sha256)};
    return true;
}

/* (transfer full); NULL: it is not told. */
static char *sha256_of(const S3Object *object)
{
    const char *ours = json_string_value(json_object_get(object->metadata, SHA256_METADATA));
    const char *checksum = object->checksum_sha256;

    if (ours)
        return g_strdup(ours);
    return checksum && !strchr(checksum, '-') ? g_strdup(checksum) : NULL; /* not one of parts */
}

bool artifact_sha256(AwsClient *client, const char *bucket, const char *key, char **ret_sha256,
                     GError **error)
{
    g_autoptr(S3Object) object = NULL;

    if (!s3_head_object(client, bucket, key, &object, error))
        return false;
    *ret_sha256 = object ? sha256_of(object) : NULL;
    return true;
}

bool artifact_upload(AwsClient *client, SourceTree *tree, const ArtifactSpec *spec,
                     const char *bucket, const char *key, const char *spool_folder,
                     ArtifactUpload *ret, GError **error)
{
    g_autoptr(S3Object) object = NULL;

    if (spec->kind == ARTIFACT_S3) {
        artifact_upload_clear(ret);
        return true;
    }
    if (!s3_head_object(client, bucket, key, &object, error) ||
        (!object && !build_and_put(client, tree, spec, bucket, key, spool_folder, ret, error))) {
        g_prefix_error(error, "artifact %s: ", spec->name);
        return false;
    }
    if (object) {
        artifact_upload_clear(ret);
        *ret = (ArtifactUpload){.size_bytes = object->size_bytes, .sha256 = sha256_of(object)};
    }
    return true;
}

bool artifact_stack_bucket(AwsClient *client, const char *stack_name, char **ret_bucket,
                           GError **error)
{
    const char id[] = "ServerlessDeploymentBucket";
    g_autoptr(CloudFormationResource) resource = NULL;

    if (!cloud_formation_describe_stack_resource(client, stack_name, id, &resource, error))
        return false;
    if (!resource || !resource->physical_id) {
        g_set_error(error, ARTIFACT_STORE_ERROR, ARTIFACT_STORE_ERROR_BUCKET,
                    "stack %s has no %s: it was made with another artifact bucket; name that one "
                    "with artifactBucket",
                    stack_name, id);
        return false;
    }
    *ret_bucket = g_strdup(resource->physical_id);
    return true;
}
