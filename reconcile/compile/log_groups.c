#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"

/* functions.x.key, else provider.key; what is not truthy says nothing. */
static json_t *setting(Compilation *compilation, const Function *function, const char *key)
{
    json_t *own = json_object_get(function->config, key);
    json_t *shared = json_object_get(compilation->provider, key);

    if (js_is_truthy(own))
        return own;
    return js_is_truthy(shared) ? shared : NULL;
}

static void compile_log_group(Compilation *compilation, const Function *function)
{
    g_autofree char *id = function_id(function, "LogGroup");
    g_autofree char *name = g_strconcat("/aws/lambda/", function->name, NULL);
    json_t *properties = json_pack("{s:s}", "LogGroupName", name);
    json_t *retention = setting(compilation, function, "logRetentionInDays");
    json_t *protection = setting(compilation, function, "logDataProtectionPolicy");

    if (retention)
        json_object_set(properties, "RetentionInDays", retention);
    if (protection)
        json_object_set(properties, "DataProtectionPolicy", protection);
    function_apply_condition(
        compilation, function,
        compilation_add_resource(compilation, id, "AWS::Logs::LogGroup", properties));
}

void compile_log_groups(Compilation *compilation)
{
    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];
        g_autofree char *pointer = function_pointer(function, NULL);

        if (js_is_truthy(json_object_get(function->config, "disableLogs")))
            continue;
        compilation_set_maker(compilation, pointer);
        compile_log_group(compilation, function);
    }
    compilation_set_maker(compilation, NULL);
}
