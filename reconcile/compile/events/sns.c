#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

typedef struct {
    json_t *arn;  /* of a topic that exists (borrowed), or NULL: the stack makes it */
    char *name;   /* of the topic */
    char *region; /* of the topic where it is another one than the stack's, or NULL */
} Topic;

static void topic_clear(Topic *topic)
{
    g_free(topic->name);
    g_free(topic->region);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Topic, topic_clear)

/* Takes name and region out of an ARN given as text. "::" inside (${AWS::Region}) separates
 * nothing. */
static void read_arn(Topic *topic, const char *arn, const char *own_region)
{
    g_auto(GStrv) parts = g_regex_split_simple("(?<!:):(?!:)", arn, 0, 0);
    guint count = g_strv_length(parts);

    topic->name = count ? g_strdup(parts[count - 1]) : NULL;
    if (own_region && count > 3 && strcmp(parts[3], own_region) != 0)
        topic->region = g_strdup(parts[3]);
}

/* Only an ARN under `arn` tells another region to the subscription: the framework's rule. */
static bool read_topic(Compilation *compilation, const EventCursor *cursor, Topic *topic)
{
    const char *text = json_string_value(cursor->event);
    const char *name = property_string(cursor->event, "topicName");

    if (text && g_str_has_prefix(text, "arn:")) {
        topic->arn = cursor->event;
        read_arn(topic, text, NULL);
    } else if (text) {
        topic->name = g_strdup(text);
    } else if (js_is_truthy(json_object_get(cursor->event, "arn"))) {
        topic->arn = json_object_get(cursor->event, "arn");
        if (json_is_string(topic->arn))
            read_arn(topic, json_string_value(topic->arn), compilation->region);
    }
    if (name) {
        g_free(topic->name);
        topic->name = g_strdup(name);
    }
    if (topic->name && *topic->name)
        return true;
    event_error(
        compilation, cursor, "sns", NULL, "Add topicName: it is needed where arn is not plain text",
        "sns event of function \"%s\" does not tell the topic's name", cursor->function->key);
    return false;
}

static json_t *queue_url_of_arn(const char *arn)
{
    g_auto(GStrv) parts = g_strsplit(arn, ":", -1);
    guint count = g_strv_length(parts);
    g_autofree char *host = NULL;
    g_autofree char *path = NULL;

    if (count < 3)
        return NULL;
    host = g_strdup_printf("https://sqs.%s.", parts[count - 3]);
    path = g_strdup_printf("/%s/%s", parts[count - 2], parts[count - 1]);
    return json_join("", json_pack("[s,{s:s},s]", host, "Ref", "AWS::URLSuffix", path));
}

/* The dead letter queue by ARN and URL, new references. */
static bool read_dead_letter_queue(json_t *redrive, json_t **ret_arn, json_t **ret_url)
{
    const char *arn = property_string(redrive, "deadLetterTargetArn");
    const char *ref = property_string(redrive, "deadLetterTargetRef");
    json_t *import = json_object_get(redrive, "deadLetterTargetImport");
    json_t *url = arn ? queue_url_of_arn(arn) : NULL;

    if (url) {
        *ret_arn = json_string(arn);
        *ret_url = url;
    } else if (ref) {
        *ret_arn = json_get_att(ref, "Arn");
        *ret_url = json_ref(ref);
    } else if (property_string(import, "arn") && property_string(import, "url")) {
        *ret_arn = json_pack("{s:O}", "Fn::ImportValue", json_object_get(import, "arn"));
        *ret_url = json_pack("{s:O}", "Fn::ImportValue", json_object_get(import, "url"));
    } else {
        return false;
    }
    return true;
}

/* Lets the topic write to the dead letter queue and returns the RedrivePolicy, a new reference;
 * NULL without one. The condition on a topic that this stack makes is empty, as the framework has
 * it. */
static json_t *add_dead_letter_queue(Compilation *compilation, const EventCursor *cursor,
                                     const Topic *topic)
{
    json_t *redrive = json_object_get(cursor->event, "redrivePolicy");
    json_t *arn = NULL;
    json_t *url = NULL;
    g_autofree char *name = naming_alphanumeric(topic->name);
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *id = g_strconcat(name, "To", function, "DLQPolicy", NULL);
    json_t *condition;

    if (!js_is_truthy(redrive))
        return NULL;
    if (!read_dead_letter_queue(redrive, &arn, &url)) {
        event_error(compilation, cursor, "sns", "/redrivePolicy",
                    "Set one of deadLetterTargetArn, deadLetterTargetRef, deadLetterTargetImport "
                    "{arn, url}",
                    "sns event of function \"%s\": redrivePolicy names no queue",
                    cursor->function->key);
        return NULL;
    }
    condition = json_object();
    property_set(condition, "aws:SourceArn", topic->arn);
    compilation_add_resource(compilation, id, "AWS::SQS::QueuePolicy",
                             json_pack("{s:{s:s,s:s,s:[{s:s,s:{s:s},s:s,s:O,s:{s:o}}]},s:[o]}",
                                       "PolicyDocument", "Version", "2012-10-17", "Id", id,
                                       "Statement", "Effect", "Allow", "Principal", "Service",
                                       "sns.amazonaws.com", "Action", "sqs:SendMessage", "Resource",
                                       arn, "Condition", "ArnEquals", condition, "Queues", url));
    return json_pack("{s:o}", "deadLetterTargetArn", arn);
}

