/* controller/build/limits.h
 *
 * Lambda's limits on code, held against what a service would deploy before anything is uploaded:
 * 250 MB uncompressed for a function with its layers (Lambda's "Deployment package (.zip file
 * archive) size"). The 50 MB of the same table hold for archives in the request itself; ours go
 * through S3. */
#pragma once
#include "config/problem.h"
#include "reconcile/compile/compile.h"
#include "reconcile/source/source_tree.h"

#define LAMBDA_UNZIPPED_MAX_BYTES ((uint64_t)250 << 20)

/* False, with an error for every function that Lambda would refuse, at its place, with the largest
 * folders of what it consists of. `artifacts`: Artifact*, beside service_artifacts. Layers of other
 * stacks are not counted: their size is not known here. Also warns of functions whose archive lacks
 * the file they start in (entry_point.h). */
G_GNUC_WARN_UNUSED_RESULT
bool limits_check_code(const Service *service, const GPtrArray *artifacts, const Template *compiled,
                       SourceTree *tree, Problems *problems);

/* "the ten largest folders of NAME: …", for an artifact that is too large by itself; NULL where it
 * cannot be told. (transfer full) */
char *limits_explain_size(SourceTree *tree, const ArtifactSpec *spec);
