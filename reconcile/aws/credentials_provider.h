/* reconcile/aws/credentials_provider.h
 *
 * What a provider is made of: for the files of this room that are one. */
#pragma once
#include "reconcile/aws/credentials.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct {
    const char *source; /* constant */
    bool (*get)(CredentialsProvider *provider, Credentials **ret, GError **error);
    void (*forget)(CredentialsProvider *provider); /* or NULL */
    void (*free)(
        CredentialsProvider *provider); /* the provider's own members, not itself; or NULL */
} CredentialsProviderClass;

/* The first member of every provider. */
struct CredentialsProvider {
    const CredentialsProviderClass *class;
    atomic_uint references;
    CredentialsContext context;
};

/* Sets up the first member of a zeroed provider, with one reference. context may be NULL. */
void credentials_provider_init(CredentialsProvider *provider, const CredentialsProviderClass *class,
                               const CredentialsContext *context);

/* An environment variable that is set and not empty; else NULL. Borrowed. */
const char *credentials_environment(const CredentialsContext *context, const char *name);
int64_t credentials_now_ms(const CredentialsContext *context);

/* Keys that are asked for and kept until REFRESH_BEFORE_MS before they expire; one thread asks
 * while the others wait. When asking fails and the kept keys still hold, those are given. */
#define CREDENTIALS_REFRESH_BEFORE_MS (5 * 60 * 1000)
#define CREDENTIALS_ANSWER_MAX_BYTES (256u << 10)

typedef struct {
    pthread_mutex_t lock; /* guards kept */
    Credentials *kept;
} CredentialsCache;

void credentials_cache_init(CredentialsCache *cache);
void credentials_cache_clear(CredentialsCache *cache);
void credentials_cache_forget(CredentialsCache *cache);
bool credentials_cache_get(CredentialsCache *cache, CredentialsProvider *provider,
                           bool (*fetch)(CredentialsProvider *provider, Credentials **ret,
                                         GError **error),
                           Credentials **ret, GError **error);

/* {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}, as both metadata services answer. */
G_GNUC_WARN_UNUSED_RESULT
bool credentials_from_json(const char *text, size_t size, Credentials **ret, GError **error);
