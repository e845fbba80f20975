#include "config/resource_shape.h"

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

ResourceShape resource_type_shape(const ResourceType *type)
{
    return type->row[ROW_SHAPE];
}

/* One segment down: a member, or what every index or key gives. */
static bool step_down(ResourceMember *step, const char *segment, size_t length)
{
    ResourceShape shape = step->shape, item = resource_shape_item(shape);
    bool is_index = length > 0 && strspn(segment, "0123456789") >= length;

    if (resource_shape_find(shape, segment, length, step))
        return true;
    if (item == RESOURCE_SHAPE_UNKNOWN)
        return false;
    if (resource_shape_kind(shape) == PROPERTY_ARRAY && !is_index &&
        !(length == 1 && *segment == '*'))
        return false;
    *step = (ResourceMember){.shape = item, .name = "*"};
    return true;
}

/* Follows `path`; the path with `*` for every index is appended to `canonical` (may be NULL). */
static bool walk(const ResourceType *type, const char *path, ResourceMember *ret,
                 GString *canonical)
{
    ResourceMember step = {.shape = type->row[ROW_SHAPE], .name = ""};

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

const char *resource_type_flagged(const ResourceType *type, size_t i, unsigned *ret_flags)
{
    const uint16_t *row = &resource_flags[2 * (type->row[ROW_FLAGS] + i)];

    if (i >= type->row[ROW_FLAG_COUNT])
        return NULL;
    *ret_flags = row[1];
    return string_at(row[0]);
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
    ResourceMember step;

    if (!walk(type, path, &step, canonical))
        return false;
    *ret = (Property){
        .name = step.name,
        .flags = path_flags(type, canonical->str) | (step.is_required ? PROPERTY_REQUIRED : 0),
        .kind = resource_shape_kind(step.shape),
        .closed = resource_shape_is_closed(step.shape),
        .enum_count = (unsigned)resource_shape_enum_count(step.shape),
    };
    return true;
}

const char **resource_type_property_names(const ResourceType *type, const char *path)
{
    ResourceMember step;
    size_t count = 0;
    const char **names;

    if (walk(type, path, &step, NULL))
        count = resource_shape_member_count(step.shape);
    names = g_new0(const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = resource_shape_member_at(step.shape, i).name;
    return names;
}

const char *resource_type_enum_value(const ResourceType *type, const char *path, unsigned i)
{
    ResourceMember step;

    if (!walk(type, path, &step, NULL) || i >= resource_shape_enum_count(step.shape))
        return NULL;
    return resource_shape_enum_at(step.shape, i);
}

const char **resource_type_identifier(const ResourceType *type)
{
    uint32_t count = type->row[ROW_IDENTIFIER_COUNT];
    const char **names = g_new0(const char *, count + 1);

    for (uint32_t i = 0; i < count; i++)
        names[i] = string_at(resource_identifiers[type->row[ROW_IDENTIFIER] + i]);
    return names;
}
