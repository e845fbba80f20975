/* reconcile/compile/merge.h
 *
 * The framework's deep merge: objects key by key, arrays index by index, anything else replaced.
 * Pure. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* Merges copies of what `source` holds into `target`; both are objects or both arrays. Objects and
 * arrays below `target` are replaced, not changed: others may hold them too. */
void merge_values(json_t *target, json_t *source);

/* Keys that the framework leaves out of what it merges, for what they would mean to JavaScript. */
bool merge_drops(const char *key);

/* A deep copy without such keys (transfer full). */
json_t *merge_copy(const json_t *value);
