#include "tests/aws/resources/identity.h"
#include "config/resource_types.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

/* One row for each type that services of a serverless application use. In `physical` and
 * `attributes`: {name} is the name property or a made-up name; {region}, {account}; {id6}, {id10},
 * {ID13}: made-up characters; {uuid}; {physical}; {hidden.X}; any other {X} is property X.
 * Attribute "A?P=…" is there only when property P is. */
typedef struct {
    const char *type, *name_property;
    unsigned name_limit;
    const char *physical, *attributes;
} Identity;

// clang-format off
static const Identity IDENTITIES[] = {
    {"AWS::Lambda::Function", "FunctionName", 64, "{name}", "Arn=arn:aws:lambda:{region}:{account}:function:{name}"},
    {"AWS::Lambda::Version", NULL, 0, "{hidden.FunctionArn}:{hidden.Version}",
     "Version={hidden.Version};FunctionArn={hidden.FunctionArn}:{hidden.Version}"},
    {"AWS::Lambda::Alias", NULL, 0, "{hidden.FunctionArn}:{Name}", "AliasArn={hidden.FunctionArn}:{Name}"},
    {"AWS::Lambda::Url", NULL, 0, "{hidden.FunctionArn}",
     "FunctionArn={hidden.FunctionArn};FunctionUrl=https://{id32}.lambda-url.{region}.on.aws/"},
    {"AWS::Lambda::LayerVersion", "LayerName", 64, "arn:aws:lambda:{region}:{account}:layer:{name}:{hidden.Version}",
     "LayerVersionArn=arn:aws:lambda:{region}:{account}:layer:{name}:{hidden.Version}"},
    {"AWS::Lambda::Permission", NULL, 0, "{generated}", "Id={generated}"},
    {"AWS::Lambda::EventSourceMapping", NULL, 0, "{uuid}",
     "Id={uuid};EventSourceMappingArn=arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}"},
    {"AWS::Lambda::EventInvokeConfig", NULL, 0, "{generated}", ""},
    {"AWS::SQS::Queue", "QueueName", 80, "https://sqs.{region}.amazonaws.com/{account}/{name}",
     "Arn=arn:aws:sqs:{region}:{account}:{name};QueueUrl=https://sqs.{region}.amazonaws.com/{account}/{name}"},
    {"AWS::SQS::QueuePolicy", NULL, 0, "{generated}", "Id={generated}"},
    {"AWS::SNS::Topic", "TopicName", 256, "arn:aws:sns:{region}:{account}:{name}",
     "TopicArn=arn:aws:sns:{region}:{account}:{name}"},
    {"AWS::SNS::Subscription", NULL, 0, "{TopicArn}:{uuid}", "Arn={TopicArn}:{uuid}"},
    {"AWS::SNS::TopicPolicy", NULL, 0, "{generated}", "Id={generated}"},
    {"AWS::S3::Bucket", "BucketName", 63, "{name}",
     "Arn=arn:aws:s3:::{name};DomainName={name}.s3.amazonaws.com;DualStackDomainName={name}.s3.dualstack.{region}.amazonaws.com;"
     "RegionalDomainName={name}.s3.{region}.amazonaws.com;WebsiteURL=http://{name}.s3-website-{region}.amazonaws.com"},
    {"AWS::S3::BucketPolicy", NULL, 0, "{Bucket}", ""},
    {"AWS::DynamoDB::Table", "TableName", 255, "{name}",
     "Arn=arn:aws:dynamodb:{region}:{account}:table/{name};"
     "StreamArn?StreamSpecification=arn:aws:dynamodb:{region}:{account}:table/{name}/stream/2026-01-01T00:00:00.000"},
    {"AWS::IAM::Role", "RoleName", 64, "{name}",
     "Arn=arn:aws:iam::{account}:role{path}{name};RoleId=AROA{ID17}"},
    {"AWS::IAM::User", "UserName", 64, "{name}", "Arn=arn:aws:iam::{account}:user{path}{name}"},
    {"AWS::IAM::Group", "GroupName", 128, "{name}", "Arn=arn:aws:iam::{account}:group{path}{name}"},
    {"AWS::IAM::InstanceProfile", "InstanceProfileName", 128, "{name}",
     "Arn=arn:aws:iam::{account}:instance-profile{path}{name}"},
    {"AWS::IAM::ManagedPolicy", "ManagedPolicyName", 128, "arn:aws:iam::{account}:policy{path}{name}",
     "PolicyArn=arn:aws:iam::{account}:policy{path}{name};PolicyId=ANPA{ID17}"},
    {"AWS::IAM::Policy", NULL, 0, "{generated}", "Id={generated}"},
    {"AWS::Logs::LogGroup", "LogGroupName", 512, "{name}", "Arn=arn:aws:logs:{region}:{account}:log-group:{name}:*"},
    {"AWS::Logs::SubscriptionFilter", "FilterName", 512, "{name}", ""},
    {"AWS::Logs::MetricFilter", "FilterName", 512, "{name}", ""},
    {"AWS::ApiGateway::RestApi", NULL, 0, "{id10}", "RestApiId={id10};RootResourceId={id10b}"},
    {"AWS::ApiGateway::Resource", NULL, 0, "{id6}", "ResourceId={id6}"},
    {"AWS::ApiGateway::Method", NULL, 0, "{generated}", ""},
    {"AWS::ApiGateway::Deployment", NULL, 0, "{id6}", "DeploymentId={id6}"},
    {"AWS::ApiGateway::Stage", "StageName", 128, "{name}", ""},
    {"AWS::ApiGateway::Authorizer", NULL, 0, "{id6}", "AuthorizerId={id6}"},
    {"AWS::ApiGateway::RequestValidator", NULL, 0, "{id6}", "RequestValidatorId={id6}"},
    {"AWS::ApiGateway::Model", "Name", 128, "{name}", ""},
    {"AWS::ApiGateway::ApiKey", NULL, 0, "{id10}", "APIKeyId={id10}"},
    {"AWS::ApiGateway::UsagePlan", NULL, 0, "{id6}", "Id={id6}"},
    {"AWS::ApiGateway::UsagePlanKey", NULL, 0, "{KeyId}:{UsagePlanId}", "Id={KeyId}:{UsagePlanId}"},
    {"AWS::ApiGateway::GatewayResponse", NULL, 0, "{id10}", "Id={id10}"},
    {"AWS::ApiGateway::Account", NULL, 0, "{generated}", "Id={generated}"},
    {"AWS::ApiGateway::DomainName", NULL, 0, "{DomainName}",
     "DistributionDomainName={id14}.cloudfront.net;DistributionHostedZoneId=Z2FDTNDATAQYW2;"
     "RegionalDomainName=d-{id10}.execute-api.{region}.amazonaws.com;RegionalHostedZoneId=Z1UJRXOUMOOFQ8"},
    {"AWS::ApiGatewayV2::Api", NULL, 0, "{id10}",
     "ApiId={id10};ApiEndpoint={protocol}://{id10}.execute-api.{region}.amazonaws.com"},
    {"AWS::ApiGatewayV2::Integration", NULL, 0, "{id7}", "IntegrationId={id7}"},
    {"AWS::ApiGatewayV2::IntegrationResponse", NULL, 0, "{id7}", "IntegrationResponseId={id7}"},
    {"AWS::ApiGatewayV2::Route", NULL, 0, "{id7}", "RouteId={id7}"},
    {"AWS::ApiGatewayV2::RouteResponse", NULL, 0, "{id7}", "RouteResponseId={id7}"},
    {"AWS::ApiGatewayV2::Authorizer", NULL, 0, "{id6}", "AuthorizerId={id6}"},
    {"AWS::ApiGatewayV2::Deployment", NULL, 0, "{id6}", "DeploymentId={id6}"},
    {"AWS::ApiGatewayV2::Stage", "StageName", 128, "{name}", ""},
    {"AWS::Events::Rule", "Name", 64, "{rule}", "Arn=arn:aws:events:{region}:{account}:rule/{rulePath}"},
    {"AWS::Events::EventBus", "Name", 256, "{name}", "Arn=arn:aws:events:{region}:{account}:event-bus/{name}"},
    {"AWS::Scheduler::Schedule", "Name", 64, "{name}", "Arn=arn:aws:scheduler:{region}:{account}:schedule/default/{name}"},
    {"AWS::Scheduler::ScheduleGroup", "Name", 64, "{name}", "Arn=arn:aws:scheduler:{region}:{account}:schedule-group/{name}"},
    {"AWS::StepFunctions::StateMachine", "StateMachineName", 80, "arn:aws:states:{region}:{account}:stateMachine:{name}",
     "Arn=arn:aws:states:{region}:{account}:stateMachine:{name};Name={name}"},
    {"AWS::Kinesis::Stream", "Name", 128, "{name}", "Arn=arn:aws:kinesis:{region}:{account}:stream/{name}"},
    {"AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName", 64, "{name}",
     "Arn=arn:aws:firehose:{region}:{account}:deliverystream/{name}"},
    {"AWS::SSM::Parameter", "Name", 1024, "{name}", ""},
    {"AWS::SecretsManager::Secret", "Name", 512, "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{id6}",
     "Id=arn:aws:secretsmanager:{region}:{account}:secret:{name}-{id6}"},
    {"AWS::KMS::Key", NULL, 0, "{uuid}", "KeyId={uuid};Arn=arn:aws:kms:{region}:{account}:key/{uuid}"},
    {"AWS::KMS::Alias", NULL, 0, "{AliasName}", ""},
    {"AWS::Cognito::UserPool", NULL, 0, "{region}_{ID9}",
     "UserPoolId={region}_{ID9};Arn=arn:aws:cognito-idp:{region}:{account}:userpool/{region}_{ID9};"
     "ProviderName=cognito-idp.{region}.amazonaws.com/{region}_{ID9};"
     "ProviderURL=https://cognito-idp.{region}.amazonaws.com/{region}_{ID9}"},
    {"AWS::Cognito::UserPoolClient", NULL, 0, "{id26}", "ClientId={id26};Name={generated}"},
    {"AWS::CloudWatch::Alarm", "AlarmName", 255, "{name}", "Arn=arn:aws:cloudwatch:{region}:{account}:alarm:{name}"},
    {"AWS::CloudFront::Distribution", NULL, 0, "E{ID13}", "Id=E{ID13};DomainName=d{id13}.cloudfront.net"},
    {"AWS::EC2::SecurityGroup", NULL, 0, "sg-{id17}", "GroupId=sg-{id17};Id=sg-{id17};VpcId=vpc-{id17}"},
    {"AWS::EC2::VPC", NULL, 0, "vpc-{id17}", "VpcId=vpc-{id17};DefaultSecurityGroup=sg-{id17}"},
    {"AWS::EC2::Subnet", NULL, 0, "subnet-{id17}", "SubnetId=subnet-{id17}"},
};
// clang-format on

