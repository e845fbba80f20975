#include "reconcile/aws/credentials_provider.h"
#include "reconcile/aws/shared_config.h"
#include "reconcile/aws/web_identity.h"

#define MAX_SOURCES 8 /* source_profile of source_profile of … */

/* What a profile says is made into a provider of another kind, kept until the files change. */
typedef struct {
    CredentialsProvider base;
    char *profile;        /* NULL: AWS_PROFILE, default */
    pthread_mutex_t lock; /* guards inner and stamp */
    CredentialsProvider *inner;
    char *stamp;
} ProfileProvider;

static CredentialsProvider *provider_of(const CredentialsContext *context, const char *name,
                                        unsigned depth, GError **error);

static CredentialsProvider *fail(GError **error, CredentialsError code,
                                 const SharedProfile *profile, const char *why)
{
    g_set_error(error, CREDENTIALS_ERROR, (gint)code, "profile %s of %s: %s", profile->name,
                profile->config_file, why);
    return NULL;
}

static CredentialsProvider *static_keys(const SharedProfile *profile, GError **error)
{
    const char *id = shared_profile_get(profile, "aws_access_key_id");
    const char *secret = shared_profile_get(profile, "aws_secret_access_key");
    g_autoptr(Credentials) credentials = NULL;

    if (!id || !secret)
        return fail(error, CREDENTIALS_ERROR_INVALID, profile,
                    id ? "aws_access_key_id has no aws_secret_access_key"
                       : "aws_secret_access_key has no aws_access_key_id");
    credentials = credentials_new(id, secret, shared_profile_get(profile, "aws_session_token"), 0);
    return credentials_static_new(credentials);
}

static CredentialsProvider *named_source(const CredentialsContext *context,
                                         const SharedProfile *profile, const char *source,
                                         GError **error)
{
    if (g_str_equal(source, "Environment"))
        return credentials_environment_new(context);
    if (g_str_equal(source, "Ec2InstanceMetadata"))
        return credentials_instance_new(context);
    if (g_str_equal(source, "EcsContainer"))
        return credentials_container_new(context);
    return fail(error, CREDENTIALS_ERROR_INVALID, profile,
                "credential_source is none of Environment, Ec2InstanceMetadata, EcsContainer");
}

/* A profile may name itself as its source: then its own keys are meant. */
static CredentialsProvider *source_of(const CredentialsContext *context,
                                      const SharedProfile *profile, unsigned depth, GError **error)
{
    const char *source_profile = shared_profile_get(profile, "source_profile");
    const char *credential_source = shared_profile_get(profile, "credential_source");

    if (source_profile && g_str_equal(source_profile, profile->name))
        return static_keys(profile, error);
    if (source_profile && depth == MAX_SOURCES)
        return fail(error, CREDENTIALS_ERROR_INVALID, profile, "source_profile leads in a circle");
    if (source_profile)
        return provider_of(context, source_profile, depth + 1, error);
    if (credential_source)
        return named_source(context, profile, credential_source, error);
    return fail(error, CREDENTIALS_ERROR_INVALID, profile,
                "role_arn needs source_profile or credential_source");
}

static CredentialsProvider *role(const CredentialsContext *context, const SharedProfile *profile,
                                 unsigned depth, GError **error)
{
    const char *token_file = shared_profile_get(profile, "web_identity_token_file");
    const char *duration = shared_profile_get(profile, "duration_seconds");
    const AssumeRoleOptions options = {
        .role_arn = shared_profile_get(profile, "role_arn"),
        .external_id = shared_profile_get(profile, "external_id"),
        .session_name = shared_profile_get(profile, "role_session_name"),
        .duration_seconds = duration ? (unsigned)g_ascii_strtoull(duration, NULL, 10) : 0,
        .region = shared_profile_get(profile, "region"),
    };
    g_autoptr(CredentialsProvider) source = NULL;

    if (token_file)
        return web_identity_provider_new(context, token_file, options.role_arn,
                                         options.session_name);
    if (shared_profile_get(profile, "mfa_serial"))
        return fail(error, CREDENTIALS_ERROR_UNSUPPORTED, profile,
                    "mfa_serial asks a person for a code; use a role that needs none");
    source = source_of(context, profile, depth, error);
    return source ? credentials_assume_role_new(context, &options, source) : NULL;
}

