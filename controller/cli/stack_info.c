#include "controller/cli/stack_info.h"

#include "config/json_text.h"
#include "controller/cli/failure.h"

#include <stdio.h>
#include <string.h>

/* Outputs that hold the address of an API or a function URL, by the framework's names for them. */
static bool is_endpoint(const char *key)
{
    return g_str_has_prefix(key, "ServiceEndpoint") || !strcmp(key, "HttpApiUrl") ||
           g_str_has_suffix(key, "LambdaFunctionUrl") ||
           g_str_has_prefix(key, "CloudFrontDistributionDomainName");
}

static json_t *describe_function(AwsClient *client, const CloudFormationStack *stack,
                                 const CloudFormationResource *resource)
{
    g_auto(GStrv) parts = g_strsplit(stack->id, ":", 6);
    g_autofree char *arn = NULL,
                    *log_group = g_strdup_printf("/aws/lambda/%s", resource->physical_id);

    if (g_strv_length(parts) >= 5)
        arn = g_strdup_printf("arn:%s:lambda:%s:%s:function:%s", parts[1],
                              aws_client_region(client), parts[4], resource->physical_id);
    return json_pack("{s:s, s:s, s:s*, s:s}", "name", resource->physical_id, "logicalId",
                     resource->logical_id, "arn", arn, "logGroup", log_group);
}

bool stack_info_read(AwsClient *client, const char *stack_name, json_t **ret, GError **error)
{
    g_autoptr(CloudFormationStack) stack = NULL;
    g_autoptr(GPtrArray) resources = NULL;
    json_t *endpoints, *functions, *outputs, *value;
    const char *key;

    if (!cloud_formation_describe_stack(client, stack_name, &stack, error))
        return false;
    if (!stack) {
        *ret = NULL;
        return true;
    }
    if (!cloud_formation_list_stack_resources(client, stack_name, &resources, error))
        return false;
    endpoints = json_array();
    functions = json_array();
    outputs = json_object();
    json_object_foreach(stack->outputs, key, value)
    {
        if (is_endpoint(key))
            json_array_append(endpoints, value);
        json_object_set(outputs, key, value);
    }
    for (guint i = 0; i < resources->len; i++) {
        const CloudFormationResource *resource = g_ptr_array_index(resources, i);

        if (!g_strcmp0(resource->type, "AWS::Lambda::Function") && resource->physical_id)
            json_array_append_new(functions, describe_function(client, stack, resource));
    }
    *ret = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "stack", stack->name, "status",
                     stack->status, "region", aws_client_region(client), "endpoints", endpoints,
                     "functions", functions, "outputs", outputs);
    return true;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

char *stack_info_to_text(json_t *info)
{
    GString *text = g_string_new(NULL);
    json_t *item;
    const char *key;
    size_t i;

    g_string_append_printf(text, "stack %s in %s: %s\n", text_of(info, "stack"),
                           text_of(info, "region"), text_of(info, "status"));
    json_array_foreach(json_object_get(info, "endpoints"), i, item)
        g_string_append_printf(text, "  %s\n", json_string_value(item));
    if (json_array_size(json_object_get(info, "functions")))
        g_string_append(text, "functions\n");
    json_array_foreach(json_object_get(info, "functions"), i, item)
        g_string_append_printf(text, "  %s\n    %s\n    %s\n", text_of(item, "name"),
                               text_of(item, "arn"), text_of(item, "logGroup"));
    if (json_object_size(json_object_get(info, "outputs")))
        g_string_append(text, "outputs\n");
    json_object_foreach(json_object_get(info, "outputs"), key, item)
        g_string_append_printf(text, "  %s  %s\n", key, json_string_value(item));
    return g_string_free(text, FALSE);
}

ExitStatus stack_info_print(AwsClient *client, const char *stack_name, const Arguments *arguments)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    json_t *info = NULL;

    if (!stack_info_read(client, stack_name, &info, &error))
        return verb_fail(arguments, NULL, error);
    if (!info) {
        failure_tell(arguments, NULL, NULL, "there is no stack %s in %s", stack_name,
                     aws_client_region(client));
        return EXIT_FAILED;
    }
    text = arguments->json ? json_text(info, JSON_TEXT_INDENT) : stack_info_to_text(info);
    printf("%s%s", text, arguments->json ? "\n" : "");
    json_decref(info);
    return EXIT_DONE;
}
