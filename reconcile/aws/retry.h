/* reconcile/aws/retry.h
 *
 * Whether a failed attempt may be made again, and after how long. Pure, thread-safe.
 *
 * Quick retries only: at most four attempts and two seconds of waiting in all. What lasts longer is
 * for the caller, who comes back later and keeps no thread waiting. */
#pragma once
#include "reconcile/aws/error_answer.h"

#define RETRY_ATTEMPTS 4
#define RETRY_MAX_WAIT_MS 2000              /* of one call, for delays and tokens together */
#define RETRY_CLOCK_SKEW_MS (4 * 60 * 1000) /* AWS allows five minutes */

typedef enum {
    RETRY_NEVER,       /* the same call gets the same answer */
    RETRY_THROTTLED,   /* AWS did nothing, and asks to be called less often */
    RETRY_TRANSIENT,   /* it may have acted: every call we make may be repeated */
    RETRY_CLOCK,       /* our clock is wrong: sign again by AWS's */
    RETRY_CREDENTIALS, /* the keys have expired: get new ones */
} RetryKind;

/* Of an answer with an error status. `skew_ms` is AWS's time less the one that was signed with (0:
 * unknown). */
RetryKind retry_judge_answer(unsigned status, const ErrorAnswer *answer, int64_t skew_ms);

/* Of an HTTP_ERROR. */
RetryKind retry_judge_transport(const GError *error);

/* Whether the kind is one that passes by itself: what aws_error_is_retryable tells. */
bool retry_is_passing(RetryKind kind);

/* How long to wait after `attempt` (from 1), with full jitter from `random`. */
unsigned retry_delay_ms(RetryKind kind, unsigned attempt, uint32_t random);
