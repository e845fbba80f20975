#include "reconcile/apply/rest_api_stage.h"
#include "config/document.h"
#include "reconcile/aws/api_gateway.h"
#include "reconcile/aws/cloud_formation.h"
#include <string.h>

#define TAGS "/tags/"
#define ACCESS_LOG "/accessLogSettings"
#define DESTINATION ACCESS_LOG "/destinationArn"

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_type(json_t *resource, const char *type)
{
    return g_strcmp0(text_of(resource, "Type"), type) == 0;
}

/* The logical id of the only REST API; NULL where there are none or several. */
static const char *only_api(json_t *resources)
{
    const char *id, *found = NULL;
    json_t *resource;

    json_object_foreach(resources, id, resource)
    {
        if (!is_type(resource, "AWS::ApiGateway::RestApi"))
            continue;
        if (found)
            return NULL;
        found = id;
    }
    return found;
}

static bool deploys_stage(json_t *resources, const char *api, const char *stage)
{
    const char *id;
    json_t *resource;

    json_object_foreach(resources, id, resource)
    {
        if (is_type(resource, "AWS::ApiGateway::Deployment") &&
            g_strcmp0(json_string_value(pointer_get(resource, "/Properties/RestApiId/Ref")), api) ==
                0 &&
            g_strcmp0(json_string_value(pointer_get(resource, "/Properties/StageName")), stage) ==
                0)
            return true;
    }
    return false;
}

json_t *rest_api_stage_wanted(json_t *template, json_t *settings)
{
    json_t *resources = json_object_get(template, "Resources"), *wanted;
    const char *api = settings ? only_api(resources) : NULL,
               *stage = text_of(settings, "StageName");

    if (!api || !stage || !deploys_stage(resources, api, stage))
        return NULL;
    wanted = json_deep_copy(settings);
    json_object_set_new(wanted, "RestApi", json_string(api));
    return wanted;
}

static json_t *flag(json_t *value)
{
    return json_string(json_is_true(value) ? "true" : "false");
}

/* {path: text} of what API Gateway said, by the paths of its patches. A new reference. */
static json_t *live_values(json_t *live)
{
    json_t *methods = json_object_get(json_object_get(live, "methodSettings"), "*/*"),
           *log = json_object_get(live, "accessLogSettings"), *values = json_object();
    const char *level = text_of(methods, "loggingLevel");
    static const struct {
        const char *path, *member;
    } logs[] = {{DESTINATION, "destinationArn"}, {ACCESS_LOG "/format", "format"}};

    if (!live)
        return values;
    json_object_set_new(values, "/tracingEnabled", flag(json_object_get(live, "tracingEnabled")));
    json_object_set_new(values, "/*/*/metrics/enabled",
                        flag(json_object_get(methods, "metricsEnabled")));
    json_object_set_new(values, "/*/*/logging/dataTrace",
                        flag(json_object_get(methods, "dataTraceEnabled")));
    json_object_set_new(values, "/*/*/logging/loglevel", json_string(level ? level : "OFF"));
    for (size_t i = 0; i < G_N_ELEMENTS(logs); i++)
        if (text_of(log, logs[i].member))
            json_object_set(values, logs[i].path, json_object_get(log, logs[i].member));
    return values;
}

static void add_change(json_t *changes, const char *path, json_t *before, json_t *after)
{
    if (before != after && !(before && after && json_equal(before, after)))
        json_array_append_new(
            changes, json_pack("{s:s,s:O*,s:O*}", "path", path, "before", before, "after", after));
}

/* arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/… tells all but the name. A new reference. */
static json_t *group_arn(const char *name, const char *stack_id)
{
    g_auto(GStrv) parts = stack_id ? g_strsplit(stack_id, ":", 6) : NULL;

    if (!parts || g_strv_length(parts) < 6)
        return json_string(name);
    return json_sprintf("arn:%s:logs:%s:%s:log-group:%s", parts[1], parts[3], parts[4], name);
}

