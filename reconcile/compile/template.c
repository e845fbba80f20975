#include "reconcile/compile/check/check.h"
#include "reconcile/compile/service.h"
#include <string.h>

Template *template_new(void)
{
    Template *compiled = g_new0(Template, 1);

    compiled->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    compiled->makers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return compiled;
}

void template_free(Template *compiled)
{
    if (!compiled)
        return;
    json_decref(compiled->json);
    json_decref(compiled->bootstrap);
    g_free(compiled->bucket);
    g_hash_table_unref(compiled->keys);
    g_hash_table_unref(compiled->makers);
    g_free(compiled);
}

json_t *template_json(const Template *compiled)
{
    return compiled->json;
}

const char *template_artifact_key(const Template *compiled, const char *artifact_name)
{
    return g_hash_table_lookup(compiled->keys, artifact_name);
}

const char *template_artifact_bucket(const Template *compiled)
{
    return compiled->bucket;
}

json_t *template_bootstrap(const Template *compiled)
{
    return json_incref(compiled->bootstrap);
}

/* The place of a resource that people wrote, or changed, is theirs. */
bool template_resource_position(const Service *service, const Template *compiled,
                                const char *logical_id, Position *ret)
{
    const bool is_serverless = service->kind == SERVICE_SERVERLESS;
    const char *section = is_serverless ? "/resources/Resources" : "/Resources";
    const char *maker = g_hash_table_lookup(compiled->makers, logical_id);
    g_autoptr(GString) own = g_string_new(section);

    if (json_object_get(pointer_get(service->config, section), logical_id)) {
        pointer_append(own, logical_id);
        maker = own->str;
    }
    if (!maker)
        return false;
    *ret = origins_locate(service->origins, maker, true);
    return true;
}

char *service_artifact_key(const Service *service, const ArtifactSpec *spec,
                           const Artifact *artifact)
{
    json_t *prefix = pointer_get(service->config, "/provider/deploymentPrefix");

    if (spec->kind == ARTIFACT_S3)
        return g_strdup(artifact->s3_key);
    return g_strconcat(service->kind == SERVICE_SERVERLESS && json_is_string(prefix)
                           ? json_string_value(prefix)
                           : "serverless",
                       "/", service->name, "/", service->stage, "/code/", artifact->manifest_id,
                       "/", spec->name, NULL);
}

void template_note_keys(Template *compiled, const Service *service, const GPtrArray *artifacts)
{
    for (guint i = 0; i < service->specs->len && i < artifacts->len; i++) {
        const ArtifactSpec *spec = service->specs->pdata[i];

        g_hash_table_replace(compiled->keys, g_strdup(spec->name),
                             service_artifact_key(service, spec, artifacts->pdata[i]));
    }
}

Template *compile_template(const Service *service, const GPtrArray *artifacts, Problems *problems)
{
    Problems *found = problems_new();
    Template *compiled = service->kind == SERVICE_SERVERLESS
                             ? template_compile(service, artifacts, found)
                             : template_package(service, artifacts, found);

    check_template(service, compiled, found);
    if (problems_have_errors(found)) {
        template_free(compiled);
        compiled = NULL;
    }
    problems_append(problems, found);
    problems_free(found);
    return compiled;
}
