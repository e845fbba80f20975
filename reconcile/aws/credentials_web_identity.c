#include "reconcile/aws/credentials_provider.h"
#include "reconcile/aws/query_call.h"
#include "reconcile/aws/sts_keys.h"
#include "reconcile/aws/web_identity.h"
#include <string.h>

#define TOKEN_MAX_BYTES (64 << 10)

typedef struct {
    CredentialsProvider base;
    CredentialsCache cache;
    char *token_file, *role_arn, *session_name; /* NULL: from the environment on each use */
} WebIdentityProvider;

static bool read_token(const char *file, char **ret, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gsize size;

    if (!g_file_get_contents(file, ret, &size, &failure)) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID, "web identity token: %s",
                    failure->message);
        return false;
    }
    if (size > TOKEN_MAX_BYTES || size != strlen(*ret)) {
        g_clear_pointer(ret, g_free);
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID,
                    "web identity token: %s holds no token", file);
        return false;
    }
    g_strstrip(*ret);
    return true;
}

static bool exchange_token(const CredentialsContext *context, const QueryForm *form,
                           Credentials **ret, GError **error)
{
    g_auto(AwsEndpoints) endpoints = {0};
    g_autofree char *region = credentials_default_region(context, NULL);
    g_autoptr(AwsClient) client = NULL;
    g_autoptr(XmlDocument) answer = NULL;
    const AwsClientOptions options = {.transport = context->transport,
                                      .region = region ? region : "us-east-1",
                                      .endpoints = &endpoints,
                                      .now_ms = context->now_ms,
                                      .data = context->data};

    aws_endpoints_read(&endpoints, context->environment, context->data);
    client = aws_client_new(&options);
    return query_call_unsigned(client, AWS_SERVICE_STS, form, &answer, error) &&
           sts_read_keys(answer, ret, error);
}

static bool fetch(CredentialsProvider *base, Credentials **ret, GError **error)
{
    const WebIdentityProvider *provider = (const WebIdentityProvider *)base;
    const CredentialsContext *context = &base->context;
    const char *file = provider->token_file, *role = provider->role_arn,
               *session = provider->session_name;
    g_autoptr(QueryForm) form = query_form_new("AssumeRoleWithWebIdentity", STS_API_VERSION);
    g_autoptr(GError) failure = NULL;
    g_autofree char *token = NULL;

    if (!file)
        file = credentials_environment(context, "AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!role)
        role = credentials_environment(context, "AWS_ROLE_ARN");
    if (!session)
        session = credentials_environment(context, "AWS_ROLE_SESSION_NAME");
    if (!file || !role) {
        g_set_error(error, CREDENTIALS_ERROR,
                    file ? CREDENTIALS_ERROR_INVALID : CREDENTIALS_ERROR_NOT_FOUND, "%s is not set",
                    file ? "AWS_ROLE_ARN" : "AWS_WEB_IDENTITY_TOKEN_FILE");
        return false;
    }
    if (!read_token(file, &token, error))
        return false;
    query_form_add(form, "RoleArn", role);
    query_form_add(form, "RoleSessionName", session ? session : "driftless");
    query_form_add(form, "WebIdentityToken", token);
    if (exchange_token(context, form, ret, &failure))
        return true;
    g_set_error(error, CREDENTIALS_ERROR,
                aws_error_is_retryable(failure) ? CREDENTIALS_ERROR_FAILED
                                                : CREDENTIALS_ERROR_INVALID,
                "assume role %s with the token of %s: %s", role, file, failure->message);
    return false;
}

static bool web_identity_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    return credentials_cache_get(&((WebIdentityProvider *)base)->cache, base, fetch, ret, error);
}

static void web_identity_forget(CredentialsProvider *base)
{
    credentials_cache_forget(&((WebIdentityProvider *)base)->cache);
}

static void web_identity_free(CredentialsProvider *base)
{
    WebIdentityProvider *provider = (WebIdentityProvider *)base;

    credentials_cache_clear(&provider->cache);
    g_free(provider->token_file);
    g_free(provider->role_arn);
    g_free(provider->session_name);
}

CredentialsProvider *web_identity_provider_new(const CredentialsContext *context,
                                               const char *token_file, const char *role_arn,
                                               const char *session_name)
{
    static const CredentialsProviderClass class = {.source = "web identity",
                                                   .get = web_identity_get,
                                                   .forget = web_identity_forget,
                                                   .free = web_identity_free};
    WebIdentityProvider *provider = g_new0(WebIdentityProvider, 1);

    credentials_provider_init(&provider->base, &class, context);
    credentials_cache_init(&provider->cache);
    provider->token_file = g_strdup(token_file);
    provider->role_arn = g_strdup(role_arn);
    provider->session_name = g_strdup(session_name);
    return &provider->base;
}

CredentialsProvider *credentials_web_identity_new(const CredentialsContext *context)
{
    return web_identity_provider_new(context, NULL, NULL, NULL);
}
