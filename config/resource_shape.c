#include "config/resource_shape.h"

#include <string.h>

#include "config/resource_types_data.h"

static const char *string_at(uint32_t index)
{
    return resource_string_pool + resource_string_offsets[index];
}

PropertyKind resource_shape_kind(ResourceShape shape)
{
    return (PropertyKind)(resource_shape_kinds[shape] & ~RESOURCE_SHAPE_CLOSED);
}

bool resource_shape_is_closed(ResourceShape shape)
{
    return resource_shape_kinds[shape] & RESOURCE_SHAPE_CLOSED;
}

ResourceShape resource_shape_item(ResourceShape shape)
{
    uint16_t item = resource_shape_items[shape];

    return item == RESOURCE_SHAPE_NONE ? RESOURCE_SHAPE_UNKNOWN : item;
}

/* The same numbers say where members are and where enum values are; only what can hold members has
 * members. */
static bool is_scalar(ResourceShape shape)
{
    PropertyKind kind = resource_shape_kind(shape);

    return kind == PROPERTY_STRING || kind == PROPERTY_INTEGER || kind == PROPERTY_NUMBER ||
           kind == PROPERTY_BOOLEAN;
}

size_t resource_shape_member_count(ResourceShape shape)
{
    return is_scalar(shape) ? 0 : resource_shape_counts[shape];
}

ResourceMember resource_shape_member_at(ResourceShape shape, size_t i)
{
    const uint16_t *member = &resource_members[2 * (resource_shape_firsts[shape] + i)];

    return (ResourceMember){.name = string_at(member[0]),
                            .shape = member[1] & ~(unsigned)RESOURCE_MEMBER_REQUIRED,
                            .is_required = member[1] & RESOURCE_MEMBER_REQUIRED};
}

bool resource_shape_find(ResourceShape shape, const char *name, size_t length, ResourceMember *ret)
{
    size_t low = 0, high = resource_shape_member_count(shape);
    const uint16_t *members = &resource_members[2 * resource_shape_firsts[shape]];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *member = string_at(members[2 * middle]);
        int order = strncmp(name, member, length);

        if (order == 0 && member[length])
            order = -1;
        if (order == 0) {
            *ret = resource_shape_member_at(shape, middle);
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

size_t resource_shape_enum_count(ResourceShape shape)
{
    return is_scalar(shape) ? resource_shape_counts[shape] : 0;
}

const char *resource_shape_enum_at(ResourceShape shape, size_t i)
{
    return string_at(resource_enums[resource_shape_firsts[shape] + i]);
}

bool resource_shape_bounds(ResourceShape shape, int32_t *ret_least, int32_t *ret_most)
{
    const int32_t *bounds = &resource_bounds[2 * resource_shape_bounds_of[shape]];

    *ret_least = bounds[0];
    *ret_most = bounds[1];
    return resource_shape_bounds_of[shape] != 0;
}

bool resource_shape_next_rule(ResourceShape shape, ResourceRule *rule)
{
    size_t count = 0, sets = 0;

    if (!rule->at)
        rule->at = &resource_rules[resource_shape_rules[shape]];
    if (*rule->at == RESOURCE_SHAPE_NONE)
        return false;
    rule->kind = (ResourceRuleKind)*rule->at++;
    rule->set_count = *rule->at++;
    while (sets < rule->set_count) {
        bool is_end = *rule->at == RESOURCE_SHAPE_NONE;

        g_assert(count < G_N_ELEMENTS(rule->sets));
        rule->sets[count++] = is_end ? NULL : string_at(*rule->at);
        sets += is_end;
        rule->at++;
    }
    return true;
}
