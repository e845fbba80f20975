/* tests/fuzz/compiling.h
 *
 * A service from fuzzed files to a template. */
#pragma once
#include "config/json_text.h"
#include "reconcile/compile/compile.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_tree.h"

static inline Artifact *fuzz_artifact(const ArtifactSpec *spec)
{
    Artifact *artifact = g_new0(Artifact, 1);

    artifact->name = g_strdup(spec->name);
    artifact->manifest_id = g_strdup("manifest");
    artifact->content_hash = g_strdup("hash");
    if (spec->kind == ARTIFACT_S3) {
        artifact->s3_bucket = g_strdup("bucket");
        artifact->s3_key = g_strdup("key");
    }
    return artifact;
}

static inline void fuzz_finish(Service *service)
{
    g_autoptr(GPtrArray) artifacts = g_ptr_array_new_with_free_func((GDestroyNotify)artifact_free);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Template) compiled = NULL;
    g_autofree char *text = NULL;
    json_t *settings = service_stack_settings(service);

    HOLDS(service_name(service) && service_stage(service) && service_region(service) &&
          service_stack_name(service));
    HOLDS(!settings || json_is_object(settings));
    for (guint i = 0; i < service_artifacts(service)->len; i++) {
        service_write_text(service, i, artifacts);
        g_ptr_array_add(artifacts, fuzz_artifact(service_artifacts(service)->pdata[i]));
    }
    compiled = compile_template(service, artifacts, problems);
    HOLDS(!compiled == problems_have_errors(problems));
    if (!compiled)
        return;
    text = json_text(template_json(compiled), JSON_TEXT_COMPACT);
    HOLDS(*text == '{');
}

/* `bucket`: where artifacts go; NULL: a bucket inside the stack. No service, no errors and no
 * requests would leave nobody knowing what to do. */
static inline void fuzz_compile(const char *first_path, const char *bucket, const uint8_t *data,
                                size_t size)
{
    g_auto(FuzzTree) tree = {.files = NULL};
    g_autoptr(GHashTable) env = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) params = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Service) service = NULL;
    g_autofree char *told = NULL;
    GPtrArray *requests = NULL;
    const CompileOptions options = {
        .env = env, .params = params, .artifact_bucket = bucket, .deployment_nonce = 1};

    g_hash_table_insert(env, (void *)"LOG", (void *)"debug");
    if (!bucket)
        g_hash_table_insert(params, (void *)"domain", (void *)"shop.example.com");
    fuzz_tree_init(&tree, first_path, data, size);
    service = compile_service(&tree.tree, "service", &options, NULL, problems, &requests);
    told = problems_to_text(problems, false);
    HOLDS(service || problems_have_errors(problems) || (requests && requests->len));
    if (requests)
        g_ptr_array_unref(requests);
    if (service)
        fuzz_finish(service);
}