static CredentialsProvider *provider_of(const CredentialsContext *context, const char *name,
                                        unsigned depth, GError **error)
{
    g_auto(SharedProfile) profile = {0};

    if (!shared_profile_read(context, name, &profile, error))
        return NULL;
    if (!profile.values)
        return fail(error, depth > 0 ? CREDENTIALS_ERROR_INVALID : CREDENTIALS_ERROR_NOT_FOUND,
                    &profile, "there is no such profile");
    if (shared_profile_get(&profile, "role_arn"))
        return role(context, &profile, depth, error);
    if (shared_profile_get(&profile, "aws_access_key_id") ||
        shared_profile_get(&profile, "aws_secret_access_key"))
        return static_keys(&profile, error);
    if (shared_profile_get(&profile, "credential_process"))
        return fail(error, CREDENTIALS_ERROR_UNSUPPORTED, &profile,
                    "credential_process is not supported; put its keys into the environment");
    if (shared_profile_get(&profile, "sso_session") ||
        shared_profile_get(&profile, "sso_start_url"))
        return fail(error, CREDENTIALS_ERROR_UNSUPPORTED, &profile,
                    "SSO is not supported; run `aws configure export-credentials --format env`");
    return fail(error, CREDENTIALS_ERROR_NOT_FOUND, &profile, "it names no keys and no role");
}

/* A reference to the provider that the profile stands for now. */
static CredentialsProvider *current(ProfileProvider *provider, GError **error)
{
    const CredentialsContext *context = &provider->base.context;
    g_autofree char *stamp = shared_profile_stamp(context);
    CredentialsProvider *inner = NULL;

    pthread_mutex_lock(&provider->lock);
    if (!provider->inner || !g_str_equal(stamp, provider->stamp)) {
        g_clear_pointer(&provider->inner, credentials_provider_unref);
        g_free(provider->stamp);
        provider->stamp = g_steal_pointer(&stamp);
        provider->inner =
            provider_of(context, shared_profile_name(context, provider->profile), 0, error);
    }
    if (provider->inner)
        inner = credentials_provider_ref(provider->inner);
    pthread_mutex_unlock(&provider->lock);
    return inner;
}

/* A profile that somebody named has to be there: other keys are not taken instead. */
static void insist_on_name(const ProfileProvider *provider, GError **error)
{
    if (error && *error &&
        (provider->profile || credentials_environment(&provider->base.context, "AWS_PROFILE")) &&
        g_error_matches(*error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND))
        (*error)->code = CREDENTIALS_ERROR_INVALID;
}

static bool profile_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    ProfileProvider *provider = (ProfileProvider *)base;
    g_autoptr(CredentialsProvider) inner = current(provider, error);

    if (inner)
        return credentials_get(inner, ret, error);
    insist_on_name(provider, error);
    return false;
}

static void profile_forget(CredentialsProvider *base)
{
    ProfileProvider *provider = (ProfileProvider *)base;

    pthread_mutex_lock(&provider->lock);
    g_clear_pointer(&provider->inner, credentials_provider_unref);
    pthread_mutex_unlock(&provider->lock);
}

static void profile_free(CredentialsProvider *base)
{
    ProfileProvider *provider = (ProfileProvider *)base;

    credentials_provider_unref(provider->inner);
    pthread_mutex_destroy(&provider->lock);
    g_free(provider->stamp);
    g_free(provider->profile);
}

CredentialsProvider *credentials_profile_new(const CredentialsContext *context, const char *profile)
{
    static const CredentialsProviderClass class = {
        .source = "profile", .get = profile_get, .forget = profile_forget, .free = profile_free};
    ProfileProvider *provider = g_new0(ProfileProvider, 1);

    credentials_provider_init(&provider->base, &class, context);
    pthread_mutex_init(&provider->lock, NULL);
    provider->profile = g_strdup(profile);
    return &provider->base;
}
