#include "reconcile/aws/credentials_provider.h"

typedef struct {
    CredentialsProvider base;
    CredentialsProvider *sources[5];
    atomic_int chosen; /* index of the one that gave keys; -1: none yet */
} ChainProvider;

static void add_reason(GString *reasons, const CredentialsProvider *source, const GError *failure)
{
    g_string_append_printf(reasons, "%s%s: %s", reasons->len ? "; " : "",
                           credentials_source(source), failure->message);
}

/* Looks through all sources until one gives keys; from then on that one is asked alone. */
static bool chain_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    ChainProvider *chain = (ChainProvider *)base;
    int chosen = atomic_load(&chain->chosen);
    g_autoptr(GString) reasons = g_string_new(NULL);

    if (chosen >= 0)
        return credentials_get(chain->sources[chosen], ret, error);
    for (size_t i = 0; i < G_N_ELEMENTS(chain->sources); i++) {
        g_autoptr(GError) failure = NULL;

        if (credentials_get(chain->sources[i], ret, &failure)) {
            atomic_store(&chain->chosen, (int)i);
            return true;
        }
        if (!g_error_matches(failure, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        add_reason(reasons, chain->sources[i], failure);
    }
    g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND,
                "no AWS credentials are set up; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or AWS_PROFILE (%s)",
                reasons->str);
    return false;
}

static void chain_forget(CredentialsProvider *base)
{
    ChainProvider *chain = (ChainProvider *)base;

    for (size_t i = 0; i < G_N_ELEMENTS(chain->sources); i++)
        credentials_forget(chain->sources[i]);
}

static void chain_free(CredentialsProvider *base)
{
    ChainProvider *chain = (ChainProvider *)base;

    for (size_t i = 0; i < G_N_ELEMENTS(chain->sources); i++)
        credentials_provider_unref(chain->sources[i]);
}

CredentialsProvider *credentials_default_chain_new(const CredentialsContext *context)
{
    static const CredentialsProviderClass class = {
        .source = "default chain", .get = chain_get, .forget = chain_forget, .free = chain_free};
    ChainProvider *chain = g_new0(ChainProvider, 1);
    CredentialsProvider *sources[] = {
        credentials_environment_new(context), credentials_web_identity_new(context),
        credentials_profile_new(context, NULL), credentials_container_new(context),
        credentials_instance_new(context)};

    G_STATIC_ASSERT(sizeof sources == sizeof chain->sources);
    credentials_provider_init(&chain->base, &class, context);
    atomic_init(&chain->chosen, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        chain->sources[i] = sources[i];
    return &chain->base;
}
