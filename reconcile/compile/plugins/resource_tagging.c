/* serverless-plugin-resource-tagging 1.2.0 (MIT): provider.stackTags on every resource of the types
 * that it knows, unless the resource has a tag of that key. The stage of a REST API, which is no
 * resource of the stack, has them anyway (settings.c). */
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

static bool is_tagged_type(const char *type)
{
    static const char *const types[] = {
        "AWS::Lambda::Function",         "AWS::SQS::Queue",     "AWS::Kinesis::Stream",
        "AWS::DynamoDB::Table",          "AWS::S3::Bucket",     "AWS::ApiGateway::Stage",
        "AWS::CloudFront::Distribution", "AWS::Logs::LogGroup",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_strcmp0(types[i], type) == 0)
            return true;
    return false;
}

static bool has_tag(json_t *tags, const char *key)
{
    json_t *tag;
    size_t i;

    json_array_foreach(tags, i, tag) if (g_strcmp0(json_string_value(json_object_get(tag, "Key")),
                                                   key) == 0) return true;
    return false;
}

static void add_tags(Compilation *compilation, const char *id, json_t *properties, json_t *added)
{
    json_t *written = json_object_get(properties, "Tags"), *tags, *value;
    const char *key;

    if (written && !json_is_null(written) && !json_is_array(written)) {
        g_autoptr(GString) pointer = g_string_new("/resources/Resources");

        pointer_append(pointer, id);
        g_string_append(pointer, "/Properties/Tags");
        compilation_problem(
            compilation, PROBLEM_ERROR, pointer->str, "write Tags as a list of {Key, Value}",
            "resource %s: Tags are no list, so the stack's tags cannot be added", id);
        return;
    }
    tags = json_is_array(written) ? json_copy(written) : json_array();
    json_object_foreach(added, key, value) if (!has_tag(written, key))
        json_array_append_new(tags, json_pack("{s:s,s:O}", "Key", key, "Value", value));
    json_object_set_new(properties, "Tags", tags);
}

static void finish(Compilation *compilation)
{
    json_t *added = json_object_get(compilation->provider, "stackTags"), *resource;
    const char *id;

    if (json_object_size(added) == 0)
        return;
    json_object_foreach(compilation->resources, id, resource)
    {
        json_t *properties = json_object_get(resource, "Properties");

        if (json_is_object(properties) &&
            is_tagged_type(json_string_value(json_object_get(resource, "Type"))))
            add_tags(compilation, id, properties, added);
    }
}

const Plugin plugin_resource_tagging = {
    .name = "serverless-plugin-resource-tagging",
    .finish = finish,
};
