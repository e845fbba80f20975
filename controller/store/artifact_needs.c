#include "controller/store/artifact_needs.h"

#include "reconcile/apply/record.h"

#define DEPLOYMENTS_LOOKED_AT 200 /* of a service, until `keep` different ones are found */

void artifact_needs_clear(ArtifactNeeds *needs)
{
    g_clear_pointer(&needs->keys, g_hash_table_unref);
    g_clear_pointer(&needs->services, g_ptr_array_unref);
}

/* Keys of other prefixes come along: they do no harm. */
static bool add_request(Store *store, const char *digest, GHashTable *keys, GError **error)
{
    return !digest || store_request_artifacts(store, digest, keys, error);
}

static bool has_reached_the_stack(const Deployment *deployment)
{
    static const char *const reached[] = {"deployed", "unchanged", "corrected", NULL};

    return deployment->outcome && g_strv_contains(reached, deployment->outcome);
}

/* The newest that differ, and what is under way. */
static bool add_deployments(Store *store, const char *service, unsigned keep, GHashTable *keys,
                            GError **error)
{
    g_autoptr(GPtrArray) newest = NULL;
    g_autoptr(GHashTable) counted = g_hash_table_new(g_str_hash, g_str_equal);

    if (!store_deployments(store, service, DEPLOYMENTS_LOOKED_AT, &newest, error))
        return false;
    for (guint i = 0; i < newest->len && g_hash_table_size(counted) < keep; i++) {
        const Deployment *deployment = newest->pdata[i];

        if (!deployment->request_digest ||
            (deployment->outcome && !has_reached_the_stack(deployment)))
            continue;
        if (!add_request(store, deployment->request_digest, keys, error))
            return false;
        if (deployment->outcome)
            g_hash_table_add(counted, deployment->request_digest);
    }
    return true;
}

static bool add_revision(Store *store, const char *service, const char *revision, GHashTable *keys,
                         GError **error)
{
    Deployment *deployment = NULL;
    bool added;

    if (!revision)
        return true;
    if (!store_find_deployment(store, service, revision, NULL, &deployment, error))
        return false;
    added = !deployment || add_request(store, deployment->request_digest, keys, error);
    deployment_free(deployment);
    return added;
}

static bool add_service(Store *store, const ServiceRow *row, unsigned keep, GHashTable *keys,
                        GError **error)
{
    g_autoptr(Record) record = row->record ? record_from_json(row->record) : NULL;
    const char *const digests[] = {row->request_digest,
                                   row->held_digest,
                                   row->approved_digest,
                                   record ? record->deployed_digest : NULL,
                                   record ? record->change_set_digest : NULL,
                                   record ? record->failed_digest : NULL,
                                   record ? record->approval_digest : NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(digests); i++)
        if (!add_request(store, digests[i], keys, error))
            return false;
    return add_deployments(store, row->name, keep, keys, error) &&
           add_revision(store, row->name, row->pinned_revision, keys, error) &&
           add_revision(store, row->name, row->skipped_revision, keys, error);
}

bool artifact_needs_read(Store *store, const char *prefix, unsigned keep, ArtifactNeeds *ret,
                         GError **error)
{
    g_auto(ArtifactNeeds)
        needs = {.keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

    if (!store_services_with_artifacts(store, prefix, &needs.services, error))
        return false;
    for (guint i = 0; i < needs.services->len; i++)
        if (!add_service(store, needs.services->pdata[i], keep, needs.keys, error))
            return false;
    *ret = needs;
    needs = (ArtifactNeeds){0};
    return true;
}
