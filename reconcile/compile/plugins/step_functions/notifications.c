/* Who is told when an execution of a state machine changes its status: one rule a status, and what
 * its targets need to be reached. */
#include "config/json_text.h"
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

#define DIGEST_LENGTH 5

static const char *const statuses[] = {"ABORTED",   "FAILED",    "RUNNING",
                                       "SUCCEEDED", "TIMED_OUT", NULL};

typedef enum {
    BY_POLICY, /* of the target, or a function's permission */
    BY_ROLE,   /* that the rule acts in */
} Permission;

// clang-format off
static const struct TargetType {
    const char *key, *action;
    Permission permission;
    const char *more_key, *parameters, *parameter; /* {arn, more_key}: a parameter of the target */
} types[] = {
    {"sns",           "sns:Publish",            BY_POLICY, NULL,               NULL,                NULL},
    {"sqs",           "sqs:SendMessage",        BY_POLICY, "messageGroupId",   "SqsParameters",     "MessageGroupId"},
    {"kinesis",       "kinesis:PutRecord",      BY_ROLE,   "partitionKeyPath", "KinesisParameters", "PartitionKeyPath"},
    {"firehose",      "firehose:PutRecord",     BY_ROLE,   NULL,               NULL,                NULL},
    {"lambda",        "lambda:InvokeFunction",  BY_POLICY, NULL,               NULL,                NULL},
    {"stepFunctions", "states:StartExecution",  BY_ROLE,   NULL,               NULL,                NULL},
};
// clang-format on

typedef struct {
    Compilation *compilation;
    const StateMachine *machine;
    json_t *config; /* its notifications, references translated */
    json_t *shared; /* {type and target: logical id} of policies, of all machines */
    char *pointer, *role_id;
} Notifications;

static bool refuse(const Notifications *told, ProblemSeverity severity, const char *hint,
                   const char *message)
{
    compilation_problem(told->compilation, severity, told->pointer, hint,
                        "state machine %s: notifications %s", told->machine->key, message);
    return false;
}

/* The first in the order of the table counts. */
static const struct TargetType *type_of(json_t *target)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (json_object_get(target, types[i].key))
            return &types[i];
    return NULL;
}

/* Of a target that was checked. */
static const struct TargetType *known_type_of(json_t *target)
{
    const struct TargetType *type = type_of(target);

    g_assert(type);
    return type;
}

static json_t *arn_of(const struct TargetType *type, json_t *target)
{
    json_t *value = json_object_get(target, type->key), *arn = json_object_get(value, "arn");

    return type->more_key && arn ? arn : value;
}

static bool check_value(const struct TargetType *type, json_t *value)
{
    json_t *more = type->more_key ? json_object_get(value, type->more_key) : NULL;

    if (!type->more_key || !json_object_get(value, "arn"))
        return step_functions_is_arn(value, STEP_FUNCTIONS_ARN_LOCAL);
    return step_functions_is_arn(json_object_get(value, "arn"), STEP_FUNCTIONS_ARN_LOCAL) &&
           (more ? json_is_string(more) && json_object_size(value) == 2
                 : strcmp(type->key, "kinesis") == 0 && json_object_size(value) == 1);
}

static bool check_transformer(json_t *transformer)
{
    json_t *paths = json_object_get(transformer, "inputPathsMap");

    return json_is_string(json_object_get(transformer, "inputTemplate")) &&
           json_object_size(transformer) == (paths ? 2 : 1) && (!paths || json_is_object(paths));
}

static bool check_target(json_t *target)
{
    const char *key;
    json_t *value;

    if (!json_is_object(target))
        return false;
    json_object_foreach(target, key, value)
    {
        bool good = false;

        if (strcmp(key, "inputPath") == 0)
            good = json_is_string(value);
        else if (strcmp(key, "inputTransformer") == 0)
            good = check_transformer(value);
        else
            for (size_t i = 0; !good && i < G_N_ELEMENTS(types); i++)
                good = strcmp(types[i].key, key) == 0 && check_value(&types[i], value);
        if (!good)
            return false;
    }
    return true;
}

