/* reconcile/package/composition.h
 *
 * What is in an archive: what a spec's patterns select, from the folder that is lifted to its top,
 * and the files that are added whatever the patterns say. Of what lies outside of a lifted folder
 * stay serverless_sdk/ and s_*.py, where the framework kept what it put around handlers
 * (serverless-python-requirements 6.1, lib/inject.js). */
#pragma once
#include "reconcile/package/selection.h"

/* As selection_new. */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *composition_new(SourceTree *tree, const ArtifactSpec *spec, GError **error);
