/* Alarms over the executions of a state machine. */
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

// clang-format off
static const struct {
    const char *metric, *cloud_watch, *description;
} metrics[] = {
    {"executionsTimedOut",  "ExecutionsTimedOut",  "executions timed out"},
    {"executionsFailed",    "ExecutionsFailed",    "executions failed"},
    {"executionsAborted",   "ExecutionsAborted",   "executions were aborted"},
    {"executionThrottled",  "ExecutionThrottled",  "execution were throttled"},
    {"executionsSucceeded", "ExecutionsSucceeded", "executions succeeded"},
};
// clang-format on

typedef struct {
    Compilation *compilation;
    const StateMachine *machine;
    json_t *config; /* its alarms */
    char *pointer;
} Alarms;

/* The plugin makes nothing of alarms that it does not understand. */
static bool refuse(const Alarms *alarms, const char *hint, const char *message)
{
    compilation_problem(alarms->compilation, PROBLEM_WARNING, alarms->pointer, hint,
                        "state machine %s: no alarms are made, because %s", alarms->machine->key,
                        message);
    return false;
}

static bool is_period(json_t *period)
{
    return !period || (json_is_integer(period) && json_integer_value(period) >= 1);
}

static bool check_topics(const Alarms *alarms)
{
    static const char *const topics[] = {"ok", "alarm", "insufficientData", NULL};
    json_t *config = json_object_get(alarms->config, "topics"), *topic;
    const char *name;

    if (json_object_size(config) == 0)
        return refuse(alarms, "give topics.alarm, topics.ok or topics.insufficientData",
                      "they name no topic");
    json_object_foreach(config, name, topic)
    {
        if (!g_strv_contains(topics, name))
            return refuse(alarms, "the topics are alarm, ok and insufficientData",
                          "of an unknown topic");
        if (!step_functions_is_arn(topic, STEP_FUNCTIONS_ARN_ANY))
            return refuse(alarms,
                          "give each topic a text, Ref, Fn::GetAtt, Fn::ImportValue, "
                          "Fn::Join or Fn::Sub",
                          "a topic is no ARN");
    }
    return true;
}

static bool check_metric(const Alarms *alarms, json_t *metric)
{
    static const char *const keys[] = {"metric",           "logicalId", "alarmName",
                                       "treatMissingData", "period",    NULL};
    const char *key;
    json_t *value;

    if (json_is_string(metric))
        return true;
    if (!json_is_string(json_object_get(metric, "metric")))
        return refuse(alarms, "name the metric, or give a map with metric", "a metric has no name");
    json_object_foreach(metric, key, value)
    {
        if (!g_strv_contains(keys, key) ||
            !(strcmp(key, "period") == 0 ? is_period(value) : json_is_string(value)))
            return refuse(alarms,
                          "a metric has metric, logicalId, alarmName, treatMissingData "
                          "(texts) and period (a whole number)",
                          "a metric has settings that are not known");
    }
    return true;
}

static bool check(const Alarms *alarms)
{
    static const char *const keys[] = {"topics",           "metrics", "nameTemplate",
                                       "treatMissingData", "period",  NULL};
    json_t *list = json_object_get(alarms->config, "metrics"), *metric, *value;
    const char *key;
    size_t i;

    json_object_foreach(alarms->config, key, value)
    {
        const bool text = strcmp(key, "nameTemplate") == 0 || strcmp(key, "treatMissingData") == 0;

        if (!g_strv_contains(keys, key) || (text && !json_is_string(value)))
            return refuse(alarms,
                          "alarms have topics, metrics, nameTemplate, treatMissingData "
                          "(texts) and period",
                          "of settings that are not known");
    }
    if (!check_topics(alarms))
        return false;
    if (json_array_size(list) == 0)
        return refuse(alarms, "list metrics, as executionsFailed", "they list no metrics");
    if (!is_period(json_object_get(alarms->config, "period")))
        return refuse(alarms, "give whole seconds", "period is no number of seconds");
    json_array_foreach(list, i, metric) if (!check_metric(alarms, metric)) return false;
    return true;
}

static json_t *actions(const Alarms *alarms, const char *topic)
{
    json_t *arn = json_object_get(json_object_get(alarms->config, "topics"), topic);

    return js_is_truthy(arn) ? json_pack("[O]", arn) : json_array();
}

/* What the metric says, or else what all alarms say; NULL where neither does. */
static json_t *setting(const Alarms *alarms, json_t *metric, const char *key)
{
    json_t *own = json_object_get(metric, key);

    return own ? own : json_object_get(alarms->config, key);
}

