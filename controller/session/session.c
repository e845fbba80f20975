#include "controller/session/session.h"

#include "reconcile/apply/artifact_store.h"
#include "reconcile/aws/sts.h"

#include <pthread.h>
#include <stdlib.h>

struct Session {
    pthread_mutex_t lock;
    HttpTransport *transport;
    Throttle *throttle;
    AwsEndpoints endpoints;
    GHashTable *clients;     /* "account/region" → AwsClient* */
    GHashTable *account_ids; /* "account" → char* */
    GHashTable *buckets;     /* bucket names known to exist */
    void (*observe)(const AwsCall *call, void *data);
    void *data;
};

static const char *process_environment(const char *name, void *data)
{
    (void)data;
    return getenv(name);
}

static CredentialsContext credentials_context(Session *session)
{
    return (CredentialsContext){.environment = process_environment,
                                .transport = session->transport};
}

Session *session_new(void (*observe)(const AwsCall *call, void *data), void *data)
{
    Session *session = g_new0(Session, 1);
    const CurlTransportOptions options = {.environment_proxies = true};

    pthread_mutex_init(&session->lock, NULL);
    session->transport = http_transport_curl_new(&options);
    session->throttle = throttle_new();
    aws_endpoints_read(&session->endpoints, process_environment, NULL);
    session->clients =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)aws_client_free);
    session->account_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    session->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    session->observe = observe;
    session->data = data;
    return session;
}

void session_free(Session *session)
{
    if (!session)
        return;
    g_hash_table_unref(session->clients);
    g_hash_table_unref(session->account_ids);
    g_hash_table_unref(session->buckets);
    aws_endpoints_clear(&session->endpoints);
    throttle_free(session->throttle);
    http_transport_free(session->transport);
    pthread_mutex_destroy(&session->lock);
    g_free(session);
}

static CredentialsProvider *provider_of(Session *session, const AccountSettings *account,
                                        const char *region)
{
    const CredentialsContext context = credentials_context(session);
    CredentialsProvider *source = account && account->profile
                                      ? credentials_profile_new(&context, account->profile)
                                      : credentials_default_chain_new(&context);
    CredentialsProvider *assumed;

    if (!account || !account->role)
        return source;
    const AssumeRoleOptions options = {
        .role_arn = account->role, .external_id = account->external_id, .region = region};

    assumed = credentials_assume_role_new(&context, &options, source);
    credentials_provider_unref(source);
    return assumed;
}

static AwsClient *make_client(Session *session, const AccountSettings *account, const char *region)
{
    g_autoptr(CredentialsProvider) provider = provider_of(session, account, region);
    const AwsClientOptions options = {
        .transport = session->transport,
        .credentials = provider,
        .region = region,
        .endpoints = &session->endpoints,
        .throttle = session->throttle,
        .account = account ? account->name : NULL,
        .observe = session->observe,
        .data = session->data,
    };

    return aws_client_new(&options);
}

AwsClient *session_client(Session *session, const AccountSettings *account, const char *region)
{
    g_autofree char *key = g_strdup_printf("%s/%s", account ? account->name : "", region);
    AwsClient *client;

    pthread_mutex_lock(&session->lock);
    client = g_hash_table_lookup(session->clients, key);
    if (!client) {
        client = make_client(session, account, region);
        g_hash_table_insert(session->clients, g_steal_pointer(&key), client);
    }
    pthread_mutex_unlock(&session->lock);
    return client;
}

char *session_account_id(Session *session, const AccountSettings *account, const char *region,
                         GError **error)
{
    const char *key = account ? account->name : "";
    g_autoptr(CallerIdentity) identity = NULL;
    char *known;

    pthread_mutex_lock(&session->lock);
    known = g_strdup(g_hash_table_lookup(session->account_ids, key));
    pthread_mutex_unlock(&session->lock);
    if (known)
        return known;
    if (!sts_get_caller_identity(session_client(session, account, region), &identity, error)) {
        g_prefix_error(error, "read the id of the account in %s: ", region);
        return NULL;
    }
    pthread_mutex_lock(&session->lock);
    g_hash_table_insert(session->account_ids, g_strdup(key), g_strdup(identity->account));
    pthread_mutex_unlock(&session->lock);
    return g_strdup(identity->account);
}

char *session_default_region(Session *session, const char *profile)
{
    const CredentialsContext context = credentials_context(session);

    return credentials_default_region(&context, profile);
}

char *session_account_bucket(Session *session, const AccountSettings *account, const char *region,
                             GError **error)
{
    g_autofree char *account_id = session_account_id(session, account, region, error);
    g_autofree char *bucket = NULL;
    bool known;

    if (!account_id)
        return NULL;
    bucket = artifact_bucket_name(account_id, region);
    pthread_mutex_lock(&session->lock);
    known = g_hash_table_contains(session->buckets, bucket);
    pthread_mutex_unlock(&session->lock);
    if (known)
        return g_steal_pointer(&bucket);
    if (!artifact_bucket_ensure(session_client(session, account, region), bucket, error))
        return NULL;
    pthread_mutex_lock(&session->lock);
    g_hash_table_add(session->buckets, g_strdup(bucket));
    pthread_mutex_unlock(&session->lock);
    return g_steal_pointer(&bucket);
}
