/* serverless-dependson-plugin 1.1.2 (MIT): functions are made one after the other, or in a few
 * chains side by side, so that Lambda's control plane is not asked for all at once. */
#include "reconcile/compile/parts.h"
#include "reconcile/compile/plugins/plugins.h"
#include <math.h>
#include <string.h>

static bool is_enabled(json_t *custom)
{
    json_t *enabled = json_object_get(custom, "enabled");

    return !json_is_false(enabled) && g_strcmp0(json_string_value(enabled), "false") != 0;
}

static guint chain_count(json_t *custom)
{
    json_t *chains = json_object_get(custom, "chains");
    double count = json_is_number(chains) ? trunc(json_number_value(chains)) : 1;

    return count > 1 ? (guint)fmin(count, G_MAXINT) : 1;
}

static void wait_for(Compilation *compilation, const Function *function, const Function *before)
{
    json_t *resource = json_object_get(compilation->resources, function->logical_id);
    json_t *present = json_object_get(resource, "DependsOn"), *depends;

    if (!resource)
        return;
    if (!present) {
        json_object_set_new(resource, "DependsOn", json_string(before->logical_id));
        return;
    }
    depends = json_pack("[s]", before->logical_id);
    if (json_is_array(present))
        json_array_extend(depends, present);
    else
        json_array_append(depends, present);
    json_object_set_new(resource, "DependsOn", depends);
}

static void compile(Compilation *compilation)
{
    json_t *custom = plugin_custom(compilation->source, "dependsOn");
    guint chains = chain_count(custom);

    if (!is_enabled(custom))
        return;
    for (guint i = chains; i < compilation->functions->len; i++)
        wait_for(compilation, compilation->functions->pdata[i],
                 compilation->functions->pdata[i - chains]);
}

const Plugin plugin_dependson = {
    .name = "serverless-dependson-plugin",
    .compile = compile,
};
