/* What starts a state machine: schedules, and rules over events. */
#include "config/json_text.h"
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

/* An event of a state machine. */
typedef struct {
    Compilation *compilation;
    const StateMachine *machine;
    json_t *event; /* below its type's key */
    char *pointer;
    unsigned number; /* among those of its kind, from 1 */
} Start;

static bool refuse(const Start *start, const char *hint, const char *message)
{
    compilation_problem(start->compilation, PROBLEM_ERROR, start->pointer, hint,
                        "state machine %s: %s", start->machine->key, message);
    return false;
}

static char *id_of(const Start *start, const char *suffix)
{
    g_autofree char *normal = naming_normalize(start->machine->key);

    return g_strconcat(normal, suffix, NULL);
}

/* The role that may start the machine. */
static void add_role(const Start *start, const char *id, const char *service, const char *kind,
                     bool with_boundary)
{
    const Compilation *compilation = start->compilation;
    g_autofree char *policy =
        g_strdup_printf("%s-%s-%s-%s-%s", compilation->stage, compilation->region,
                        compilation->service, start->machine->key, kind);
    json_t *properties = json_pack(
        "{s:{s:s,s:[{s:s,s:{s:s},s:s}]},s:[{s:s,s:{s:s,s:[{s:s,s:[s],s:{s:s}}]}}]}",
        "AssumeRolePolicyDocument", "Version", "2012-10-17", "Statement", "Effect", "Allow",
        "Principal", "Service", service, "Action", "sts:AssumeRole", "Policies", "PolicyName",
        policy, "PolicyDocument", "Version", "2012-10-17", "Statement", "Effect", "Allow", "Action",
        "states:StartExecution", "Resource", "Ref", start->machine->id);

    step_functions_finish_role(start->compilation, properties, with_boundary);
    compilation_add_resource(start->compilation, id, "AWS::IAM::Role", properties);
}

static bool check_input(const Start *start)
{
    const char *const keys[] = {"input", "inputPath", "inputTransformer"};
    unsigned given = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        given += js_is_truthy(json_object_get(start->event, keys[i]));
    return given <= 1 || refuse(start, "keep one of them",
                                "input, inputPath and inputTransformer exclude one another");
}

/* An object goes as the text that JSON makes of it. */
static void set_input(json_t *target, json_t *input)
{
    g_autofree char *text = NULL;

    if (!js_is_truthy(input))
        return;
    if (json_is_object(input) || json_is_array(input))
        text = json_text(input, JSON_TEXT_COMPACT);
    if (text)
        json_object_set_new(target, "Input", json_string(text));
    else
        json_object_set(target, "Input", input);
}

static void set_transformer(json_t *target, json_t *transformer)
{
    json_t *paths = json_object_get(transformer, "inputPathsMap"),
           *template = json_object_get(transformer, "inputTemplate");

    if (js_is_truthy(transformer))
        json_object_set_new(
            target, "InputTransformer",
            json_pack("{s:O?,s:O?}", "InputPathsMap", paths, "InputTemplate", template));
}

static void set_retry(json_t *target, json_t *policy)
{
    json_t *age = json_object_get(policy, "maximumEventAgeInSeconds"),
           *attempts = json_object_get(policy, "maximumRetryAttempts"), *retry;

    if (!js_is_truthy(policy))
        return;
    retry = json_object();
    if (age)
        json_object_set(retry, "MaximumEventAgeInSeconds", age);
    if (attempts)
        json_object_set(retry, "MaximumRetryAttempts", attempts);
    json_object_set_new(target, "RetryPolicy", retry);
}

static void set_text(json_t *target, const char *name, json_t *value)
{
    if (js_is_truthy(value))
        json_object_set(target, name, value);
}

static const char *state_of(json_t *event)
{
    return json_is_false(json_object_get(event, "enabled")) ? "DISABLED" : "ENABLED";
}

static json_t *target_of(const Start *start, const char *role_id, json_t *role)
{
    return json_pack("{s:{s:s},s:o}", "Arn", "Ref", start->machine->id, "RoleArn",
                     js_is_truthy(role) ? json_incref(role) : json_get_att(role_id, "Arn"));
}

static bool check_schedule(const Start *start, bool scheduler)
{
    json_t *event = start->event;

    if (json_is_string(event))
        return true;
    if (!json_is_string(json_object_get(event, "rate")))
        return refuse(start, "write schedule: rate(10 minutes), or an object with rate",
                      "a schedule has no rate");
    if (!check_input(start))
        return false;
    if (scheduler && js_is_truthy(json_object_get(event, "inputTransformer")))
        return refuse(start, "use method: eventBus",
                      "inputTransformer does not go together with method: scheduler");
    if (scheduler && js_is_truthy(json_object_get(event, "inputPath")))
        return refuse(start, "use method: eventBus",
                      "inputPath does not go together with method: scheduler");
    if (!scheduler && js_is_truthy(json_object_get(event, "timezone")))
        return refuse(start, "use method: scheduler",
                      "timezone goes together with method: scheduler only");
    return true;
}

