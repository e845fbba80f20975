/* reconcile/aws/aws_error.h
 *
 * Why a call to AWS failed: message, cause and whether a retry can help, in one GError. Every
 * function of this room that takes an AwsClient fails with AWS_ERROR and nothing else. A message
 * reads "ValidationError: [VpcId] must have values (request 7f3e…)". Thread-safe. */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define AWS_ERROR aws_error_quark()
GQuark aws_error_quark(void);
typedef enum {
    AWS_ERROR_REFUSED,     /* AWS answered with an error: aws_error_code names it */
    AWS_ERROR_UNREACHABLE, /* no answer: network, TLS, time-out */
    AWS_ERROR_CREDENTIALS, /* there are no keys to sign with */
    AWS_ERROR_ANSWER,      /* an answer that cannot be read, or is too large */
    AWS_ERROR_REQUEST, /* could not be sent: a file that cannot be read, a value that the API cannot
                          carry */
} AwsError;

/* What AWS calls it ("ValidationError", "Throttling"), constant names of our own for other failures
 * ("Unreachable", "NoCredentials", "UnreadableAnswer", "InvalidRequest"). Borrowed from the error;
 * NULL when it is not an AWS_ERROR. */
const char *aws_error_code(const GError *error);

/* HTTP status; 0: there was no answer. */
unsigned aws_error_status(const GError *error);

/* AWS's own words without code and request id, borrowed; "" when there are none. */
const char *aws_error_message(const GError *error);

/* Borrowed; NULL: unknown. */
const char *aws_error_request_id(const GError *error);

/* Whether the same call may succeed later without anybody changing anything: throttled, 5xx, no
 * connection. */
bool aws_error_is_retryable(const GError *error);
bool aws_error_is_throttled(const GError *error);

/* Whether it is an AWS_ERROR of this code. False for NULL. */
bool aws_error_is(const GError *error, const char *code);

/* What a person can do about it, constant; NULL where that is not known. */
const char *aws_error_hint(const GError *error);

/* The text without the request's id: the same when the same is wrong again. (transfer full) */
char *aws_error_lasting_text(const GError *error);

/* For the room's own use: makes one. `code`, `message` and `request_id` are copied; message and
 * request_id may be NULL. */
void aws_error_set(GError **error, AwsError kind, const char *code, unsigned status,
                   const char *request_id, bool retryable, bool throttled, const char *message);
