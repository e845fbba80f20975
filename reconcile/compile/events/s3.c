#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* One notification: which function a bucket calls. */
typedef struct {
    const Function *function;
    char *bucket;     /* the bucket's name */
    const char *ref;  /* what ids are made of: the key under provider.s3, or the name (borrowed) */
    json_t *settings; /* provider.s3.<ref> (borrowed), or NULL */
    json_t *configuration; /* of LambdaConfigurations */
    char *pointer;         /* of the event */
} Notification;

static void notification_free(gpointer data)
{
    Notification *notification = data;

    g_free(notification->bucket);
    g_free(notification->pointer);
    json_decref(notification->configuration);
    g_free(notification);
}

/* The names that S3 takes: labels of a-z, 0-9 and "-" joined by dots, and no IPv4 address
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html). */
static bool is_bucket_name(const char *name)
{
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);

    if (g_regex_match_simple("^(\\d{1,3}\\.){3}\\d{1,3}$", name, 0, 0) || !*name)
        return false;
    for (char **label = labels; *label; label++) {
        size_t length = strlen(*label);

        if (length == 0 || (*label)[0] == '-' || (*label)[length - 1] == '-' ||
            strspn(*label, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
            return false;
    }
    return true;
}

static json_t *filter_of(json_t *rules)
{
    json_t *list = json_array();
    json_t *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        void *member = json_object_iter(rule);

        if (member)
            json_array_append_new(list, json_pack("{s:s,s:O}", "Name", json_object_iter_key(member),
                                                  "Value", json_object_iter_value(member)));
    }
    return json_pack("{s:{s:o}}", "S3Key", "Rules", list);
}

static json_t *configuration_of(const EventCursor *cursor)
{
    const char *event = property_string(cursor->event, "event");
    json_t *rules = json_object_get(cursor->event, "rules");
    json_t *configuration = json_pack("{s:s,s:o}", "Event", event ? event : "s3:ObjectCreated:*",
                                      "Function", function_target_arn(cursor->function));

    if (js_is_truthy(rules))
        json_object_set_new(configuration, "Filter", filter_of(rules));
    return configuration;
}

/* (transfer full) NULL, with an error, where the event cannot be compiled. */
static Notification *read_event(Compilation *compilation, const EventCursor *cursor)
{
    json_t *written =
        json_is_object(cursor->event) ? json_object_get(cursor->event, "bucket") : cursor->event;
    const char *ref = json_string_value(written);
    json_t *settings =
        ref ? json_object_get(json_object_get(compilation->provider, "s3"), ref) : NULL;
    const char *name = property_string(settings, "name");
    Notification *notification;

    if (!ref) {
        event_error(compilation, cursor, "s3", NULL,
                    "Name the new bucket by text; only a bucket that exists may be a "
                    "CloudFormation function",
                    "s3 event of function \"%s\" does not name its bucket by text",
                    cursor->function->key);
        return NULL;
    }
    if (!name)
        name = ref;
    if (!is_bucket_name(name)) {
        event_error(compilation, cursor, "s3", NULL,
                    "Use lower-case letters, digits, dots and hyphens; for a bucket under "
                    "provider.s3, set its name there",
                    "s3 event of function \"%s\": \"%s\" is not a name a bucket can have",
                    cursor->function->key, name);
        return NULL;
    }
    notification = g_new0(Notification, 1);
    notification->function = cursor->function;
    notification->bucket = g_strdup(name);
    notification->ref = ref;
    notification->settings = settings;
    notification->configuration = configuration_of(cursor);
    notification->pointer = event_pointer(cursor, "s3", NULL);
    return notification;
}

static GPtrArray *read_events(Compilation *compilation)
{
    GPtrArray *notifications = g_ptr_array_new_with_free_func(notification_free);
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "s3", &cursor)) {
        Notification *notification =
            s3_is_existing(&cursor) ? NULL : read_event(compilation, &cursor);

        if (notification)
            g_ptr_array_add(notifications, notification);
    }
    return notifications;
}

