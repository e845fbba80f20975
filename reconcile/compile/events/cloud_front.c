#include "config/json_text.h"
#include "reconcile/compile/events/cloud_front_distribution.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* Managed-CachingOptimized, AWS's own cache policy (docs: "Use managed cache policies"). */
static const char default_cache_policy[] = "658327ea-f89d-4fab-a63d-7e88639e58f6";

static char *policy_id(const char *name)
{
    g_autofree char *normalized = naming_normalize(name);

    return g_strconcat("CloudFrontCachePolicy", normalized, NULL);
}

static void add_cache_policies(Compilation *compilation)
{
    json_t *policies = pointer_get(compilation->provider, "/cloudFront/cachePolicies");
    const char *name;
    json_t *written;

    json_object_foreach(policies, name, written)
    {
        g_autofree char *id = policy_id(name);
        json_t *config = json_is_object(written) ? json_copy(written) : json_object();

        json_object_set_new(
            config, "Name",
            json_sprintf("%s-%s-%s", compilation->service, compilation->stage, name));
        compilation_add_resource(compilation, id, "AWS::CloudFront::CachePolicy",
                                 json_pack("{s:o}", "CachePolicyConfig", config));
    }
}

/* The logical id of the function's version, borrowed; NULL when it has none. */
static const char *version_id(const Compilation *compilation, const Function *function)
{
    const char *id;
    json_t *resource;

    json_object_foreach(compilation->resources, id, resource)
    {
        const char *type = property_string(resource, "Type");
        const char *of = json_string_value(pointer_get(resource, "/Properties/FunctionName/Ref"));

        if (type && strcmp(type, "AWS::Lambda::Version") == 0 && of &&
            strcmp(of, function->logical_id) == 0)
            return id;
    }
    return NULL;
}

/* Functions at the edge have neither VPC nor environment, and copies that outlive the stack. */
static void adapt_function(Compilation *compilation, const Function *function)
{
    json_t *resource = json_object_get(compilation->resources, function->logical_id);
    json_t *properties = json_object_get(resource, "Properties");

    json_object_del(properties, "VpcConfig");
    json_object_del(properties, "Environment");
    json_object_set_new(resource, "DeletionPolicy", json_string("Retain"));
}

/* "https://example.com/path" as an origin, a new reference; NULL when it is no address. */
static json_t *origin_of_url(const char *text)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    const char *host = uri ? g_uri_get_host(uri) : NULL;
    g_autofree char *lower = host ? g_ascii_strdown(host, -1) : NULL;
    json_t *origin;

    if (!lower || !*lower)
        return NULL;
    origin = json_pack("{s:s}", "DomainName", lower);
    if (strlen(g_uri_get_path(uri)) > 1)
        json_object_set_new(origin, "OriginPath", json_string(g_uri_get_path(uri)));
    if (strcmp(g_uri_get_scheme(uri), "s3") == 0)
        json_object_set_new(origin, "S3OriginConfig", json_object());
    else
        json_object_set_new(origin, "CustomOriginConfig",
                            json_pack("{s:s}", "OriginProtocolPolicy", "match-viewer"));
    return origin;
}

static void set_origin_id(json_t *origin)
{
    json_t *domain = json_object_get(origin, "DomainName");
    const char *path = property_string(origin, "OriginPath");
    const char *kind = js_is_truthy(json_object_get(origin, "S3OriginConfig")) ? "s3" : "custom";
    g_autofree char *text = json_is_string(domain) ? g_strdup(json_string_value(domain)) : NULL;

    if (!text) {
        g_autofree char *json = json_text(domain, JSON_TEXT_COMPACT);

        text = naming_alphanumeric(json);
    }
    json_object_set_new(origin, "Id", json_sprintf("%s/%s%s", kind, text, path ? path : ""));
}

/* A new reference; NULL with an error. */
static json_t *read_origin(Compilation *compilation, const EventCursor *cursor)
{
    json_t *written = json_object_get(cursor->event, "origin");
    json_t *origin = json_is_string(written)   ? origin_of_url(json_string_value(written))
                     : json_is_object(written) ? json_deep_copy(written)
                                               : NULL;

    if (!origin || !json_object_get(origin, "DomainName")) {
        json_decref(origin);
        event_error(compilation, cursor, "cloudFront", "/origin",
                    "Write an address (https://example.com) or a map with DomainName",
                    "cloudFront event of function \"%s\" has no origin", cursor->function->key);
        return NULL;
    }
    set_origin_id(origin);
    return origin;
}

