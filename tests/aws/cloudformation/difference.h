/* tests/aws/cloudformation/difference.h
 *
 * Where two values of properties differ. */
#pragma once
#include "config/resource_types.h"
#include <glib.h>
#include <jansson.h>

typedef struct {
    char *path;     /* "/Environment/Variables/LOG": below Properties */
    json_t *before; /* NULL: added */
    json_t *after;  /* NULL: removed */
} Difference;

/* Difference*, in the order of `after`, then what is gone. (transfer full) */
GPtrArray *differences_between(json_t *before, json_t *after);

/* The schema's flags (PropertyFlags) for a difference's path; 0 where the schema says nothing. */
unsigned difference_flags(const char *type, const char *path);

/* Only members with values that are read back and that people may write: without read-only and
 * write-only ones. A new reference. */
json_t *readable_properties(const char *type, json_t *properties);
