#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* provider.apiGateway.apiKeys is a list of keys ("name" or {name, value, …}) and, where usagePlan
 * is a list of named plans, of {plan: keys}. Ids count keys, within a plan from 1; after a plan's
 * keys the count goes on from theirs. */
typedef struct {
    RestApi *api;
    unsigned number;
} KeyCount;

/* The settings of the plan of that name, or NULL. */
static json_t *plan_named(const RestApi *api, const char *name)
{
    json_t *plans = json_object_get(api->config, "usagePlan");
    json_t *plan;
    size_t i;

    if (!json_is_array(plans))
        return NULL;
    json_array_foreach(plans, i, plan)
    {
        if (json_object_get(plan, name))
            return json_object_get(plan, name);
    }
    return NULL;
}

static char *numbered_id(const char *prefix, const char *plan, unsigned number)
{
    g_autofree char *name = g_strdup(plan ? plan : "");

    name[0] = g_ascii_toupper(name[0]);
    return g_strdup_printf("%s%s%u", prefix, name, number);
}

static char *plan_id(const char *plan)
{
    g_autofree char *name = g_strdup(plan ? plan : "");

    name[0] = g_ascii_toupper(name[0]);
    return g_strconcat("ApiGatewayUsagePlan", name, NULL);
}

static void add_api_key(RestApi *api, json_t *key, const char *plan, unsigned number)
{
    g_autofree char *id = numbered_id("ApiGatewayApiKey", plan, number);
    json_t *enabled = json_object_get(key, "enabled");
    json_t *properties =
        json_pack("{s:o,s:[{s:o,s:s}]}", "Enabled",
                  js_is_present(enabled) ? json_incref(enabled) : json_true(), "StageKeys",
                  "RestApiId", rest_api_id(api), "StageName", api->compilation->stage);
    json_t *resource;

    if (json_is_string(key))
        json_object_set(properties, "Name", key);
    property_copy(properties, "Name", key, "name");
    property_copy_truthy(properties, "Value", key, "value");
    property_copy(properties, "Description", key, "description");
    property_copy(properties, "CustomerId", key, "customerId");
    resource =
        compilation_add_resource(api->compilation, id, "AWS::ApiGateway::ApiKey", properties);
    json_object_set_new(resource, "DependsOn", json_string(api->deployment_id));
}

static void add_plan_key(RestApi *api, const char *plan, unsigned number)
{
    g_autofree char *id = numbered_id("ApiGatewayUsagePlanKey", plan, number);
    g_autofree char *key = numbered_id("ApiGatewayApiKey", plan, number);
    g_autofree char *of = plan_id(plan);

    compilation_add_resource(api->compilation, id, "AWS::ApiGateway::UsagePlanKey",
                             json_pack("{s:o,s:s,s:o}", "KeyId", json_ref(key), "KeyType",
                                       "API_KEY", "UsagePlanId", json_ref(of)));
}

/* The plan that an entry of apiKeys belongs to, or NULL. */
static const char *plan_of_entry(const RestApi *api, json_t *entry)
{
    void *first = json_object_iter(entry);
    const char *name = first ? json_object_iter_key(first) : NULL;

    return name && plan_named(api, name) && json_is_array(json_object_iter_value(first)) ? name
                                                                                         : NULL;
}

static bool names_unknown_plan(RestApi *api, json_t *entry)
{
    void *first = json_object_iter(entry);

    if (!first || !(json_is_array(json_object_iter_value(first)) ||
                    json_is_object(json_object_iter_value(first))))
        return false;
    compilation_problem(api->compilation, PROBLEM_ERROR, "/provider/apiGateway/apiKeys",
                        "Add the plan to provider.apiGateway.usagePlan, written as a list",
                        "API keys are listed for usage plan \"%s\", which is not defined",
                        json_object_iter_key(first));
    return true;
}

