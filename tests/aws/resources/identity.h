/* tests/aws/resources/identity.h
 *
 * What resources are called: physical ids and attributes, made the same way in every run. */
#pragma once
#include "tests/aws/resources/live.h"

/* Sets physical_id, identifier, attributes and the name property from properties, hidden, seed and
 * home. */
void identity_assign(Live *live);

/* Makes the attributes again after properties changed; ids stay. */
void identity_refresh(Live *live);

/* The property that names a resource of the type, or NULL. */
const char *identity_name_property(const char *type);
