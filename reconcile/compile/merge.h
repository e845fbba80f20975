/* reconcile/compile/merge.h
 *
 * The framework's deep merge: objects key by key, arrays index by index, anything else replaced. Pure. */
#pragma once
#include "reconcile/compile/variables/origins.h"
#include <jansson.h>

/* Merges copies of `source` into `target`. Where `origins` is given, both are parts of one configuration, and what came to `target_pointer` is
 * noted as moved from `source_pointer`. */
void merge_values(json_t *target, json_t *source, Origins *origins, const char *target_pointer,
                  const char *source_pointer);
