#include "reconcile/apply/rest_api_stage.h"
#include "config/document.h"
#include "config/json_text.h"
#include "reconcile/aws/api_gateway.h"
#include "reconcile/aws/cloud_formation.h"
#include <string.h>

#define TAGS "/tags/"
#define ACCESS_LOG "/accessLogSettings"
#define DESTINATION ACCESS_LOG "/destinationArn"
#define RATE "/throttling/rateLimit"
#define BURST "/throttling/burstLimit"
#define OPERATIONS_MAX 80 /* of one UpdateStage */

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

// clang-format off
static const struct {
    const char *patch, *member;
    const char *fallback; /* what a stage has that says nothing of it; NULL: nothing */
} method_settings[] = {
    {"/metrics/enabled",       "metricsEnabled",       "false"},
    {"/logging/dataTrace",     "dataTraceEnabled",     "false"},
    {"/logging/loglevel",      "loggingLevel",         "OFF"},
    {RATE,                     "throttlingRateLimit",  NULL},
    {BURST,                    "throttlingBurstLimit", NULL},
};
// clang-format on

/* As a patch writes it. A new reference; NULL for absent. */
static json_t *value_text(json_t *value)
{
    g_autofree char *number = json_is_number(value) ? json_number_text(value) : NULL;

    if (json_is_string(value))
        return json_incref(value);
    if (json_is_boolean(value))
        return json_string(json_is_true(value) ? "true" : "false");
    return number ? json_string(number) : NULL;
}

/* "~1orders/GET" and "orders/GET" name the same method. (transfer full) */
static char *plain_method(const char *key)
{
    g_autoptr(GString) plain = g_string_new(key);

    g_string_replace(plain, "~1", "/", 0);
    return g_strdup(*plain->str == '/' ? plain->str + 1 : plain->str);
}

/* The settings of a method, by the way in which API Gateway told it. Borrowed, or NULL. */
static json_t *settings_of_method(json_t *live, const char *method)
{
    json_t *methods = json_object_get(live, "methodSettings"), *settings;
    g_autofree char *wanted = plain_method(method);
    const char *key;

    json_object_foreach(methods, key, settings)
    {
        g_autofree char *plain = plain_method(key);

        if (strcmp(plain, wanted) == 0)
            return settings;
    }
    return NULL;
}

/* What a patch of that path would change, as API Gateway told it. A new reference; NULL: nothing is
 * there. */
static json_t *live_value(json_t *live, const char *path)
{
    json_t *log = json_object_get(live, "accessLogSettings"), *value;

    if (!live)
        return NULL;
    if (g_str_has_prefix(path, ACCESS_LOG "/"))
        return value_text(json_object_get(log, path + strlen(ACCESS_LOG "/")));
    for (size_t i = 0; i < G_N_ELEMENTS(method_settings); i++) {
        g_autofree char *method = NULL;

        if (!g_str_has_suffix(path, method_settings[i].patch))
            continue;
        method = g_strndup(path + 1, strlen(path) - strlen(method_settings[i].patch) - 1);
        value = value_text(
            json_object_get(settings_of_method(live, method), method_settings[i].member));
        return value                         ? value
               : method_settings[i].fallback ? json_string(method_settings[i].fallback)
                                             : NULL;
    }
    value = value_text(json_object_get(live, path + 1));
    return value ? value : json_string("false"); /* tracingEnabled */
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

static void compare_value(json_t *changes, json_t *live, const char *path, json_t *wanted)
{
    json_auto_t *before = live_value(live, path);

    add_change(changes, path, before, wanted);
}

/* "orders/GET" as the path of a patch: "/~1orders/GET". (transfer full) */
static char *patch_of_method(const char *plain)
{
    const char *verb = strrchr(plain, '/');
    g_autoptr(GString) path = g_string_new_len(plain, verb ? verb - plain : 0);

    g_string_replace(path, "/", "~1", 0);
    return g_strdup_printf("/~1%s%s", path->str, verb ? verb : "");
}

/* Patches that are wanted, with the methods' plain names. (transfer full) */
static GHashTable *wanted_patches(json_t *values)
{
    GHashTable *patches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *path;
    json_t *value;

    json_object_foreach(values, path, value) g_hash_table_add(patches, plain_method(path + 1));
    return patches;
}

/* A method's limits that the service does not say any more become those of all. */
static void reset_limits(json_t *changes, json_t *values, json_t *live)
{
    static const char *const limits[][2] = {{RATE, "throttlingRateLimit"},
                                            {BURST, "throttlingBurstLimit"}};
    g_autoptr(GHashTable) wanted = wanted_patches(values);
    const char *method;
    json_t *settings;

    json_object_foreach(json_object_get(live, "methodSettings"), method, settings)
    {
        g_autofree char *plain = plain_method(method), *patch = patch_of_method(plain);

        for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
            g_autofree char *all = g_strconcat("/*/*", limits[i][0], NULL);
            g_autofree char *own = g_strconcat(plain, limits[i][0], NULL);
            g_autofree char *path = g_strconcat(patch, limits[i][0], NULL);
            json_auto_t *present = value_text(json_object_get(settings, limits[i][1]));
            json_t *shared = json_object_get(values, all);

            if (shared && present && !g_hash_table_contains(wanted, own))
                add_change(changes, path, present, shared);
        }
    }
}

