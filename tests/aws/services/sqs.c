/* SQS: the live resources of type AWS::SQS::Queue; their messages are kept in what is hidden. */
#include "tests/aws/resources/live.h"
#include "tests/aws/services/services.h"
#include "tests/aws/wire/digest.h"
#include <string.h>

static const char TYPE[] = "AWS::SQS::Queue";

/* Attributes that are properties of the resource. */
static const struct {
    const char *name;
    enum { AS_INTEGER, AS_BOOLEAN, AS_TEXT, AS_JSON } kind;
    const char *fallback; /* what GetQueueAttributes says when it is not set; NULL: nothing */
} ATTRIBUTES[] = {
    {"VisibilityTimeout", AS_INTEGER, "30"},
    {"MaximumMessageSize", AS_INTEGER, "262144"},
    {"MessageRetentionPeriod", AS_INTEGER, "345600"},
    {"DelaySeconds", AS_INTEGER, "0"},
    {"ReceiveMessageWaitTimeSeconds", AS_INTEGER, "0"},
    {"KmsMasterKeyId", AS_TEXT, NULL},
    {"KmsDataKeyReusePeriodSeconds", AS_INTEGER, NULL},
    {"SqsManagedSseEnabled", AS_BOOLEAN, "true"},
    {"FifoQueue", AS_BOOLEAN, NULL},
    {"ContentBasedDeduplication", AS_BOOLEAN, NULL},
    {"DeduplicationScope", AS_TEXT, NULL},
    {"FifoThroughputLimit", AS_TEXT, NULL},
    {"RedrivePolicy", AS_JSON, NULL},
    {"RedriveAllowPolicy", AS_JSON, NULL},
};

/* SQS answers JSON with the old Query protocol's code in a header, for clients that know that one.
 */
static json_t *sqs_fail(ApiCall *call, const char *query_code, const char *json_code,
                        const char *message)
{
    bool json = http_request_header(call->http, "x-amz-target") != NULL;
    g_autofree char *header = g_strconcat(query_code, ";Sender", NULL);
    g_autofree char *code =
        json ? g_strconcat("com.amazonaws.sqs#", json_code, NULL) : g_strdup(query_code);

    http_response_add_header(call->response, "x-amzn-query-error", header);
    return api_fail(call, 400, code, "%s", message);
}

static json_t *missing_queue(ApiCall *call)
{
    return sqs_fail(call, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
                    "The specified queue does not exist.");
}

/* By the end of the URL, whatever its host: a client that talks to an endpoint of its own may have
 * rewritten it. */
static Live *queue_of(ApiCall *call)
{
    const char *url = api_text(call, "QueueUrl");
    const char *slash = url != NULL ? strrchr(url, '/') : NULL;
    g_autofree char *own = NULL;
    Live *queue = NULL;

    if (slash != NULL) {
        own = g_strdup_printf("https://sqs.%s.amazonaws.com/%s/%s", call->region->name,
                              call->region->account->id, slash + 1);
        queue = live_find(call->region, TYPE, own);
    }
    if (queue == NULL)
        missing_queue(call);
    return queue;
}

/* Attributes as SQS has them (texts) to properties as CloudFormation has them. False with the
 * call's error. */
static bool take_attributes(ApiCall *call, json_t *properties)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(json_object_get(call->input, "Attributes"), name, value)
    {
        const char *text = json_string_value(value);
        json_t *converted = NULL;

        for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(ATTRIBUTES); i++) {
            if (strcmp(ATTRIBUTES[i].name, name) != 0)
                continue;
            converted = ATTRIBUTES[i].kind == AS_INTEGER
                            ? json_integer(g_ascii_strtoll(text, NULL, 10))
                        : ATTRIBUTES[i].kind == AS_BOOLEAN ? json_boolean(strcmp(text, "true") == 0)
                        : ATTRIBUTES[i].kind == AS_JSON    ? json_loads(text, 0, NULL)
                                                           : json_string(text);
        }
        if (strcmp(name, "Policy") == 0)
            continue;
        if (converted == NULL) {
            api_fail(call, 400, "InvalidAttributeName", "Unknown Attribute %s.", name);
            return false;
        }
        json_object_set_new(properties, name, converted);
    }
    return true;
}

