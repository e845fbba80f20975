/* controller/build/build_install.h
 *
 * Inside this folder: the packages that a plugin of the service installs, by pip in the sandbox,
 * after compiling has said which and before artifacts are identified. */
#pragma once
#include "controller/build/build.h"

/* Does what service_installs (build->service) asks for; nothing where it asks for nothing. False as
 * in build_run_steps. */
G_GNUC_WARN_UNUSED_RESULT
bool build_install(const BuildRequest *request, Build *build, Problems *problems, GError **error);