static const Identity *identity_of(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(IDENTITIES); i++) {
        if (strcmp(IDENTITIES[i].type, type) == 0)
            return &IDENTITIES[i];
    }
    return NULL;
}

/* Top-level identifier properties that people may write name the resource: TableName, BucketName.
 */
static const char *named_by_schema(const char *type)
{
    const ResourceType *schema = resource_type_find(type);
    g_autofree const char **identifier = schema != NULL ? resource_type_identifier(schema) : NULL;
    Property property;

    if (identifier == NULL || identifier[0] == NULL || identifier[1] != NULL ||
        strchr(identifier[0], '/') != NULL ||
        !resource_type_property(schema, identifier[0], &property) ||
        (property.flags & PROPERTY_READ_ONLY) != 0 || property.kind != PROPERTY_STRING)
        return NULL;
    return property.name;
}

const char *identity_name_property(const char *type)
{
    const Identity *identity = identity_of(type);

    return identity != NULL ? identity->name_property : named_by_schema(type);
}

/* "stack-LogicalId-1A2B3C4D5E6F", cut in the middle as CloudFormation does when it is too long.
 * (transfer full) */
static char *generated_name(const Live *live, unsigned limit)
{
    g_autofree char *suffix = double_id_from(live->seed, ID_UPPER, 12);
    g_autofree char *whole =
        g_strdup_printf("%s-%s-", live->stack_name != NULL ? live->stack_name : "none",
                        live->logical_id != NULL ? live->logical_id : "Resource");
    char *name = NULL;

    if (limit > 0 && strlen(whole) + 12 > limit)
        whole[limit - 12] = '\0';
    name = g_strconcat(whole, suffix, NULL);
    if (strcmp(live->type, "AWS::S3::Bucket") == 0) {
        g_autofree char *upper = name;

        name = g_ascii_strdown(upper, -1);
    }
    return name;
}

