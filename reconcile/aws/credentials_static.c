#include "reconcile/aws/credentials_provider.h"

typedef struct {
    CredentialsProvider base;
    Credentials *credentials;
} StaticProvider;

static bool static_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    (void)error;
    *ret = credentials_copy(((StaticProvider *)base)->credentials);
    return true;
}

static void static_free(CredentialsProvider *base)
{
    credentials_free(((StaticProvider *)base)->credentials);
}

CredentialsProvider *credentials_static_new(const Credentials *credentials)
{
    static const CredentialsProviderClass class = {
        .source = "static", .get = static_get, .free = static_free};
    StaticProvider *provider = g_new0(StaticProvider, 1);

    credentials_provider_init(&provider->base, &class, NULL);
    provider->credentials = credentials_copy(credentials);
    return &provider->base;
}
