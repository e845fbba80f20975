/* reconcile/aws/throttle.h
 *
 * How fast an account may be called. AWS publishes no rates and answers `Throttling`; so each
 * account, region and API has a token bucket whose rate is learnt: halved when AWS throttles,
 * raised a little with every success (AIMD). A bucket that was never throttled does not limit.
 *
 * Threads: one mutex inside; share one Throttle between all clients of a process. Pure otherwise:
 * times are passed in. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Throttle Throttle;

Throttle *throttle_new(void);
void throttle_free(Throttle *throttle); /* NULL-safe */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Throttle, throttle_free)

#define THROTTLE_MIN_RATE 0.5     /* calls a second */
#define THROTTLE_MAX_WAIT_MS 2000 /* a thread waits no longer; whoever calls comes back later */
#define THROTTLE_MAX_KEYS 4096    /* beyond it, keys that rest are forgotten */
#define THROTTLE_TOO_LONG G_MAXUINT

/* Takes a token of `key` ("account/region/service/action") and says in how many milliseconds it may
 * be used; 0: now. THROTTLE_TOO_LONG: that would be more than THROTTLE_MAX_WAIT_MS, and no token
 * was taken. */
unsigned throttle_take(Throttle *throttle, const char *key, int64_t now_ms);

/* What came of a call. */
void throttle_succeeded(Throttle *throttle, const char *key, int64_t now_ms);
void throttle_refused(Throttle *throttle, const char *key, int64_t now_ms);

/* Calls a second that are let through now; 0: not limited. */
double throttle_rate(Throttle *throttle, const char *key, int64_t now_ms);
