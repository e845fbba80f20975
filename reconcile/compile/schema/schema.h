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

/* Gives a resolved configuration the shape that the framework validates: `functions` and
 * `resources` given as lists of maps are merged (arrays inside by index), functions that are null
 * go. False with a problem where one of them can be no such thing. */
G_GNUC_WARN_UNUSED_RESULT
bool schema_normalise(json_t *config, Origins *origins, Problems *problems);

/* Whether what does not fit the schema is only warned of: configValidationMode says anything but
 * `error`, or nothing in an `older` service. */
bool schema_is_lenient(json_t *config, bool older);

/* Coerces the values of a normalised configuration by the schema. Nulls are left as they are, but
 * come last in their map. `extensions` is what the schema is extended by (a map from names of
 * chunks to what is merged into them, lists appended); or NULL.
 * What does not fit is told as schema_is_lenient says, or not at all (`off`). In an `older` service
 * a property that nobody
 * knows is told once, and not everywhere. What nothing can be compiled from (no `service`, no
 * `provider`, functions that are no maps) is an error in every mode. Returns whether there were no
 * errors. */
G_GNUC_WARN_UNUSED_RESULT
bool schema_apply(json_t *config, json_t *extensions, bool older, Origins *origins,
                  Problems *problems);
