#include "reconcile/aws/credentials.h"
#include "config/crypto_library.h"
#include "reconcile/aws/credentials_provider.h"
#include "reconcile/aws/timestamp.h"
#include <jansson.h>
#include <string.h>
#include <time.h>

G_DEFINE_QUARK(credentials - error - quark, credentials_error)

Credentials *credentials_new(const char *access_key_id, const char *secret_access_key,
                             const char *session_token, int64_t expires_at_ms)
{
    Credentials *credentials = g_new0(Credentials, 1);

    credentials->access_key_id = g_strdup(access_key_id);
    credentials->secret_access_key = g_strdup(secret_access_key);
    credentials->session_token = session_token && *session_token ? g_strdup(session_token) : NULL;
    credentials->expires_at_ms = expires_at_ms;
    return credentials;
}

Credentials *credentials_copy(const Credentials *credentials)
{
    return credentials_new(credentials->access_key_id, credentials->secret_access_key,
                           credentials->session_token, credentials->expires_at_ms);
}

static void wipe(char *text)
{
    if (text)
        crypto()->OPENSSL_cleanse(text, strlen(text));
    g_free(text);
}

void credentials_free(Credentials *credentials)
{
    if (!credentials)
        return;
    wipe(credentials->access_key_id);
    wipe(credentials->secret_access_key);
    wipe(credentials->session_token);
    g_free(credentials);
}

bool credentials_get(CredentialsProvider *provider, Credentials **ret, GError **error)
{
    return provider->class->get(provider, ret, error);
}

void credentials_forget(CredentialsProvider *provider)
{
    if (provider->class->forget)
        provider->class->forget(provider);
}

const char *credentials_source(const CredentialsProvider *provider)
{
    return provider->class->source;
}

CredentialsProvider *credentials_provider_ref(CredentialsProvider *provider)
{
    atomic_fetch_add_explicit(&provider->references, 1, memory_order_relaxed);
    return provider;
}

void credentials_provider_unref(CredentialsProvider *provider)
{
    if (!provider || atomic_fetch_sub_explicit(&provider->references, 1, memory_order_acq_rel) != 1)
        return;
    if (provider->class->free)
        provider->class->free(provider);
    g_free(provider);
}

void credentials_provider_init(CredentialsProvider *provider, const CredentialsProviderClass *class,
                               const CredentialsContext *context)
{
    provider->class = class;
    atomic_init(&provider->references, 1);
    if (context)
        provider->context = *context;
}

const char *credentials_environment(const CredentialsContext *context, const char *name)
{
    const char *value = context->environment(name, context->data);

    return value && *value ? value : NULL;
}

int64_t credentials_now_ms(const CredentialsContext *context)
{
    struct timespec now;

    if (context->now_ms)
        return context->now_ms(context->data);
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void credentials_cache_init(CredentialsCache *cache)
{
    pthread_mutex_init(&cache->lock, NULL);
}

void credentials_cache_clear(CredentialsCache *cache)
{
    credentials_free(cache->kept);
    pthread_mutex_destroy(&cache->lock);
}

void credentials_cache_forget(CredentialsCache *cache)
{
    pthread_mutex_lock(&cache->lock);
    g_clear_pointer(&cache->kept, credentials_free);
    pthread_mutex_unlock(&cache->lock);
}

static bool holds(const Credentials *credentials, int64_t at_ms)
{
    return credentials && (credentials->expires_at_ms == 0 || credentials->expires_at_ms > at_ms);
}

bool credentials_cache_get(CredentialsCache *cache, CredentialsProvider *provider,
                           bool (*fetch)(CredentialsProvider *provider, Credentials **ret,
                                         GError **error),
                           Credentials **ret, GError **error)
{
    int64_t now_ms = credentials_now_ms(&provider->context);
    g_autoptr(GError) failure = NULL;
    Credentials *fresh = NULL;
    bool have;

    pthread_mutex_lock(&cache->lock);
    if (!holds(cache->kept, now_ms + CREDENTIALS_REFRESH_BEFORE_MS) &&
        fetch(provider, &fresh, &failure)) {
        credentials_free(cache->kept);
        cache->kept = fresh;
    }
    have = holds(cache->kept, now_ms);
    if (have)
        *ret = credentials_copy(cache->kept);
    pthread_mutex_unlock(&cache->lock);
    if (!have && failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    else if (!have)
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_FAILED,
                    "the keys from %s have expired already; check this machine's clock",
                    provider->class->source);
    return have;
}

bool credentials_from_json(const char *text, size_t size, Credentials **ret, GError **error)
{
    json_t *root = json_loadb(text, size, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "AccessKeyId"));
    const char *secret = json_string_value(json_object_get(root, "SecretAccessKey"));
    const char *code = json_string_value(json_object_get(root, "Code"));
    const char *message = json_string_value(json_object_get(root, "Message"));

    if (id && secret)
        *ret = credentials_new(
            id, secret, json_string_value(json_object_get(root, "Token")),
            timestamp_parse(json_string_value(json_object_get(root, "Expiration"))));
    else
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_FAILED,
                    "the answer holds no keys%s%s%s%s", code ? ": " : "", code ? code : "",
                    message ? ": " : "", message ? message : "");
    json_decref(root);
    return id && secret;
}