static json_t *create_queue(ApiCall *call)
{
    const char *name = api_text(call, "QueueName");
    LiveOwner owner = {call->region, NULL, NULL, NULL, 0, call->now_ms};
    json_auto_t *properties = json_object();
    g_autofree char *url = NULL;
    GError *error = NULL;
    const Live *queue = NULL;

    if (name == NULL)
        return api_fail(call, 400, "MissingParameter",
                        "The request must contain the parameter QueueName.");
    if (!take_attributes(call, properties))
        return NULL;
    url = g_strdup_printf("https://sqs.%s.amazonaws.com/%s/%s", call->region->name,
                          call->region->account->id, name);
    queue = live_find(call->region, TYPE, url);
    json_set_text(properties, "QueueName", name);
    if (queue == NULL)
        queue = live_create(&owner, TYPE, properties, &error);
    if (queue == NULL) {
        if (strstr(error->message, "You must wait") != NULL)
            sqs_fail(call, "AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently",
                     error->message);
        else
            api_fail(call, 400, "InvalidParameterValue", "%s", error->message);
        g_error_free(error);
        return NULL;
    }
    return json_pack("{s:s}", "QueueUrl", queue->physical_id);
}

static json_t *delete_queue(ApiCall *call)
{
    Live *queue = queue_of(call);
    GError *error = NULL;

    if (queue == NULL)
        return NULL;
    if (!live_delete(queue, call->now_ms, &error))
        return api_fail_validation(call, error);
    return json_object();
}

static json_t *get_queue_url(ApiCall *call)
{
    const Live *queue = NULL;
    const char *name = api_text(call, "QueueName");

    json_set_format(call->input, "QueueUrl", "/%s", name != NULL ? name : "");
    queue = queue_of(call);
    return queue != NULL ? json_pack("{s:s}", "QueueUrl", queue->physical_id) : NULL;
}

static bool attribute_is_wanted(ApiCall *call, const char *name)
{
    size_t i = 0;
    json_t *item = NULL;

    json_array_foreach(api_array(call, "AttributeNames"), i, item)
    {
        if (g_strcmp0(json_string_value(item), "All") == 0 ||
            g_strcmp0(json_string_value(item), name) == 0)
            return true;
    }
    return false;
}

static void answer_attribute(ApiCall *call, json_t *answer, const char *name, const char *text)
{
    if (attribute_is_wanted(call, name))
        json_set_text(answer, name, text);
}

static json_t *get_queue_attributes(ApiCall *call)
{
    const Live *queue = queue_of(call);
    g_autofree char *created = NULL, *count = NULL;
    json_t *answer = NULL;

    if (queue == NULL)
        return NULL;
    answer = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(ATTRIBUTES); i++) {
        json_t *value = json_object_get(queue->properties, ATTRIBUTES[i].name);
        g_autofree char *text = value == NULL           ? g_strdup(ATTRIBUTES[i].fallback)
                                : json_is_string(value) ? g_strdup(json_string_value(value))
                                                        : NULL;

        if (value != NULL && text == NULL) {
            char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

            text = g_strdup(dumped);
            free(dumped);
        }
        if (text != NULL)
            answer_attribute(call, answer, ATTRIBUTES[i].name, text);
    }
    created = g_strdup_printf("%" G_GINT64_FORMAT, queue->created_ms / 1000);
    count = g_strdup_printf("%zu", json_array_size(json_object_get(queue->hidden, "Messages")));
    answer_attribute(call, answer, "QueueArn", json_text_of(queue->attributes, "Arn"));
    answer_attribute(call, answer, "CreatedTimestamp", created);
    answer_attribute(call, answer, "LastModifiedTimestamp", created);
    answer_attribute(call, answer, "ApproximateNumberOfMessages", count);
    return json_pack("{s:o}", "Attributes", answer);
}

static json_t *set_queue_attributes(ApiCall *call)
{
    Live *queue = queue_of(call);
    json_auto_t *changed = json_object();
    GError *error = NULL;

    if (queue == NULL || !take_attributes(call, changed))
        return NULL;
    if (!live_update(queue, NULL, changed, call->now_ms, &error))
        return api_fail_validation(call, error);
    return json_object();
}

static json_t *send_message(ApiCall *call)
{
    Live *queue = queue_of(call);
    const char *body = api_text(call, "MessageBody");
    g_autofree char *id = NULL, *hash = NULL;
    json_t *messages = NULL, *message = NULL;

    if (queue == NULL)
        return NULL;
    if (body == NULL)
        return api_fail(call, 400, "MissingParameter",
                        "The request must contain the parameter MessageBody.");
    id = double_uuid(call->aws);
    hash = md5_hex(body, strlen(body));
    messages = json_object_get(queue->hidden, "Messages");
    if (messages == NULL) {
        messages = json_array();
        json_object_set_new(queue->hidden, "Messages", messages);
    }
    message = json_object();
    json_set_text(message, "MessageId", id);
    json_set_text(message, "ReceiptHandle", id);
    json_set_text(message, "MD5OfBody", hash);
    json_set_text(message, "Body", body);
    json_array_append_new(messages, message);
    return json_pack("{s:s, s:s}", "MD5OfMessageBody", hash, "MessageId", id);
}

