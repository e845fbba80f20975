/* controller/cli/package_state.h
 *
 * `.serverless/serverless-state.json` as the framework writes it (osls 4.3.1), for tools that read
 * it: {"service": the resolved service with both templates, "package": where its code is}. Values
 * that are secret are hidden, which the framework does not. */
#pragma once
#include "controller/build/build.h"

/* `folder`: where the artifacts were written. A new reference; NULL for what is no serverless.yml.
 */
json_t *package_state(const Build *build, const char *file, const char *folder);
