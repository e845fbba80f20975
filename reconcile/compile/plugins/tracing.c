/* serverless-plugin-tracing 2.0.0 (MIT): AWS X-Ray for functions, by `tracing` of the provider and
 * of functions. It knows true and false alone; what else `tracing` says is no tracing to it. */
#include "reconcile/compile/parts.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

static bool is_yes(json_t *tracing)
{
    return json_is_true(tracing) || g_strcmp0(json_string_value(tracing), "true") == 0;
}

static bool is_no(json_t *tracing)
{
    return json_is_false(tracing) || g_strcmp0(json_string_value(tracing), "false") == 0;
}

static void compile(Compilation *compilation)
{
    const bool shared = is_yes(json_object_get(compilation->provider, "tracing"));

    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];
        json_t *own = json_object_get(function->config, "tracing");
        json_t *resource = json_object_get(compilation->resources, function->logical_id);
        const bool traces = is_yes(own) || (shared && !is_no(own));

        json_object_set_new(json_object_get(resource, "Properties"), "TracingConfig",
                            json_pack("{s:s}", "Mode", traces ? "Active" : "PassThrough"));
    }
}

const Plugin plugin_tracing = {
    .name = "serverless-plugin-tracing",
    .compile = compile,
};