static void replace_variable(GString *name, const char *variable, const char *value)
{
    g_autofree char *written = g_strdup_printf("$[%s]", variable);

    g_string_replace(name, written, value, 0);
}

/* The name by the template; NULL: CloudFormation gives one. (transfer full) */
static char *templated_name(const Alarms *alarms, size_t at)
{
    const char *template = json_string_value(json_object_get(alarms->config, "nameTemplate"));
    g_autoptr(GString) name = g_string_new(template);

    if (!template)
        return NULL;
    replace_variable(name, "stateMachineName", step_functions_machine_name(alarms->machine));
    replace_variable(name, "cloudWatchMetricName", metrics[at].cloud_watch);
    replace_variable(name, "metricName", metrics[at].metric);
    if (!g_regex_match_simple("\\$\\[[^\\][]*\\]", name->str, 0, 0))
        return g_strdup(name->str);
    compilation_problem(alarms->compilation, PROBLEM_WARNING, alarms->pointer,
                        "use stateMachineName, cloudWatchMetricName and metricName",
                        "state machine %s: nameTemplate has unknown variables, and is not used",
                        alarms->machine->key);
    return NULL;
}

static void add_alarm(const Alarms *alarms, json_t *metric, size_t at)
{
    const Compilation *compilation = alarms->compilation;
    const char *logical_id = json_string_value(json_object_get(metric, "logicalId"));
    g_autofree char *own_id =
        g_strdup_printf("%s%sAlarm", alarms->machine->id, metrics[at].cloud_watch);
    g_autofree char *description =
        g_strdup_printf("%s[%s][%s]: %s", step_functions_machine_name(alarms->machine),
                        compilation->stage, compilation->region, metrics[at].description);
    g_autofree char *templated = templated_name(alarms, at);
    json_t *period = setting(alarms, metric, "period"),
           *missing = setting(alarms, metric, "treatMissingData"),
           *name = json_object_get(metric, "alarmName"), *properties;

    properties = json_pack(
        "{s:s,s:s,s:s,s:i,s:o,s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:[{s:s,s:{s:s}}]}", "Namespace",
        "AWS/States", "MetricName", metrics[at].cloud_watch, "AlarmDescription", description,
        "Threshold", 1, "Period", period ? json_incref(period) : json_integer(60),
        "EvaluationPeriods", 1, "ComparisonOperator", "GreaterThanOrEqualToThreshold", "Statistic",
        "Sum", "OKActions", actions(alarms, "ok"), "AlarmActions", actions(alarms, "alarm"),
        "InsufficientDataActions", actions(alarms, "insufficientData"), "TreatMissingData",
        missing ? json_incref(missing) : json_string("missing"), "Dimensions", "Name",
        "StateMachineArn", "Value", "Ref", alarms->machine->id);
    if (name)
        json_object_set(properties, "AlarmName", name);
    else if (templated)
        json_object_set_new(properties, "AlarmName", json_string(templated));
    compilation_add_resource(alarms->compilation, logical_id ? logical_id : own_id,
                             "AWS::CloudWatch::Alarm", properties);
}

void step_functions_add_alarms(Compilation *compilation, const StateMachine *machine)
{
    g_autofree char *pointer = g_strconcat(machine->pointer, "/alarms", NULL);
    const Alarms alarms = {.compilation = compilation,
                           .machine = machine,
                           .config = json_object_get(machine->config, "alarms"),
                           .pointer = pointer};
    json_t *metric;
    size_t i, at;

    if (!json_is_object(alarms.config) || !check(&alarms))
        return;
    compilation_set_maker(compilation, pointer);
    json_array_foreach(json_object_get(alarms.config, "metrics"), i, metric)
    {
        json_t *named = json_is_string(metric) ? metric : json_object_get(metric, "metric");

        for (at = 0; at < G_N_ELEMENTS(metrics); at++)
            if (strcmp(metrics[at].metric, json_string_value(named)) == 0)
                break;
        if (at < G_N_ELEMENTS(metrics))
            add_alarm(&alarms, json_is_object(metric) ? metric : NULL, at);
        else
            compilation_problem(compilation, PROBLEM_WARNING, pointer,
                                "executionsTimedOut, executionsFailed, executionsAborted, "
                                "executionThrottled and executionsSucceeded are",
                                "state machine %s: %s is no metric of a state machine; no alarm is "
                                "made",
                                machine->key, json_string_value(named));
    }
}
