#include "drift/last_known.h"
#include <string.h>

typedef struct {
    char *partition, *region, *account;
} Place;

/* arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/… */
static bool place_of(const char *stack_id, Place *ret)
{
    g_auto(GStrv) parts = g_strsplit(stack_id ? stack_id : "", ":", 6);

    if (g_strv_length(parts) < 6)
        return false;
    *ret = (Place){g_strdup(parts[1]), g_strdup(parts[3]), g_strdup(parts[4])};
    return true;
}

static void place_clear(Place *place)
{
    g_free(place->partition);
    g_free(place->region);
    g_free(place->account);
}

/* What comes after the last of `separators`. */
static const char *tail(const char *text, const char *separators)
{
    const char *found = text;

    for (const char *at = text; *at; at++) {
        if (strchr(separators, *at))
            found = at + 1;
    }
    return found;
}

// clang-format off
/* Capital letters stand for something, all else is itself. P, R, A: partition, region, account; N: the physical id's last part; I: the physical id; H: a role's path. */
static const struct {
    const char *type, *attribute, *format;
} formats[] = {
    {"AWS::SQS::Queue",                  "Arn",         "arn:P:sqs:R:A:N"},
    {"AWS::SQS::Queue",                  "QueueName",   "N"},
    {"AWS::SQS::Queue",                  "QueueUrl",    "I"},
    {"AWS::SNS::Topic",                  "TopicArn",    "I"},
    {"AWS::SNS::Topic",                  "TopicName",   "N"},
    {"AWS::DynamoDB::Table",             "Arn",         "arn:P:dynamodb:R:A:table/N"},
    {"AWS::Lambda::Function",            "Arn",         "arn:P:lambda:R:A:function:N"},
    {"AWS::S3::Bucket",                  "Arn",         "arn:P:s3:::N"},
    {"AWS::S3::Bucket",                  "DomainName",  "N.s3.amazonaws.com"},
    {"AWS::S3::Bucket",                  "RegionalDomainName", "N.s3.R.amazonaws.com"},
    {"AWS::Logs::LogGroup",              "Arn",         "arn:P:logs:R:A:log-group:I:*"},
    {"AWS::IAM::Role",                   "Arn",         "arn:P:iam::A:roleHN"},
    {"AWS::Events::Rule",                "Arn",         "arn:P:events:R:A:rule/I"},
    {"AWS::Kinesis::Stream",             "Arn",         "arn:P:kinesis:R:A:stream/N"},
    {"AWS::StepFunctions::StateMachine", "Arn",         "I"},
    {"AWS::StepFunctions::StateMachine", "Name",        "N"},
};
// clang-format on

static char *expand(const char *format, const Place *place, const Finding *finding)
{
    const char *path = json_string_value(json_object_get(finding->expected, "Path"));
    GString *text = g_string_new(NULL);

    for (const char *at = format; *at; at++) {
        switch (*at) {
        case 'P':
            g_string_append(text, place->partition);
            break;
        case 'R':
            g_string_append(text, place->region);
            break;
        case 'A':
            g_string_append(text, place->account);
            break;
        case 'N':
            g_string_append(text, tail(finding->physical_id, "/:"));
            break;
        case 'I':
            g_string_append(text, finding->physical_id);
            break;
        case 'H':
            g_string_append(text, path ? path : "/");
            break;
        default:
            g_string_append_c(text, *at);
        }
    }
    return g_string_free(text, FALSE);
}

static void add_formats(json_t *values, const Finding *finding, const Place *place)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_strcmp0(formats[i].type, finding->type) != 0)
            continue;
        g_autofree char *text = expand(formats[i].format, place, finding);
        json_object_set_new(values, formats[i].attribute, json_string(text));
    }
}

/* An output whose whole value is the attribute showed it. */
static void add_outputs(json_t *values, const char *logical_id, json_t *template, json_t *outputs)
{
    const char *key;
    json_t *output;

    json_object_foreach(json_object_get(template, "Outputs"), key, output)
    {
        json_t *get_att = json_object_get(json_object_get(output, "Value"), "Fn::GetAtt");
        json_t *shown = json_object_get(outputs, key);
        const char *id = json_string_value(json_array_get(get_att, 0));
        const char *attribute = json_string_value(json_array_get(get_att, 1));
        if (attribute && json_is_string(shown) && g_strcmp0(id, logical_id) == 0)
            json_object_set(values, attribute, shown);
    }
}

json_t *last_known_values(json_t *template, const GPtrArray *findings, json_t *outputs,
                          const char *stack_id)
{
    json_t *known = json_object();
    Place place = {0};
    bool placed = place_of(stack_id, &place);

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->kind != FINDING_DELETED || !finding->physical_id)
            continue;
        json_t *values = json_pack("{s:s}", "Ref", finding->physical_id);
        if (placed)
            add_formats(values, finding, &place);
        add_outputs(values, finding->logical_id, template, outputs);
        json_object_set_new(known, finding->logical_id, values);
    }
    place_clear(&place);
    return known;
}