static char *made_id(const Live *live, const char *kind)
{
    bool upper = g_str_has_prefix(kind, "ID");
    g_autofree char *seed = g_strconcat(live->seed, " ", kind, NULL);
    guint64 length = g_ascii_strtoull(kind + 2, NULL, 10);

    return double_id_from(seed, upper ? ID_UPPER : ID_LOWER, length <= 32 ? (size_t)length : 32);
}

static char *made_uuid(const Live *live)
{
    g_autofree char *hex = double_id_from(live->seed, "0123456789abcdef", 32);

    return g_strdup_printf("%.8s-%.4s-4%.3s-b%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
                           hex + 20);
}

static const char *property_text(const Live *live, const char *name)
{
    return json_text_of(live->properties, name);
}

/* An event rule on a bus of its own is called bus|rule by Ref and bus/rule in its ARN. */
static char *rule_name(const Live *live, const char *name, char separator)
{
    const char *bus = property_text(live, "EventBusName");
    const char *slash = bus != NULL ? strrchr(bus, '/') : NULL;

    if (slash != NULL)
        bus = slash + 1;
    if (bus == NULL || strcmp(bus, "default") == 0)
        return g_strdup(name);
    return g_strdup_printf("%s%c%s", bus, separator, name);
}

/* What a placeholder stands for. (transfer full) */
static char *placeholder(const Live *live, const char *key, const char *name)
{
    const char *text = NULL;

    if (strcmp(key, "name") == 0)
        return g_strdup(name);
    if (strcmp(key, "generated") == 0)
        return generated_name(live, 0);
    if (strcmp(key, "region") == 0)
        return g_strdup(live->home->name);
    if (strcmp(key, "account") == 0)
        return g_strdup(live->home->account->id);
    if (strcmp(key, "uuid") == 0)
        return made_uuid(live);
    if (strcmp(key, "path") == 0)
        return g_strdup(property_text(live, "Path") != NULL ? property_text(live, "Path") : "/");
    if (strcmp(key, "rule") == 0)
        return rule_name(live, name, '|');
    if (strcmp(key, "rulePath") == 0)
        return rule_name(live, name, '/');
    if (strcmp(key, "protocol") == 0)
        return g_strdup(g_strcmp0(property_text(live, "ProtocolType"), "WEBSOCKET") == 0 ? "wss"
                                                                                         : "https");
    if ((g_str_has_prefix(key, "id") || g_str_has_prefix(key, "ID")) && g_ascii_isdigit(key[2]))
        return made_id(live, key);
    text = g_str_has_prefix(key, "hidden.") ? json_text_of(live->hidden, key + 7)
                                            : property_text(live, key);
    return g_strdup(text != NULL ? text : "");
}