static void add_entry(KeyCount *count, json_t *entry,
                      void (*add)(RestApi *api, json_t *key, const char *plan, unsigned number))
{
    const char *plan = plan_of_entry(count->api, entry);
    json_t *key;
    size_t i;

    if (!plan) {
        add(count->api, entry, NULL, ++count->number);
        return;
    }
    count->number = 0;
    json_array_foreach(json_object_get(entry, plan), i, key)
    {
        add(count->api, key, plan, ++count->number);
    }
}

static void add_key_to_plan(RestApi *api, json_t *key, const char *plan, unsigned number)
{
    (void)key;
    add_plan_key(api, plan, number);
}

void rest_api_add_api_keys(RestApi *api)
{
    KeyCount count = {.api = api};
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(api->config, "apiKeys"), i, entry)
    {
        if (plan_of_entry(api, entry) || !names_unknown_plan(api, entry))
            add_entry(&count, entry, add_api_key);
    }
}

/* A named plan's limits that are empty are none. */
static void set_limits(json_t *properties, json_t *plan, bool named)
{
    json_t *quota = json_object_get(plan, "quota");
    json_t *throttle = json_object_get(plan, "throttle");

    if (js_is_truthy(quota) && !(named && json_object_size(quota) == 0)) {
        json_t *limits = json_object();

        property_copy(limits, "Limit", quota, "limit");
        property_copy(limits, "Offset", quota, "offset");
        property_copy(limits, "Period", quota, "period");
        json_object_set_new(properties, "Quota", limits);
    }
    if (js_is_truthy(throttle) && !(named && json_object_size(throttle) == 0)) {
        json_t *limits = json_object();

        property_copy(limits, "BurstLimit", throttle, "burstLimit");
        property_copy(limits, "RateLimit", throttle, "rateLimit");
        json_object_set_new(properties, "Throttle", limits);
    }
}

/* `name` NULL: the one plan that has no name. */
static void add_plan(RestApi *api, const char *name, json_t *plan)
{
    const Compilation *compilation = api->compilation;
    g_autofree char *id = plan_id(name);
    bool named = name && strcmp(name, "default") != 0;
    json_t *properties = json_pack("{s:[{s:o,s:s}]}", "ApiStages", "ApiId", rest_api_id(api),
                                   "Stage", compilation->stage);
    json_t *resource;

    if (named) {
        json_object_set_new(properties, "Description",
                            json_sprintf("Usage plan \"%s\" for %s %s stage", name,
                                         compilation->service, compilation->stage));
        json_object_set_new(
            properties, "UsagePlanName",
            json_sprintf("%s-%s-%s", compilation->service, name, compilation->stage));
    } else {
        json_object_set_new(
            properties, "Description",
            json_sprintf("Usage plan for %s %s stage", compilation->service, compilation->stage));
        json_object_set_new(properties, "UsagePlanName",
                            json_sprintf("%s-%s", compilation->service, compilation->stage));
    }
    if (named || !name) /* of a list's "default" the framework reads no limits */
        set_limits(properties, plan, named);
    resource =
        compilation_add_resource(api->compilation, id, "AWS::ApiGateway::UsagePlan", properties);
    json_object_set_new(resource, "DependsOn", json_string(api->deployment_id));
}

void rest_api_add_usage_plans(RestApi *api)
{
    json_t *plans = json_object_get(api->config, "usagePlan");
    json_t *keys = json_object_get(api->config, "apiKeys");
    KeyCount count = {.api = api};
    json_t *item;
    size_t i;

    if (!js_is_truthy(plans) && !js_is_truthy(keys))
        return;
    if (!json_is_array(plans))
        add_plan(api, NULL, plans);
    json_array_foreach(plans, i, item)
    {
        void *first = json_object_iter(item);

        if (first)
            add_plan(api, json_object_iter_key(first), json_object_iter_value(first));
    }
    json_array_foreach(keys, i, item)
    {
        add_entry(&count, item, add_key_to_plan);
    }
}