/* The cache policy of a behaviour: by id or name, none beside the older settings, otherwise AWS's
 * own. */
static bool set_cache_policy(Compilation *compilation, const EventCursor *cursor, json_t *behavior)
{
    json_t *policy = json_object_get(cursor->event, "cachePolicy");
    json_t *id = json_object_get(policy, "id");
    const char *name = property_string(policy, "name");
    json_t *policies = pointer_get(compilation->provider, "/cloudFront/cachePolicies");
    g_autofree char *own = name ? policy_id(name) : NULL;

    if (name && !json_object_get(policies, name)) {
        event_error(compilation, cursor, "cloudFront", "/cachePolicy/name",
                    "Define it under provider.cloudFront.cachePolicies",
                    "cloudFront event of function \"%s\": there is no cache policy \"%s\"",
                    cursor->function->key, name);
        return false;
    }
    if (js_is_truthy(id))
        json_object_set(behavior, "CachePolicyId", id);
    else if (own)
        json_object_set_new(behavior, "CachePolicyId", json_ref(own));
    else if (!js_is_truthy(json_object_get(behavior, "CachePolicyId")) &&
             !js_is_truthy(json_object_get(behavior, "ForwardedValues")) &&
             !js_is_present(json_object_get(behavior, "MaxTTL")) &&
             !js_is_present(json_object_get(behavior, "MinTTL")) &&
             !js_is_present(json_object_get(behavior, "DefaultTTL")))
        json_object_set_new(behavior, "CachePolicyId", json_string(default_cache_policy));
    return true;
}

/* A new reference; NULL with an error. */
static json_t *read_behavior(Compilation *compilation, const EventCursor *cursor,
                             const char *version)
{
    const char *pattern = property_string(cursor->event, "pathPattern");
    json_t *behavior = json_pack("{s:s}", "ViewerProtocolPolicy", "allow-all");
    json_t *association = json_pack("{s:{s:s}}", "LambdaFunctionARN", "Ref", version);

    json_object_update(behavior, json_object_get(cursor->event, "behavior"));
    property_copy(association, "EventType", cursor->event, "eventType");
    property_copy(association, "IncludeBody", cursor->event, "includeBody");
    json_object_set_new(behavior, "LambdaFunctionAssociations", json_pack("[o]", association));
    if (pattern)
        json_object_set_new(behavior, "PathPattern", json_string(pattern));
    if (set_cache_policy(compilation, cursor, behavior))
        return behavior;
    json_decref(behavior);
    return NULL;
}

static void add_invoke_permission(Compilation *compilation, const Function *function,
                                  const char *version)
{
    g_autofree char *id = g_strconcat(function->logical_id, "InvokePermission", NULL);

    compilation_add_resource(
        compilation, id, "AWS::Lambda::Permission",
        json_pack(
            "{s:{s:s},s:s,s:s,s:o}", "FunctionName", "Ref", version, "Action",
            "lambda:InvokeFunction", "Principal", "edgelambda.amazonaws.com", "SourceArn",
            json_join("", json_pack("[s,s,{s:s},s,{s:s},s,{s:s}]", "", "arn:", "Ref",
                                    "AWS::Partition", ":cloudfront::", "Ref", "AWS::AccountId",
                                    ":distribution/", "Ref", "CloudFrontDistribution"))));
}

/* docs: "Edge functions restrictions", quotas of Lambda@Edge. */
static void check_limits(Compilation *compilation, const EventCursor *cursor)
{
    const char *type = property_string(cursor->event, "eventType");
    bool at_origin = type && g_str_has_prefix(type, "origin-");
    const struct {
        const char *key;
        int limit;
    } limits[] = {{"memorySize", at_origin ? 10240 : 128}, {"timeout", at_origin ? 30 : 5}};

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        json_t *value = json_object_get(cursor->function->config, limits[i].key);

        if (json_number_value(value) <= limits[i].limit)
            continue;
        event_error(compilation, cursor, "cloudFront", NULL, "Lower it",
                    "cloudFront event of function \"%s\": %s may be %d at most for eventType %s",
                    cursor->function->key, limits[i].key, limits[i].limit, type ? type : "none");
    }
}

