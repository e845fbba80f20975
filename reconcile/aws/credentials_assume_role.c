#include "reconcile/aws/aws_client.h"
#include "reconcile/aws/credentials_provider.h"
#include "reconcile/aws/sts.h"

#define DURATION_SECONDS 3600

typedef struct {
    CredentialsProvider base;
    CredentialsCache cache;
    CredentialsProvider *source;
    AwsClient *client;
    char *role_arn, *external_id, *session_name;
    unsigned duration_seconds;
} AssumeRoleProvider;

static bool assume(CredentialsProvider *base, Credentials **ret, GError **error)
{
    AssumeRoleProvider *provider = (AssumeRoleProvider *)base;
    g_autoptr(GError) failure = NULL;

    if (sts_assume_role(provider->client, provider->role_arn, provider->external_id,
                        provider->session_name, provider->duration_seconds, ret, &failure))
        return true;
    g_set_error_literal(error, CREDENTIALS_ERROR,
                        aws_error_is_retryable(failure) ? CREDENTIALS_ERROR_FAILED
                                                        : CREDENTIALS_ERROR_INVALID,
                        failure->message);
    return false;
}

static bool assume_role_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    return credentials_cache_get(&((AssumeRoleProvider *)base)->cache, base, assume, ret, error);
}

static void assume_role_forget(CredentialsProvider *base)
{
    AssumeRoleProvider *provider = (AssumeRoleProvider *)base;

    credentials_cache_forget(&provider->cache);
}

static void assume_role_free(CredentialsProvider *base)
{
    AssumeRoleProvider *provider = (AssumeRoleProvider *)base;

    credentials_cache_clear(&provider->cache);
    credentials_provider_unref(provider->source);
    aws_client_free(provider->client);
    g_free(provider->role_arn);
    g_free(provider->external_id);
    g_free(provider->session_name);
}

static AwsClient *sts_client(const CredentialsContext *context, const AssumeRoleOptions *options,
                             CredentialsProvider *source)
{
    g_auto(AwsEndpoints) endpoints = {0};
    g_autofree char *region = g_strdup(options->region);
    AwsClientOptions client = {.transport = context->transport,
                               .credentials = source,
                               .endpoints = &endpoints,
                               .now_ms = context->now_ms,
                               .data = context->data};

    aws_endpoints_read(&endpoints, context->environment, context->data);
    if (options->endpoint_url) {
        g_free(endpoints.of_service[AWS_SERVICE_STS]);
        endpoints.of_service[AWS_SERVICE_STS] = g_strdup(options->endpoint_url);
    }
    if (!region)
        region = credentials_default_region(context, NULL);
    client.region = region ? region : "us-east-1";
    return aws_client_new(&client);
}

CredentialsProvider *credentials_assume_role_new(const CredentialsContext *context,
                                                 const AssumeRoleOptions *options,
                                                 CredentialsProvider *source)
{
    static const CredentialsProviderClass class = {.source = "assume role",
                                                   .get = assume_role_get,
                                                   .forget = assume_role_forget,
                                                   .free = assume_role_free};
    AssumeRoleProvider *provider = g_new0(AssumeRoleProvider, 1);

    credentials_provider_init(&provider->base, &class, context);
    credentials_cache_init(&provider->cache);
    provider->source = credentials_provider_ref(source);
    provider->client = sts_client(context, options, source);
    provider->role_arn = g_strdup(options->role_arn);
    provider->external_id = g_strdup(options->external_id);
    provider->session_name = g_strdup(options->session_name ? options->session_name : "driftless");
    provider->duration_seconds =
        options->duration_seconds ? options->duration_seconds : DURATION_SECONDS;
    return &provider->base;
}
