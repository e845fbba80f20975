/* config/resource_shape.h
 *
 * What AWS's schemas say of one value below Properties (its shape), for those who walk a whole
 * resource: resource_types.h answers by path and starts at the top every time. From the same table.
 * Pure, thread-safe; every name is a constant. */
#pragma once
#include "config/resource_types.h"

typedef uint32_t ResourceShape;
#define RESOURCE_SHAPE_UNKNOWN UINT32_MAX /* anything goes; no function here takes it */

/* The shape of a type's Properties. */
ResourceShape resource_type_shape(const ResourceType *type);

typedef struct {
    const char *name;
    ResourceShape shape;
    bool is_required;
} ResourceMember;

PropertyKind resource_shape_kind(ResourceShape shape);
/* An object that takes no members but those listed. */
bool resource_shape_is_closed(ResourceShape shape);
/* What every index or key gives, or RESOURCE_SHAPE_UNKNOWN. */
ResourceShape resource_shape_item(ResourceShape shape);

/* Members are in order of names; enums have none. */
size_t resource_shape_member_count(ResourceShape shape);
ResourceMember resource_shape_member_at(ResourceShape shape, size_t i);
/* `name` need not end at `length`. */
bool resource_shape_find(ResourceShape shape, const char *name, size_t length, ResourceMember *ret);

/* 0: any value. */
size_t resource_shape_enum_count(ResourceShape shape);
const char *resource_shape_enum_at(ResourceShape shape, size_t i);

/* Of a number, or of the length of a text (in characters) or list. False: none are known. */
bool resource_shape_bounds(ResourceShape shape, int32_t *ret_least, int32_t *ret_most);

/* Which members go together. */
typedef enum {
    RESOURCE_RULE_SETS,     /* all members of at least one of the sets */
    RESOURCE_RULE_ONE,      /* at most one of the only set */
    RESOURCE_RULE_EXCLUDES, /* the first of the only set bars the others */
    RESOURCE_RULE_NEEDS,    /* the first of the only set asks for the others */
} ResourceRuleKind;

/* Steps through a shape's rules: start from {0}; afterwards `sets` holds the sets one behind the
 * other, each ended by NULL, and lives until the next step. */
typedef struct {
    const uint16_t *at;
    ResourceRuleKind kind;
    size_t set_count;
    const char *sets[64];
} ResourceRule;
bool resource_shape_next_rule(ResourceShape shape, ResourceRule *rule);
