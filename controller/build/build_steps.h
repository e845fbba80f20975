/* controller/build/build_steps.h
 *
 * Inside this folder: what driftless.yml has run before a service is compiled. */
#pragma once
#include "controller/build/build.h"

/* Runs the steps of request->builds (or finds what they made before) into `build`, whose tree_over
 * gives it from then on. What the repository did wrong becomes a problem, and the answer false
 * without an error; the machine's trouble is an error. */
G_GNUC_WARN_UNUSED_RESULT
bool build_run_steps(const BuildRequest *request, Build *build, Problems *problems, GError **error);

/* The same without steps: the folder as it is, for a bundler. */
G_GNUC_WARN_UNUSED_RESULT
bool build_export(const BuildRequest *request, Build *build, Problems *problems, GError **error);

/* Where the service is below the folder that is built. */
const char *build_work_path(const BuildRequest *request, const char *folder);
SandboxCeilings build_ceilings(const BuildSettings *settings);

/* A failure as a problem, when it is the repository's, or as an error; false. */
bool build_tell_failure(const BuildRequest *request, const GError *failure, Problems *problems,
                        GError **error);
