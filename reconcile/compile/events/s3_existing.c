/* Buckets of others that call functions of this service: Custom::S3, one a function. */
#include "reconcile/compile/events/custom_resource.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/variables/variables.h"
#include <string.h>

bool s3_is_existing(const EventCursor *cursor)
{
    return js_is_truthy(json_object_get(cursor->event, "existing"));
}

/* [{prefix: a}] → [{Prefix: a}] */
static json_t *rules_of(json_t *rules)
{
    json_t *list = json_array(), *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        void *member = json_object_iter(rule);

        if (member) {
            g_autofree char *name = g_strdup(json_object_iter_key(member));

            name[0] = g_ascii_toupper(name[0]);
            json_array_append_new(list, json_pack("{s:O}", name, json_object_iter_value(member)));
        }
    }
    return list;
}

static json_t *configuration_of(json_t *event)
{
    const char *kind = property_string(event, "event");

    return json_pack("{s:s,s:o}", "Event", kind ? kind : "s3:ObjectCreated:*", "Rules",
                     rules_of(json_object_get(event, "rules")));
}

static json_t *bucket_statement(json_t *bucket)
{
    return json_pack("{s:s,s:o,s:[s,s]}", "Effect", "Allow", "Resource",
                     json_join(":", json_pack("[s,{s:s},s,s,s,O]", "arn", "Ref", "AWS::Partition",
                                              "s3", "", "", bucket)),
                     "Action", "s3:PutBucketNotification", "s3:GetBucketNotification");
}

static json_t *permission_statement(void)
{
    return json_pack("{s:s,s:o,s:[s,s]}", "Effect", "Allow", "Resource",
                     json_join(":", json_pack("[s,{s:s},s,{s:s},{s:s},s,s]", "arn", "Ref",
                                              "AWS::Partition", "lambda", "Ref", "AWS::Region",
                                              "Ref", "AWS::AccountId", "function", "*")),
                     "Action", "lambda:AddPermission", "lambda:RemovePermission");
}

/* The first event of a function: its resource, and the right to change the bucket. */
static void add_resource(Compilation *compilation, const EventCursor *cursor, json_t *statements)
{
    json_t *bucket = json_object_get(cursor->event, "bucket");
    json_t *properties = json_pack("{s:O,s:[o]}", "BucketName", bucket, "BucketConfigs",
                                   configuration_of(cursor->event));

    if (js_is_truthy(json_object_get(cursor->event, "forceDeploy")))
        json_object_set_new(properties, "ForceDeploy", json_string(VARIABLES_INSTANCE_ID));
    custom_resource_add_for(compilation, CUSTOM_S3, cursor->function, "CustomS31", properties);
    json_array_append_new(statements, bucket_statement(bucket));
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, json_t *statements)
{
    g_autofree char *id = function_id(cursor->function, "CustomS31");
    json_t *bucket = json_object_get(cursor->event, "bucket");
    json_t *properties = json_object_get(json_object_get(compilation->resources, id), "Properties");

    if (!properties)
        add_resource(compilation, cursor, statements);
    else if (!json_equal(json_object_get(properties, "BucketName"), bucket))
        event_error(compilation, cursor, "s3", "/bucket", "Give each bucket a function of its own",
                    "s3 event of function \"%s\": only one existing bucket can call a function",
                    cursor->function->key);
    else
        json_array_append_new(json_object_get(properties, "BucketConfigs"),
                              configuration_of(cursor->event));
}

static void note_bucket(json_t *by_bucket, const EventCursor *cursor)
{
    json_t *bucket = json_object_get(cursor->event, "bucket"), *ids;
    g_autofree char *id = function_id(cursor->function, "CustomS31");
    json_t *name = json_string(id);
    char *key = json_is_string(bucket) ? NULL : json_dumps(bucket, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *of = key ? key : json_string_value(bucket);

    ids = of ? json_object_get(by_bucket, of) : NULL;
    if (of && !ids) {
        ids = json_array();
        json_object_set_new(by_bucket, of, ids);
    }
    if (ids)
        append_unique(ids, name);
    json_decref(name);
    free(key);
}

void s3_existing_compile(Compilation *compilation)
{
    json_t *statements = json_array(), *by_bucket = json_object();
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "s3", &cursor)) {
        if (!s3_is_existing(&cursor))
            continue;
        compile_event(compilation, &cursor, statements);
        note_bucket(by_bucket, &cursor);
    }
    custom_resources_chain(compilation, by_bucket);
    json_decref(by_bucket);
    if (json_array_size(statements) == 0) {
        json_decref(statements);
        return;
    }
    json_array_append_new(statements, permission_statement());
    custom_resource_add_function(compilation, CUSTOM_S3, statements);
}
