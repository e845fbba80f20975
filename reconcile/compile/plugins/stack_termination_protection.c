/* serverless-stack-termination-protection 2.0.2 (MIT): protects the stack from deletion, in all
 * stages or in those listed; elsewhere it takes the protection away. */
#include "reconcile/compile/plugins/plugins.h"

static void settings(const Service *service, json_t *settings)
{
    json_t *custom = plugin_custom(service, "serverlessTerminationProtection"), *stage;
    json_t *stages = json_object_get(custom, "stages");
    bool is_protected = json_array_size(stages) == 0;
    size_t i;

    json_array_foreach(stages, i, stage) is_protected =
        is_protected || g_strcmp0(json_string_value(stage), service->stage) == 0;
    json_object_set_new(settings, "TerminationProtection", json_boolean(is_protected));
}

const Plugin plugin_stack_termination_protection = {
    .name = "serverless-stack-termination-protection",
    .settings = settings,
};
