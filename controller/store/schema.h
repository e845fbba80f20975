/* controller/store/schema.h
 *
 * The store's tables, as steps from the version before: step i brings user_version from i to i + 1.
 * A step that was released is never changed; a change of the tables is one more step. */
#pragma once
#include <stddef.h>

extern const char *const store_schema_steps[];
extern const size_t store_schema_version;
