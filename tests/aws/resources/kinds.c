#include "tests/aws/resources/kinds.h"
#include "tests/aws/services/s3.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

static bool queue_prepare(Live *live, int64_t now_ms, GError **error)
{
    const char *name = json_text_of(live->properties, "QueueName");
    int64_t wait_ms = live->home->account->aws->options.sqs_delete_wait_ms;
    const int64_t *deleted_ms =
        name != NULL ? g_hash_table_lookup(live->home->queue_deleted_ms, name) : NULL;

    if (json_is_true(json_object_get(live->properties, "FifoQueue")) && name != NULL &&
        !g_str_has_suffix(name, ".fifo"))
        return handler_failure(live, error, "InvalidRequest",
                               "The name of a FIFO queue can only include alphanumeric characters, "
                               "hyphens, or underscores, must end with .fifo suffix and be 1 to 80 "
                               "in length. (Service: Sqs, Status Code: 400)");
    if (deleted_ms != NULL && now_ms < *deleted_ms + wait_ms)
        return handler_failure(
            live, error, "GeneralServiceException",
            "You must wait %d seconds after deleting a queue before you can "
            "create another with the same name. (Service: Sqs, Status Code: 400)",
            (int)((wait_ms + 999) / 1000));
    return true;
}

static bool queue_remove(Live *live, int64_t now_ms, GError **error)
{
    const char *name = json_text_of(live->properties, "QueueName");
    int64_t *deleted_ms = g_new(int64_t, 1);

    (void)error;
    *deleted_ms = now_ms;
    g_hash_table_replace(live->home->queue_deleted_ms, g_strdup(name), deleted_ms);
    return true;
}

static bool bucket_prepare(Live *live, int64_t now_ms, GError **error)
{
    const char *name = json_text_of(live->properties, "BucketName");

    (void)now_ms;
    if (name != NULL && bucket_find(live->home->account->aws, name) != NULL) {
        const Live *other = live_find(live->home, live->type, name);

        if (other != NULL && other->stack_id != NULL)
            g_set_error(error, DOUBLE_ERROR, 400, "%s already exists in stack %s", name,
                        other->stack_id);
        else
            g_set_error(error, DOUBLE_ERROR, 400, "%s already exists", name);
        return false;
    }
    return true;
}

static bool bucket_create_live(Live *live, int64_t now_ms, GError **error)
{
    (void)error;
    bucket_add(live->home, live->physical_id, now_ms);
    return true;
}

static bool bucket_remove(Live *live, int64_t now_ms, GError **error)
{
    Bucket *bucket = bucket_find(live->home->account->aws, live->physical_id);
    g_autofree char *id = double_uuid(live->home->account->aws);

    (void)now_ms;
    if (bucket != NULL && g_tree_nnodes(bucket->objects) > 0)
        return handler_failure(live, error, "GeneralServiceException",
                               "The bucket you tried to delete is not empty (Service: S3, Status "
                               "Code: 409, Request ID: %s)",
                               id);
    g_hash_table_remove(live->home->account->aws->buckets, live->physical_id);
    return true;
}

static bool api_key_prepare(Live *live, int64_t now_ms, GError **error)
{
    const char *value = json_text_of(live->properties, "Value");

    (void)now_ms;
    if (value != NULL && strlen(value) < 20)
        return handler_failure(
            live, error, "InvalidRequest",
            "API Key value should be at least 20 characters (Service: ApiGateway, "
            "Status Code: 400)");
    return true;
}

static bool stack_prepare(Live *live, int64_t now_ms, GError **error)
{
    (void)now_ms;
    return handler_failure(live, error, "InvalidRequest", "the double has no nested stacks");
}

static const LiveKind LIVE_KINDS[] = {
    {"AWS::Lambda::Function", NULL, function_create, function_update, NULL},
    {"AWS::Lambda::Version", version_prepare, NULL, NULL, version_remove},
    {"AWS::Lambda::Alias", of_function_prepare, NULL, NULL, NULL},
    {"AWS::Lambda::Url", of_function_prepare, NULL, NULL, NULL},
    {"AWS::Lambda::Permission", of_function_prepare, NULL, NULL, NULL},
    {"AWS::Lambda::EventSourceMapping", of_function_prepare, NULL, NULL, NULL},
    {"AWS::Lambda::EventInvokeConfig", of_function_prepare, NULL, NULL, NULL},
    {"AWS::Lambda::LayerVersion", layer_prepare, layer_create, NULL, NULL},
    {"AWS::SQS::Queue", queue_prepare, NULL, NULL, queue_remove},
    {"AWS::S3::Bucket", bucket_prepare, bucket_create_live, NULL, bucket_remove},
    {"AWS::ApiGateway::ApiKey", api_key_prepare, NULL, NULL, NULL},
    {"AWS::CloudFormation::Stack", stack_prepare, NULL, NULL, NULL},
};

const LiveKind *live_kind_of(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LIVE_KINDS); i++) {
        if (strcmp(LIVE_KINDS[i].type, type) == 0)
            return &LIVE_KINDS[i];
    }
    return NULL;
}
