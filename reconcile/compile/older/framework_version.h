/* reconcile/compile/older/framework_version.h
 *
 * What a `frameworkVersion` asks for: a range of semantic versions as npm's semver reads it
 * (node-semver, "Ranges"): `3`, `^3.38`, `>=2.0.0 <4.0.0`, `1.x || >=2.5.0 || 5.0.0 - 7.2.3`.
 * Tags of pre-releases are passed over. Pure. */
#pragma once
#include <stdbool.h>

typedef struct {
    bool before_4; /* some version before 4.0.0 is in the range */
    bool from_4;   /* some version from 4.0.0 on is */
} FrameworkVersion;

/* False for a text that is no range. */
bool framework_version_read(const char *range, FrameworkVersion *ret);
