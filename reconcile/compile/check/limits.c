/* Names, counts and sizes. Sources: user guide "Understand CloudFormation quotas"; the quotas of
 * Lambda and IAM ("IAM and AWS STS quotas"); the API references of who gives a name. All 2025. */
#include "config/json_text.h"
#include "reconcile/compile/check/checking.h"
#include <string.h>

#define MAX_RESOURCES 500
#define MAX_OUTPUTS 200
#define MAX_PARAMETERS 200
#define MAX_MAPPINGS 200
#define MAX_MAPPING_KEYS 200
#define MAX_LOGICAL_ID 255
#define MAX_DESCRIPTION_BYTES 1024
#define MAX_TEMPLATE_BYTES 1000000
#define MAX_ENVIRONMENT_BYTES 4096
#define MAX_TIMEOUT_S 900 /* but for functions on capacity providers */
#define MAX_ROLE_POLICIES 10240
#define MAX_TRUST_POLICY 4096 /* 2,048 unless AWS was asked for more */
#define MAX_MANAGED_POLICY 6144

/* Longest names where the schemas do not tell. */
static const struct {
    const char *type, *property, *who;
    size_t most;
} names[] = {
    {"AWS::Lambda::Function", "FunctionName", "Lambda", 64},
    {"AWS::Lambda::LayerVersion", "LayerName", "Lambda", 140},
    {"AWS::SQS::Queue", "QueueName", "SQS", 80},
    {"AWS::IAM::ManagedPolicy", "ManagedPolicyName", "IAM", 128},
    {"AWS::IAM::User", "UserName", "IAM", 64},
    {"AWS::IAM::Group", "GroupName", "IAM", 128},
    {"AWS::IAM::InstanceProfile", "InstanceProfileName", "IAM", 128},
    {"AWS::DynamoDB::Table", "TableName", "DynamoDB", 255},
    {"AWS::Events::EventBus", "Name", "EventBridge", 256},
    {"AWS::ElasticLoadBalancingV2::TargetGroup", "Name", "ELB", 32},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "Name", "ELB", 32},
    {"AWS::CloudWatch::Alarm", "AlarmName", "CloudWatch", 255},
};

static void check_name(Checking *checking, const Spot *properties, json_t *value, size_t row)
{
    const Spot at = {.above = properties, .key = names[row].property};
    bool exact = true;
    size_t length = least_length(checking, value, &exact);

    if (length <= names[row].most ||
        (json_is_string(value) && g_str_has_prefix(json_string_value(value), "arn:")))
        return;
    if (strcmp(names[row].property, "FunctionName") == 0 && json_is_string(value)) {
        g_autofree char *pointer = spot_pointer(&at);

        check_problem_at(checking, checking->strictness, pointer,
                         "set name, or shorten the name of service, stage or function",
                         "function name %s is %zu characters long; Lambda takes %zu",
                         json_string_value(value), length, names[row].most);
        return;
    }
    check_problem(checking, checking->strictness, &at, false, "shorten it",
                  "is %s%zu characters long; %s takes %zu", exact ? "" : "at least ", length,
                  names[row].who, names[row].most);
}

/* Where the person wrote it: the function's own environment, else the provider's, else the
 * template's. */
static char *environment_pointer(const Checking *checking, const Spot *properties)
{
    const Spot at = {.above = properties, .key = "Environment"};
    const char *id = properties->above->key;
    const char *maker = checking->makers ? g_hash_table_lookup(checking->makers, id) : NULL;
    g_autofree char *own = NULL;

    if (checking->service->kind != SERVICE_SERVERLESS)
        return spot_pointer(&at);
    if (!maker || g_str_has_prefix(maker, "/resources/")) {
        g_autofree char *written = spot_pointer(&at);

        return g_strconcat("/resources", written, NULL);
    }
    own = g_strconcat(maker, "/environment", NULL);
    return g_strdup(pointer_get(checking->service->config, own) ? own : "/provider/environment");
}

/* Lambda measures the variables as JSON (its refusal: "exceeded the 4KB limit. String measured:
 * {…}"). What only CloudFormation knows is counted as nothing. */
