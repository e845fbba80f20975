/* reconcile/compile/merge.h
 *
 * The framework's deep merge: objects key by key, arrays index by index, anything else replaced.
 * Pure. */
#pragma once
#include <jansson.h>

/* Merges copies of what `source` holds into `target`; both are objects or both arrays. */
void merge_values(json_t *target, json_t *source);
