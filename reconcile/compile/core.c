#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/service.h"

#define BUCKET_ID "ServerlessDeploymentBucket"

static json_t *bucket_arn(const char *suffix)
{
    json_t *parts =
        json_pack("[s,{s:s},s,{s:s}]", "arn:", "Ref", "AWS::Partition", ":s3:::", "Ref", BUCKET_ID);

    if (suffix)
        json_array_append_new(parts, json_string(suffix));
    return json_join("", parts);
}

static json_t *bucket_policy(void)
{
    json_t *statement = json_pack("{s:s,s:s,s:s,s:[o,o],s:{s:{s:b}}}", "Action", "s3:*", "Effect",
                                  "Deny", "Principal", "*", "Resource", bucket_arn("/*"),
                                  bucket_arn(NULL), "Condition", "Bool", "aws:SecureTransport", 0);

    return json_pack("{s:{s:s},s:{s:[o]}}", "Bucket", "Ref", BUCKET_ID, "PolicyDocument",
                     "Statement", statement);
}

static json_t *key_values(json_t *map)
{
    json_t *list = json_array(), *value;
    const char *key;

    json_object_foreach(map, key, value)
        json_array_append_new(list, json_pack("{s:s,s:O}", "Key", key, "Value", value));
    return list;
}

/* provider.deploymentBucket as an object says how the bucket is to be made. */
static void apply_settings(Compilation *compilation, json_t *bucket, json_t *settings)
{
    static const char *const blocks[] = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
                                         "RestrictPublicBuckets"};
    json_t *properties = json_object_get(bucket, "Properties");
    json_t *tags = json_object_get(settings, "tags");

    if (json_object_size(tags) > 0)
        json_object_set_new(properties, "Tags", key_values(tags));
    if (js_is_truthy(json_object_get(settings, "blockPublicAccess"))) {
        json_t *block = json_object();

        for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
            json_object_set_new(block, blocks[i], json_true());
        json_object_set_new(properties, "PublicAccessBlockConfiguration", block);
    }
    if (js_is_truthy(json_object_get(settings, "versioning")))
        json_object_set_new(properties, "VersioningConfiguration",
                            json_pack("{s:s}", "Status", "Enabled"));
    if (js_is_truthy(json_object_get(settings, "skipPolicySetup")))
        json_object_del(compilation->resources, BUCKET_ID "Policy");
}

static void add_bucket(Compilation *compilation, json_t *settings)
{
    json_t *encryption =
        json_pack("{s:{s:[{s:{s:s}}]}}", "BucketEncryption", "ServerSideEncryptionConfiguration",
                  "ServerSideEncryptionByDefault", "SSEAlgorithm", "AES256");
    json_t *bucket =
        compilation_add_resource(compilation, BUCKET_ID, "AWS::S3::Bucket", encryption);

    compilation_add_resource(compilation, BUCKET_ID "Policy", "AWS::S3::BucketPolicy",
                             bucket_policy());
    if (json_is_object(settings))
        apply_settings(compilation, bucket, settings);
}

static const char *bucket_outside(Compilation *compilation, json_t *setting)
{
    json_t *name = json_is_object(setting) ? json_object_get(setting, "name") : setting;

    if (compilation->options->artifact_bucket)
        return compilation->options->artifact_bucket;
    return json_is_string(name) && json_string_length(name) > 0 ? json_string_value(name) : NULL;
}

json_t *compile_core(Compilation *compilation)
{
    json_t *setting = provider_get(compilation, "deploymentBucket");
    json_t *name;

    json_object_set_new(compilation->template, "AWSTemplateFormatVersion",
                        json_string("2010-09-09"));
    json_object_set_new(
        compilation->template, "Description",
        json_string("The AWS CloudFormation template for this Serverless application"));
    compilation->resources = json_object();
    json_object_set_new(compilation->template, "Resources", compilation->resources);
    compilation->outputs = json_object();
    json_object_set_new(compilation->template, "Outputs", compilation->outputs);

    compilation->deployment_bucket = bucket_outside(compilation, setting);
    name = compilation->deployment_bucket ? json_string(compilation->deployment_bucket)
                                          : json_ref(BUCKET_ID);
    compilation_add_output(compilation, BUCKET_ID "Name", NULL, name);
    if (compilation->deployment_bucket)
        return NULL;
    compilation_set_maker(compilation, "/provider/deploymentBucket");
    add_bucket(compilation, setting);
    compilation_set_maker(compilation, NULL);
    return json_deep_copy(compilation->template);
}
