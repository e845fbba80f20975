/* tests/aws/template/functions.h
 *
 * The intrinsic functions. Each takes its argument as written and returns its value, a new
 * reference, or NULL with an error. */
#pragma once
#include "tests/aws/template/template.h"

typedef json_t *(*TemplateFunction)(Evaluation *evaluation, json_t *argument, GError **error);

/* functions_text.c */
json_t *function_join(Evaluation *evaluation, json_t *argument, GError **error);
json_t *function_sub(Evaluation *evaluation, json_t *argument, GError **error);
json_t *function_split(Evaluation *evaluation, json_t *argument, GError **error);
json_t *function_base64(Evaluation *evaluation, json_t *argument, GError **error);
json_t *function_to_json_string(Evaluation *evaluation, json_t *argument, GError **error);
json_t *function_cidr(Evaluation *evaluation, json_t *argument, GError **error);

/* A scalar as it stands within a string; NULL for an object or array. (transfer full) */
char *scalar_text(json_t *value);

/* What `Ref` and `Fn::GetAtt` give. */
json_t *evaluate_ref(Evaluation *evaluation, const char *name, GError **error);
json_t *evaluate_attribute(Evaluation *evaluation, const char *name, const char *attribute,
                           GError **error);

/* Whether a value is, or holds, KNOWN_AFTER_APPLY. */
bool is_known_after_apply(json_t *value);

/* `text` with every {{resolve:…}} replaced. A new reference. */
json_t *resolve_dynamic(Evaluation *evaluation, const char *text, GError **error);