/* The plugin makes nothing of what it does not understand. */
static bool check(const Notifications *told, json_t *config)
{
    const char *status;
    json_t *targets, *target;
    size_t i;

    if (g_strcmp0(json_string_value(json_object_get(told->machine->config, "type")), "EXPRESS") ==
        0)
        return refuse(told, PROBLEM_WARNING, "take them out, or make it a STANDARD machine",
                      "are not made: executions of an EXPRESS machine have no events");
    json_object_foreach(config, status, targets)
    {
        if (!g_strv_contains(statuses, status) || !json_is_array(targets))
            return refuse(told, PROBLEM_WARNING,
                          "give lists under ABORTED, FAILED, RUNNING, SUCCEEDED and TIMED_OUT",
                          "are not made: they are no lists of targets by status");
        json_array_foreach(targets, i, target)
        {
            if (!check_target(target))
                return refuse(told, PROBLEM_WARNING,
                              "a target is sns, sqs, kinesis, firehose, lambda or stepFunctions, "
                              "with an ARN as text, Ref, Fn::GetAtt or Fn::Join, and may have "
                              "inputPath or inputTransformer",
                              "are not made: a target is not understood");
            if (!type_of(target))
                return refuse(told, PROBLEM_ERROR,
                              "add sns, sqs, kinesis, firehose, lambda or stepFunctions",
                              "have a target without a type");
        }
    }
    return true;
}

/* The first digits of the MD5 of what JSON makes of it; `value_new` is stolen. (transfer full) */
static char *digest_of(json_t *value_new)
{
    g_autofree char *text = json_text(value_new, JSON_TEXT_COMPACT);
    char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);

    json_decref(value_new);
    digest[DIGEST_LENGTH] = '\0';
    return digest;
}

static char *policy_name(const struct TargetType *type, const char *status, json_t *arn)
{
    g_autofree char *digest =
        digest_of(json_pack("{s:s,s:O}", "action", type->action, "resource", arn));

    return g_strdup_printf("%s-%s-%s", status, type->key, digest);
}

/* A queue's policy names it by its URL. A new reference; NULL where that is not known. */
static json_t *queue_url(json_t *arn)
{
    const char *text = json_string_value(arn), *last = text ? strrchr(text, ':') : NULL;
    json_t *id = json_array_get(json_object_get(arn, "Fn::GetAtt"), 0);

    if (text)
        return json_pack("{s:[s,{s:s}]}", "Fn::Sub",
                         "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/${QueueName}",
                         "QueueName", last ? last + 1 : text);
    return id ? json_pack("{s:O}", "Ref", id) : NULL;
}

/* What lets events reach the target: {Type, Properties}, a new reference; NULL after an error. */
static json_t *resource_policy(const Notifications *told, const struct TargetType *type,
                               const char *status, json_t *arn)
{
    const bool topic = strcmp(type->key, "sns") == 0;
    g_autofree char *name = policy_name(type, status, arn);
    json_t *url;

    if (strcmp(type->key, "lambda") == 0)
        return json_pack("{s:s,s:{s:s,s:O,s:s}}", "Type", "AWS::Lambda::Permission", "Properties",
                         "Action", type->action, "FunctionName", arn, "Principal",
                         "events.amazonaws.com");
    url = topic ? json_incref(arn) : queue_url(arn);
    if (!url) {
        refuse(told, PROBLEM_ERROR, "give the queue's ARN as text or as Fn::GetAtt",
               "name a queue whose URL is not known");
        return NULL;
    }
    return json_pack("{s:s,s:{s:{s:s,s:{s:s,s:{s:s},s:s,s:s,s:O}},s:[o]}}", "Type",
                     topic ? "AWS::SNS::TopicPolicy" : "AWS::SQS::QueuePolicy", "Properties",
                     "PolicyDocument", "Version", "2012-10-17", "Statement", "Sid", name,
                     "Principal", "Service", "events.amazonaws.com", "Effect", "Allow", "Action",
                     type->action, "Resource", arn, topic ? "Topics" : "Queues", url);
}

