/* A SAM or CloudFormation template, with what named local files naming what was uploaded. */
#include "reconcile/compile/service.h"
#include <string.h>

/* Path style, as CloudFormation wants a nested template's URL. */
static char *object_url(const char *region, const char *bucket, const char *key)
{
    return g_strdup_printf("https://s3.%s.amazonaws.com%s/%s/%s", region,
                           g_str_has_prefix(region, "cn-") ? ".cn" : "", bucket, key);
}

static json_t *location(const Service *service, const CodeReference *reference, const char *key)
{
    const char *bucket = service->options.artifact_bucket;
    g_autofree char *text = NULL;

    if (reference->bucket_member)
        return json_pack("{s:s,s:s}", reference->bucket_member, bucket, reference->key_member, key);
    text = reference->url ? object_url(service->region, bucket, key)
                          : g_strdup_printf("s3://%s/%s", bucket, key);
    return json_string(text);
}

/* s3://bucket/key?versionId=x, which has a slash, as the members that CloudFormation wants. */
static json_t *split_location(const CodeReference *reference, const char *uri)
{
    static const char scheme[] = "s3://", version[] = "?versionId=";
    const char *bucket = uri + strlen(scheme), *slash = strchr(bucket, '/'), *query;
    json_t *object = json_object();

    g_assert(slash);
    query = strchr(slash, '?');
    json_object_set_new(object, reference->bucket_member,
                        json_stringn(bucket, (size_t)(slash - bucket)));
    json_object_set_new(
        object, reference->key_member,
        json_stringn(slash + 1, query ? (size_t)(query - slash - 1) : strlen(slash + 1)));
    if (query && reference->version_member && g_str_has_prefix(query, version))
        json_object_set_new(object, reference->version_member,
                            json_string(query + strlen(version)));
    return object;
}

/* The last segment of a pointer with its escapes undone. */
static char *unescape(const char *segment)
{
    GString *text = g_string_new(segment);

    g_string_replace(text, "~1", "/", 0);
    g_string_replace(text, "~0", "~", 0);
    return g_string_free(text, FALSE);
}

static void replace_member(json_t *root, const char *pointer, json_t *value_new)
{
    const char *slash = strrchr(pointer, '/');
    g_autofree char *parent = g_strndup(pointer, (gsize)(slash - pointer));
    g_autofree char *key = unescape(slash + 1);

    json_object_set_new(pointer_get(root, parent), key, value_new);
}

void template_name_uploads(json_t *json, const Service *service, const GPtrArray *references,
                           const GPtrArray *artifacts)
{
    for (guint i = 0; i < references->len; i++) {
        const CodeReference *reference = references->pdata[i];
        g_autofree char *key = NULL;
        guint at;

        if (!reference->spec) {
            const char *uri = json_string_value(pointer_get(json, reference->pointer));

            replace_member(json, reference->pointer, split_location(reference, uri));
            continue;
        }
        if (!g_ptr_array_find(service->specs, reference->spec, &at) || at >= artifacts->len)
            continue;
        key = service_artifact_key(service, reference->spec, artifacts->pdata[at]);
        replace_member(json, reference->pointer, location(service, reference, key));
    }
}

Template *template_package(const Service *service, const GPtrArray *artifacts, Problems *problems)
{
    Template *compiled = template_new();

    (void)problems; /* what can be wrong was found by compile_service */
    compiled->json = json_deep_copy(service->config);
    compiled->bucket = g_strdup(service->options.artifact_bucket);
    template_note_keys(compiled, service, artifacts);
    template_name_uploads(compiled->json, service, service->references, artifacts);
    return compiled;
}
