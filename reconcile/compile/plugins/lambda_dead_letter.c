/* serverless-plugin-lambda-dead-letter 1.2.1 (MIT): functions.x.deadLetter makes a queue or topic
 * for events that the function failed on, or names one.
 *
 * The plugin makes queue and topic in the template, and tells the function of them by Lambda's API
 * after the deployment; its first half hangs on a moment that the framework has no more since
 * version 2. Here both are in the template: so a function keeps its dead letters when the stack is
 * compared with it, and the default role may send them. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

static void letter_error(Compilation *compilation, const Function *function, const char *hint,
                         const char *message)
{
    g_autofree char *pointer = function_pointer(function, "/deadLetter");

    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "function %s: %s", function->key,
                        message);
}

static json_t *arn_of(const char *id, const char *type)
{
    if (g_strcmp0(type, "AWS::SNS::Topic") == 0)
        return json_ref(id);
    return json_get_att(id, "Arn");
}

/* A name that is a text of some length; NULL with an error otherwise. (transfer full) */
static char *read_name(Compilation *compilation, const Function *function, json_t *written,
                       const char *what)
{
    g_autofree char *message = g_strdup_printf("deadLetter.%s needs a name", what);
    char *name = json_is_string(written) ? g_strstrip(g_strdup(json_string_value(written))) : NULL;

    if (name && *name)
        return name;
    g_free(name);
    letter_error(compilation, function, NULL, message);
    return NULL;
}

static void let_function_send(Compilation *compilation, const Function *function, const char *queue)
{
    json_t *arn = json_get_att(queue, "Arn");
    json_t *source = json_get_att(function->logical_id, "Arn");
    json_t *statement =
        json_pack("{s:s,s:s,s:{s:s},s:[s],s:O,s:{s:{s:o}}}", "Sid", "Allow-Lambda-SendMessage",
                  "Effect", "Allow", "Principal", "AWS", "*", "Action", "SQS:SendMessage",
                  "Resource", arn, "Condition", "ArnEquals", "aws:SourceArn", source);
    json_t *id = json_pack("{s:[s,[o,s]]}", "Fn::Join", "", arn, "/SQSDefaultPolicy");
    g_autofree char *policy = function_id(function, "DeadLetterQueuePolicy");

    compilation_add_resource(compilation, policy, "AWS::SQS::QueuePolicy",
                             json_pack("{s:[{s:s}],s:{s:o,s:s,s:[o]}}", "Queues", "Ref", queue,
                                       "PolicyDocument", "Id", id, "Version", "2012-10-17",
                                       "Statement", statement));
}

/* The queue's properties: its name, or a map of properties whose first letter may be small. A new
 * reference; NULL with an error. */
static json_t *queue_properties(Compilation *compilation, const Function *function, json_t *written)
{
    json_t *properties = json_object(), *value;
    g_autofree char *name = NULL;
    const char *key;

    if (!json_is_object(written)) {
        json_object_set(properties, "QueueName", written);
    } else {
        json_object_foreach(written, key, value)
        {
            g_autofree char *upper = g_strdup(key);

            upper[0] = g_ascii_toupper(upper[0]);
            json_object_set(properties, upper, value);
        }
    }
    name = read_name(compilation, function, json_object_get(properties, "QueueName"), "sqs");
    if (!name) {
        json_decref(properties);
        return NULL;
    }
    if (!json_is_object(written))
        json_object_set_new(properties, "QueueName", json_string(name));
    return properties;
}

/* The ARN of a queue made for the function, a new reference. */
static json_t *make_queue(Compilation *compilation, const Function *function, json_t *written)
{
    json_t *properties = queue_properties(compilation, function, written);
    g_autofree char *id = function_id(function, "DeadLetterQueue");

    if (!properties)
        return NULL;
    compilation_add_resource(compilation, id, "AWS::SQS::Queue", properties);
    let_function_send(compilation, function, id);
    return arn_of(id, "AWS::SQS::Queue");
}

static json_t *make_topic(Compilation *compilation, const Function *function, json_t *written)
{
    g_autofree char *name = read_name(compilation, function, written, "sns");
    g_autofree char *id = function_id(function, "DeadLetterTopic");

    if (!name)
        return NULL;
    compilation_add_resource(compilation, id, "AWS::SNS::Topic",
                             json_pack("{s:s}", "TopicName", name));
    return arn_of(id, "AWS::SNS::Topic");
}

/* targetArn: an ARN, nothing at all, or {GetResourceArn: ID} of a resource of the service. */
static json_t *find_target(Compilation *compilation, const Function *function, json_t *written)
{
    json_t *named = json_object_get(written, "GetResourceArn");
    json_t *resources =
        json_object_get(json_object_get(compilation->config, "resources"), "Resources");
    const char *id = json_string_value(named), *type;

    if (json_is_string(written))
        return json_incref(written);
    type = id ? json_string_value(json_object_get(json_object_get(resources, id), "Type")) : NULL;
    if (g_strcmp0(type, "AWS::SQS::Queue") == 0 || g_strcmp0(type, "AWS::SNS::Topic") == 0)
        return arn_of(id, type);
    letter_error(compilation, function,
                 "write an ARN, or {GetResourceArn: ID} of a queue or topic under resources",
                 "deadLetter.targetArn names no queue or topic");
    return NULL;
}

static void allow_sending(Compilation *compilation, json_t *arn)
{
    const char *literal = json_string_value(arn);
    bool topic =
        literal ? g_str_has_prefix(literal, "arn:aws:sns:") : json_object_get(arn, "Ref") != NULL;

    compilation_add_iam_statement(
        compilation, json_pack("{s:s,s:[s],s:[O]}", "Effect", "Allow", "Action",
                               topic ? "sns:Publish" : "sqs:SendMessage", "Resource", arn));
}

/* The ARN of where dead letters go, a new reference; NULL for nowhere, or with an error. */
static json_t *read_letter(Compilation *compilation, const Function *function, json_t *letter)
{
    static const char *const kinds[] = {"sqs", "sns", "targetArn"};
    const char *chosen = NULL;
    json_t *value;
    size_t count = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (json_object_get(letter, kinds[i])) {
            chosen = kinds[i];
            count++;
        }
    if (count != 1) {
        letter_error(compilation, function, NULL, "deadLetter takes one of sqs, sns and targetArn");
        return NULL;
    }
    value = json_object_get(letter, chosen);
    if (strcmp(chosen, "sqs") == 0)
        return make_queue(compilation, function, value);
    if (strcmp(chosen, "sns") == 0)
        return make_topic(compilation, function, value);
    if (!js_is_truthy(value))
        return NULL;
    return find_target(compilation, function, value);
}

static void compile(Compilation *compilation)
{
    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];
        json_t *letter = json_object_get(function->config, "deadLetter"), *arn;
        json_t *resource = json_object_get(compilation->resources, function->logical_id);
        g_autofree char *pointer = function_pointer(function, "/deadLetter");

        if (!js_is_present(letter))
            continue;
        compilation_set_maker(compilation, pointer);
        arn = read_letter(compilation, function, letter);
        if (!arn)
            continue;
        allow_sending(compilation, arn);
        json_object_set_new(json_object_get(resource, "Properties"), "DeadLetterConfig",
                            json_pack("{s:o}", "TargetArn", arn));
    }
}

const Plugin plugin_lambda_dead_letter = {
    .name = "serverless-plugin-lambda-dead-letter",
    .schema = "{\"service/function\":{\"properties\":{\"deadLetter\":{\"type\":\"object\"}}}}",
    .compile = compile,
};