static char *expand(const Live *live, const char *form, const char *name)
{
    GString *text = g_string_new(NULL);
    const char *open = NULL;

    while ((open = strchr(form, '{')) != NULL) {
        const char *close = strchr(open, '}');
        g_autofree char *key = g_strndup(open + 1, (size_t)(close - open - 1));
        g_autofree char *value = placeholder(live, key, name);

        g_string_append_len(text, form, open - form);
        g_string_append(text, value);
        form = close + 1;
    }
    g_string_append(text, form);
    return g_string_free(text, FALSE);
}

static void set_attributes(Live *live, const char *forms, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(forms, ";", -1);

    for (char **part = parts; *part != NULL && **part != '\0'; part++) {
        char *equals = strchr(*part, '=');
        char *question = memchr(*part, '?', (size_t)(equals - *part));
        g_autofree char *value = expand(live, equals + 1, name);

        *equals = '\0';
        if (question != NULL) {
            *question = '\0';
            if (json_object_get(live->properties, question + 1) == NULL) {
                json_object_del(live->attributes, *part);
                continue;
            }
        }
        json_set_text(live->attributes, *part, value);
    }
}

/* Attributes of a type without a row: every read-only property gets a value that looks like one. */
static void set_generic_attributes(Live *live)
{
    const ResourceType *schema = resource_type_find(live->type);
    g_autofree const char **names =
        schema != NULL ? resource_type_property_names(schema, "") : NULL;
    g_auto(GStrv) parts = g_strsplit(live->type, "::", 3);
    g_autofree char *service = g_ascii_strdown(parts[1] != NULL ? parts[1] : "custom", -1);
    g_autofree char *kind =
        g_ascii_strdown(g_strv_length(parts) == 3 && parts[2] != NULL ? parts[2] : "resource", -1);

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        Property property;

        if (!resource_type_property(schema, names[i], &property) ||
            (property.flags & PROPERTY_READ_ONLY) == 0 ||
            json_object_get(live->attributes, names[i]) != NULL)
            continue;
        if (g_str_has_suffix(names[i], "Arn"))
            json_set_format(live->attributes, names[i], "arn:aws:%s:%s:%s:%s/%s", service,
                            live->home->name, live->home->account->id, kind, live->physical_id);
        else if (property.kind == PROPERTY_INTEGER || property.kind == PROPERTY_NUMBER)
            json_object_set_new(live->attributes, names[i], json_integer(1));
        else if (property.kind == PROPERTY_BOOLEAN)
            json_object_set_new(live->attributes, names[i], json_true());
        else if (property.kind == PROPERTY_STRING || property.kind == PROPERTY_ANY)
            json_set_text(live->attributes, names[i], live->physical_id);
    }
}

