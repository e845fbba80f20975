/* tests/aws/services/s3.h
 *
 * Buckets and objects. Names of buckets are global; a bucket lives in one region. Of a versioned
 * bucket only the newest version of each key is kept. */
#pragma once
#include "tests/aws/double.h"

typedef struct {
    GBytes *content;
    char *etag;       /* with its quotes */
    char *version_id; /* or NULL */
    int64_t modified_ms;
    json_t *headers; /* content-type, x-amz-meta-…, checksums: given back as they came */
} S3Object;

typedef struct {
    char *name;
    Region *home;
    int64_t created_ms;
    bool versioned;
    GTree *objects;      /* key → S3Object */
    GHashTable *uploads; /* upload id → S3Upload (s3_multipart.c) */
    json_t *settings;    /* "policy", "encryption", … → the body that was put */
} Bucket;

Bucket *bucket_find(Double *aws, const char *name);
Bucket *bucket_add(Region *home, const char *name, int64_t now_ms);
void bucket_free(Bucket *bucket);

/* Makes every object, and every upload in parts, so much older. */
void s3_age(Double *aws, int64_t by_ms);

/* Borrowed, or NULL. */
const S3Object *bucket_object(const Bucket *bucket, const char *key);

/* Takes a reference to `content` and owns `headers`. */
S3Object *bucket_put(Bucket *bucket, const char *key, GBytes *content, json_t *headers,
                     int64_t now_ms);
