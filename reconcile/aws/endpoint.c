#include "reconcile/aws/endpoint.h"
#include <string.h>

static const struct {
    const char *prefix, *variable;
} services[] = {
#define ROW(name, prefix, variable) {prefix, variable},
    AWS_SERVICES(ROW)
#undef ROW
};

static const struct {
    const char *region, *partition, *domain;
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn"},      {"us-gov-", "aws-us-gov", "amazonaws.com"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov"}, {"us-iso-", "aws-iso", "c2s.ic.gov"},
    {"eusc-", "aws-eusc", "amazonaws.eu"},      {"", "aws", "amazonaws.com"},
};

static size_t partition_of(const char *region)
{
    size_t i = 0;

    while (!g_str_has_prefix(region, partitions[i].region))
        i++;
    return i;
}

const char *aws_service_name(AwsService service)
{
    return services[service].prefix;
}

const char *endpoint_partition(const char *region)
{
    return partitions[partition_of(region)].partition;
}

void aws_endpoints_read(AwsEndpoints *endpoints,
                        const char *(*environment)(const char *name, void *data), void *data)
{
    const char *ignore = environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", data);
    const char *all = environment("AWS_ENDPOINT_URL", data);

    aws_endpoints_clear(endpoints);
    if (ignore && g_ascii_strcasecmp(ignore, "true") == 0)
        return;
    if (all && *all)
        endpoints->all = g_strdup(all);
    for (size_t i = 0; i < AWS_SERVICE_COUNT; i++) {
        g_autofree char *name = g_strconcat("AWS_ENDPOINT_URL_", services[i].variable, NULL);
        const char *url = environment(name, data);

        if (url && *url)
            endpoints->of_service[i] = g_strdup(url);
    }
}

void aws_endpoints_clear(AwsEndpoints *endpoints)
{
    g_clear_pointer(&endpoints->all, g_free);
    for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
        g_clear_pointer(&endpoints->of_service[i], g_free);
}

static const char *override_of(const AwsEndpoints *endpoints, AwsService service)
{
    return endpoints->of_service[service] ? endpoints->of_service[service] : endpoints->all;
}

bool endpoint_is_overridden(const AwsEndpoints *endpoints, AwsService service)
{
    return override_of(endpoints, service) != NULL;
}

char *endpoint_url(const AwsEndpoints *endpoints, AwsService service, const char *region)
{
    const char *other = override_of(endpoints, service);
    size_t length = other ? strlen(other) : 0;

    while (length > 0 && other[length - 1] == '/')
        length--;
    if (other)
        return g_strndup(other, length);
    return g_strdup_printf("https://%s.%s.%s", services[service].prefix, region,
                           partitions[partition_of(region)].domain);
}

char *endpoint_split(const char *url, const char **ret_path)
{
    const char *start;

    if (g_ascii_strncasecmp(url, "https://", 8) == 0)
        start = url + 8;
    else if (g_ascii_strncasecmp(url, "http://", 7) == 0)
        start = url + 7;
    else
        return NULL;
    *ret_path = start + strcspn(start, "/?#");
    return *ret_path == start ? NULL : g_strndup(start, (gsize)(*ret_path - start));
}
