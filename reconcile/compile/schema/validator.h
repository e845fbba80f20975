/* reconcile/compile/schema/validator.h
 *
 * Inside this folder only: JSON Schema (draft 7) for the keywords that the framework's schema has,
 * in the order in which AJV 8 works them off, because each may change the value that the next one
 * sees (coerceTypes "array"): type; then numbers, texts, any value, lists, maps. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* A pattern is not tried on longer texts: what patterns describe (names, ARNs, routes) is shorter.
 */
#define VALIDATOR_MAX_SUBJECT_BYTES 4096
/* Kept while alternatives are weighed; more are dropped, the value stays invalid. */
#define VALIDATOR_MAX_ERRORS 4000

/* Where a value is: AJV's `data`, `parentData` and `parentDataProperty`. The branches of an anyOf
 * share one Place, and see what those before them made of it. */
typedef struct Place {
    const struct Place *up; /* NULL at the root */
    json_t *parent;         /* NULL at the root (borrowed) */
    const char *key;        /* in a map; NULL in a list */
    size_t index;
    json_t *data; /* borrowed from the parent, or from the list of one that stands there */
} Place;

typedef enum {
    MISFIT_OTHER,
    MISFIT_KIND, /* of another type or value altogether: in an anyOf it says that another branch was
                    meant */
    MISFIT_UNKNOWN, /* a property that the schema does not know */
} MisfitKind;

typedef struct {
    MisfitKind kind;
    char *pointer;
    unsigned depth; /* of the pointer */
    bool at_key;
    char *message;
    char *hint; /* or NULL */
} Misfit;

/* Every keyword that the schema has, sorted by name. */
typedef enum {
    KEYWORD_EVENTS,
    KEYWORD_REF,
    KEYWORD_ADDITIONAL_ITEMS,
    KEYWORD_ADDITIONAL_PROPERTIES,
    KEYWORD_ALL_OF,
    KEYWORD_ANY_OF,
    KEYWORD_CONST,
    KEYWORD_DEPENDENCIES,
    KEYWORD_ENUM,
    KEYWORD_FORMAT,
    KEYWORD_ITEMS,
    KEYWORD_MAX_ITEMS,
    KEYWORD_MAX_LENGTH,
    KEYWORD_MAX_PROPERTIES,
    KEYWORD_MAXIMUM,
    KEYWORD_MIN_ITEMS,
    KEYWORD_MIN_LENGTH,
    KEYWORD_MIN_PROPERTIES,
    KEYWORD_MINIMUM,
    KEYWORD_NOT,
    KEYWORD_ONE_OF,
    KEYWORD_PATTERN,
    KEYWORD_PATTERN_PROPERTIES,
    KEYWORD_PROPERTIES,
    KEYWORD_PROPERTY_NAMES,
    KEYWORD_REGEXP,
    KEYWORD_REQUIRED,
    KEYWORD_TYPE,
    KEYWORD_UNIQUE_ITEMS,
    KEYWORDS,
} Keyword;

/* One schema taken apart: it has few keywords, and a value is asked about all of them. */
typedef struct {
    json_t *whole;        /* (borrowed, as are its parts) */
    json_t *of[KEYWORDS]; /* NULL: it has none of that name */
} Schema;

typedef struct {
    GHashTable *extended; /* char* name → json_t*: chunks that are extended */
    json_t *extensions;   /* name → what the chunk is extended by (borrowed); or NULL */
    GHashTable *regexes;  /* char* pattern → GRegex* */
    GPtrArray *misfits;   /* Misfit* */
    unsigned silent;      /* in a `not`: nothing is noted */
} Validator;

void validator_init(Validator *validator, json_t *extensions);
void validator_release(Validator *validator);

/* The schema of that name ("root"), or the one that a "$ref" leads to; borrowed. */
json_t *validator_chunk(Validator *validator, const char *name);
json_t *validator_follow(Validator *validator, json_t *schema);

/* Validates and coerces the value at `place`; what does not fit is appended to misfits. */
bool validator_check(Validator *validator, json_t *schema, Place *place);

/* Parts of the validator that are files of their own. */

/* coerce.c: makes the value one of `type` ("string", "integer", …) as AJV does; false when it is
 * not and cannot be made one. */
bool coerce(Place *place, const char *type);
bool has_type(const json_t *value, const char *type);
/* Puts a value (stolen) in the place of the present one. */
void place_set(Place *place, json_t *value);

/* text_keywords.c: pattern, regexp, format, lengths. */
bool check_text(Validator *validator, const Schema *schema, Place *place);
bool matches(Validator *validator, const char *pattern, bool ignore_case, const char *text);

/* union_keywords.c: anyOf, oneOf, allOf, not, and the framework's list of events. */
bool check_unions(Validator *validator, const Schema *schema, Place *place);
bool check_event(Validator *validator, json_t *names, Place *place);

/* container_keywords.c */
bool check_list(Validator *validator, const Schema *schema, Place *place);
bool check_map(Validator *validator, const Schema *schema, Place *place);

/* expectation.c: what a schema wants, and what stands there instead, in words. (transfer full) */
char *describe_schema(Validator *validator, json_t *schema);
char *describe_value(const json_t *value);
/* "a, b or c" of a list of texts, at most `most` of them. */
char *join_words(GPtrArray *words, const char *last, guint most);

/* advice.c: what to do about things that many services say; NULL where there is nothing to add
 * (constants). */
const char *advice_on_property(const Place *place, const char *name);
const char *advice_on_pattern(const Place *place, const char *pattern);
/* A pattern in words: "an ARN"; NULL where it is as well read as it is. */
const char *pattern_in_words(const char *pattern);

/* misfit.c */
char *place_pointer(const Place *place);
/* The place in words: "functions.hello.timeout". */
char *place_words(const Place *place);
unsigned place_depth(const Place *place);
/* Notes "PLACE TEXT"; returns false. */
bool misfit(Validator *validator, MisfitKind kind, const Place *place, const char *hint,
            const char *format, ...) G_GNUC_PRINTF(5, 6);
/* Notes a whole sentence at the key `key` of the map at `place` (NULL: at the place). */
bool misfit_at(Validator *validator, const Place *place, const char *key, const char *hint,
               const char *format, ...) G_GNUC_PRINTF(5, 6);
