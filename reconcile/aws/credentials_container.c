/* Source: AWS SDKs and Tools Reference Guide, "Container credential provider". */
#include "reconcile/aws/credentials_provider.h"
#include "reconcile/aws/endpoint.h"
#include <string.h>

#define ECS_HOST "http://169.254.170.2"
#define TIMEOUT_MS 2000

typedef struct {
    CredentialsProvider base;
    CredentialsCache cache;
} ContainerProvider;

/* Plain HTTP only to this machine and to the two addresses that ECS and EKS serve: the answer is a
 * secret. */
static bool is_allowed(const char *url)
{
    static const char *const hosts[] = {
        "localhost",      "127.0.0.1",      "[::1]", "169.254.170.2",
        "169.254.170.23", "[fd00:ec2::23]", NULL};
    const char *path;
    g_autofree char *authority = endpoint_split(url, &path);
    char *port;

    if (!authority)
        return false;
    if (g_ascii_strncasecmp(url, "https:", 6) == 0)
        return true;
    port = strrchr(authority, ':');
    if (port && !strchr(port, ']'))
        *port = '\0';
    return g_strv_contains(hosts, authority);
}

static bool container_url(const CredentialsContext *context, char **ret, GError **error)
{
    const char *relative =
        credentials_environment(context, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = credentials_environment(context, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

    if (relative) {
        *ret = g_strconcat(ECS_HOST, relative, NULL);
        return true;
    }
    if (!full) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_NOT_FOUND,
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
        return false;
    }
    if (!is_allowed(full)) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI, %s, is neither https nor a container's "
                    "own address",
                    full);
        return false;
    }
    *ret = g_strdup(full);
    return true;
}

static bool add_authorization(const CredentialsContext *context, GPtrArray *headers, GError **error)
{
    const char *file = credentials_environment(context, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = credentials_environment(context, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;

    if (file && !g_file_get_contents(file, &text, NULL, &failure)) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID,
                    "container authorization token: %s", failure->message);
        return false;
    }
    if (text)
        token = g_strstrip(text);
    if (token)
        http_headers_set(headers, "Authorization", token);
    return true;
}

static bool fetch(CredentialsProvider *base, Credentials **ret, GError **error)
{
    g_autofree char *url = NULL;
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) failure = NULL;
    HttpRequest request = {.method = "GET",
                           .headers = headers,
                           .timeout_ms = TIMEOUT_MS,
                           .max_answer_bytes = CREDENTIALS_ANSWER_MAX_BYTES};

    if (!container_url(&base->context, &url, error) ||
        !add_authorization(&base->context, headers, error))
        return false;
    request.url = url;
    if (!http_send(base->context.transport, &request, &response, &failure)) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_FAILED,
                    "container credentials at %s: %s", url, failure->message);
        return false;
    }
    if (response.status != 200) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_FAILED,
                    "container credentials at %s: HTTP %u", url, response.status);
        return false;
    }
    if (credentials_from_json(response.body->str, response.body->len, ret, error))
        return true;
    g_prefix_error(error, "container credentials at %s: ", url);
    return false;
}

static bool container_get(CredentialsProvider *base, Credentials **ret, GError **error)
{
    return credentials_cache_get(&((ContainerProvider *)base)->cache, base, fetch, ret, error);
}

static void container_forget(CredentialsProvider *base)
{
    credentials_cache_forget(&((ContainerProvider *)base)->cache);
}

static void container_free(CredentialsProvider *base)
{
    credentials_cache_clear(&((ContainerProvider *)base)->cache);
}

CredentialsProvider *credentials_container_new(const CredentialsContext *context)
{
    static const CredentialsProviderClass class = {.source = "container",
                                                   .get = container_get,
                                                   .forget = container_forget,
                                                   .free = container_free};
    ContainerProvider *provider = g_new0(ContainerProvider, 1);

    credentials_provider_init(&provider->base, &class, context);
    credentials_cache_init(&provider->cache);
    return &provider->base;
}