static char *permission_id(const Notification *notification)
{
    g_autofree char *function = naming_normalize(notification->function->key);
    g_autofree char *bucket = naming_alphanumeric(notification->ref);

    return g_strconcat(function, "LambdaPermission", bucket, "S3", NULL);
}

static json_t *bucket_properties(const Notification *first, json_t *configurations_new)
{
    json_t *notification = json_pack("{s:o}", "LambdaConfigurations", configurations_new);
    json_t *properties = json_pack("{s:s,s:o}", "BucketName", first->bucket,
                                   "NotificationConfiguration", notification);
    const char *key;
    json_t *value;

    json_object_foreach(first->settings, key, value)
    {
        g_autofree char *name = g_strdup(key);

        name[0] = g_ascii_toupper(name[0]);
        if (strcmp(key, "name") == 0)
            continue;
        if (strcmp(name, "NotificationConfiguration") == 0)
            json_object_update(notification, value);
        else
            json_object_set(properties, name, value);
    }
    return properties;
}

/* S3 refuses to notify a function that it may not call: the bucket waits for every permission. */
static void add_bucket(Compilation *compilation, const GPtrArray *notifications)
{
    const Notification *first = notifications->pdata[0];
    g_autofree char *name = naming_alphanumeric(first->ref);
    g_autofree char *id = g_strconcat("S3Bucket", name, NULL);
    json_t *configurations = json_array();
    json_t *dependencies = json_array();
    json_t *bucket;

    for (guint i = 0; i < notifications->len; i++) {
        const Notification *notification = notifications->pdata[i];
        g_autofree char *permission = permission_id(notification);

        json_array_append(configurations, notification->configuration);
        json_array_append_new(dependencies, json_string(permission));
        if (notification->function->alias_id)
            json_array_append_new(dependencies, json_string(notification->function->alias_id));
    }
    compilation_set_maker(compilation, first->pointer);
    bucket = compilation_add_resource(compilation, id, "AWS::S3::Bucket",
                                      bucket_properties(first, configurations));
    json_object_set_new(bucket, "DependsOn", dependencies);
}

static void add_permission(Compilation *compilation, const Notification *notification)
{
    g_autofree char *id = permission_id(notification);
    g_autofree char *tail = g_strconcat(":s3:::", notification->bucket, NULL);
    json_t *permission;

    compilation_set_maker(compilation, notification->pointer);
    permission = compilation_add_permission(
        compilation, id, notification->function, "s3.amazonaws.com",
        json_join("", json_pack("[s,{s:s},s]", "arn:", "Ref", "AWS::Partition", tail)));
    json_object_set_new(json_object_get(permission, "Properties"), "SourceAccount",
                        json_ref("AWS::AccountId"));
}

/* GPtrArray* of Notification* for each bucket, in the order in which buckets come first. */
static GPtrArray *group_by_bucket(const GPtrArray *notifications)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GHashTable) of_bucket = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < notifications->len; i++) {
        Notification *notification = notifications->pdata[i];
        GPtrArray *group = g_hash_table_lookup(of_bucket, notification->bucket);

        if (!group) {
            group = g_ptr_array_new();
            g_hash_table_insert(of_bucket, notification->bucket, group);
            g_ptr_array_add(groups, group);
        }
        g_ptr_array_add(group, notification);
    }
    return groups;
}

void s3_compile(Compilation *compilation)
{
    g_autoptr(GPtrArray) notifications = read_events(compilation);
    g_autoptr(GPtrArray) groups = group_by_bucket(notifications);

    for (guint i = 0; i < groups->len; i++)
        add_bucket(compilation, groups->pdata[i]);
    for (guint i = 0; i < notifications->len; i++)
        add_permission(compilation, notifications->pdata[i]);
    compilation_set_maker(compilation, NULL);
    s3_existing_compile(compilation);
}
