/* reconcile/aws/error_answer.h
 *
 * What an answer with an error status says, whichever protocol it speaks: Query and S3 in XML, JSON
 * services in JSON, a load balancer (and some emulators) in HTML or nothing at all. Pure,
 * thread-safe. */
#pragma once
#include "reconcile/aws/http_transport.h"

typedef struct {
    char *code;       /* never NULL: made from the status where the answer names none */
    char *message;    /* one line; or NULL */
    char *request_id; /* or NULL */
    bool named;       /* AWS named the code itself */
} ErrorAnswer;

void error_answer_read(const HttpResponse *response, ErrorAnswer *ret);
void error_answer_clear(ErrorAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ErrorAnswer, error_answer_clear)

/* The id by which AWS's support finds a call, from headers; borrowed, or NULL. */
const char *error_answer_request_id(const HttpResponse *response);