static void add_scheduler(const Start *start, const char *expression, const char *role_id)
{
    g_autofree char *suffix = g_strdup_printf("StepFunctionsSchedulerSchedule%u", start->number);
    g_autofree char *id = id_of(start, suffix);
    json_t *target = target_of(start, role_id, json_object_get(start->event, "role"));
    json_t *properties =
        json_pack("{s:s,s:s,s:o,s:{s:s}}", "ScheduleExpression", expression, "State",
                  state_of(start->event), "Target", target, "FlexibleTimeWindow", "Mode", "OFF");

    set_input(target, json_object_get(start->event, "input"));
    set_text(properties, "ScheduleExpressionTimezone", json_object_get(start->event, "timezone"));
    set_text(properties, "Name", json_object_get(start->event, "name"));
    set_text(properties, "Description", json_object_get(start->event, "description"));
    compilation_add_resource(start->compilation, id, "AWS::Scheduler::Schedule", properties);
}

/* What a rule gives to the machine. */
static void finish_rule(const Start *start, json_t *properties, json_t *target, const char *id)
{
    json_t *event = start->event;

    json_object_set_new(target, "Id", json_string(id));
    set_input(target, json_object_get(event, "input"));
    set_text(target, "InputPath", json_object_get(event, "inputPath"));
    set_transformer(target, json_object_get(event, "inputTransformer"));
    set_retry(target, json_object_get(event, "retryPolicy"));
    set_text(properties, "Name", json_object_get(event, "name"));
    set_text(properties, "Description", json_object_get(event, "description"));
    json_object_set_new(properties, "State", json_string(state_of(event)));
    json_object_set_new(properties, "Targets", json_pack("[o]", target));
}

static void add_scheduled_rule(const Start *start, const char *expression, const char *role_id)
{
    g_autofree char *suffix = g_strdup_printf("StepFunctionsEventsRuleSchedule%u", start->number);
    g_autofree char *id = id_of(start, suffix);
    g_autofree char *target_id = g_strconcat(start->machine->key, "StepFunctionsSchedule", NULL);
    json_t *properties = json_pack("{s:s}", "ScheduleExpression", expression);

    finish_rule(start, properties, target_of(start, role_id, json_object_get(start->event, "role")),
                target_id);
    compilation_add_resource(start->compilation, id, "AWS::Events::Rule", properties);
}

static void add_schedule(const Start *start)
{
    const char *method = json_string_value(json_object_get(start->event, "method"));
    const bool scheduler = g_strcmp0(method, "scheduler") == 0;
    json_t *rate =
        json_is_object(start->event) ? json_object_get(start->event, "rate") : start->event;
    g_autofree char *role_id = id_of(start, "ScheduleToStepFunctionsRole");

    if (!check_schedule(start, scheduler))
        return;
    if (scheduler)
        add_scheduler(start, json_string_value(rate), role_id);
    else
        add_scheduled_rule(start, json_string_value(rate), role_id);
    if (!js_is_truthy(json_object_get(start->event, "role")))
        add_role(start, role_id, scheduler ? "scheduler.amazonaws.com" : "events.amazonaws.com",
                 "schedule", true);
}

static void add_rule(const Start *start)
{
    json_t *pattern = json_object_get(start->event, "event"),
           *bus = json_object_get(start->event, "eventBusName"),
           *role = json_object_get(start->event, "iamRole"),
           *letters = json_object_get(start->event, "deadLetterConfig"), *properties, *target;
    g_autofree char *suffix = g_strdup_printf("EventsRuleCloudWatchEvent%u", start->number);
    g_autofree char *id = id_of(start, suffix), *role_id = id_of(start, "EventToStepFunctionsRole");
    g_autofree char *target_id = g_strconcat(start->machine->key, "CloudWatchEvent", NULL);

    if (!js_is_truthy(pattern)) {
        refuse(start, "give it the pattern of events under event", "an event rule has no event");
        return;
    }
    if (!check_input(start))
        return;
    properties = json_pack("{s:O}", "EventPattern", pattern);
    if (bus)
        json_object_set(properties, "EventBusName", bus);
    target = target_of(start, role_id, role);
    if (letters)
        json_object_set_new(target, "DeadLetterConfig", json_pack("{s:O}", "Arn", letters));
    finish_rule(start, properties, target, target_id);
    compilation_add_resource(start->compilation, id, "AWS::Events::Rule", properties);
    if (!role)
        add_role(start, role_id, "events.amazonaws.com", "event", false);
}

void step_functions_add_starts(Compilation *compilation, const StateMachine *machine)
{
    unsigned schedules = 0, rules = 0;
    json_t *event;
    size_t i;

    json_array_foreach(json_object_get(machine->config, "events"), i, event)
    {
        const char *type = json_object_iter_key(json_object_iter(event));
        g_autofree char *pointer =
            g_strdup_printf("%s/events/%zu/%s", machine->pointer, i, type ? type : "");
        Start start = {.compilation = compilation,
                       .machine = machine,
                       .event = json_object_get(event, type ? type : ""),
                       .pointer = pointer};

        compilation_set_maker(compilation, pointer);
        if (g_strcmp0(type, "schedule") == 0) {
            start.number = ++schedules;
            add_schedule(&start);
        } else if (g_strcmp0(type, "cloudwatchEvent") == 0 || g_strcmp0(type, "eventBridge") == 0) {
            start.number = ++rules;
            add_rule(&start);
        } else if (g_strcmp0(type, "http") != 0) { /* api.c */
            g_autofree char *message =
                g_strdup_printf("no event type is called %s", type ? type : "(none)");

            refuse(&start, "http, schedule, cloudwatchEvent and eventBridge are known", message);
        }
    }
}
