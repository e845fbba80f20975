#include "drift/direct.h"
#include "drift/code.h"
#include "drift/stage.h"

bool direct_detect(AwsClient *client, const char *stack_id, const Desired *desired,
                   GHashTable *sha256_by_key, GPtrArray *findings, GError **error)
{
    json_t *stage = desired->rest_api_stage;
    const bool compare_code = sha256_by_key && g_hash_table_size(sha256_by_key) > 0;
    g_autoptr(GHashTable) ids = NULL;

    if (!compare_code && !stage)
        return true;
    ids = stack_physical_ids(client, stack_id, error);
    if (!ids)
        return false;
    if (compare_code) {
        g_autoptr(GPtrArray) deployed =
            deployed_code_from_template(desired->template, ids, sha256_by_key);

        if (!code_detect(client, deployed, findings, error))
            return false;
    }
    if (!stage)
        return true;
    const char *api = json_string_value(json_object_get(stage, "RestApi"));
    return stage_detect(client, stack_id, stage, g_hash_table_lookup(ids, api), findings, error);
}

static bool is_open(const GPtrArray *findings, FindingKind kind, const char *logical_id)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];

        if (finding->kind == kind && finding_is_open(finding) &&
            (!logical_id || g_strcmp0(finding->logical_id, logical_id) == 0))
            return true;
    }
    return false;
}

static bool put_code_back(AwsClient *client, const char *stack_id, const Desired *desired,
                          GHashTable *sha256_by_key, const GPtrArray *findings, GError **error)
{
    g_autoptr(GPtrArray) deployed = NULL;

    if (!is_open(findings, FINDING_CODE, NULL))
        return true;
    if (!deployed_code_of_stack(client, stack_id, desired->template, sha256_by_key, &deployed,
                                error))
        return false;
    for (guint i = 0; i < deployed->len; i++) {
        const DeployedCode *code = deployed->pdata[i];

        if (is_open(findings, FINDING_CODE, code->logical_id) && !code_correct(client, code, error))
            return false;
    }
    return true;
}

bool direct_correct(AwsClient *client, const char *stack_id, const Desired *desired,
                    GHashTable *sha256_by_key, const GPtrArray *findings, GError **error)
{
    if (!put_code_back(client, stack_id, desired, sha256_by_key, findings, error))
        return false;
    return !desired->rest_api_stage || !is_open(findings, FINDING_STAGE, NULL) ||
           stage_correct(client, stack_id, desired->rest_api_stage, findings, error);
}