/* A received message is hidden for the visibility timeout. */
static json_t *receive_message(ApiCall *call)
{
    const Live *queue = queue_of(call);
    int64_t limit = api_integer(call, "MaxNumberOfMessages", 1);
    json_t *timeout = NULL, *received = NULL, *message = NULL;
    int64_t hidden_s = 30;
    size_t i = 0;

    if (queue == NULL)
        return NULL;
    timeout = json_object_get(queue->properties, "VisibilityTimeout");
    if (json_is_integer(timeout))
        hidden_s = json_integer_value(timeout);
    hidden_s = api_integer(call, "VisibilityTimeout", hidden_s);
    received = json_array();
    json_array_foreach(json_object_get(queue->hidden, "Messages"), i, message)
    {
        json_t *copy = NULL;

        if ((int64_t)json_array_size(received) == limit)
            break;
        if (json_integer_value(json_object_get(message, "hiddenUntilMs")) > call->now_ms)
            continue;
        json_object_set_new(message, "hiddenUntilMs", json_integer(call->now_ms + hidden_s * 1000));
        copy = json_copy(message);
        json_object_del(copy, "hiddenUntilMs");
        json_array_append_new(received, copy);
    }
    if (json_array_size(received) == 0) {
        json_decref(received);
        return json_object();
    }
    return json_pack("{s:o}", "Messages", received);
}

static json_t *delete_message(ApiCall *call)
{
    const Live *queue = queue_of(call);
    json_t *messages = NULL, *message = NULL;
    size_t i = 0;

    if (queue == NULL)
        return NULL;
    messages = json_object_get(queue->hidden, "Messages");
    json_array_foreach(messages, i, message)
    {
        if (g_strcmp0(json_text_of(message, "ReceiptHandle"), api_text(call, "ReceiptHandle")) ==
            0) {
            json_array_remove(messages, i);
            break;
        }
    }
    return json_object();
}

static const ApiOperation OPERATIONS[] = {
    {"CreateQueue", create_queue},
    {"DeleteQueue", delete_queue},
    {"GetQueueUrl", get_queue_url},
    {"GetQueueAttributes", get_queue_attributes},
    {"SetQueueAttributes", set_queue_attributes},
    {"SendMessage", send_message},
    {"ReceiveMessage", receive_message},
    {"DeleteMessage", delete_message},
    {NULL, NULL},
};

const ApiService SQS_SERVICE = {
    .name = "sqs",
    .protocol = PROTOCOL_JSON,
    .target_prefix = "AmazonSQS",
    .json_type = "application/x-amz-json-1.0",
    .operations = OPERATIONS,
};

/* The old Query protocol says Attribute.1.Name and AttributeName.1 where JSON says Attributes and
 * AttributeNames. */
static void input_from_query(json_t *input)
{
    json_t *names = json_object_get(input, "AttributeName");
    json_t *attributes = json_object(), *pair = NULL;
    size_t i = 0;

    if (json_is_array(names))
        json_object_set(input, "AttributeNames", names);
    json_array_foreach(json_object_get(input, "Attribute"), i, pair)
        json_set_text(attributes, json_text_of(pair, "Name"), json_text_of(pair, "Value"));
    json_object_set_new(input, "Attributes", attributes);
}

static void answer_to_query(json_t *answer)
{
    json_t *attributes = json_object_get(answer, "Attributes");
    json_t *messages = json_object_get(answer, "Messages");
    json_t *list = json_array(), *value = NULL;
    const char *name = NULL;

    json_object_foreach(attributes, name, value)
        json_array_append_new(list, json_pack("{s:s, s:O}", "Name", name, "Value", value));
    json_object_set_new(answer, "Attribute", list);
    json_object_del(answer, "Attributes");
    if (messages != NULL) {
        json_object_set(answer, "Message", messages);
        json_object_del(answer, "Messages");
    }
}

static json_t *by_query(ApiCall *call)
{
    const ApiOperation *operation = api_operation_find(OPERATIONS, call->action);
    json_t *answer = NULL;

    input_from_query(call->input);
    answer = operation->handler(call);
    if (answer != NULL)
        answer_to_query(answer);
    return answer;
}

static const ApiOperation QUERY_OPERATIONS[] = {
    {"CreateQueue", by_query},        {"DeleteQueue", by_query},        {"GetQueueUrl", by_query},
    {"GetQueueAttributes", by_query}, {"SetQueueAttributes", by_query}, {"SendMessage", by_query},
    {"ReceiveMessage", by_query},     {"DeleteMessage", by_query},      {NULL, NULL},
};

const ApiService SQS_QUERY_SERVICE = {
    .name = "sqs",
    .protocol = PROTOCOL_QUERY,
    .version = "2012-11-05",
    .xml_namespace = "http://queue.amazonaws.com/doc/2012-11-05/",
    .flat_lists = true,
    .operations = QUERY_OPERATIONS,
};
