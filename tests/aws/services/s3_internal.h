/* tests/aws/services/s3_internal.h
 *
 * What the files of S3 share. */
#pragma once
#include "tests/aws/services/s3.h"
#include "tests/aws/wire/api_call.h"

/* Bucket and key of the request: members Bucket and Key of the input. NULL with NoSuchBucket, or
 * with AuthorizationHeaderMalformed for a bucket of another region. */
G_GNUC_WARN_UNUSED_RESULT
Bucket *s3_bucket(ApiCall *call);
const char *s3_key(const ApiCall *call);

/* s3_buckets.c */
json_t *s3_list_buckets(ApiCall *call);
json_t *s3_create_bucket(ApiCall *call);
json_t *s3_delete_bucket(ApiCall *call);
json_t *s3_head_bucket(ApiCall *call);
json_t *s3_get_bucket_location(ApiCall *call);
json_t *s3_get_bucket_setting(ApiCall *call);
json_t *s3_put_bucket_setting(ApiCall *call);
json_t *s3_delete_bucket_setting(ApiCall *call);
json_t *s3_list_objects_v2(ApiCall *call);

/* s3_objects.c */
json_t *s3_put_object(ApiCall *call);
json_t *s3_get_object(ApiCall *call);
json_t *s3_head_object(ApiCall *call);
json_t *s3_delete_object(ApiCall *call);
json_t *s3_delete_objects(ApiCall *call);

/* Checks Content-MD5 and x-amz-checksum-… against the body. False with BadDigest. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_checksums_hold(ApiCall *call);

/* The headers that come back with the object. A new reference. */
json_t *s3_kept_headers(const ApiCall *call);

/* s3_multipart.c */
json_t *s3_create_multipart_upload(ApiCall *call);
json_t *s3_upload_part(ApiCall *call);
json_t *s3_complete_multipart_upload(ApiCall *call);
json_t *s3_abort_multipart_upload(ApiCall *call);
json_t *s3_list_multipart_uploads(ApiCall *call);
void s3_age_uploads(Bucket *bucket, int64_t by_ms);
GHashTable *s3_uploads_new(void);
