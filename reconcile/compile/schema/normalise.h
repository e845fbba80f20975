/* reconcile/compile/schema/normalise.h
 *
 * Inside this folder only: the shape that the framework gives a configuration before it validates
 * (Service.mergeArrays, setFunctionNames and normalizeUserConfig of osls). */
#pragma once
#include "config/problem.h"
#include "reconcile/compile/variables/origins.h"

/* Merges `functions` and `resources` that are lists of maps, and takes out functions that are null.
 * False with a problem where one of them can be no such thing. */
G_GNUC_WARN_UNUSED_RESULT
bool normalise_shape(json_t *config, Origins *origins, Problems *problems);

/* Takes all nulls out of maps (not out of lists); returns where they were (char* pointers of the
 * maps and keys), for nulls_restore. */
GPtrArray *nulls_remove(json_t *config);

/* Puts them back, each at the end of its map; one whose map is gone is left out. Frees `nulls`. */
void nulls_restore(json_t *config, GPtrArray *nulls);