json_t *rest_api_stage_changes(json_t *wanted, json_t *live, const char *stack_id)
{
    json_t *changes = json_array(), *value, *group = json_object_get(wanted, "AccessLogGroup"),
           *log = json_object_get(live, "accessLogSettings");
    const char *path;

    json_object_foreach(json_object_get(wanted, "Settings"), path, value)
        compare_value(changes, live, path, value);
    if (json_is_string(group)) {
        json_auto_t *arn = group_arn(json_string_value(group), stack_id);

        compare_value(changes, live, DESTINATION, arn);
    } else if (group && json_object_size(log) > 0) {
        add_change(changes, ACCESS_LOG, log, NULL);
    }
    reset_limits(changes, json_object_get(wanted, "Settings"), live);
    compare_tags(changes, wanted, live);
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

/* The changes as calls: patches of the stage, tags, keys of tags that go. */
typedef struct {
    json_t *operations, *tags, *removed;
} Calls;

static void calls_clear(Calls *calls)
{
    json_decref(calls->operations);
    json_decref(calls->tags);
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
        json_object_set(calls->tags, path + strlen(TAGS), after);
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

static bool update_stage(AwsClient *client, const char *id, const char *stage, json_t *operations,
                         GError **error)
{
    json_t *operation;
    size_t i;

    for (size_t start = 0; start < json_array_size(operations); start += OPERATIONS_MAX) {
        json_auto_t *some = json_array();

        for (i = start; i < start + OPERATIONS_MAX; i++) {
            operation = json_array_get(operations, i);
            if (operation)
                json_array_append(some, operation);
        }
        if (!api_gateway_update_stage(client, id, stage, some, error))
            return false;
    }
    return true;
}

bool rest_api_stage_set(AwsClient *client, const char *stack_id, json_t *wanted, const char *id,
                        json_t *changes, GError **error)
{
    const char *stage = text_of(wanted, "StageName");
    g_autofree char *arn = stage_arn(stack_id, id, stage);
    g_auto(Calls) calls = {json_array(), json_object(), json_array()};
    json_t *change;
    size_t i;

    json_array_foreach(changes, i, change) sort_change(&calls, change);
    if (!update_stage(client, id, stage, calls.operations, error))
        return false;
    if (json_object_size(calls.tags) > 0 && !api_gateway_tag(client, arn, calls.tags, error))
        return false;
    return json_array_size(calls.removed) == 0 ||
           api_gateway_untag(client, arn, calls.removed, error);
}

bool rest_api_stage_is_refused(const GError *error)
{
    return aws_error_is(error, "BadRequestException") || aws_error_is(error, "NotFoundException") ||
           aws_error_is(error, "ConflictException");
}
