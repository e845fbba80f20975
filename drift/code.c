#include "drift/code.h"
#include "reconcile/aws/cloud_formation.h"
#include <string.h>

void deployed_code_free(DeployedCode *code)
{
    if (!code)
        return;
    g_free(code->logical_id);
    g_free(code->function_name);
    g_free(code->s3_bucket);
    g_free(code->s3_key);
    g_free(code->sha256);
    g_free(code);
}

/* A literal, or what a Ref to a resource of the stack gives. Borrowed; NULL: cannot be told. */
static const char *resolve(json_t *value, GHashTable *physical_ids)
{
    const char *id = json_string_value(json_object_get(value, "Ref"));

    return id ? g_hash_table_lookup(physical_ids, id) : json_string_value(value);
}

static DeployedCode *code_of(const char *logical_id, json_t *resource, GHashTable *physical_ids,
                             GHashTable *sha256_by_key)
{
    json_t *code = json_object_get(json_object_get(resource, "Properties"), "Code");
    const char *bucket = resolve(json_object_get(code, "S3Bucket"), physical_ids);
    const char *key = resolve(json_object_get(code, "S3Key"), physical_ids);
    const char *function = g_hash_table_lookup(physical_ids, logical_id);

    if (g_strcmp0(json_string_value(json_object_get(resource, "Type")), "AWS::Lambda::Function") !=
            0 ||
        !bucket || !key || !function)
        return NULL;
    DeployedCode *deployed = g_new0(DeployedCode, 1);
    deployed->logical_id = g_strdup(logical_id);
    deployed->function_name = g_strdup(function);
    deployed->s3_bucket = g_strdup(bucket);
    deployed->s3_key = g_strdup(key);
    deployed->sha256 = g_strdup(g_hash_table_lookup(sha256_by_key, key));
    return deployed;
}

GPtrArray *deployed_code_from_template(json_t *template, GHashTable *physical_ids,
                                       GHashTable *sha256_by_key)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)deployed_code_free);
    const char *id;
    json_t *resource;

    json_object_foreach(json_object_get(template, "Resources"), id, resource)
    {
        DeployedCode *code = code_of(id, resource, physical_ids, sha256_by_key);
        if (code)
            g_ptr_array_add(list, code);
    }
    return list;
}

GHashTable *stack_physical_ids(AwsClient *client, const char *stack_id, GError **error)
{
    g_autoptr(GPtrArray) resources = NULL;

    if (!cloud_formation_list_stack_resources(client, stack_id, &resources, error))
        return NULL;
    GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < resources->len; i++) {
        const CloudFormationResource *resource = resources->pdata[i];
        if (resource->logical_id && resource->physical_id)
            g_hash_table_insert(ids, g_strdup(resource->logical_id),
                                g_strdup(resource->physical_id));
    }
    return ids;
}

bool deployed_code_of_stack(AwsClient *client, const char *stack_id, json_t *template,
                            GHashTable *sha256_by_key, GPtrArray **ret, GError **error)
{
    g_autoptr(GHashTable) ids = stack_physical_ids(client, stack_id, error);

    if (!ids)
        return false;
    *ret = deployed_code_from_template(template, ids, sha256_by_key);
    return true;
}

bool code_detect(AwsClient *client, const GPtrArray *deployed, GPtrArray *findings, GError **error)
{
    for (guint i = 0; i < deployed->len; i++) {
        const DeployedCode *code = deployed->pdata[i];
        g_autoptr(LambdaFunction) function = NULL;

        if (!code->sha256)
            continue;
        if (!lambda_get_function_configuration(client, code->function_name, NULL, &function, error))
            return false;
        if (!function || !function->code_sha256 || strcmp(function->code_sha256, code->sha256) == 0)
            continue;
        Finding *finding = finding_new(FINDING_CODE, code->logical_id, "AWS::Lambda::Function",
                                       code->function_name);
        finding_add(finding, DIFFERENCE_NOT_EQUAL, "/Code", code->sha256, function->code_sha256);
        g_ptr_array_add(findings, finding);
    }
    return true;
}

bool code_correct(AwsClient *client, const DeployedCode *code, GError **error)
{
    return lambda_update_function_code(client, code->function_name, code->s3_bucket, code->s3_key,
                                       NULL, NULL, error);
}
