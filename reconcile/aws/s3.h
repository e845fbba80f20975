/* reconcile/aws/s3.h
 *
 * The calls of S3 that Driftless makes. With an endpoint override buckets stand in the path, else
 * in the host's name (names with dots stand in the path: the certificate covers one label). Every
 * upload carries a SHA-256 that S3 checks. Errors: AWS_ERROR, prefixed with what was attempted.
 * Source of shapes: botocore's model of s3 2006-03-01. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

#define S3_PART_BYTES (16u << 20) /* files above it go up in parts of this size */
#define S3_MAX_PARTS 10000
#define S3_PARALLEL_PARTS 4 /* sent at a time */
#define S3_MAX_OBJECT_IN_MEMORY (64u << 20)

typedef enum {
    S3_BUCKET_ABSENT,
    S3_BUCKET_OURS,   /* it answers us */
    S3_BUCKET_OTHERS, /* 403: it exists, but is somebody else's or closed to us */
} S3BucketState;

/* HeadBucket. `expected_owner` (account id) may be NULL. `ret_region` (transfer full) may be NULL,
 * and gets NULL when S3 does not say. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_head_bucket(AwsClient *client, const char *bucket, const char *expected_owner,
                    S3BucketState *ret, char **ret_region, GError **error);

typedef struct {
    bool encryption; /* SSE-S3 by default */
    bool block_public_access;
    bool require_tls; /* policy that denies insecure transport; not through an http:// endpoint */
    bool versioning;
    json_t *tags; /* {key: value}, or NULL */
} S3BucketSettings;

/* Makes the bucket in the client's region, and settles it; each step may be repeated. One that we
 * own already is settled all the same. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_create_bucket(AwsClient *client, const char *bucket, const S3BucketSettings *settings,
                      GError **error);

/* Whether the last of what s3_create_bucket puts is there: the policy, or through a plain http://
 * endpoint the block of public access. Not being allowed to look counts as yes. */
bool s3_bucket_is_settled(AwsClient *client, const char *bucket, const S3BucketSettings *settings);

typedef struct {
    uint64_t size_bytes;
    char *etag;            /* without its quotes */
    char *version_id;      /* NULL: the bucket has no versions */
    char *checksum_sha256; /* base64, as S3 keeps it; of parts: "…-n"; or NULL */
    int64_t last_modified_ms;
    json_t *metadata; /* {name in lower case: value} of x-amz-meta-… */
} S3Object;
void s3_object_free(S3Object *object);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(S3Object, s3_object_free)

/* `ret` gets NULL when there is no such object (without s3:ListBucket S3 answers 403 instead, which
 * is an error). */
G_GNUC_WARN_UNUSED_RESULT
bool s3_head_object(AwsClient *client, const char *bucket, const char *key, S3Object **ret,
                    GError **error);

typedef struct {
    const char *bucket, *key;
    const char *data; /* from memory: size bytes; or */
    size_t size;
    const char *file;         /* from a file, all of it; in parts when above S3_PART_BYTES */
    const char *content_type; /* or NULL */
    json_t *metadata;         /* {name: value}, or NULL */
    bool encrypt;             /* ask for SSE-S3 */
    unsigned threads;         /* parts sent at a time; 0: S3_PARALLEL_PARTS */
} S3Upload;

/* `ret_sha256` (base64 of the bytes sent, transfer full) and `ret_version_id` (NULL without
 * versions) may be NULL. What S3 says it got is held against what was sent. A part that fails is
 * sent again by itself; an upload in parts that fails is aborted. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_put_object(AwsClient *client, const S3Upload *upload, char **ret_sha256,
                   char **ret_version_id, GError **error);

/* What S3 will say in checksum_sha256 once the file is uploaded: it is known before. (transfer
 * full)
 */
G_GNUC_WARN_UNUSED_RESULT
bool s3_file_checksum(const char *file, char **ret, GError **error);

/* Whether what S3 tells is that checksum. Some that speak S3's protocol leave out how many parts it
 * was made of ("-3"). */
bool s3_checksum_is(const char *told, const char *checksum);

typedef struct {
    char *key, *upload_id;
    int64_t initiated_ms;
} S3PendingUpload;
void s3_pending_upload_free(S3PendingUpload *upload);

/* Uploads in parts that were begun below `prefix` and neither finished nor aborted, 10,000 at most:
 * under way, or left by a process that was killed. S3PendingUpload* (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool s3_list_uploads(AwsClient *client, const char *bucket, const char *prefix, GPtrArray **ret,
                     GError **error);

/* One that is not there any more: true. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_abort_upload(AwsClient *client, const char *bucket, const char *key, const char *upload_id,
                     GError **error);

/* The whole object in memory; one above `max_bytes` (0: S3_MAX_OBJECT_IN_MEMORY) is an error.
 * version_id may be NULL. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
bool s3_get_object(AwsClient *client, const char *bucket, const char *key, const char *version_id,
                   uint64_t max_bytes, GString **ret, GError **error);

/* One that is not there: true. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_delete_object(AwsClient *client, const char *bucket, const char *key, GError **error);

/* Any number, a thousand a call. `keys`: char*. The first that S3 refuses is the error. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_delete_objects(AwsClient *client, const char *bucket, const GPtrArray *keys,
                       GError **error);

typedef struct {
    char *key, *etag;
    uint64_t size_bytes;
    int64_t last_modified_ms;
} S3ListedObject;
void s3_listed_object_free(S3ListedObject *object);

/* All pages up to `max` objects (0: 100,000). prefix may be NULL. S3ListedObject* (transfer full),
 * in order of keys. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_list_objects(AwsClient *client, const char *bucket, const char *prefix, unsigned max,
                     GPtrArray **ret, GError **error);

/* What CloudFormation takes as TemplateURL: "https://bucket.s3.region.amazonaws.com/key", or below
 * the endpoint override. (transfer full) */
char *s3_object_url(const AwsClient *client, const char *bucket, const char *key);
