/* reconcile/package/development.h
 *
 * What is installed for development only, as the framework learns it by running `npm ls` twice in
 * every folder with a package.json: what development reaches and production does not. Read off the
 * tree that is installed (the package.json of each package in node_modules), so that it holds for
 * npm, yarn and pnpm, and for whatever any lock file says; nothing is started.
 *
 * Facts: npm 11, lib/commands/ls.js and @npmcli/arborist's loadActual and node.js. */
#pragma once
#include "reconcile/source/source_tree.h"

#define DEVELOPMENT_PACKAGES_MAX 50000

typedef struct Development Development;

/* `root`: of what is packaged, in the tree. What cannot be read counts as nothing, as there.
 * Errors: PACKAGE_ERROR_SOURCE, PACKAGE_ERROR_TOO_LARGE. */
G_GNUC_WARN_UNUSED_RESULT
Development *development_new(SourceTree *tree, const char *root, GError **error);
void development_free(Development *development);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Development, development_free)

/* Whether `path` (relative to the root) is a package's folder, or a command of one in .bin, that is
 * for development only. */
bool development_holds(const Development *development, const char *path);
