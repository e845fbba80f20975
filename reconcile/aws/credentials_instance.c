/* Source: EC2 User Guide, "Use IMDSv2"; version 1, which any request that can be forged reaches, is
 * not asked. */
#include "reconcile/aws/credentials_provider.h"
#include <string.h>

#define DEFAULT_ENDPOINT "http://169.254.169.254"
#define TIMEOUT_MS 1000
#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"

typedef struct {
    CredentialsProvider base;
    CredentialsCache cache;
} InstanceProvider;

static bool ask(const CredentialsContext *context, const char *method, const char *path,
                const char *header, const char *value, GString **ret, GError **error)
{
    const char *endpoint = credentials_environment(context, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    g_autofree char *base = g_strdup(endpoint ? endpoint : DEFAULT_ENDPOINT), *url = NULL;
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) failure = NULL;
    HttpRequest request = {.method = method,
                           .headers = headers,
                           .timeout_ms = TIMEOUT_MS,
                           .max_answer_bytes = CREDENTIALS_ANSWER_MAX_BYTES};

    if (g_str_has_suffix(base, "/"))
        base[strlen(base) - 1] = '\0';
    url = g_strconcat(base, path, NULL);
    request.url = url;
    http_headers_set(headers, header, value);
    if (!http_send(context->transport, &request, &response, &failure)) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND, "instance metadata: %s",
                    failure->message);
        return false;
    }
    if (response.status != 200) {
        g_set_error(error, CREDENTIALS_ERROR,
                    response.status == 404 ? CREDENTIALS_ERROR_NOT_FOUND : CREDENTIALS_ERROR_FAILED,
                    "instance metadata %s: HTTP %u", path, response.status);
        return false;
    }
    *ret = g_steal_pointer(&response.body);
    return true;
}

static bool fetch(CredentialsProvider *base, Credentials **ret, GError **error)
{
    const CredentialsContext *context = &base->context;
    const char *disabled = credentials_environment(context, "AWS_EC2_METADATA_DISABLED");
    g_autoptr(GString) token = NULL, role = NULL, keys = NULL;
    g_autofree char *path = NULL;

    if (disabled && g_ascii_strcasecmp(disabled, "true") == 0) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND,
                    "AWS_EC2_METADATA_DISABLED is true");
        return false;
    }
    if (!ask(context, "PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "21600",
             &token, error) ||
        !ask(context, "GET", ROLE_PATH, "X-aws-ec2-metadata-token", token->str, &role, error))
        return false;
    path = g_strconcat(ROLE_PATH, g_strstrip(role->str), NULL);
    if (!ask(context, "GET", path, "X-aws-ec2-metadata-token", token->str, &keys, error))
        return false;
    if (credentials_from_json(keys->str, keys->len, ret, error))
        return true;
    g_prefix_error(error, "instance metadata: ");
    return false;
}

static bool instance_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    return credentials_cache_get(&((InstanceProvider *)base)->cache, base, fetch, ret, error);
}

static void instance_forget(CredentialsProvider *base)
{
    credentials_cache_forget(&((InstanceProvider *)base)->cache);
}

static void instance_free(CredentialsProvider *base)
{
    credentials_cache_clear(&((InstanceProvider *)base)->cache);
}

CredentialsProvider *credentials_instance_new(const CredentialsContext *context)
{
    static const CredentialsProviderClass class = {.source = "instance metadata",
                                                   .get = instance_get,
                                                   .forget = instance_forget,
                                                   .free = instance_free};
    InstanceProvider *provider = g_new0(InstanceProvider, 1);

    credentials_provider_init(&provider->base, &class, context);
    credentials_cache_init(&provider->cache);
    return &provider->base;
}
