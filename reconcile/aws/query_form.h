/* reconcile/aws/query_form.h
 *
 * A request of the Query protocol: "Action=…&Version=…&Tags.member.1.Key=…". Nothing is added for
 * what is NULL. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef struct QueryForm QueryForm;

QueryForm *query_form_new(const char *action, const char *version);
void query_form_free(QueryForm *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QueryForm, query_form_free)

void query_form_add(QueryForm *form, const char *name, const char *value);
void query_form_add_bool(QueryForm *form, const char *name, bool value);
void query_form_add_integer(QueryForm *form, const char *name, long long value);

/* "name.member.N=…" for each string of an array. An empty array is sent as "name=", which clears a
 * list. */
void query_form_add_list(QueryForm *form, const char *name, json_t *strings);

/* A value of any shape by AWS's member names: objects as "name.Key", arrays as "name.member.N". */
void query_form_add_value(QueryForm *form, const char *name, json_t *value);

/* [{Key, Value}] from {key: value}. */
void query_form_add_pairs(QueryForm *form, const char *name, const char *key_name,
                          const char *value_name, json_t *pairs);

/* The body, borrowed. */
const char *query_form_text(const QueryForm *form, size_t *ret_size);

/* The value of Action. */
const char *query_form_action(const QueryForm *form);
