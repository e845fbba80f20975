/* reconcile/compile/schema/schema.h
 *
 * The framework's configuration schema: what a serverless.yml may say, and the changes to values
 * that come with validating. osls 4.3.1 validates with AJV and coerceTypes "array", which changes
 * the configuration in every mode, even `off`: numbers become texts where a text is expected and
 * the other way round, a single value becomes a list where a list is expected, a list of one
 * becomes its item where an item is. Templates depend on it, so it is done here alike. */
#pragma once
#include "config/problem.h"
#include "reconcile/compile/variables/origins.h"

/* Changes the resolved configuration `config` as the framework does before it compiles
 * (`extensions` are what plugins add to the schema: a map from names of chunks to what is merged
 * into them; or NULL):
 * - `functions` and `resources` given as lists of maps are merged (arrays inside by index),
 * functions that are null go;
 * - values are coerced by the schema. Nulls are left as they are, but come last in their map.
 * What does not fit the schema is told by `configValidationMode`: `error` (unless given), `warn`,
 * or `off`. What nothing can be compiled from (no `service`, no `provider`, functions that are no
 * maps) is an error in every mode. Returns whether there were no errors. */
G_GNUC_WARN_UNUSED_RESULT
bool schema_apply(json_t *config, json_t *extensions, Origins *origins, Problems *problems);
