/* reconcile/aws/sigv4.h
 *
 * Signature Version 4 in headers. Pure: keys and time are passed in. Thread-safe.
 *
 * Source: AWS "Create a signed AWS API request"; its published test suite is what
 * tests/reconcile/aws/sigv4_test.c holds. */
#pragma once
#include "reconcile/aws/credentials.h"

#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

typedef struct {
    const char *method;
    const char *path;         /* as it goes over the wire: encoded once */
    const char *query;        /* likewise, without "?"; or NULL */
    const char *payload_hash; /* hex SHA-256 of the body, or SIGV4_UNSIGNED_PAYLOAD */
    const char *service, *region;
    int64_t time_ms;
    bool s3; /* the path is signed as it is, and X-Amz-Content-Sha256 is sent */
} SigV4Request;

/* Adds X-Amz-Date, X-Amz-Security-Token (where there is one), X-Amz-Content-Sha256 (S3) and
 * Authorization to `headers`, all of which are signed; Host has to be among them. What an earlier
 * signature added is replaced, so that a retry may sign again. */
void sigv4_sign(const SigV4Request *request, const Credentials *credentials, GPtrArray *headers);

/* The canonical request, for tests and for whoever has to find out why AWS says
 * SignatureDoesNotMatch. (transfer full) */
char *sigv4_canonical_request(const SigV4Request *request, const GPtrArray *headers);
