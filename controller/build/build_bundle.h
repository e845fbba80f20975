/* controller/build/build_bundle.h
 *
 * Inside this folder: the service's own bundler, run in the sandbox after compiling has said what
 * it is to make and before artifacts are identified. */
#pragma once
#include "controller/build/build.h"

/* Does what service_bundle (build->service) asks for; nothing where it asks for nothing. False as
 * in build_run_steps. */
G_GNUC_WARN_UNUSED_RESULT
bool build_run_bundler(const BuildRequest *request, Build *build, Problems *problems,
                       GError **error);
