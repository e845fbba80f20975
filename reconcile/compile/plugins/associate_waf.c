/* serverless-associate-waf 1.2.1 (MIT): puts the REST API's id among the outputs; after a
 * deployment it looks a web ACL up by its name and associates it with the API's stage. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"

static void load(PluginTurn *turn)
{
    json_t *name = json_object_get(plugin_custom(turn->service, "associateWaf"), "name");

    if (js_is_truthy(name))
        plugin_problem(turn, PROBLEM_WARNING, "/custom/associateWaf",
                       "write an AWS::WAFv2::WebACLAssociation under resources, with the ARN of "
                       "the ACL",
                       "Driftless associates no web ACL: the API's stage stays as it is");
}

static void compile(Compilation *compilation)
{
    /* The real plugin refers to an API that need not be there: such a template cannot be deployed.
     */
    if (json_object_get(compilation->resources, "ApiGatewayRestApi"))
        compilation_add_output(compilation, "ApiGatewayRestApiWaf", "Rest API Id",
                               json_ref("ApiGatewayRestApi"));
}

const Plugin plugin_associate_waf = {
    .name = "serverless-associate-waf",
    .configure = {[PLUGIN_LOAD] = load},
    .compile = compile,
};
