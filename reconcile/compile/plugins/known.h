/* reconcile/compile/plugins/known.h
 *
 * Inside this folder only: plugins that are not done here, and what can be said of them. Pure. */
#pragma once
#include <stdbool.h>

typedef struct {
    const char *name;
    const char *work; /* what it would do: "it …" */
    const char *hint; /* how to have that without it; or NULL */
} KnownPlugin;

/* NULL for one that nothing is known of. */
const KnownPlugin *known_plugin(const char *name);

/* Whether it only helps at a developer's desk, so that nothing of what is deployed changes. */
bool known_plugin_is_for_development(const char *name);
