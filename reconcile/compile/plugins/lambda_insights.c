/* serverless-plugin-lambda-insights 2.0.0 (MIT-0): CloudWatch Lambda Insights, as a layer of AWS's
 * on functions and a managed policy on the default role. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

#define POLICY "arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy"
#define ACCOUNT "580247275435" /* publishes the layer in most regions */

/* The newest version of the layer that the plugin knows, region by region; 0: none. From its
 * layerVersions.json and layerVersionsArm64.json. */
// clang-format off
static const struct {
    const char *region, *partition, *account;
    int version, arm64_version;
} layers[] = {
    {"af-south-1",      "aws",   "012438385374",  25, 0},
    {"ap-east-1",       "aws",   "519774774795",  25, 0},
    {"ap-northeast-1",  "aws",   "580247275435",  50, 2},
    {"ap-northeast-2",  "aws",   "580247275435",  32, 0},
    {"ap-northeast-3",  "aws",   "194566237122",   2, 0},
    {"ap-south-1",      "aws",   "580247275435",  31, 2},
    {"ap-south-2",      "aws",   "891564319516",   8, 0},
    {"ap-southeast-1",  "aws",   "580247275435",  33, 2},
    {"ap-southeast-2",  "aws",   "580247275435",  33, 2},
    {"ap-southeast-3",  "aws",   "439286490199",  11, 0},
    {"ca-central-1",    "aws",   "580247275435",  32, 0},
    {"cn-north-1",      "aws-cn", "488211338238",  26, 0},
    {"cn-northwest-1",  "aws-cn", "488211338238",  26, 0},
    {"eu-central-1",    "aws",   "580247275435",  35, 2},
    {"eu-central-2",    "aws",   "033019950311",   7, 0},
    {"eu-north-1",      "aws",   "580247275435",  30, 0},
    {"eu-south-1",      "aws",   "339249233099",  25, 0},
    {"eu-south-2",      "aws",   "352183217350",  10, 0},
    {"eu-west-1",       "aws",   "580247275435",  33, 2},
    {"eu-west-2",       "aws",   "580247275435",  33, 2},
    {"eu-west-3",       "aws",   "580247275435",  32, 0},
    {"me-central-1",    "aws",   "732604637566",   9, 0},
    {"me-south-1",      "aws",   "285320876703",  25, 0},
    {"sa-east-1",       "aws",   "580247275435",  32, 0},
    {"us-east-1",       "aws",   "580247275435",  35, 2},
    {"us-east-2",       "aws",   "580247275435",  33, 2},
    {"us-west-1",       "aws",   "580247275435",  33, 0},
    {"us-west-2",       "aws",   "580247275435",  33, 2},
};
// clang-format on

/* The version that custom.lambdaInsights asks for needs no table; NULL for a region without the
 * layer. (transfer full) */
static char *layer_arn(const char *region, bool arm64, json_int_t version)
{
    if (version > 0)
        return g_strdup_printf("arn:aws:lambda:%s:" ACCOUNT
                               ":layer:LambdaInsightsExtension%s:%" JSON_INTEGER_FORMAT,
                               region, arm64 ? "-Arm64" : "", version);
    for (size_t i = 0; i < G_N_ELEMENTS(layers); i++) {
        int newest = arm64 ? layers[i].arm64_version : layers[i].version;

        if (strcmp(layers[i].region, region) == 0 && newest > 0)
            return g_strdup_printf("arn:%s:lambda:%s:%s:layer:LambdaInsightsExtension%s:%d",
                                   layers[i].partition, region, layers[i].account,
                                   arm64 ? "-Arm64" : "", newest);
    }
    return NULL;
}

/* The list at `key`, made where there is none (borrowed). */
static json_t *list_of(json_t *object, const char *key)
{
    json_t *list = json_object_get(object, key);

    if (!js_is_truthy(list)) {
        list = json_array();
        json_object_set_new(object, key, list);
    }
    return list;
}

static bool is_arm64(const PluginTurn *turn, json_t *function)
{
    json_t *own = json_object_get(function, "architecture");
    json_t *shared = pointer_get(turn->service->config, "/provider/architecture");

    return g_strcmp0(json_string_value(js_is_truthy(own) ? own : shared), "arm64") == 0;
}

/* Adds the layer to one function; false where it gets none. */
static bool add_layer(const PluginTurn *turn, const char *key, json_t *function, json_t *custom)
{
    json_t *own = json_object_get(function, "lambdaInsights");
    json_t *version = json_object_get(custom, "lambdaInsightsVersion");
    bool wanted =
        own ? json_is_true(own) : json_is_true(json_object_get(custom, "defaultLambdaInsights"));
    g_autoptr(GString) pointer = g_string_new("/functions");
    g_autofree char *arn = NULL;
    json_t *list;

    if (!wanted)
        return false;
    pointer_append(pointer, key);
    arn = layer_arn(turn->service->region, is_arm64(turn, function), json_integer_value(version));
    list = list_of(function, "layers");
    if (!arn)
        plugin_problem(
            turn, PROBLEM_ERROR, pointer->str, "set custom.lambdaInsights.lambdaInsightsVersion",
            "no version of the Lambda Insights layer is known for %s", turn->service->region);
    else if (!json_is_array(list))
        plugin_problem(turn, PROBLEM_ERROR, pointer->str, "write layers as a list",
                       "the Lambda Insights layer cannot be added to the layers of %s", key);
    else
        json_array_append_new(list, json_string(arn));
    return arn != NULL;
}

static void package(PluginTurn *turn)
{
    json_t *custom = plugin_custom(turn->service, "lambdaInsights"), *function, *policies;
    bool attach = json_object_get(custom, "attachPolicy")
                      ? json_is_true(json_object_get(custom, "attachPolicy"))
                      : true;
    bool added = false;
    const char *key;

    json_object_foreach(json_object_get(turn->service->config, "functions"), key, function) added =
        add_layer(turn, key, function, custom) || added;
    if (!attach || !added)
        return;
    policies = list_of(json_object_get(turn->service->config, "provider"), "iamManagedPolicies");
    json_array_append_new(policies, json_string(POLICY));
}

const Plugin plugin_lambda_insights = {
    .name = "serverless-plugin-lambda-insights",
    .schema = "{\"root\":{\"properties\":{\"custom\":{\"properties\":{\"lambdaInsights\":"
              "{\"type\":\"object\",\"properties\":{"
              "\"defaultLambdaInsights\":{\"type\":\"boolean\"},"
              "\"attachPolicy\":{\"type\":\"boolean\"},"
              "\"lambdaInsightsVersion\":{\"type\":\"number\"}}}}}}},"
              "\"service/function\":{\"properties\":{\"lambdaInsights\":{\"type\":\"boolean\"}}}}",
    .configure = {[PLUGIN_PACKAGE] = package},
};
