/* reconcile/aws/s3_call.h
 *
 * What the files of S3 share: where a bucket is, and one request to it. For this room's own use. */
#pragma once
#include "reconcile/aws/aws_call.h"
#include "reconcile/aws/s3.h"
#include "reconcile/aws/xml.h"

/* Made of an AwsRequest whose service, path and host_prefix are set by s3_send. All borrowed. */
typedef struct {
    const char *action, *method;
    const char *bucket, *key; /* key as it is named, not encoded; NULL: the bucket itself */
    const char *query;        /* encoded; or NULL */
    const GPtrArray *headers; /* or NULL */
    const char *body;         /* with its SHA-256 as a checksum, where there is one */
    size_t body_size;
    const char *body_file;
    uint64_t body_offset;
    const char *payload_hash; /* hex, required with body_file */
    uint64_t max_answer_bytes;
    unsigned timeout_ms;
} S3Call;

G_GNUC_WARN_UNUSED_RESULT
bool s3_send(AwsClient *client, const S3Call *call, HttpResponse *ret, GError **error);

/* The same, with an answer in XML. */
G_GNUC_WARN_UNUSED_RESULT
bool s3_send_xml(AwsClient *client, const S3Call *call, XmlDocument **ret, GError **error);

/* Big transfers get time by their size: at least 100 kB a second. */
unsigned s3_timeout_ms(uint64_t size_bytes);
