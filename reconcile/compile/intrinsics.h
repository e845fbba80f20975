/* reconcile/compile/intrinsics.h
 *
 * Inside the room only: calls of CloudFormation's intrinsic functions as values of a template. All
 * give new references. Names come from documents, which are UTF-8. Pure. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* {"Ref": id} */
json_t *json_ref(const char *id);

/* {"Fn::GetAtt": [id, attribute]} */
json_t *json_get_att(const char *id, const char *attribute);

/* {"Fn::Join": [delimiter, parts]}; `parts_new` is stolen. */
json_t *json_join(const char *delimiter, json_t *parts_new);

/* {"Fn::Sub": text} */
json_t *json_sub(const char *format, ...) G_GNUC_PRINTF(1, 2);
