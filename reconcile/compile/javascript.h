/* reconcile/compile/javascript.h
 *
 * The rules of JavaScript that the framework's templates hang on, because it is written in it: what
 * counts as false, in which order the keys of an object come, and how its sorting compares them.
 * Pure, thread-safe. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* Whether `if (value)` holds: not for absent (NULL), null, false, 0 and "". */
bool js_is_truthy(const json_t *value);

/* Whether a value is there at all: `value != null`. */
bool js_is_present(const json_t *value);

/* Gives all objects in `value`, at every depth, the key order of a JavaScript object: keys that are
 * array indices
 * ("200", not "007") ascending, then the others as they were inserted. */
void js_order_keys(json_t *value);

/* key.localeCompare (other) for the root locale of ICU, which sorts by letters before case: "_" "-"
 * punctuation, digits, letters (marks, then lower case first, where nothing else differs).
 * Characters that are no ASCII but for their marks come after it in the order of their code points.
 */
int js_locale_compare(const char *key, const char *other);

/* The order of keys in what the framework hashes: array indices first, then by js_locale_compare.
 */
int js_compare_keys(const char *key, const char *other);

/* A copy with the object's own keys in that order; what is below them is shared. A new reference.
 */
json_t *js_sorted_keys(json_t *object);
