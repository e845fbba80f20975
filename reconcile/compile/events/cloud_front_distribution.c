#include "reconcile/compile/events/cloud_front_distribution.h"
#include "reconcile/compile/events/event_properties.h"
#include <string.h>

void distribution_clear(CloudFrontDistribution *distribution)
{
    json_decref(distribution->origins);
    json_decref(distribution->behaviors);
    json_decref(distribution->default_origin);
}

/* Lists are united, maps are joined, and what is there already stays. */
static void extend(json_t *object, json_t *source)
{
    const char *key;
    json_t *value;

    json_object_foreach(source, key, value)
    {
        json_t *own = json_object_get(object, key);
        json_t *item;
        size_t i;

        if (json_is_array(own) && json_is_array(value)) {
            json_array_foreach(value, i, item)
            {
                append_unique(own, item);
            }
        } else if (json_is_object(own) && json_is_object(value)) {
            extend(own, value);
        } else if (!own) {
            json_object_set_new(object, key, json_deep_copy(value));
        }
    }
}

/* The one whose member equals the given one's (both may lack it), or NULL. */
static json_t *find(json_t *list, json_t *like, const char *key, const char *second_key)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        json_t *first = json_object_get(item, key);
        json_t *wanted = json_object_get(like, key);

        if (first != wanted && !(first && wanted && json_equal(first, wanted)))
            continue;
        if (!second_key ||
            json_equal(json_object_get(item, second_key), json_object_get(like, second_key)))
            return item;
    }
    return NULL;
}

bool distribution_add(CloudFrontDistribution *distribution, json_t *origin, json_t *behavior,
                      bool is_default)
{
    json_t *id = json_object_get(origin, "Id");
    json_t *known = find(distribution->origins, origin, "Id", NULL);

    if (known)
        extend(known, origin);
    else
        json_array_append(distribution->origins, origin);
    json_object_set(behavior, "TargetOriginId", id);
    known = find(distribution->behaviors, behavior, "PathPattern", "TargetOriginId");
    if (known)
        extend(known, behavior);
    else
        json_array_append_new(distribution->behaviors, json_deep_copy(behavior));
    if (!is_default)
        return true;
    if (distribution->default_origin && !json_equal(distribution->default_origin, id))
        return false;
    if (!distribution->default_origin)
        distribution->default_origin = json_incref(id);
    return true;
}

static bool is_unique(json_t *list, const char *key)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);

        if (find(list, one, key, NULL) != one)
            return false;
    }
    return true;
}

static bool is_consistent(Compilation *compilation, const CloudFrontDistribution *distribution,
                          const char *pointer)
{
    json_t *behavior;
    size_t i;

    if (!is_unique(distribution->behaviors, "PathPattern")) {
        compilation_problem(compilation, PROBLEM_ERROR, pointer,
                            "Give each a pathPattern of its own",
                            "several cloudFront events have the same pathPattern but different "
                            "origins");
        return false;
    }
    json_array_foreach(distribution->behaviors, i, behavior)
    {
        if (is_unique(json_object_get(behavior, "LambdaFunctionAssociations"), "EventType"))
            continue;
        compilation_problem(
            compilation, PROBLEM_ERROR, pointer,
            "Keep one function for each eventType of a pathPattern",
            "several cloudFront events have the same eventType for one pathPattern");
        return false;
    }
    return true;
}

/* The default behaviour has no pattern: where all have one, the first one's settings serve all
 * other paths, without its functions. A new reference; NULL when it is not known which origin
 * serves them. */
static json_t *default_behavior(const CloudFrontDistribution *distribution)
{
    json_t *origin = distribution->default_origin;
    json_t *behavior;
    size_t i;

    json_array_foreach(distribution->behaviors, i, behavior)
    {
        if (!json_object_get(behavior, "PathPattern"))
            return json_incref(behavior);
    }
    if (!origin && json_array_size(distribution->origins) == 1)
        origin = json_object_get(json_array_get(distribution->origins, 0), "Id");
    if (!origin)
        return NULL;
    behavior = json_copy(json_array_get(distribution->behaviors, 0));
    json_object_del(behavior, "PathPattern");
    json_object_del(behavior, "LambdaFunctionAssociations");
    json_object_set(behavior, "TargetOriginId", origin);
    return behavior;
}

json_t *distribution_finish(Compilation *compilation, CloudFrontDistribution *distribution,
                            const char *pointer)
{
    json_t *first;
    json_t *others;
    json_t *config;
    json_t *behavior;
    size_t i;

    if (!is_consistent(compilation, distribution, pointer))
        return NULL;
    first = default_behavior(distribution);
    if (!first) {
        compilation_problem(compilation, PROBLEM_ERROR, pointer,
                            "Add isDefaultOrigin: true to one of them",
                            "several cloudFront events have different origins, and none is the "
                            "default one");
        return NULL;
    }
    others = json_array();
    json_array_foreach(distribution->behaviors, i, behavior)
    {
        if (behavior != first)
            json_array_append(others, behavior);
    }
    config = json_pack("{s:b,s:o,s:O}", "Enabled", true, "DefaultCacheBehavior", first, "Origins",
                       distribution->origins);
    if (json_array_size(others) > 0)
        json_object_set(config, "CacheBehaviors", others);
    json_decref(others);
    return config;
}
