/* reconcile/compile/plugins/bundling.h
 *
 * Inside this folder: what plugins share that have a program of the service's make its archives.
 * Such a plugin fills service->bundle (service_bundle of compile.h) at PLUGIN_PACKAGE. */
#pragma once
#include "reconcile/compile/plugins/plugins.h"

/* Whether the service's `program` may be run; otherwise a problem at the plugin's line that says
 * how. Two plugins that bundle are one too many. */
G_GNUC_WARN_UNUSED_RESULT
bool bundling_allowed(const PluginTurn *turn, const char *program);

/* The same for a plugin that installs packages beside whatever makes the archives. */
G_GNUC_WARN_UNUSED_RESULT
bool bundling_may_install(const PluginTurn *turn, const char *program);

/* The function's, else the provider's; NULL: none is said as text. */
const char *bundling_runtime(const Service *service, json_t *function);
/* Whether a function has a handler that Node runs. */
bool bundling_is_node(const Service *service, json_t *function);

/* Whether a path below the service is a file. */
bool bundling_is_file(const PluginTurn *turn, const char *path);