static void compare_tags(json_t *changes, json_t *wanted, json_t *live)
{
    json_t *tags = json_object_get(wanted, "Tags"), *present = json_object_get(live, "tags"),
           *value;
    const char *key;

    if (!tags)
        return;
    json_object_foreach(tags, key, value)
    {
        g_autofree char *path = g_strconcat(TAGS, key, NULL);

        add_change(changes, path, json_object_get(present, key), value);
    }
    json_object_foreach(present, key, value)
    {
        g_autofree char *path = g_strconcat(TAGS, key, NULL);

        if (!json_object_get(tags, key) && !g_str_has_prefix(key, "aws:"))
            add_change(changes, path, value, NULL);
    }
}

json_t *rest_api_stage_changes(json_t *wanted, json_t *live, const char *stack_id)
{
    json_t *values = live_values(live), *changes = json_array(), *value,
           *group = json_object_get(wanted, "AccessLogGroup"),
           *log = json_object_get(live, "accessLogSettings");
    const char *path;

    json_object_foreach(json_object_get(wanted, "Settings"), path, value)
        add_change(changes, path, json_object_get(values, path), value);
    if (json_is_string(group)) {
        json_t *arn = group_arn(json_string_value(group), stack_id);

        add_change(changes, DESTINATION, json_object_get(values, DESTINATION), arn);
        json_decref(arn);
    } else if (group && json_object_size(log) > 0) {
        add_change(changes, ACCESS_LOG, log, NULL);
    }
    compare_tags(changes, wanted, live);
    json_decref(values);
    return changes;
}

bool rest_api_stage_look(AwsClient *client, const char *stack_id, json_t *wanted, char **ret_id,
                         json_t **ret_live, GError **error)
{
    g_autoptr(CloudFormationResource) resource = NULL;
    json_t *live = NULL;

    if (!cloud_formation_describe_stack_resource(client, stack_id, text_of(wanted, "RestApi"),
                                                 &resource, error))
        return false;
    if (resource && resource->physical_id && *resource->physical_id &&
        !api_gateway_get_stage(client, resource->physical_id, text_of(wanted, "StageName"), &live,
                               error))
        return false;
    *ret_id = resource ? g_strdup(resource->physical_id) : NULL;
    *ret_live = live;
    return true;
}

/* The changes as calls: patches of the stage, all tags where one differs, keys that go. */
typedef struct {
    json_t *operations, *removed;
    bool tagged;
} Calls;

static void calls_clear(Calls *calls)
{
    json_decref(calls->operations);
    json_decref(calls->removed);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Calls, calls_clear)

static void sort_change(Calls *calls, json_t *change)
{
    const char *path = text_of(change, "path");
    json_t *after = json_object_get(change, "after");

    if (!g_str_has_prefix(path, TAGS))
        json_array_append_new(
            calls->operations,
            after ? json_pack("{s:s,s:s,s:O}", "op", "replace", "path", path, "value", after)
                  : json_pack("{s:s,s:s}", "op", "remove", "path", path));
    else if (after)
        calls->tagged = true;
    else
        json_array_append_new(calls->removed, json_string(path + strlen(TAGS)));
}

static char *stage_arn(const char *stack_id, const char *id, const char *stage)
{
    g_auto(GStrv) parts = g_strsplit(stack_id, ":", 6);

    return g_strdup_printf("arn:%s:apigateway:%s::/restapis/%s/stages/%s",
                           g_strv_length(parts) == 6 ? parts[1] : "aws",
                           g_strv_length(parts) == 6 ? parts[3] : "", id, stage);
}

bool rest_api_stage_set(AwsClient *client, const char *stack_id, json_t *wanted, const char *id,
                        json_t *changes, GError **error)
{
    const char *stage = text_of(wanted, "StageName");
    g_autofree char *arn = stage_arn(stack_id, id, stage);
    g_auto(Calls) calls = {json_array(), json_array(), false};
    json_t *change;
    size_t i;

    json_array_foreach(changes, i, change) sort_change(&calls, change);
    if (json_array_size(calls.operations) > 0 &&
        !api_gateway_update_stage(client, id, stage, calls.operations, error))
        return false;
    if (calls.tagged && !api_gateway_tag(client, arn, json_object_get(wanted, "Tags"), error))
        return false;
    return json_array_size(calls.removed) == 0 ||
           api_gateway_untag(client, arn, calls.removed, error);
}
