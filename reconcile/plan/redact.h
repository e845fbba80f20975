/* reconcile/plan/redact.h
 *
 * Secret values taken out of what people and stores get to see. Pure; thread-safe. */
#pragma once
#include <glib.h>
#include <jansson.h>

#define REDACTED "********"
/* A shorter secret is hidden only where it is the whole value: "1" is everywhere. */
#define REDACT_INSIDE_MIN 6

/* A copy of `text` (NULL gives NULL) with every secret (char*; list may be NULL) hidden. (transfer
 * full) */
char *redact_text(const char *text, const GPtrArray *secrets);

/* The same, of short secrets too wherever they stand: for what is logged or stored, where a word
 * too much hidden is the smaller harm. */
char *redact_anywhere(const char *text, const GPtrArray *secrets);

/* A copy with all strings and numbers in it so treated; a new reference (NULL gives NULL). */
json_t *redact_json(json_t *value, const GPtrArray *secrets);

/* The same for what a value was before: where `after` holds a secret, what stood there was another
 * one, perhaps an earlier, and is hidden whole. A new reference (NULL gives NULL). */
json_t *redact_before(json_t *before, json_t *after, const GPtrArray *secrets);
