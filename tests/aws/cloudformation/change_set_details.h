/* tests/aws/cloudformation/change_set_details.h
 *
 * The details of a change: which property, from what to what, why. */
#pragma once
#include "tests/aws/cloudformation/evaluation.h"
#include "tests/aws/resources/live.h"

typedef struct {
    ChangeSet *change_set;
    Stack *stack;
    StackEvaluation evaluation;
    json_t *changes;     /* logical id → ResourceChange */
    GHashTable *changed; /* logical ids with a change */
    bool tags_differ;    /* the stack's own tags */
} Comparison;

/* ResourceChangeDetail objects, empty when nothing changes: against the last deployment. A new
 * reference. */
json_t *details_of(Comparison *comparison, const StackResource *record, json_t *definition,
                   json_t *properties);

/* The same for a drift-aware change set: against what is there. */
json_t *details_of_drifted(Comparison *comparison, const StackResource *record, const Live *live,
                           json_t *definition, json_t *properties);

/* Whether the template now asks for what is there, which is not what was deployed. */
bool details_are_synced(const StackResource *record, const Live *live, json_t *properties);

/* ResourceDriftIgnoredAttributes: write-only properties that the resource has. A new reference. */
json_t *details_ignored_attributes(const StackResource *record);
