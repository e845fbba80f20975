/* config/resource_types_data.h
 *
 * The arrays behind resource_types.h and resource_shape.h, for their sources alone. A type and a
 * value's schema (its shape) are rows of numbers; a string is an index into
 * resource_string_offsets. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* A type's row: name, root shape, first and count of its flagged paths, first and count of its
 * identifier. In order of names (bytes). */
enum {
    ROW_NAME,
    ROW_SHAPE,
    ROW_FLAGS,
    ROW_FLAG_COUNT,
    ROW_IDENTIFIER,
    ROW_IDENTIFIER_COUNT,
    ROW_SIZE
};
extern const size_t resource_type_row_count;
extern const uint32_t resource_type_rows[];

/* A shape: PropertyKind and RESOURCE_SHAPE_CLOSED; where its members (or enum values) are; the
 * shape of what any index or key gives. */
#define RESOURCE_SHAPE_CLOSED 0x80
#define RESOURCE_SHAPE_NONE 0xffff
extern const uint8_t resource_shape_kinds[];
extern const uint32_t resource_shape_firsts[];
extern const uint16_t resource_shape_counts[];
extern const uint16_t resource_shape_items[];

/* Pairs of name and shape, in order of names. */
#define RESOURCE_MEMBER_REQUIRED 0x8000
extern const uint16_t resource_members[];

extern const uint16_t resource_enums[];

/* Pairs of least and most, and which of them a shape has; INT32_MIN and INT32_MAX: none. */
extern const uint16_t resource_shape_bounds_of[];
extern const int32_t resource_bounds[];

/* Where a shape's rules start (0: none): a ResourceRuleKind, the number of its sets, the names of
 * each set with RESOURCE_SHAPE_NONE behind; RESOURCE_SHAPE_NONE in place of a kind ends them. */
extern const uint16_t resource_shape_rules[];
extern const uint16_t resource_rules[];

/* Pairs of path and PropertyFlags. */
extern const uint16_t resource_flags[];
extern const uint16_t resource_identifiers[];

extern const uint32_t resource_string_offsets[];
extern const char resource_string_pool[];
