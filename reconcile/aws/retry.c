#include "reconcile/aws/retry.h"
#include <stdlib.h>

/* Codes as botocore's standard mode has them, but for LimitExceededException: CloudFormation says
 * it of a full quota (change sets of a stack), which waiting does not empty. */
static const char *const throttled[] = {"Throttling",
                                        "ThrottlingException",
                                        "ThrottledException",
                                        "RequestThrottled",
                                        "RequestThrottledException",
                                        "TooManyRequests",
                                        "TooManyRequestsException",
                                        "ProvisionedThroughputExceededException",
                                        "RequestLimitExceeded",
                                        "BandwidthLimitExceeded",
                                        "SlowDown",
                                        "PriorRequestNotComplete",
                                        NULL};
static const char *const transient[] = {"RequestTimeout",
                                        "RequestTimeoutException",
                                        "InternalFailure",
                                        "InternalError",
                                        "InternalServerError",
                                        "InternalServiceError",
                                        "ServiceUnavailable",
                                        "IDPCommunicationError",
                                        "TransactionInProgressException",
                                        NULL};
static const char *const skewed[] = {"RequestTimeTooSkewed",
                                     "RequestExpired",
                                     "RequestInTheFuture",
                                     "InvalidSignatureException",
                                     "SignatureDoesNotMatch",
                                     "AuthFailure",
                                     NULL};
static const char *const expired[] = {"ExpiredToken", "ExpiredTokenException", NULL};

RetryKind retry_judge_answer(unsigned status, const ErrorAnswer *answer, int64_t skew_ms)
{
    if (g_strv_contains(throttled, answer->code) || status == 429)
        return RETRY_THROTTLED;
    if (g_strv_contains(expired, answer->code))
        return RETRY_CREDENTIALS;
    if (g_strv_contains(skewed, answer->code) && llabs(skew_ms) > RETRY_CLOCK_SKEW_MS)
        return RETRY_CLOCK;
    if (g_strv_contains(transient, answer->code) || status == 500 || status == 502 ||
        status == 503 || status == 504)
        return RETRY_TRANSIENT;
    return RETRY_NEVER;
}

RetryKind retry_judge_transport(const GError *error)
{
    if (g_error_matches(error, HTTP_ERROR, HTTP_ERROR_NOT_SENT) ||
        g_error_matches(error, HTTP_ERROR, HTTP_ERROR_DROPPED) ||
        g_error_matches(error, HTTP_ERROR, HTTP_ERROR_TIMED_OUT))
        return RETRY_TRANSIENT;
    return RETRY_NEVER;
}

bool retry_is_passing(RetryKind kind)
{
    return kind == RETRY_THROTTLED || kind == RETRY_TRANSIENT;
}

unsigned retry_delay_ms(RetryKind kind, unsigned attempt, uint32_t random)
{
    unsigned base_ms = kind == RETRY_THROTTLED ? 250 : 50;
    unsigned ceiling_ms = base_ms << (MIN(attempt, 3) - 1);

    if (kind == RETRY_CLOCK || kind == RETRY_CREDENTIALS)
        return 0;
    return random % (ceiling_ms + 1);
}
