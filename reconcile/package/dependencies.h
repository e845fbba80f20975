/* reconcile/package/dependencies.h
 *
 * Whether what a service declares to need is in the tree: a function whose dependencies are nowhere
 * deploys green and dies at its first call. */
#pragma once
#include "reconcile/package/selection.h"

/* For Node (package.json: each of `dependencies` in node_modules) and Python (requirements.txt: at
 * least one of them beside the code, as names of distributions and modules differ) runtimes; others
 * pass. What the runtime brings along is not asked for, and nothing is of what the patterns or
 * .slsignore leave out on purpose. Errors: PACKAGE_ERROR_DEPENDENCIES with what to do,
 * PACKAGE_ERROR_SOURCE. */
G_GNUC_WARN_UNUSED_RESULT
bool dependencies_check(SourceTree *tree, const ArtifactSpec *spec, GError **error);
