#include "config/resource_types.h"
#include "reconcile/apply/step.h"
#include "reconcile/aws/s3.h"
#include <string.h>

#define STACK_BUCKET_ID \
    "ServerlessDeploymentBucket" /* what the framework calls the bucket inside a stack */
#define BUCKET_EMPTY_MAX 100000

static bool delete_call(Step *step, GError **error)
{
    Record *record = step->record;

    record->phase = PHASE_DELETING;
    record->attempt++;
    record->polls = 0;
    if (!step_save(step, error))
        return false;
    g_autofree char *token = g_strdup_printf("driftless-delete-%u", record->attempt);
    if (!cloud_formation_delete_stack(step->context->client, step->stack->id, token, NULL, NULL,
                                      error))
        return false;
    step_report(step, "deleting", NULL);
    return true;
}

bool step_discard(Step *step, GError **error)
{
    if (!delete_call(step, error))
        return false;
    return step_again(step, poll_interval_ms(0), "%s: deleting what is left of the first creation",
                      step->observed.status_text);
}

static bool empty_bucket(AwsClient *client, const char *bucket, GError **error)
{
    g_autoptr(GPtrArray) objects = NULL;
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    S3BucketState state;

    if (!s3_head_bucket(client, bucket, NULL, &state, NULL, error))
        return false;
    if (state != S3_BUCKET_OURS)
        return true;
    if (!s3_list_objects(client, bucket, NULL, BUCKET_EMPTY_MAX, &objects, error))
        return false;
    for (guint i = 0; i < objects->len; i++)
        g_ptr_array_add(keys, ((S3ListedObject *)objects->pdata[i])->key);
    return keys->len == 0 || s3_delete_objects(client, bucket, keys, error);
}

/* CloudFormation deletes no bucket with objects in it; this one holds nothing but what deploys put
 * there. The list is asked for, not the one resource: moto answers a missing one with status 500.
 */
static bool empty_stack_bucket(Step *step, GError **error)
{
    AwsClient *client = step->context->client;
    g_autoptr(GPtrArray) resources = NULL;

    if (!cloud_formation_list_stack_resources(client, step->stack->id, &resources, error))
        return false;
    for (guint i = 0; i < resources->len; i++) {
        const CloudFormationResource *resource = resources->pdata[i];
        if (g_strcmp0(resource->logical_id, STACK_BUCKET_ID) != 0 ||
            g_strcmp0(resource->type, "AWS::S3::Bucket") != 0 || !resource->physical_id ||
            g_strcmp0(resource->status, "DELETE_COMPLETE") == 0)
            continue;
        if (!empty_bucket(client, resource->physical_id, error)) {
            g_prefix_error(error, "emptying the stack's deployment bucket: ");
            return false;
        }
    }
    return true;
}

bool step_delete(Step *step, GError **error)
{
    if (!empty_stack_bucket(step, error) || !delete_call(step, error))
        return false;
    return step_again(step, poll_interval_ms(0), "deleting");
}

static bool may_hold_data(const CloudFormationResource *resource)
{
    const char *status = resource->status ? resource->status : "";

    return resource->physical_id && resource->physical_id[0] != '\0' &&
           strcmp(status, "DELETE_COMPLETE") != 0 && strcmp(status, "CREATE_FAILED") != 0 &&
           resource_type_holds_data(resource->type) &&
           strcmp(resource->type, "AWS::Logs::LogGroup") != 0;
}

bool step_look_for_data(Step *step, GError **error)
{
    g_autoptr(GPtrArray) resources = NULL;

    if (!cloud_formation_list_stack_resources(step->context->client, step->stack->id, &resources,
                                              error))
        return false;
    for (guint i = 0; i < resources->len; i++)
        step->observed.holds_data |= may_hold_data(resources->pdata[i]);
    step->observed.data_known = true;
    return true;
}
