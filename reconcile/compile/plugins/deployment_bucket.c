/* serverless-deployment-bucket 1.6.0 (MIT): makes the bucket of provider.deploymentBucket.name when
 * it is missing, and sets it up by S3's API. The template knows nothing of it. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"

static void load(PluginTurn *turn)
{
    static const char *const settings[] = {"versioning", "accelerate",        "policy",
                                           "tags",       "blockPublicAccess", "accessLog"};
    json_t *custom = plugin_custom(turn->service, "deploymentBucket");
    json_t *bucket = pointer_get(turn->service->config, "/provider/deploymentBucket");
    json_t *name = json_is_object(bucket) ? json_object_get(bucket, "name") : NULL;
    g_autoptr(GString) left_out = g_string_new(NULL);

    if (!js_is_truthy(name) || json_is_false(json_object_get(custom, "enabled")))
        return;
    plugin_problem(turn, PROBLEM_NOTICE, "/provider/deploymentBucket",
                   "make it once, or leave deploymentBucket out: Driftless then keeps a bucket of "
                   "its own in the account",
                   "the bucket has to be there: Driftless deploys with it as it is");
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        if (js_is_truthy(json_object_get(custom, settings[i])))
            g_string_append_printf(left_out, "%s%s", left_out->len ? ", " : "", settings[i]);
    if (left_out->len > 0)
        plugin_problem(turn, PROBLEM_WARNING, "/custom/deploymentBucket",
                       "set it on the bucket where the bucket is made",
                       "the bucket is not changed: %s has no effect", left_out->str);
}

const Plugin plugin_deployment_bucket = {
    .name = "serverless-deployment-bucket",
    .configure = {[PLUGIN_LOAD] = load},
};
