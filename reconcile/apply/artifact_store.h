/* reconcile/apply/artifact_store.h
 *
 * Artifacts on S3: the generated bucket of an account and region, and uploading what S3 lacks. A
 * key holds the artifact's manifest id, so an object that is there is the right one and nothing is
 * built: a git revert uploads nothing.
 *
 * The base64 SHA-256 of an artifact's bytes (Lambda's CodeSha256, what drift detection compares)
 * travels as the object's metadata, so that it is known without the bytes. */
#pragma once
#include "reconcile/apply/provenance.h"
#include "reconcile/aws/aws_client.h"
#include "reconcile/package/package.h"

#define ARTIFACT_STORE_ERROR artifact_store_error_quark()
GQuark artifact_store_error_quark(void);
typedef enum {
    ARTIFACT_STORE_ERROR_BUCKET, /* exists, but belongs to somebody else */
    ARTIFACT_STORE_ERROR_SPOOL,  /* the local disk */
} ArtifactStoreError;

/* "driftless-artifacts-<account>-<region>" (transfer full) */
char *artifact_bucket_name(const char *account_id, const char *region);

/* Makes the bucket when it is not there: encrypted (SSE-S3), all public access blocked, TLS only by
 * its policy. One whose making was cut short is settled; a settled one is left as it is. */
G_GNUC_WARN_UNUSED_RESULT
bool artifact_bucket_ensure(AwsClient *client, const char *bucket, GError **error);

typedef struct {
    bool uploaded;       /* false: it was there */
    bool replaced;       /* uploaded over other bytes than were recorded */
    uint64_t size_bytes; /* of the object; 0: was there and S3 did not say */
    char *sha256;        /* base64; NULL: was there without our metadata */
    json_t *provenance;  /* its statement, where it was uploaded; else NULL */
} ArtifactUpload;
void artifact_upload_clear(ArtifactUpload *upload);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ArtifactUpload, artifact_upload_clear)

/* One of those to upload. All borrowed but `done`, which artifacts_upload fills. */
typedef struct {
    const ArtifactSpec *spec;
    const Artifact *artifact;
    const char *key;
    ArtifactUpload done;
} ArtifactItem;

/* Where they come from and where they go. All borrowed for the call. */
typedef struct {
    AwsClient *client;
    SourceTree *tree; /* read by one thread at a time */
    const char *bucket;
    PackageCache *cache;      /* NULL: none */
    const char *spool_folder; /* exists; gets temporary files, removed afterwards */
    const ProvenanceSource *source;
    json_t *known; /* {S3 key: base64 SHA-256} recorded earlier; or NULL */
    void (*uploaded)(const ArtifactItem *item, void *data); /* or NULL; one call at a time, from
                                                               any thread */
    void *data;
} ArtifactRoute;

#define ARTIFACT_THREADS 4 /* artifacts on their way at a time, each perhaps in parts */

/* Puts at bucket/key what is not there, or is not what was recorded of it: S3's own checksum is
 * held against the one kept beside the object, and its SHA-256 against `known`. The provenance goes
 * first, so that no artifact is without one. ARTIFACT_S3 specs lie on S3 already: nothing is done.
 */
G_GNUC_WARN_UNUSED_RESULT
bool artifacts_upload(const ArtifactRoute *route, ArtifactItem *items, size_t count,
                      GError **error);

#define ARTIFACT_LEFTOVER_MS ((int64_t)24 * 3600 * 1000)

/* Aborts uploads in parts below `prefix` that were begun over a day ago: what a killed process left
 * is paid for and seen by nobody. */
G_GNUC_WARN_UNUSED_RESULT
bool artifacts_abort_leftovers(AwsClient *client, const char *bucket, const char *prefix,
                               int64_t now_ms, unsigned *ret_aborted, GError **error);

/* The base64 SHA-256 of what lies at bucket/key, as its metadata (or S3 itself) tells it.
 * `ret_sha256` (transfer full) gets NULL when neither does, or when there is no such object. */
G_GNUC_WARN_UNUSED_RESULT
bool artifact_sha256(AwsClient *client, const char *bucket, const char *key, char **ret_sha256,
                     GError **error);

/* The name of the bucket inside a stack (ServerlessDeploymentBucket), asked from AWS. (transfer
 * full) */
G_GNUC_WARN_UNUSED_RESULT
bool artifact_stack_bucket(AwsClient *client, const char *stack_name, char **ret_bucket,
                           GError **error);
