/* serverless-prune-plugin 2.1.0 (MIT): after a deployment it deletes old versions of functions and
 * layers by Lambda's API. The template knows nothing of it. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"

static void load(PluginTurn *turn)
{
    json_t *custom = plugin_custom(turn->service, "prune");

    if (js_is_truthy(json_object_get(custom, "automatic")))
        plugin_problem(turn, PROBLEM_WARNING, "/custom/prune",
                       "delete them with `aws lambda delete-function`, or set "
                       "provider.versionFunctions: false",
                       "Driftless deletes no versions: old ones stay, and count into the account's "
                       "code storage");
    else
        plugin_problem(turn, PROBLEM_NOTICE, NULL, NULL,
                       "it brings a command for people; deployments do without");
}

const Plugin plugin_prune = {
    .name = "serverless-prune-plugin",
    .configure = {[PLUGIN_LOAD] = load},
};
