/* config/json_text.h
 *
 * The one writer of JSON: templates, request bodies, hashes and answers all come from here, because
 * jansson prints 0.1 as 0.10000000000000001. Numbers are written as JavaScript's JSON.stringify
 * writes them (the shortest digits that read back; 1e21; integers without a point), strings as
 * UTF-8 with only what must be escaped (JSON.stringify too). Pure, thread-safe. */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef enum {
    JSON_TEXT_COMPACT = 0,
    JSON_TEXT_INDENT = 1 << 0, /* two spaces a level, as JSON.stringify (value, null, 2) */
    JSON_TEXT_SORT_KEYS =
        1 << 1, /* by bytes, at every level: for digests that must not depend on order */
} JsonTextStyle;

/* As strcmp. */
typedef int (*JsonKeyOrder)(const char *key, const char *other);

/* (transfer full) */
char *json_text(const json_t *value, JsonTextStyle style);
/* Compact, with the keys at every level in another order than that of their bytes. (transfer full)
 */
char *json_text_ordered(const json_t *value, JsonKeyOrder compare);
void json_text_append(GString *text, const json_t *value, JsonTextStyle style);

/* Reads back what was written, and any other JSON. jansson alone refuses a number of digits beyond
 * 64 bits, which is what a large real is written as; here it is a real again. A new reference;
 * NULL: no JSON. */
json_t *json_text_read(const char *text);

/* A number as JavaScript's String (number) prints it, for values embedded in strings (1.50 →
 * "1.5"). (transfer full) */
char *json_number_text(const json_t *number);
