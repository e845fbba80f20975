#include "reconcile/apply/artifact_store.h"
#include "config/json_text.h"
#include "reconcile/aws/cloud_formation.h"
#include "reconcile/aws/parallel.h"
#include "reconcile/aws/s3.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK(driftless - artifact - store - error, artifact_store_error)

#define SHA256_METADATA "driftless-sha256"     /* base64, as Lambda's CodeSha256 */
#define CHECKSUM_METADATA "driftless-checksum" /* what S3's own checksum of it must be */

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
        if (s3_bucket_is_settled(client, bucket, &settings))
            return true;
        break;
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
    json_decref(upload->provenance);
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

/* What the threads of one call share. */
typedef struct {
    const ArtifactRoute *route;
    ArtifactItem *items;
    pthread_mutex_t lock; /* held while the tree is read, and while the caller is told */
} Upload;

/* Whether what lies there may be anything else than what was put there. */
static bool is_another(const S3Object *object, const char *known)
{
    const char *ours = json_string_value(json_object_get(object->metadata, SHA256_METADATA));
    const char *kept = json_string_value(json_object_get(object->metadata, CHECKSUM_METADATA));

    return (kept && object->checksum_sha256 && !s3_checksum_is(object->checksum_sha256, kept)) ||
           (ours && known && strcmp(ours, known) != 0);
}

static bool put(const ArtifactRoute *route, const char *file, const ArtifactItem *item,
                GError **error)
{
    g_autofree char *checksum = NULL;
    json_t *metadata;
    bool done;

    if (!s3_file_checksum(file, &checksum, error))
        return false;
    metadata =
        json_pack("{s:s, s:s}", SHA256_METADATA, item->done.sha256, CHECKSUM_METADATA, checksum);
    const S3Upload upload = {.bucket = route->bucket,
                             .key = item->key,
                             .file = file,
                             .metadata = metadata,
                             .encrypt = true};

    done = s3_put_object(route->client, &upload, NULL, NULL, error);
    json_decref(metadata);
    return done;
}

static bool put_provenance(const ArtifactRoute *route, const ArtifactItem *item, GError **error)
{
    g_autofree char *key = g_strconcat(item->key, PROVENANCE_SUFFIX, NULL);
    g_autofree char *text = json_text(item->done.provenance, JSON_TEXT_INDENT);
    const S3Upload upload = {.bucket = route->bucket,
                             .key = key,
                             .data = text,
                             .size = strlen(text),
                             .content_type = "application/json",
                             .encrypt = true};

    return s3_put_object(route->client, &upload, NULL, NULL, error);
}

static bool build(Upload *upload, const char *file, ArtifactItem *item, GError **error)
{
    bool built;

    pthread_mutex_lock(&upload->lock);
    built = package_write(upload->route->tree, item->spec, item->artifact, upload->route->cache,
                          NULL, file, &item->done.size_bytes, &item->done.sha256, error);
    pthread_mutex_unlock(&upload->lock);
    if (built)
        item->done.provenance = provenance_statement(upload->route->source, item->spec,
                                                     item->artifact, item->done.sha256);
    return built;
}

static bool build_and_put(Upload *upload, ArtifactItem *item, GError **error)
{
    const ArtifactRoute *route = upload->route;
    g_autofree char *file = spool_new(route->spool_folder, error);
    bool done;

    if (!file)
        return false;
    done = build(upload, file, item, error) && put_provenance(route, item, error) &&
           put(route, file, item, error);
    g_unlink(file);
    item->done.uploaded = done;
    if (done && route->uploaded) {
        pthread_mutex_lock(&upload->lock);
        route->uploaded(item, route->data);
        pthread_mutex_unlock(&upload->lock);
    }
    return done;
}

static bool ensure(Upload *upload, ArtifactItem *item, GError **error)
{
    const ArtifactRoute *route = upload->route;
    const char *known = json_string_value(json_object_get(route->known, item->key));
    g_autoptr(S3Object) object = NULL;

    if (!s3_head_object(route->client, route->bucket, item->key, &object, error))
        return false;
    item->done.replaced = object && is_another(object, known);
    if (!object || item->done.replaced)
        return build_and_put(upload, item, error);
    item->done.size_bytes = object->size_bytes;
    item->done.sha256 = sha256_of(object);
    return true;
}

/* ParallelWork. */
static bool upload_one(size_t index, void *data, GError **error)
{
    Upload *upload = data;
    ArtifactItem *item = &upload->items[index];

    if (item->spec->kind == ARTIFACT_S3 || ensure(upload, item, error))
        return true;
    g_prefix_error(error, "artifact %s: ", item->spec->name);
    return false;
}

bool artifacts_upload(const ArtifactRoute *route, ArtifactItem *items, size_t count, GError **error)
{
    Upload upload = {.route = route, .items = items, .lock = PTHREAD_MUTEX_INITIALIZER};
    bool done;

    for (size_t i = 0; i < count; i++)
        artifact_upload_clear(&items[i].done);
    done = parallel_run(count, ARTIFACT_THREADS, upload_one, &upload, error);
    pthread_mutex_destroy(&upload.lock);
    return done;
}

bool artifacts_abort_leftovers(AwsClient *client, const char *bucket, const char *prefix,
                               int64_t now_ms, unsigned *ret_aborted, GError **error)
{
    g_autoptr(GPtrArray) uploads = NULL;
    unsigned aborted = 0;

    if (!s3_list_uploads(client, bucket, prefix, &uploads, error))
        return false;
    for (guint i = 0; i < uploads->len; i++) {
        const S3PendingUpload *left = uploads->pdata[i];

        if (!left->upload_id || left->initiated_ms <= 0 ||
            now_ms - left->initiated_ms < ARTIFACT_LEFTOVER_MS)
            continue;
        if (!s3_abort_upload(client, bucket, left->key, left->upload_id, error))
            return false;
        aborted++;
    }
    *ret_aborted = aborted;
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