static bool has_statement(json_t *statements, json_t *statement)
{
    json_t *present;
    size_t i;

    json_array_foreach(statements, i,
                       present) if (json_equal(json_object_get(present, "Sid"),
                                               json_object_get(statement, "Sid"))) return true;
    return false;
}

/* CloudFormation gives a topic or a queue one policy, so that statements of all machines for the
 * same target go into one. */
static void add_policy(const Notifications *told, const char *id, json_t *resource)
{
    const char *type = json_string_value(json_object_get(resource, "Type"));
    json_t *properties = json_object_get(resource, "Properties"),
           *document = json_object_get(properties, "PolicyDocument"),
           *statement = json_object_get(document, "Statement"), *statements,
           *targets = json_object_get(properties, strstr(type, "Topic") ? "Topics" : "Queues");
    g_autofree char *text = NULL, *key = NULL;
    const char *present;

    if (!document) {
        compilation_add_resource(told->compilation, id, type, json_incref(properties));
        return;
    }
    text = json_text(targets, JSON_TEXT_COMPACT | JSON_TEXT_SORT_KEYS);
    key = g_strconcat(type, " ", text, NULL);
    present = json_string_value(json_object_get(told->shared, key));
    if (present) {
        statements = pointer_get(json_object_get(told->compilation->resources, present),
                                 "/Properties/PolicyDocument/Statement");
        if (!has_statement(statements, statement))
            json_array_append(statements, statement);
        return;
    }
    json_object_set_new(document, "Statement", json_pack("[O]", statement));
    json_object_set_new(told->shared, key, json_string(id));
    compilation_add_resource(told->compilation, id, type, json_incref(properties));
}

static json_t *role_policy(const struct TargetType *type, const char *status, json_t *arn)
{
    g_autofree char *name = policy_name(type, status, arn);

    return json_pack("{s:s,s:{s:s,s:[{s:s,s:s,s:O}]}}", "PolicyName", name, "PolicyDocument",
                     "Version", "2012-10-17", "Statement", "Effect", "Allow", "Action",
                     type->action, "Resource", arn);
}

static void add_role(const Notifications *told, json_t *policies)
{
    json_t *properties =
        json_pack("{s:{s:{s:s,s:s,s:{s:s}}},s:O}", "AssumeRolePolicyDocument", "Statement",
                  "Effect", "Allow", "Action", "sts:AssumeRole", "Principal", "Service",
                  "events.amazonaws.com", "Policies", policies);

    step_functions_finish_role(told->compilation, properties, false);
    compilation_add_resource(told->compilation, told->role_id, "AWS::IAM::Role", properties);
}

/* Whether there is a role that rules act in. Targets count over all statuses. */
static bool add_permissions(const Notifications *told)
{
    json_t *policies = json_array(), *target;
    size_t i, index = 0;
    bool has_role;

    for (const char *const *status = statuses; *status; status++)
        json_array_foreach(json_object_get(told->config, *status), i, target)
        {
            const struct TargetType *type = known_type_of(target);
            json_t *arn = arn_of(type, target), *resource;
            g_autofree char *digest = NULL, *id = NULL;
            const size_t at = index++;

            if (type->permission == BY_ROLE) {
                json_array_append_new(policies, role_policy(type, *status, arn));
                continue;
            }
            resource = resource_policy(told, type, *status, arn);
            if (!resource)
                continue;
            digest =
                digest_of(json_pack("{s:I,s:O}", "index", (json_int_t)at, "resource", resource));
            id = g_strconcat(told->machine->id, "ResourcePolicy", digest, NULL);
            add_policy(told, id, resource);
            json_decref(resource);
        }
    has_role = json_array_size(policies) > 0;
    if (has_role)
        add_role(told, policies);
    json_decref(policies);
    return has_role;
}

