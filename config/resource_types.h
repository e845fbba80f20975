/* config/resource_types.h
 *
 * AWS's resource schemas for every CloudFormation type, as a compact constant table without
 * relocations (it costs a process nothing to start). Made by config/data/generate-resource-types.py
 * from the schemas in PyPI's cfn-lint (MIT-0; licence beside the data). Pure, thread-safe.
 *
 * A path is a property path below Properties, with `*` for any array item or map value, as AWS's
 * schemas write them without the leading "/properties":
 * "BucketEncryption/ServerSideEncryptionConfiguration/ * /BucketKeyEnabled" (without the spaces).
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ResourceType ResourceType;

typedef enum {
    PROPERTY_REQUIRED = 1 << 0,
    PROPERTY_CREATE_ONLY = 1 << 1,             /* changing it replaces the resource */
    PROPERTY_CONDITIONAL_CREATE_ONLY = 1 << 2, /* changing it may replace the resource */
    PROPERTY_READ_ONLY = 1 << 3,               /* AWS's own: never sent */
    PROPERTY_WRITE_ONLY = 1 << 4,              /* cannot be read back */
    PROPERTY_PRIMARY_IDENTIFIER = 1 << 5,
    PROPERTY_ATTRIBUTE = 1 << 6, /* Fn::GetAtt gives it, though it is not read-only */
} PropertyFlags;

typedef enum {
    PROPERTY_ANY = 0, /* the schema gives no single type */
    PROPERTY_STRING,
    PROPERTY_INTEGER,
    PROPERTY_NUMBER,
    PROPERTY_BOOLEAN,
    PROPERTY_ARRAY,
    PROPERTY_OBJECT,
} PropertyKind;

typedef struct {
    const char *name;
    unsigned flags;
    PropertyKind kind;
    bool closed;         /* an object that takes no properties but those listed */
    unsigned enum_count; /* 0: any value */
} Property;

/* NULL for a type that AWS does not know (or did not when the table was made). */
const ResourceType *resource_type_find(const char *name);
const char *resource_type_name(const ResourceType *type);

/* Number of types, and the i-th in order of names. */
size_t resource_type_count(void);
const ResourceType *resource_type_at(size_t i);

/* The property at `path`, e.g. "BucketName" or "Rules/ * /Id"; array indices may stand for `*`.
 * False when there is none. A flag set on a parent (create-only on an object) holds for all below
 * it. */
bool resource_type_property(const ResourceType *type, const char *path, Property *ret);

/* The names below `path` ("" is the top), NULL-terminated, (transfer full, g_free: names are
 * constants). */
const char **resource_type_property_names(const ResourceType *type, const char *path);

/* The i-th path that has flags other than PROPERTY_REQUIRED, or NULL: what a type has is walked
 * faster than asked for. */
const char *resource_type_flagged(const ResourceType *type, size_t i, unsigned *ret_flags);

/* The i-th allowed value of an enum. */
const char *resource_type_enum_value(const ResourceType *type, const char *path, unsigned i);

/* Property names that make up the primary identifier, NULL-terminated, (transfer full, g_free). */
const char **resource_type_identifier(const ResourceType *type);

/* Whether the type keeps its users' data, so that deleting or replacing it loses something (tables,
 * buckets, databases, file systems, user pools, queues, streams, log groups, …). Our own judgement,
 * a list in resource_types_stateful.c. */
bool resource_type_holds_data(const char *name);
