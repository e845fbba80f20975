#include "reconcile/aws/throttle.h"
#include <pthread.h>

#define STARTING_RATE \
    5.0 /* what the first refusal leaves: DescribeStacks is reported to allow about that */
#define RAISE_PER_SUCCESS 0.1
#define UNLIMITED_ABOVE 50.0
#define BURST 2.0
#define FORGET_AFTER_MS (5 * 60 * 1000)
#define HALVE_AT_MOST_EVERY_MS 500 /* calls that were under way together are refused together */

typedef struct {
    double rate;   /* tokens a second; 0: not limited */
    double tokens; /* below zero: promised to callers that wait */
    int64_t filled_ms, halved_ms, used_ms;
} Bucket;

struct Throttle {
    pthread_mutex_t lock;
    GHashTable *buckets; /* char* → Bucket* */
};

Throttle *throttle_new(void)
{
    Throttle *throttle = g_new0(Throttle, 1);

    pthread_mutex_init(&throttle->lock, NULL);
    throttle->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return throttle;
}

void throttle_free(Throttle *throttle)
{
    if (!throttle)
        return;
    g_hash_table_destroy(throttle->buckets);
    pthread_mutex_destroy(&throttle->lock);
    g_free(throttle);
}

static gboolean rests(gpointer key, gpointer value, gpointer now)
{
    const Bucket *bucket = value;

    (void)key;
    return *(int64_t *)now - bucket->used_ms > FORGET_AFTER_MS;
}

/* The bucket of `key`, filled up to now. Only a refusal makes one; NULL: never refused. */
static Bucket *bucket_at(Throttle *throttle, const char *key, int64_t now_ms)
{
    Bucket *bucket = g_hash_table_lookup(throttle->buckets, key);

    if (!bucket)
        return NULL;
    if (now_ms > bucket->filled_ms) {
        bucket->tokens += bucket->rate * (double)(now_ms - bucket->filled_ms) / 1000.0;
        bucket->tokens = MIN(bucket->tokens, BURST);
        bucket->filled_ms = now_ms;
    }
    bucket->used_ms = now_ms;
    return bucket;
}

static unsigned take(Bucket *bucket)
{
    double wait_ms;

    if (bucket->rate <= 0)
        return 0;
    wait_ms = bucket->tokens >= 1 ? 0 : (1 - bucket->tokens) / bucket->rate * 1000.0;
    if (wait_ms > THROTTLE_MAX_WAIT_MS)
        return THROTTLE_TOO_LONG;
    bucket->tokens -= 1;
    return (unsigned)wait_ms;
}

unsigned throttle_take(Throttle *throttle, const char *key, int64_t now_ms)
{
    Bucket *bucket;
    unsigned wait_ms;

    pthread_mutex_lock(&throttle->lock);
    bucket = bucket_at(throttle, key, now_ms);
    wait_ms = bucket ? take(bucket) : 0;
    pthread_mutex_unlock(&throttle->lock);
    return wait_ms;
}

void throttle_succeeded(Throttle *throttle, const char *key, int64_t now_ms)
{
    Bucket *bucket;

    pthread_mutex_lock(&throttle->lock);
    bucket = bucket_at(throttle, key, now_ms);
    if (bucket && bucket->rate > 0) {
        bucket->rate += RAISE_PER_SUCCESS;
        if (bucket->rate > UNLIMITED_ABOVE)
            g_hash_table_remove(throttle->buckets, key);
    }
    pthread_mutex_unlock(&throttle->lock);
}

static void make_bucket(Throttle *throttle, const char *key, int64_t now_ms)
{
    Bucket *bucket;

    if (g_hash_table_size(throttle->buckets) >= THROTTLE_MAX_KEYS)
        g_hash_table_foreach_remove(throttle->buckets, rests, &now_ms);
    if (g_hash_table_size(throttle->buckets) >= THROTTLE_MAX_KEYS)
        return;
    bucket = g_new0(Bucket, 1);
    *bucket = (Bucket){
        .rate = STARTING_RATE, .filled_ms = now_ms, .halved_ms = now_ms, .used_ms = now_ms};
    g_hash_table_insert(throttle->buckets, g_strdup(key), bucket);
}

void throttle_refused(Throttle *throttle, const char *key, int64_t now_ms)
{
    Bucket *bucket;

    pthread_mutex_lock(&throttle->lock);
    bucket = bucket_at(throttle, key, now_ms);
    if (!bucket) {
        make_bucket(throttle, key, now_ms);
    } else if (now_ms - bucket->halved_ms >= HALVE_AT_MOST_EVERY_MS) {
        bucket->rate = MAX(bucket->rate / 2, THROTTLE_MIN_RATE);
        bucket->tokens = MIN(bucket->tokens, 0);
        bucket->halved_ms = now_ms;
    }
    pthread_mutex_unlock(&throttle->lock);
}

double throttle_rate(Throttle *throttle, const char *key, int64_t now_ms)
{
    Bucket *bucket;
    double rate;

    pthread_mutex_lock(&throttle->lock);
    bucket = bucket_at(throttle, key, now_ms);
    rate = bucket ? bucket->rate : 0;
    pthread_mutex_unlock(&throttle->lock);
    return rate;
}