static void check_environment(Checking *checking, const Spot *properties, json_t *resource)
{
    json_t *variables = pointer_get(resource, "/Properties/Environment/Variables"), *value, *known;
    g_autofree char *text = NULL, *pointer = NULL;
    const char *name;
    size_t least = 0;

    json_object_foreach(variables, name, value) least += strlen(name) + json_string_length(value);
    if (least < MAX_ENVIRONMENT_BYTES / 8) /* whatever has to be escaped, it is not too long */
        return;
    known = json_object();
    json_object_foreach(variables, name, value)
        json_object_set(known, name, json_is_object(value) ? json_null() : value);
    text = json_text(known, JSON_TEXT_COMPACT);
    json_decref(known);
    if (strlen(text) <= MAX_ENVIRONMENT_BYTES || checking->wanted != NO_RESOURCE)
        return;
    pointer = environment_pointer(checking, properties);
    origins_problem(checking->service->origins, checking->problems, checking->mildest, pointer,
                    true, "keep large values in SSM or S3, and give the function their names",
                    "the environment of %s has %zu bytes; Lambda takes %d", properties->above->key,
                    strlen(text), MAX_ENVIRONMENT_BYTES);
}

static void check_timeout(Checking *checking, const Spot *properties, json_t *written)
{
    const Spot at = {.above = properties, .key = "Timeout"};
    json_t *timeout = json_object_get(written, "Timeout");
    double seconds = json_is_string(timeout) ? g_ascii_strtod(json_string_value(timeout), NULL)
                                             : json_number_value(timeout);

    if (seconds > MAX_TIMEOUT_S && !json_object_get(written, "CapacityProviderConfig"))
        check_problem(checking, checking->strictness, &at, false, NULL,
                      "%.0f is too large; Lambda takes at most %d seconds", seconds, MAX_TIMEOUT_S);
}

void check_names(Checking *checking, const Spot *properties, json_t *resource)
{
    json_t *written = json_object_get(resource, "Properties");

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        json_t *value = strcmp(checking->type_name, names[i].type) == 0
                            ? json_object_get(written, names[i].property)
                            : NULL;

        if (value)
            check_name(checking, properties, value, i);
    }
    if (strcmp(checking->type_name, "AWS::Lambda::Function") == 0) {
        check_environment(checking, properties, resource);
        check_timeout(checking, properties, written);
    }
}

/* Characters of a policy as IAM counts them, without white space; at least so many, as functions
 * give nobody knows how long a text. */
static size_t policy_length(const Checking *checking, json_t *value)
{
    size_t length = 0, i;
    bool exact;
    const char *key;
    json_t *item;

    if (is_function(value))
        return least_length(checking, value, &exact) + 2;
    if (json_is_string(value))
        return json_string_length(value) + 2;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item) length += policy_length(checking, item) + (i > 0);
        return length + 2;
    }
    if (!json_is_object(value))
        return 1;
    json_object_foreach(value, key, item) length +=
        strlen(key) + 3 + policy_length(checking, item) + (length > 0);
    return length + 2;
}

static void report_policy(Checking *checking, const Spot *at, size_t length, size_t most)
{
    if (length > most)
        check_problem(checking, checking->strictness, at, true,
                      "join statements, use wildcards, or split it in several managed policies",
                      "is at least %zu characters long without spaces; IAM takes %zu", length,
                      most);
}

void check_policies(Checking *checking, const Spot *properties, json_t *resource)
{
    json_t *written = json_object_get(resource, "Properties"), *policy;
    const Spot inline_at = {.above = properties, .key = "Policies"};
    const Spot trust_at = {.above = properties, .key = "AssumeRolePolicyDocument"};
    const Spot document_at = {.above = properties, .key = "PolicyDocument"};
    size_t length = 0, i;

    if (strcmp(checking->type_name, "AWS::IAM::ManagedPolicy") == 0)
        report_policy(checking, &document_at,
                      policy_length(checking, json_object_get(written, "PolicyDocument")),
                      MAX_MANAGED_POLICY);
    if (strcmp(checking->type_name, "AWS::IAM::Role") != 0)
        return;
    json_array_foreach(json_object_get(written, "Policies"), i, policy) length +=
        policy_length(checking, json_object_get(policy, "PolicyDocument"));
    report_policy(checking, &inline_at, length, MAX_ROLE_POLICIES);
    report_policy(checking, &trust_at,
                  policy_length(checking, json_object_get(written, "AssumeRolePolicyDocument")),
                  MAX_TRUST_POLICY);
}

