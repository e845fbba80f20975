/* reconcile/compile/events/cloud_front_distribution.h
 *
 * Inside events/ only: the one distribution that all cloudFront events of a service share. Events
 * with the same origin and path pattern are joined into one behaviour. */
#pragma once
#include "reconcile/compile/compilation.h"

typedef struct {
    json_t *origins;        /* each has an Id */
    json_t *behaviors;      /* with TargetOriginId, and PathPattern but for the default one */
    json_t *default_origin; /* its Id (owned), or NULL */
} CloudFrontDistribution;

void distribution_clear(CloudFrontDistribution *distribution);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CloudFrontDistribution, distribution_clear)

/* Joins in what one event says; both are borrowed and `behavior` gets its TargetOriginId. False
 * when another origin is the default already. */
bool distribution_add(CloudFrontDistribution *distribution, json_t *origin, json_t *behavior,
                      bool is_default);

/* The DistributionConfig, a new reference; NULL with an error at `pointer` where the behaviours
 * contradict each other. */
json_t *distribution_finish(Compilation *compilation, CloudFrontDistribution *distribution,
                            const char *pointer);
