/* reconcile/compile/plugins/step_functions/language.h
 *
 * Inside this folder only: `validate: true`. What the plugin's validator (asl-validator 3.16.0 with
 * asl-path-validator 0.16.1) refuses in a definition, told at the line of it:
 *
 *     language.c  which states lead where, what excludes what
 *     ├ language_fields.c  fields of every type of state, and what may be in them
 *     │ └ language_values.c  templates, choices, retries, …
 *     └ language_texts.c, language_paths.c  how paths, ARNs, times and JSONata are written
 *
 * What is not done: JSONata between {% and %} is not parsed. */
#pragma once
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#define LANGUAGE_DEPTH_MAX 100 /* machines in machines, objects in templates, parts of a path */

typedef struct {
    Compilation *compilation;
    const StateMachine *machine;
    GString *pointer;  /* of what is looked at, in the configuration */
    gsize base;        /* its length at the state, or at the machine around it */
    const char *state; /* its name; NULL: outside of states */
    bool jsonata;      /* that state's query language; else JSONPath */
    unsigned depth;    /* of what is looked at in a state */
    GHashTable *names; /* of all states so far, borrowed */
    unsigned *silent;  /* complaints are counted there and not told; or NULL */
} LanguageCheck;

/* Goes to a member or an item of what is looked at; the result is for language_leave. */
gsize language_enter(LanguageCheck *check, const char *key);
gsize language_enter_item(LanguageCheck *check, size_t index);
void language_leave(LanguageCheck *check, gsize mark);

/* At what is looked at; the message begins with the state's name where there is one. */
void language_complain(LanguageCheck *check, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Complains where not `good`: "Next must be a text". Returns `good`. */
bool language_expect(LanguageCheck *check, bool good, const char *what);

/* What may be in a field; complains. */
typedef void (*LanguageValue)(LanguageCheck *check, json_t *value);

/* language_fields.c: the fields of a state that has a known Type, and whether it may have them. */
void language_check_fields(LanguageCheck *check, const char *type, json_t *state);

/* language_values.c. Where the state's query language is JSONata, a number may be a text of it. */
void language_text(LanguageCheck *check, json_t *value);
void language_true(LanguageCheck *check, json_t *value);
void language_anything(LanguageCheck *check, json_t *value);
void language_count(LanguageCheck *check, json_t *value);    /* a whole number from 0 */
void language_positive(LanguageCheck *check, json_t *value); /* a whole number from 1 */
void language_number(LanguageCheck *check, json_t *value);   /* from 0 */
void language_percentage(LanguageCheck *check, json_t *value);
void language_bytes(LanguageCheck *check, json_t *value);
void language_timestamp(LanguageCheck *check, json_t *value);
void language_items(LanguageCheck *check, json_t *value);
void language_path(LanguageCheck *check, json_t *value);
void language_reference_path(LanguageCheck *check, json_t *value);
void language_result_path(LanguageCheck *check, json_t *value);
void language_failure_text(LanguageCheck *check, json_t *value);
void language_template(LanguageCheck *check, json_t *value); /* JSONPath: of all fields */
void language_output(LanguageCheck *check, json_t *value);   /* JSONata: Output, Arguments */
void language_assign(LanguageCheck *check, json_t *value);
void language_item_selector(LanguageCheck *check, json_t *value);
void language_batch_input(LanguageCheck *check, json_t *value);
void language_credentials(LanguageCheck *check, json_t *value);
void language_resource(LanguageCheck *check, json_t *value);
void language_retry(LanguageCheck *check, json_t *value);
void language_catch(LanguageCheck *check, json_t *value);
void language_choices(LanguageCheck *check, json_t *value);

/* language_texts.c */
bool language_is_arn(const char *text);
bool language_is_time(const char *text);
bool language_is_jsonata(json_t *value); /* "{% … %}" */
bool language_is_plain(json_t *value);   /* a text that does not begin as JSONata does */
bool language_is_line(const char *text); /* at least one character, no line ends */

/* language_paths.c: how far a path may go. */
typedef enum {
    PATH_IN_TEMPLATE,  /* functions too */
    PATH_ANY,          /* without functions */
    PATH_OF_REFERENCE, /* leads to one place */
    PATH_OF_RESULT,    /* … that is no variable */
} PathKind;
bool language_is_path(const char *text, PathKind kind);
