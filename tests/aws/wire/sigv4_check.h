/* tests/aws/wire/sigv4_check.h
 *
 * Checks a request's AWS Signature Version 4, in the Authorization header or, presigned, in the
 * query
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). For
 * S3 it also decodes a body sent as aws-chunked, whose chunks and trailer may be signed
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html). */
#pragma once
#include "tests/aws/double.h"
#include "tests/aws/wire/message.h"

typedef struct {
    const Credential *credential;
    char *region, *service;
    /* When the signature is not accepted: what is wrong, for the protocol to word. */
    enum {
        SIGNATURE_GOOD,
        SIGNATURE_MISSING,
        SIGNATURE_INCOMPLETE,
        SIGNATURE_UNKNOWN_KEY,
        SIGNATURE_BAD_TOKEN,
        SIGNATURE_TOKEN_EXPIRED,
        SIGNATURE_WRONG,
        SIGNATURE_EXPIRED,
        SIGNATURE_BODY_DIFFERS,
    } verdict;
    char *message;        /* for INCOMPLETE, EXPIRED and BODY_DIFFERS */
    GHashTable *trailers; /* of an aws-chunked body, lower-case name → value; or NULL */
} SignatureCheck;

/* Replaces the request's body by the decoded one where it is aws-chunked. */
void sigv4_check(Double *aws, HttpRequest *request, int64_t now_ms, SignatureCheck *ret);
void signature_check_clear(SignatureCheck *check);
