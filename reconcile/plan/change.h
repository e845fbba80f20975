/* reconcile/plan/change.h
 *
 * Inside the room only: making changes, and what replaces a resource. Pure. */
#pragma once
#include "reconcile/plan/plan.h"

ResourceChange *resource_change_new(ChangeAction action, const char *logical_id, const char *type);
void resource_change_free(ResourceChange *change);

/* Appends a property change and raises the resource's replacement by it. Values may be NULL and are
 * referenced, not copied. */
PropertyChange *resource_change_add(ResourceChange *change, const char *path, json_t *before,
                                    json_t *after, Replacement replacement);

/* Whether `value` is an intrinsic function: {"Ref": …} or {"Fn::…": …}. */
bool value_is_function(json_t *value);

/* What a change of the property at `pointer` ("/Properties/…") of a type does, by AWS's schema;
 * before and after may be NULL. A function on either side may give the same value again: then a
 * certain replacement becomes a conditional one. */
Replacement replacement_of_property(const char *type, const char *pointer, json_t *before,
                                    json_t *after);

/* Carries replacements on: resources whose properties refer to a replaced resource change too, and
 * are replaced where that property cannot change in place. `changes` gains changes for resources
 * that had none, at their place in the template's order. */
void replacement_propagate(GPtrArray *changes, json_t *live_resources, json_t *desired_resources);
