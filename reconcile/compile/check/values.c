/* The walk: every value against its shape. */
#include "reconcile/compile/check/checking.h"
#include <string.h>

static void check_container(Checking *checking, const Spot *at, json_t *value, ResourceShape shape,
                            PropertyKind wanted)
{
    PropertyKind kind = resource_shape_kind(shape);

    if (kind != wanted && kind != PROPERTY_ANY)
        check_problem(checking, checking->strictness, at, true, NULL, "expected %s, found %s",
                      kind_words(kind), value_kind(value));
}

/* What a member of that name has to be. */
static ResourceShape member_shape(Checking *checking, const Spot *at, json_t *object,
                                  const char *name, ResourceShape shape, bool *open)
{
    const Spot here = {.above = at, .key = name};
    ResourceMember member;

    if (resource_shape_find(shape, name, strlen(name), &member))
        return member.shape;
    if (resource_shape_item(shape) != RESOURCE_SHAPE_UNKNOWN &&
        resource_shape_kind(shape) != PROPERTY_ARRAY)
        return resource_shape_item(shape);
    if (g_str_has_prefix(name, "Fn::"))
        *open = true;
    else if (resource_shape_is_closed(shape))
        check_unknown_member(checking, &here, object, name, shape);
    return RESOURCE_SHAPE_UNKNOWN;
}

/* A function has its map for itself, but for those that add members to it. */
static void check_lonely(Checking *checking, const Spot *at, const char *name)
{
    const Spot here = {.above = at, .key = name};

    if (is_function_name(name) && strcmp(name, "Fn::Transform") != 0 &&
        !g_str_has_prefix(name, "Fn::ForEach::"))
        check_problem(checking, PROBLEM_ERROR, &here, true,
                      "put it and what it makes in place of the whole map",
                      "a function stands alone in its map");
}

static void check_object(Checking *checking, const Spot *at, json_t *object, ResourceShape shape)
{
    bool known = shape != RESOURCE_SHAPE_UNKNOWN, open = false;
    const char *key;
    json_t *value;

    checking->size_bytes += 2;
    if (known)
        check_container(checking, at, object, shape, PROPERTY_OBJECT);
    if (known && resource_shape_kind(shape) != PROPERTY_OBJECT &&
        resource_shape_kind(shape) != PROPERTY_ANY)
        known = false;
    json_object_foreach(object, key, value)
    {
        const Spot here = {.above = at, .key = key};
        ResourceShape below =
            known ? member_shape(checking, at, object, key, shape, &open) : RESOURCE_SHAPE_UNKNOWN;

        checking->size_bytes += strlen(key) + 4;
        if (key[0] == 'F' && key[1] == 'n')
            check_lonely(checking, at, key);
        check_value(checking, &here, value, below);
    }
    if (known && !open && resource_shape_kind(shape) == PROPERTY_OBJECT)
        check_members_together(checking, at, object, shape);
}

static void check_count(Checking *checking, const Spot *at, json_t *array, ResourceShape shape)
{
    size_t surely = 0, count = json_array_size(array);
    int32_t least, most;
    json_t *item;
    size_t i;

    if (resource_shape_kind(shape) != PROPERTY_ARRAY ||
        !resource_shape_bounds(shape, &least, &most) ||
        ((int64_t)count >= least && (int64_t)count <= most))
        return;
    json_array_foreach(array, i, item) surely += !is_function(item);
    if (surely == count && (int64_t)count < least)
        check_problem(checking, checking->strictness, at, true, NULL,
                      "has %zu items; AWS wants at least %d", count, least);
    else if ((int64_t)surely > most)
        check_problem(checking, checking->strictness, at, true, NULL,
                      "has %zu items; AWS takes at most %d", surely, most);
}

static void check_array(Checking *checking, const Spot *at, json_t *array, ResourceShape shape)
{
    ResourceShape below = RESOURCE_SHAPE_UNKNOWN;
    json_t *item;
    size_t i;

    checking->size_bytes += 2;
    if (shape != RESOURCE_SHAPE_UNKNOWN) {
        check_container(checking, at, array, shape, PROPERTY_ARRAY);
        if (resource_shape_kind(shape) == PROPERTY_ARRAY ||
            resource_shape_kind(shape) == PROPERTY_ANY)
            below = resource_shape_item(shape);
        check_count(checking, at, array, shape);
    }
    json_array_foreach(array, i, item)
    {
        const Spot here = {.above = at, .index = i};

        checking->size_bytes++;
        check_value(checking, &here, item, below);
    }
}

void check_value(Checking *checking, const Spot *at, json_t *value, ResourceShape shape)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        if (is_function(value))
            check_function(checking, at, value, shape);
        else
            check_object(checking, at, value, shape);
        break;
    case JSON_ARRAY:
        check_array(checking, at, value, shape);
        break;
    default:
        checking->size_bytes += json_is_string(value) ? json_string_length(value) + 2 : 1;
        check_scalar(checking, at, value, shape);
    }
}