static json_t *rule_target(const Notifications *told, const char *status, json_t *target,
                           size_t index)
{
    const struct TargetType *type = known_type_of(target);
    json_t *arn = arn_of(type, target), *value = json_object_get(target, type->key),
           *transformer = json_object_get(target, "inputTransformer"), *result;
    g_autofree char *digest =
        digest_of(json_pack("{s:{s:O},s:I}", "target", "Arn", arn, "index", (json_int_t)index));
    g_autofree char *id =
        g_strdup_printf("%s-%s-%s", step_functions_machine_name(told->machine), status, digest);

    result = json_pack("{s:O,s:s}", "Arn", arn, "Id", id);
    if (strcmp(type->key, "stepFunctions") == 0)
        json_object_set_new(result, "RoleArn", json_get_att(told->role_id, "Arn"));
    if (arn != value) {
        json_t *parameters = json_object();

        property_copy(parameters, type->parameter, value, type->more_key);
        json_object_set_new(result, type->parameters, parameters);
    }
    property_copy_truthy(result, "InputPath", target, "inputPath");
    if (js_is_truthy(transformer)) {
        json_t *input = json_object();

        property_copy(input, "InputPathsMap", transformer, "inputPathsMap");
        property_copy(input, "InputTemplate", transformer, "inputTemplate");
        json_object_set_new(result, "InputTransformer", input);
    }
    return result;
}

static void add_rule(const Notifications *told, const char *status, json_t *targets, bool has_role)
{
    const char *machine = step_functions_machine_name(told->machine);
    g_auto(GStrv) words = g_strsplit(status, "_", 2);
    g_autofree char *word = g_strjoinv("", words);
    g_autofree char *id = g_strdup_printf("%sNotifications%sEventRule", told->machine->id, word);
    json_t *list = json_array(), *target, *properties;
    size_t i;

    json_array_foreach(targets, i, target)
        json_array_append_new(list, rule_target(told, status, target, i));
    properties =
        json_pack("{s:o,s:{s:[s],s:[s],s:{s:[s],s:[{s:s}]}},s:o,s:o}", "Description",
                  json_sprintf("[%s] status notification for state machine [%s]", status, machine),
                  "EventPattern", "source", "aws.states", "detail-type",
                  "Step Functions Execution Status Change", "detail", "status", status,
                  "stateMachineArn", "Ref", told->machine->id, "Name",
                  json_sprintf("%s-%s-notification", machine, status), "Targets", list);
    if (has_role)
        json_object_set_new(properties, "RoleArn", json_get_att(told->role_id, "Arn"));
    compilation_add_resource(told->compilation, id, "AWS::Events::Rule", properties);
}

/* References to functions, at every depth, by their logical ids: a new reference. */
static json_t *translated(Compilation *compilation, json_t *value)
{
    json_t *copy, *item;
    const char *key;
    size_t i;

    if (js_is_truthy(json_object_get(value, "Ref")) ||
        js_is_truthy(json_object_get(value, "Fn::GetAtt")))
        return step_functions_translate(compilation, value);
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach(value, key, item)
            json_object_set_new(copy, key, translated(compilation, item));
        return copy;
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item)
            json_array_append_new(copy, translated(compilation, item));
        return copy;
    }
    return json_incref(value);
}

void step_functions_add_notifications(Compilation *compilation, const StateMachine *machine,
                                      json_t *shared)
{
    g_autofree char *pointer = g_strconcat(machine->pointer, "/notifications", NULL);
    g_autofree char *role_id = g_strconcat(machine->id, "NotificationsIamRole", NULL);
    json_t *written = json_object_get(machine->config, "notifications"), *targets;
    Notifications told = {.compilation = compilation,
                          .machine = machine,
                          .shared = shared,
                          .pointer = pointer,
                          .role_id = role_id};
    bool has_role;

    if (!json_is_object(written) || !check(&told, written))
        return;
    compilation_set_maker(compilation, pointer);
    told.config = translated(compilation, written);
    has_role = add_permissions(&told);
    for (const char *const *status = statuses; *status; status++) {
        targets = json_object_get(told.config, *status);
        if (json_array_size(targets) > 0)
            add_rule(&told, *status, targets, has_role);
    }
    json_decref(told.config);
}
