#include "reconcile/aws/credentials_provider.h"

static bool environment_get(CredentialsProvider *provider, Credentials **ret, GError **error)
{
    const CredentialsContext *context = &provider->context;
    const char *id = credentials_environment(context, "AWS_ACCESS_KEY_ID");
    const char *secret = credentials_environment(context, "AWS_SECRET_ACCESS_KEY");

    if (id && secret) {
        *ret =
            credentials_new(id, secret, credentials_environment(context, "AWS_SESSION_TOKEN"), 0);
        return true;
    }
    if (id || secret)
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID,
                    "%s is set but %s is not; set both or none",
                    id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                    id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    else
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND,
                    "AWS_ACCESS_KEY_ID is not set");
    return false;
}

CredentialsProvider *credentials_environment_new(const CredentialsContext *context)
{
    static const CredentialsProviderClass class = {.source = "environment", .get = environment_get};
    CredentialsProvider *provider = g_new0(CredentialsProvider, 1);

    credentials_provider_init(provider, &class, context);
    return provider;
}
