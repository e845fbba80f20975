/* reconcile/plan/template_reference.h
 *
 * References inside a CloudFormation template: {"Ref": id}, {"Fn::GetAtt": [id, attribute]} (also
 * "id.attribute"), "${id}" and
 * "${id.attribute}" in Fn::Sub, DependsOn. Pure; thread-safe. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Whether `value`, anywhere inside, refers to `id`. */
bool template_refers_to(json_t *value, const char *id);

/* Calls `found` for every reference inside `value`: attribute NULL for a Ref. Names bound by a
 * Sub's own map are not references. */
typedef void (*ReferenceFound)(const char *id, const char *attribute, void *data);
void template_references(json_t *value, ReferenceFound found, void *data);

/* What stands in place of a reference, (transfer full); NULL leaves the reference as it is. */
typedef json_t *(*ReferenceValue)(const char *id, const char *attribute, void *data);

/* A copy of `value` with references replaced by literals (a new reference). Inside Fn::Sub a string
 * goes in place of "${…}"; a Sub without references left becomes its string. */
json_t *template_substitute(json_t *value, ReferenceValue replacement, void *data);