static void compile_event(Compilation *compilation, const EventCursor *cursor,
                          CloudFrontDistribution *distribution)
{
    const char *version = version_id(compilation, cursor->function);
    json_t *origin = read_origin(compilation, cursor);
    json_t *behavior = version ? read_behavior(compilation, cursor, version) : NULL;
    g_autofree char *own_version = g_strdup(version);

    check_limits(compilation, cursor);
    if (origin && !version)
        event_error(compilation, cursor, "cloudFront", NULL, NULL,
                    "cloudFront event of function \"%s\": the function has no version",
                    cursor->function->key);
    if (origin && behavior) {
        adapt_function(compilation, cursor->function);
        if (!distribution_add(distribution, origin, behavior,
                              js_is_truthy(json_object_get(cursor->event, "isDefaultOrigin"))))
            event_error(compilation, cursor, "cloudFront", "/isDefaultOrigin", "Keep one",
                        "cloudFront event of function \"%s\": another origin is the default one "
                        "already",
                        cursor->function->key);
        add_invoke_permission(compilation, cursor->function, own_version);
    }
    json_decref(origin);
    json_decref(behavior);
}

/* Copies of the function log in whatever region is next to the viewer. */
static void open_role(Compilation *compilation)
{
    default_role_trust(compilation, "edgelambda.amazonaws.com");
    compilation_add_iam_statement(compilation,
                                  json_pack("{s:s,s:[s,s,s,s],s:[{s:s}]}", "Effect", "Allow",
                                            "Action", "logs:CreateLogGroup", "logs:CreateLogStream",
                                            "logs:PutLogEvents", "logs:TagResource", "Resource",
                                            "Fn::Sub", "arn:${AWS::Partition}:logs:*:*:*"));
}

static void add_distribution(Compilation *compilation, CloudFrontDistribution *distribution,
                             const char *pointer)
{
    json_t *config = distribution_finish(compilation, distribution, pointer);

    if (!config)
        return;
    json_object_set_new(config, "Comment",
                        json_sprintf("%s %s", compilation->service, compilation->stage));
    compilation_set_maker(compilation, pointer);
    compilation_add_resource(compilation, "CloudFrontDistribution", "AWS::CloudFront::Distribution",
                             json_pack("{s:o}", "DistributionConfig", config));
    compilation_add_output(compilation, "CloudFrontDistribution", "CloudFront Distribution Id",
                           json_ref("CloudFrontDistribution"));
    compilation_add_output(compilation, "CloudFrontDistributionDomainName",
                           "CloudFront Distribution Domain Name",
                           json_get_att("CloudFrontDistribution", "DomainName"));
    open_role(compilation);
}

void cloud_front_compile(Compilation *compilation)
{
    g_auto(CloudFrontDistribution) distribution = {json_array(), json_array(), NULL};
    g_autofree char *first = NULL;
    EventCursor cursor = {0};

    add_cache_policies(compilation);
    while (compilation_next_event(compilation, "cloudFront", &cursor)) {
        if (!first)
            first = event_pointer(&cursor, "cloudFront", NULL);
        compile_event(compilation, &cursor, &distribution);
    }
    if (first && strcmp(compilation->region, "us-east-1") != 0)
        compilation_problem(compilation, PROBLEM_ERROR, first, "Deploy the service to us-east-1",
                            "functions behind CloudFront have to be in us-east-1, not in %s",
                            compilation->region);
    else if (json_array_size(distribution.behaviors) > 0)
        add_distribution(compilation, &distribution, first);
    compilation_set_maker(compilation, NULL);
}

static bool has_cloud_front(json_t *function)
{
    json_t *event;
    size_t i;

    json_array_foreach(json_object_get(function, "events"), i, event)
    {
        if (js_is_truthy(json_object_get(event, "cloudFront")))
            return true;
    }
    return false;
}

/* Lambda@Edge runs versions only, with less memory and time than elsewhere. */
void cloud_front_prepare(json_t *config)
{
    const char *key;
    json_t *function;

    json_object_foreach(json_object_get(config, "functions"), key, function)
    {
        if (!has_cloud_front(function))
            continue;
        json_object_set_new(function, "versionFunction", json_true());
        if (!js_is_truthy(json_object_get(function, "memorySize")))
            json_object_set_new(function, "memorySize", json_integer(128));
        if (!js_is_truthy(json_object_get(function, "timeout")))
            json_object_set_new(function, "timeout", json_integer(5));
    }
}
