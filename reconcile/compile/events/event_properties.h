/* reconcile/compile/events/event_properties.h
 *
 * Inside events/ only: from what people wrote under an event to the properties of a resource.
 * Configuration is coerced but, where validation only warns, not always of the right type: these
 * functions take whatever comes. Pure but for problems. */
#pragma once
#include "reconcile/compile/compilation.h"

/* Sets object[name] to `value` (borrowed) unless that is NULL. */
void property_set(json_t *object, const char *name, json_t *value);

/* Sets to[name] to what `from` has at `key`, if it has it. */
void property_copy(json_t *to, const char *name, json_t *from, const char *key);

/* As property_copy, unless the value is not truthy. */
void property_copy_truthy(json_t *to, const char *name, json_t *from, const char *key);

/* The string at `key`, borrowed; NULL where there is none, it is empty or of another type. */
const char *property_string(json_t *object, const char *key);

/* A string's own copy without its line ends. (transfer full) */
char *text_without_line_ends(const char *text);

/* What is left of a text that the framework pastes between the quotes of a JSON template: escapes
 * are read, and with `quotes` a quote stands for itself. A text that would break the template is
 * left as it is. (transfer full) */
char *pasted_text(const char *text, bool quotes);

/* The same of a string at `key` into to[name], where it is not empty. */
void property_paste(json_t *to, const char *name, json_t *from, const char *key);

/* An array with every element of `value` once, in order; a value that is no array is its only
 * element. A new reference. */
json_t *unique_list(json_t *value);

/* Appends `value` (borrowed) unless an equal one is there. */
void append_unique(json_t *list, json_t *value);

/* `text` as {"Filters":[{"Pattern": JSON of each}]}, a new reference; NULL when `patterns` is no
 * array. */
json_t *filter_criteria(json_t *patterns);

/* DependsOn of a resource is the function's alias, as a string, where it has one. */
void resource_depend_on_alias(json_t *resource, const Function *function);

/* Reports an error at the event ("/functions/hello/events/0/sqs") or `below` it ("/arn"). */
void event_error(Compilation *compilation, const EventCursor *cursor, const char *type,
                 const char *below, const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);

/* The string that an event is, or has at `key`; reports an error and returns NULL where there is
 * none. */
const char *event_string(Compilation *compilation, const EventCursor *cursor, const char *type,
                         const char *key);

/* Lets `service` ("scheduler.amazonaws.com") assume the default role beside Lambda; nothing without
 * a default role. */
void default_role_trust(Compilation *compilation, const char *service);