static void add_subscription(Compilation *compilation, const EventCursor *cursor,
                             const Topic *topic, json_t *topic_arn_new, json_t *redrive)
{
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *name = naming_alphanumeric(topic->name);
    g_autofree char *id = g_strconcat(function, "SnsSubscription", name, NULL);
    json_t *properties = json_pack("{s:o,s:s,s:o}", "TopicArn", topic_arn_new, "Protocol", "lambda",
                                   "Endpoint", function_target_arn(cursor->function));

    property_copy(properties, "FilterPolicy", cursor->event, "filterPolicy");
    property_copy(properties, "FilterPolicyScope", cursor->event, "filterPolicyScope");
    property_set(properties, "RedrivePolicy", redrive);
    if (topic->region)
        json_object_set_new(properties, "Region", json_string(topic->region));
    resource_depend_on_alias(
        compilation_add_resource(compilation, id, "AWS::SNS::Subscription", properties),
        cursor->function);
}

/* One dependency is written as a string, several as a list. */
static void depend_on_alias_too(json_t *resource, const Function *function)
{
    if (!json_object_get(resource, "DependsOn"))
        resource_depend_on_alias(resource, function);
    else if (function->alias_id &&
             strcmp(json_string_value(json_object_get(resource, "DependsOn")) ?: "",
                    function->alias_id) != 0)
        resource_depend_on(resource, function->alias_id);
}

/* The topic is one resource for all functions; a plain subscription is part of it. */
static void add_topic(Compilation *compilation, const EventCursor *cursor, const Topic *topic,
                      json_t *redrive)
{
    g_autofree char *name = naming_alphanumeric(topic->name);
    g_autofree char *id = g_strconcat("SNSTopic", name, NULL);
    json_t *resource = json_object_get(compilation->resources, id);
    json_t *properties;

    if (!resource) {
        properties = json_pack("{s:s}", "TopicName", topic->name);
        property_copy_truthy(properties, "DisplayName", cursor->event, "displayName");
        resource = compilation_add_resource(compilation, id, "AWS::SNS::Topic", properties);
    }
    depend_on_alias_too(resource, cursor->function);
    if (js_is_truthy(json_object_get(cursor->event, "filterPolicy")) || redrive) {
        add_subscription(compilation, cursor, topic, json_ref(id), redrive);
        return;
    }
    properties = json_object_get(resource, "Properties");
    if (!json_object_get(properties, "Subscription"))
        json_object_set_new(properties, "Subscription", json_array());
    json_array_append_new(json_object_get(properties, "Subscription"),
                          json_pack("{s:o,s:s}", "Endpoint", function_target_arn(cursor->function),
                                    "Protocol", "lambda"));
}

static json_t *own_topic_arn(const char *name)
{
    return json_join("", json_pack("[s,{s:s},s,{s:s},s,{s:s},s,s]", "arn:", "Ref", "AWS::Partition",
                                   ":sns:", "Ref", "AWS::Region", ":", "Ref", "AWS::AccountId", ":",
                                   name));
}

static void compile_event(Compilation *compilation, const EventCursor *cursor)
{
    g_auto(Topic) topic = {0};
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *name = NULL;
    g_autofree char *permission = NULL;
    json_t *redrive;

    if (!read_topic(compilation, cursor, &topic))
        return;
    name = naming_alphanumeric(topic.name);
    permission = g_strconcat(function, "LambdaPermission", name, "SNS", NULL);
    redrive = add_dead_letter_queue(compilation, cursor, &topic);
    if (topic.arn)
        add_subscription(compilation, cursor, &topic, json_incref(topic.arn), redrive);
    else
        add_topic(compilation, cursor, &topic, redrive);
    json_decref(redrive);
    compilation_add_permission(compilation, permission, cursor->function, "sns.amazonaws.com",
                               topic.arn ? json_incref(topic.arn) : own_topic_arn(topic.name));
}

void sns_compile(Compilation *compilation)
{
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "sns", &cursor))
        compile_event(compilation, &cursor);
}
