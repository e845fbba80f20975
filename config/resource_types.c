#include "config/resource_types.h"

#include <string.h>

#include "config/resource_types_data.h"

/* A ResourceType is its row: nothing is made at run time. */
struct ResourceType {
    uint32_t row[ROW_SIZE];
};

G_STATIC_ASSERT(sizeof(ResourceType) == ROW_SIZE * sizeof(uint32_t));

#define INHERITED_FLAGS                                                             \
    (PROPERTY_CREATE_ONLY | PROPERTY_CONDITIONAL_CREATE_ONLY | PROPERTY_READ_ONLY | \
     PROPERTY_WRITE_ONLY)

/* Where a path led. */
typedef struct {
    uint32_t shape;
    const char *name;
    bool is_required;
} Step;

static const char *string_at(uint32_t index)
{
    return resource_string_pool + resource_string_offsets[index];
}

const char *resource_type_name(const ResourceType *type)
{
    return string_at(type->row[ROW_NAME]);
}

size_t resource_type_count(void)
{
    return resource_type_row_count;
}

const ResourceType *resource_type_at(size_t i)
{
    return i < resource_type_row_count ? (const ResourceType *)&resource_type_rows[i * ROW_SIZE]
                                       : NULL;
}

const ResourceType *resource_type_find(const char *name)
{
    size_t low = 0, high = resource_type_row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const ResourceType *type = resource_type_at(middle);
        int order = strcmp(name, resource_type_name(type));

        if (order == 0)
            return type;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static PropertyKind shape_kind(uint32_t shape)
{
    return (PropertyKind)(resource_shape_kinds[shape] & ~RESOURCE_SHAPE_CLOSED);
}

/* The same numbers say where members are and where enum values are; only what can hold members has
 * members. */
static bool shape_is_enum(uint32_t shape)
{
    PropertyKind kind = shape_kind(shape);

    return kind == PROPERTY_STRING || kind == PROPERTY_INTEGER || kind == PROPERTY_NUMBER ||
           kind == PROPERTY_BOOLEAN;
}

static bool find_member(uint32_t shape, const char *name, size_t length, Step *ret)
{
    size_t low = 0, high = shape_is_enum(shape) ? 0 : resource_shape_counts[shape];
    const uint16_t *members = &resource_members[2 * resource_shape_firsts[shape]];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *member = string_at(members[2 * middle]);
        int order = strncmp(name, member, length);

        if (order == 0 && member[length])
            order = -1;
        if (order == 0) {
            uint16_t found = members[2 * middle + 1];

            *ret = (Step){.shape = found & ~RESOURCE_MEMBER_REQUIRED,
                          .name = member,
                          .is_required = found & RESOURCE_MEMBER_REQUIRED};
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* One segment down: a member, or what every index or key gives. */
static bool step_down(Step *step, const char *segment, size_t length)
{
    uint32_t shape = step->shape, items = resource_shape_items[shape];
    bool is_index = length > 0 && strspn(segment, "0123456789") >= length;

    if (find_member(shape, segment, length, step))
        return true;
    if (items == RESOURCE_SHAPE_NONE)
        return false;
    if (shape_kind(shape) == PROPERTY_ARRAY && !is_index && !(length == 1 && *segment == '*'))
        return false;
    *step = (Step){.shape = items, .name = "*"};
    return true;
}

/* Follows `path`; the path with `*` for every index is appended to `canonical` (may be NULL). */
static bool walk(const ResourceType *type, const char *path, Step *ret, GString *canonical)
{
    Step step = {.shape = type->row[ROW_SHAPE], .name = ""};

    while (*path) {
        size_t length = strcspn(path, "/");

        if (!step_down(&step, path, length))
            return false;
        if (canonical && canonical->len > 0)
            g_string_append_c(canonical, '/');
        if (canonical)
            g_string_append(canonical, step.name);
        path += length;
        if (*path == '/' && !*++path)
            return false;
    }
    *ret = step;
    return true;
}

static unsigned path_flags(const ResourceType *type, const char *path)
{
    const uint16_t *rows = &resource_flags[2 * type->row[ROW_FLAGS]];
    unsigned flags = 0;

    for (uint32_t i = 0; i < type->row[ROW_FLAG_COUNT]; i++) {
        const char *flagged = string_at(rows[2 * i]);
        size_t length = strlen(flagged);

        if (strncmp(flagged, path, length) != 0)
            continue;
        if (path[length] == '\0')
            flags |= rows[2 * i + 1];
        else if (path[length] == '/')
            flags |= rows[2 * i + 1] & INHERITED_FLAGS;
    }
    return flags;
}

bool resource_type_property(const ResourceType *type, const char *path, Property *ret)
{
    g_autoptr(GString) canonical = g_string_new(NULL);
    Step step;

    if (!walk(type, path, &step, canonical))
        return false;
    *ret = (Property){
        .name = step.name,
        .flags = path_flags(type, canonical->str) | (step.is_required ? PROPERTY_REQUIRED : 0),
        .kind = shape_kind(step.shape),
        .closed = resource_shape_kinds[step.shape] & RESOURCE_SHAPE_CLOSED,
        .enum_count = shape_is_enum(step.shape) ? resource_shape_counts[step.shape] : 0,
    };
    return true;
}

/* The members of a shape that have all bits of `mask` set. */
static const char **member_names(const ResourceType *type, const char *path, uint16_t mask)
{
    Step step;
    size_t count = 0, found = 0;
    const char **names;

    if (walk(type, path, &step, NULL) && !shape_is_enum(step.shape))
        count = resource_shape_counts[step.shape];
    names = g_new0(const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const uint16_t *member = &resource_members[2 * (resource_shape_firsts[step.shape] + i)];

        if ((member[1] & mask) == mask)
            names[found++] = string_at(member[0]);
    }
    return names;
}

const char **resource_type_property_names(const ResourceType *type, const char *path)
{
    return member_names(type, path, 0);
}

const char **resource_type_required_names(const ResourceType *type, const char *path)
{
    return member_names(type, path, RESOURCE_MEMBER_REQUIRED);
}

const char *resource_type_enum_value(const ResourceType *type, const char *path, unsigned i)
{
    Step step;

    if (!walk(type, path, &step, NULL) || !shape_is_enum(step.shape) ||
        i >= resource_shape_counts[step.shape])
        return NULL;
    return string_at(resource_enums[resource_shape_firsts[step.shape] + i]);
}

const char **resource_type_identifier(const ResourceType *type)
{
    uint32_t count = type->row[ROW_IDENTIFIER_COUNT];
    const char **names = g_new0(const char *, count + 1);

    for (uint32_t i = 0; i < count; i++)
        names[i] = string_at(resource_identifiers[type->row[ROW_IDENTIFIER] + i]);
    return names;
}
