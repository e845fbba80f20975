#include "config/document.h"
#include "reconcile/plan/hazard_finders.h"
#include <string.h>

typedef void (*OpeningFinder)(const ResourceChange *change, json_t *before, json_t *after,
                              GPtrArray *hazards);

static const char *text_at(json_t *resource, const char *pointer)
{
    return json_string_value(pointer_get(resource, pointer));
}

static void function_url(const ResourceChange *change, json_t *before, json_t *after,
                         GPtrArray *hazards)
{
    if (g_strcmp0(text_at(after, "/Properties/AuthType"), "NONE") == 0 &&
        g_strcmp0(text_at(before, "/Properties/AuthType"), "NONE") != 0)
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (AWS::Lambda::Url) answers anybody: AuthType is NONE", change->logical_id);
}

static bool rule_is_open(json_t *rule)
{
    return g_strcmp0(json_string_value(json_object_get(rule, "CidrIp")), "0.0.0.0/0") == 0 ||
           g_strcmp0(json_string_value(json_object_get(rule, "CidrIpv6")), "::/0") == 0;
}

static bool holds(json_t *rules, json_t *rule)
{
    json_t *item;
    size_t i;

    json_array_foreach(rules, i, item)
    {
        if (json_equal(item, rule))
            return true;
    }
    return false;
}

static void security_group(const ResourceChange *change, json_t *before, json_t *after,
                           GPtrArray *hazards)
{
    json_t *old = pointer_get(before, "/Properties/SecurityGroupIngress"), *rule;
    size_t i;

    json_array_foreach(pointer_get(after, "/Properties/SecurityGroupIngress"), i, rule)
    {
        if (rule_is_open(rule) && !holds(old, rule))
            hazards_add(
                hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                "%s (AWS::EC2::SecurityGroup) lets everybody in on port %" JSON_INTEGER_FORMAT,
                change->logical_id, json_integer_value(json_object_get(rule, "FromPort")));
    }
}

static void security_group_ingress(const ResourceChange *change, json_t *before, json_t *after,
                                   GPtrArray *hazards)
{
    if (rule_is_open(json_object_get(after, "Properties")) &&
        !rule_is_open(json_object_get(before, "Properties")))
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (AWS::EC2::SecurityGroupIngress) lets everybody in", change->logical_id);
}

static void bucket(const ResourceChange *change, json_t *before, json_t *after, GPtrArray *hazards)
{
    static const char *const blocks[] = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
                                         "RestrictPublicBuckets"};
    const char *access = text_at(after, "/Properties/AccessControl");
    json_t *old = pointer_get(before, "/Properties/PublicAccessBlockConfiguration");
    json_t *new = pointer_get(after, "/Properties/PublicAccessBlockConfiguration");

    if (access && g_str_has_prefix(access, "Public") &&
        g_strcmp0(text_at(before, "/Properties/AccessControl"), access) != 0)
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (AWS::S3::Bucket) is readable by everybody: AccessControl is %s",
                    change->logical_id, access);
    for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++) {
        json_t *now = json_object_get(new, blocks[i]);
        /* AWS blocks public access on new buckets unless told otherwise; what was on and is now off
         * or gone opens. */
        bool opened = before ? json_is_true(json_object_get(old, blocks[i])) && !json_is_true(now)
                             : json_is_false(now);
        if (!opened)
            continue;
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (AWS::S3::Bucket) no longer blocks public access: %s is off",
                    change->logical_id, blocks[i]);
        return;
    }
}

static bool principal_is_everybody(json_t *principal)
{
    json_t *aws = json_object_get(principal, "AWS");

    if (g_strcmp0(json_string_value(principal), "*") == 0 ||
        g_strcmp0(json_string_value(aws), "*") == 0)
        return true;
    return g_strcmp0(json_string_value(json_array_get(aws, 0)), "*") == 0;
}

static bool policy_is_open(json_t *resource)
{
    json_t *statement;
    size_t i;

    json_array_foreach(pointer_get(resource, "/Properties/PolicyDocument/Statement"), i, statement)
    {
        if (g_strcmp0(json_string_value(json_object_get(statement, "Effect")), "Allow") == 0 &&
            principal_is_everybody(json_object_get(statement, "Principal")) &&
            !json_object_get(statement, "Condition"))
            return true;
    }
    return false;
}

static void resource_policy(const ResourceChange *change, json_t *before, json_t *after,
                            GPtrArray *hazards)
{
    if (policy_is_open(after) && !policy_is_open(before))
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (%s) allows everybody: Principal is * without a Condition",
                    change->logical_id, change->type);
}

/* A new public method is what an API is for; one that asked who calls and no longer does is news.
 */
static void authorization(const ResourceChange *change, json_t *before, json_t *after,
                          GPtrArray *hazards)
{
    const char *old = text_at(before, "/Properties/AuthorizationType");
    const char *new = text_at(after, "/Properties/AuthorizationType");
    bool had_key = json_is_true(pointer_get(before, "/Properties/ApiKeyRequired"));

    if (!before)
        return;
    if (old && strcmp(old, "NONE") != 0 && (!new || strcmp(new, "NONE") == 0))
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (%s) answers anybody: its authorization %s is removed", change->logical_id,
                    change->type, old);
    else if (had_key && !json_is_true(pointer_get(after, "/Properties/ApiKeyRequired")))
        hazards_add(hazards, HAZARD_OPENS_TO_INTERNET, change->logical_id,
                    "%s (%s) no longer asks for an API key", change->logical_id, change->type);
}

static const struct {
    const char *type;
    OpeningFinder find;
} finders[] = {
    {"AWS::Lambda::Url", function_url},
    {"AWS::EC2::SecurityGroup", security_group},
    {"AWS::EC2::SecurityGroupIngress", security_group_ingress},
    {"AWS::S3::Bucket", bucket},
    {"AWS::S3::BucketPolicy", resource_policy},
    {"AWS::SQS::QueuePolicy", resource_policy},
    {"AWS::SNS::TopicPolicy", resource_policy},
    {"AWS::ApiGateway::Method", authorization},
    {"AWS::ApiGatewayV2::Route", authorization},
};

void hazards_add_openings(const ResourceChange *change, json_t *before, json_t *after,
                          GPtrArray *hazards)
{
    for (size_t i = 0; after && i < G_N_ELEMENTS(finders); i++) {
        if (strcmp(finders[i].type, change->type) == 0)
            finders[i].find(change, before, after, hazards);
    }
}