static void check_count(Checking *checking, const char *section, size_t most, const char *what,
                        const char *hint)
{
    size_t count = json_object_size(json_object_get(checking->template, section));

    if (count > most)
        problems_add(checking->problems, checking->strictness, NULL, hint,
                     "the template has %zu %s; CloudFormation takes %zu in a stack", count, what,
                     most);
}

static void check_logical_id(Checking *checking, const char *id)
{
    const Spot section = {.key = "Resources"}, at = {.above = &section, .key = id};
    g_autofree char *pointer = spot_pointer(&at);

    check_problem_at(checking, PROBLEM_ERROR, pointer, NULL,
                     "logical id \"%s\" may hold letters and digits only", id);
}

static void check_logical_ids(Checking *checking)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *id;
    json_t *resource;

    json_object_foreach(checking->resources, id, resource)
    {
        if ((id[strspn(id, good)] || !*id) && !g_str_has_prefix(id, "Fn::ForEach::"))
            check_logical_id(checking, id);
    }
}

static void check_key_lengths(Checking *checking, const char *section)
{
    const Spot above = {.key = section};
    const char *key;
    json_t *value;

    json_object_foreach(json_object_get(checking->template, section), key, value)
    {
        const Spot at = {.above = &above, .key = key};

        if (strlen(key) > MAX_LOGICAL_ID)
            check_problem(checking, PROBLEM_ERROR, &at, true, "shorten it",
                          "the name is %zu characters long; CloudFormation takes %d", strlen(key),
                          MAX_LOGICAL_ID);
    }
}

static void check_mapping_keys(Checking *checking)
{
    const Spot section = {.key = "Mappings"};
    const char *name;
    json_t *map;

    json_object_foreach(checking->mappings, name, map)
    {
        const Spot at = {.above = &section, .key = name};

        if (json_object_size(map) > MAX_MAPPING_KEYS)
            check_problem(checking, PROBLEM_ERROR, &at, true, "split it in two",
                          "has %zu keys; CloudFormation takes %d", json_object_size(map),
                          MAX_MAPPING_KEYS);
    }
}

/* The exact length is looked for only where it may be too much. */
static void check_size(Checking *checking)
{
    g_autofree char *text = NULL;

    if (checking->size_bytes < MAX_TEMPLATE_BYTES / 4 * 3) /* escapes come on top */
        return;
    text = json_text(checking->template, JSON_TEXT_COMPACT);
    if (strlen(text) > MAX_TEMPLATE_BYTES)
        problems_add(checking->problems, PROBLEM_ERROR, NULL, "split the service in two",
                     "the template has %zu bytes; CloudFormation takes %d", strlen(text),
                     MAX_TEMPLATE_BYTES);
}

void check_quotas(Checking *checking)
{
    const Spot description = {.key = "Description"};
    json_t *text = json_object_get(checking->template, "Description");

    check_count(checking, "Resources", MAX_RESOURCES, "resources", "split the service in two");
    check_count(checking, "Outputs", MAX_OUTPUTS, "outputs",
                "set versionFunctions: false (each version has an output), or split the service");
    check_count(checking, "Parameters", MAX_PARAMETERS, "parameters", NULL);
    check_count(checking, "Mappings", MAX_MAPPINGS, "mappings", NULL);
    check_logical_ids(checking);
    check_key_lengths(checking, "Resources");
    check_key_lengths(checking, "Outputs");
    check_key_lengths(checking, "Parameters");
    check_mapping_keys(checking);
    if (json_is_string(text) && json_string_length(text) > MAX_DESCRIPTION_BYTES)
        check_problem(checking, PROBLEM_ERROR, &description, false, "shorten it",
                      "has %zu bytes; CloudFormation takes %d", json_string_length(text),
                      MAX_DESCRIPTION_BYTES);
    check_size(checking);
}