static char *identifier_of(const Live *live)
{
    const ResourceType *schema = resource_type_find(live->type);
    g_autofree const char **names = schema != NULL ? resource_type_identifier(schema) : NULL;
    GString *text = g_string_new(NULL);

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        const char *value = json_text_of(live->attributes, names[i]);

        if (value == NULL)
            value = property_text(live, names[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? "|" : "", value != NULL ? value : "");
    }
    if (text->len == 0)
        g_string_append(text, live->physical_id);
    return g_string_free(text, FALSE);
}

static char *name_of(const Live *live, const char *property, unsigned limit)
{
    const char *given = property != NULL ? property_text(live, property) : NULL;

    return given != NULL ? g_strdup(given) : generated_name(live, limit);
}

void identity_assign(Live *live)
{
    const Identity *identity = identity_of(live->type);
    const char *property = identity_name_property(live->type);
    g_autofree char *name = name_of(live, property, identity != NULL ? identity->name_limit : 0);

    if (property != NULL)
        json_set_text(live->properties, property, name);
    live->physical_id = identity != NULL ? expand(live, identity->physical, name) : g_strdup(name);
    identity_refresh(live);
    live->identifier = identifier_of(live);
}

void identity_refresh(Live *live)
{
    const Identity *identity = identity_of(live->type);
    g_autofree char *name = name_of(live, identity_name_property(live->type),
                                    identity != NULL ? identity->name_limit : 0);

    if (identity != NULL)
        set_attributes(live, identity->attributes, name);
    /* A table without a stream has no StreamArn, so only types without a row get what their schema
     * lists. */
    if (identity == NULL || *identity->attributes == '\0')
        set_generic_attributes(live);
}
