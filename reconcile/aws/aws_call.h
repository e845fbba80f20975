/* reconcile/aws/aws_call.h
 *
 * One call through a client, below the protocols: for this room's own use. */
#pragma once
#include "reconcile/aws/aws_client.h"

/* All borrowed for the call. */
typedef struct {
    AwsService service;
    const char *action; /* the API's name: for the throttle and the observer */
    const char *method;
    const char *host_prefix; /* goes before the endpoint's host with a dot ("my-bucket"); or NULL */
    const char *path;        /* encoded, starts with "/" */
    const char *query;       /* encoded, without "?"; or NULL */
    const GPtrArray *headers; /* HttpHeader*; or NULL */
    const char *body;
    size_t body_size;
    const char *body_file; /* as in HttpRequest */
    uint64_t body_offset;
    const char *payload_hash; /* hex SHA-256; NULL: taken from `body` */
    bool unsigned_call;       /* sts:AssumeRoleWithWebIdentity */
    unsigned timeout_ms;
    uint64_t max_answer_bytes;
} AwsRequest;

/* True with an answer of status 2xx (`ret` starts as {0}); else AWS_ERROR. */
G_GNUC_WARN_UNUSED_RESULT
bool aws_send(AwsClient *client, const AwsRequest *request, HttpResponse *ret, GError **error);

/* By the client's clock. */
void aws_client_sleep(AwsClient *client, unsigned ms);

const AwsEndpoints *aws_client_endpoints(const AwsClient *client);

/* Fails with AWS_ERROR_ANSWER: an answer of 2xx that cannot be read, because of `cause`. */
void aws_answer_error(GError **error, const HttpResponse *response, const char *cause);
