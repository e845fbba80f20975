/* tests/aws/resources/live.h
 *
 * What is really there. Stacks create, update and delete live resources; Lambda, SQS, SSM, S3 and
 * Cloud Control change the same ones, which is how drift comes about. Any type of AWS's resource
 * schemas can live here; what is special about a type is a LiveKind. */
#pragma once
#include "tests/aws/double.h"

typedef struct Live {
    Region *home;
    char *type;
    char *physical_id;  /* what Ref gives */
    char *identifier;   /* Cloud Control's: the primary identifier's values, joined by | */
    char *seed;         /* ids are made from it */
    json_t *properties; /* as the resource is now */
    json_t *attributes; /* what AWS adds: Arn and the like; Fn::GetAtt reads these */
    json_t *hidden;     /* what no schema shows: code hashes, message queues' contents */
    GBytes *blob;       /* the code of a function or layer */
    char *stack_id, *stack_name, *logical_id; /* who made it; NULL when nobody's stack did */
    int64_t created_ms;
} Live;

/* For whom a resource is made. */
typedef struct {
    Region *region;
    const char *stack_id, *stack_name, *logical_id;
    unsigned generation; /* of this logical id: a replacement gets other ids */
    int64_t now_ms;
} LiveOwner;

/* Checks `properties` against the schema and brings scalars to the type it asks for ("512" to 512),
 * as CloudFormation does before a handler sees them. A new reference; NULL with "Properties
 * validation failed …". */
G_GNUC_WARN_UNUSED_RESULT
json_t *live_properties_checked(const char *type, const char *logical_id, json_t *properties,
                                GError **error);

/* The same without complaints: what cannot be brought to its type stays as it is. A new reference.
 */
json_t *live_properties_coerced(const char *type, json_t *properties);

/* Makes a resource. Borrowed; NULL with the reason a stack event shows. */
G_GNUC_WARN_UNUSED_RESULT
Live *live_create(const LiveOwner *owner, const char *type, json_t *properties, GError **error);

/* The resource that is already there under the explicit name in `properties`, or NULL. Borrowed. */
Live *live_find_named(const LiveOwner *owner, const char *type, json_t *properties);

/* Sets what differs between `before` and `after` (all of `after` when `before` is NULL). */
G_GNUC_WARN_UNUSED_RESULT
bool live_update(Live *live, json_t *before, json_t *after, int64_t now_ms, GError **error);

/* Deletes and frees. */
G_GNUC_WARN_UNUSED_RESULT
bool live_delete(Live *live, int64_t now_ms, GError **error);
void live_free(Live *live);

/* Borrowed, or NULL. */
Live *live_find(Region *region, const char *type, const char *physical_id);
Live *live_find_identifier(Region *region, const char *type, const char *identifier);

/* A function by its name, ARN or partial ARN, with or without a version. */
Live *live_find_function(Region *region, const char *name);

/* An attribute that Fn::GetAtt asks for, with dots for nesting. A new reference or NULL. */
json_t *live_attribute(const Live *live, const char *attribute);

/* As Cloud Control shows it: properties and attributes without what cannot be read. A new
 * reference. */
json_t *live_model(const Live *live);

/* What is needed to put a resource back as it was. */
typedef struct {
    json_t *properties, *attributes, *hidden;
    GBytes *blob;
} LiveState;

LiveState *live_state_of(const Live *live);
void live_state_restore(Live *live, const LiveState *state);
void live_state_free(LiveState *state);

/* What is special about a type. Each function may be NULL. */
typedef struct {
    const char *type;
    /* Before the ids are made; may set members of hidden that they are made of. */
    bool (*prepare)(Live *live, int64_t now_ms, GError **error);
    bool (*create)(Live *live, int64_t now_ms, GError **error);
    /* Properties are the new ones already; `changed` names those that differ. */
    bool (*update)(Live *live, json_t *changed, int64_t now_ms, GError **error);
    bool (*remove)(Live *live, int64_t now_ms, GError **error);
} LiveKind;

const LiveKind *live_kind_of(const char *type);

/* Sets "Resource handler returned message: …" the way CloudFormation words a handler's failure.
 * Returns false. */
G_GNUC_PRINTF(4, 5)
bool handler_failure(const Live *live, GError **error, const char *code, const char *format, ...);
