/* serverless-plugin-log-retention 2.1.0 (MIT): how long logs are kept, by custom.logRetentionInDays
 * or by the function, as a log group of that retention among `resources`. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/naming.h"
#include "reconcile/compile/plugins/plugins.h"
#include "reconcile/compile/variables/literal.h"
#include <math.h>

/* The days as a number, a new reference; NULL with an error where the plugin refuses them. */
static json_t *retention(const PluginTurn *turn, json_t *written, const char *pointer)
{
    static const int valid[] = {1,   3,   5,   7,   14,  30,  60,   90,  120,
                                150, 180, 365, 400, 545, 731, 1827, 3653};
    double days = NAN;

    if (json_is_number(written))
        days = json_number_value(written);
    else if (json_is_string(written))
        (void)literal_number(json_string_value(written), json_string_length(written), &days);
    for (size_t i = 0; i < G_N_ELEMENTS(valid); i++)
        if (days == valid[i])
            return json_integer(valid[i]);
    plugin_problem(turn, PROBLEM_ERROR, pointer,
                   "write one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                   "1827, 3653",
                   "logs cannot be kept for that time");
    return NULL;
}

static void keep_logs(const PluginTurn *turn, const char *key, json_t *function, json_t *shared,
                      json_t *resources)
{
    json_t *own = json_object_get(function, "logRetentionInDays"), *days;
    g_autofree char *name = naming_normalize(key);
    g_autofree char *id = g_strconcat(name, "LogGroup", NULL);
    g_autoptr(GString) pointer = g_string_new("/functions");

    pointer_append(pointer, key);
    if (js_is_present(own)) {
        g_string_append(pointer, "/logRetentionInDays");
        days = retention(turn, own, pointer->str);
    } else {
        g_string_assign(pointer, "/custom/logRetentionInDays");
        days = json_incref(shared);
    }
    if (!days)
        return;
    json_object_set_new(resources, id,
                        json_pack("{s:s,s:{s:o}}", "Type", "AWS::Logs::LogGroup", "Properties",
                                  "RetentionInDays", days));
}

static void package(PluginTurn *turn)
{
    json_t *written = plugin_custom(turn->service, "logRetentionInDays"), *shared = NULL;
    json_t *resources = json_object_get(turn->service->config, "resources"), *list, *function;
    const char *key;

    if (js_is_truthy(written)) {
        shared = retention(turn, written, "/custom/logRetentionInDays");
        if (!shared)
            return;
    }
    if (!json_is_object(resources)) {
        /* The plugin then writes where nobody reads. To begin with it here would delete logs. */
        plugin_problem(turn, PROBLEM_WARNING, NULL, "set provider.logRetentionInDays",
                       "it has no effect on a service without resources");
        json_decref(shared);
        return;
    }
    list = json_object_get(resources, "Resources");
    if (!json_is_object(list)) {
        list = json_object();
        json_object_set_new(resources, "Resources", list);
    }
    json_object_foreach(json_object_get(turn->service->config, "functions"), key, function)
        keep_logs(turn, key, function, shared, list);
    json_decref(shared);
}

const Plugin plugin_log_retention = {
    .name = "serverless-plugin-log-retention",
    .configure = {[PLUGIN_PACKAGE] = package},
};
