#include "tests/aws/template/check.h"
#include "config/resource_types.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

/* Attributes that are ordinary properties in AWS's schemas, but that Fn::GetAtt gives all the same.
 */
static const struct {
    const char *type, *attribute;
} EXTRA_ATTRIBUTES[] = {
    {"AWS::SQS::Queue", "QueueName"},
    {"AWS::SNS::Topic", "TopicName"},
    {"AWS::ApiGateway::RestApi", "RestApiId"},
    {"AWS::Events::EventBus", "Name"},
    {"AWS::SSM::Parameter", "Type"},
    {"AWS::SSM::Parameter", "Value"},
    {"AWS::StepFunctions::StateMachine", "Name"},
    {"AWS::Cognito::UserPool", "ProviderName"},
    {"AWS::Cognito::UserPool", "ProviderURL"},
    {"AWS::ApiGateway::DomainName", "DistributionDomainName"},
    {"AWS::ApiGateway::DomainName", "RegionalDomainName"},
};

static bool is_pseudo_parameter(const char *name)
{
    static const char *const names[] = {"AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue",
                                        "AWS::Partition", "AWS::Region",           "AWS::StackId",
                                        "AWS::StackName", "AWS::URLSuffix",        NULL};

    return g_strv_contains(names, name);
}

static bool is_custom(const char *type)
{
    return g_str_has_prefix(type, "Custom::") ||
           strcmp(type, "AWS::CloudFormation::CustomResource") == 0;
}

bool attribute_is_known(const char *type, const char *attribute)
{
    const ResourceType *schema = resource_type_find(type);
    g_autofree char *path = g_strdelimit(g_strdup(attribute), ".", '/');
    Property property;

    if (is_custom(type) || schema == NULL || strcmp(type, "AWS::CloudFormation::Stack") == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(EXTRA_ATTRIBUTES); i++) {
        if (strcmp(EXTRA_ATTRIBUTES[i].type, type) == 0 &&
            strcmp(EXTRA_ATTRIBUTES[i].attribute, attribute) == 0)
            return true;
    }
    return resource_type_property(schema, path, &property) &&
           (property.flags & PROPERTY_READ_ONLY) != 0;
}

static bool check_sections(const Template *template, GError **error)
{
    static const char *const known[] = {"AWSTemplateFormatVersion",
                                        "Description",
                                        "Metadata",
                                        "Parameters",
                                        "Rules",
                                        "Mappings",
                                        "Conditions",
                                        "Transform",
                                        "Resources",
                                        "Outputs",
                                        "Hooks",
                                        NULL};
    g_autoptr(GString) unknown = g_string_new(NULL);
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(template->root, key, value)
    {
        if (!g_strv_contains(known, key))
            g_string_append_printf(unknown, "%s%s", unknown->len > 0 ? ", " : "", key);
    }
    if (unknown->len > 0)
        g_set_error(error, DOUBLE_ERROR, 400, "Invalid template property or properties [%s]",
                    unknown->str);
    else if (json_object_get(template->root, "Transform") != NULL)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: the double carries out no transforms");
    else if (json_object_size(template->resources) == 0)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: At least one Resources member must be defined.");
    else if (json_object_size(template->resources) > TEMPLATE_RESOURCES_LIMIT)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Number of resources, %zu, is greater than maximum "
                    "allowed, %d",
                    json_object_size(template->resources), TEMPLATE_RESOURCES_LIMIT);
    else if (json_object_size(template->outputs) > TEMPLATE_OUTPUTS_LIMIT)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Number of outputs, %zu, is greater than maximum "
                    "allowed, %d",
                    json_object_size(template->outputs), TEMPLATE_OUTPUTS_LIMIT);
    else if (json_object_size(template->parameters) > TEMPLATE_PARAMETERS_LIMIT)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Number of parameters, %zu, is greater than maximum "
                    "allowed, %d",
                    json_object_size(template->parameters), TEMPLATE_PARAMETERS_LIMIT);
    else
        return true;
    return false;
}

static bool check_resource(const char *logical_id, json_t *definition, GString *unknown,
                           GError **error)
{
    static const char *const known[] = {
        "Type",           "Properties",   "Metadata",       "DependsOn",
        "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy",
        "Condition",      "Description",  "Version",        NULL};
    const char *type = json_text_of(definition, "Type");
    const char *key = NULL;
    json_t *value = NULL;

    for (const char *at = logical_id; *at != '\0'; at++) {
        if (!g_ascii_isalnum(*at)) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Template format error: Resource name %s is non alphanumeric.", logical_id);
            return false;
        }
    }
    if (!json_is_object(definition) || type == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: [/Resources/%s] Every Resources object must contain a "
                    "Type member.",
                    logical_id);
        return false;
    }
    value = json_object_get(definition, "Properties");
    if (value != NULL && (!json_is_object(value) || function_of(value, NULL) != NULL)) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: [/Resources/%s/Properties] must be an object",
                    logical_id);
        return false;
    }
    json_object_foreach(definition, key, value)
    {
        if (!g_strv_contains(known, key)) {
            g_set_error(error, DOUBLE_ERROR, 400, "Invalid template resource property '%s'", key);
            return false;
        }
    }
    if (resource_type_find(type) == NULL && !is_custom(type) && strstr(unknown->str, type) == NULL)
        g_string_append_printf(unknown, "%s%s", unknown->len > 0 ? ", " : "", type);
    return true;
}

static bool check_resources(const Template *template, GError **error)
{
    g_autoptr(GString) unknown = g_string_new(NULL);
    const char *logical_id = NULL;
    json_t *definition = NULL;

    json_object_foreach(template->resources, logical_id, definition)
    {
        if (!check_resource(logical_id, definition, unknown, error))
            return false;
    }
    if (unknown->len > 0) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Unrecognized resource types: [%s]", unknown->str);
        return false;
    }
    return true;
}

/* Adds what `value` refers to and is not there; false for an attribute that the resource does not
 * have. */
static bool check_references(const Template *template, json_t *value, GHashTable *missing,
                             GError **error)
{
    g_autoptr(GPtrArray) references = references_of(value, NULL);

    for (guint i = 0; i < references->len; i++) {
        const Reference *reference = references->pdata[i];
        json_t *definition = json_object_get(template->resources, reference->name);
        const char *type = json_text_of(definition, "Type");

        if (definition == NULL) {
            if (reference->attribute != NULL ||
                (json_object_get(template->parameters, reference->name) == NULL &&
                 !is_pseudo_parameter(reference->name)))
                g_hash_table_add(missing, g_strdup(reference->name));
        } else if (reference->attribute != NULL && type != NULL &&
                   strchr(reference->attribute, '$') == NULL &&
                   !attribute_is_known(type, reference->attribute)) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Template error: resource %s does not support attribute type %s in "
                        "Fn::GetAtt",
                        reference->name, reference->attribute);
            return false;
        }
    }
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool report_missing(GHashTable *missing, const char *block, GError **error)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(missing), compare_keys);
    g_autoptr(GString) list = g_string_new(NULL);

    if (names == NULL)
        return true;
    for (GList *at = names; at != NULL; at = at->next)
        g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", (char *)at->data);
    g_set_error(error, DOUBLE_ERROR, 400,
                "Template format error: Unresolved resource dependencies [%s] in the %s block of "
                "the template",
                list->str, block);
    return false;
}

static bool check_block(const Template *template, json_t *block, const char *name, GError **error)
{
    g_autoptr(GHashTable) missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *key = NULL;
    json_t *entry = NULL;

    json_object_foreach(block, key, entry)
    {
        json_t *depends = json_object_get(entry, "DependsOn");
        const char *condition = json_text_of(entry, "Condition");
        size_t i = 0;
        json_t *item = NULL;

        if (!check_references(template, entry, missing, error))
            return false;
        if (condition != NULL && json_object_get(template->conditions, condition) == NULL) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Template format error: Unresolved condition dependency %s in the %s block "
                        "of the template",
                        condition, name);
            return false;
        }
        if (json_is_string(depends) &&
            json_object_get(template->resources, json_string_value(depends)) == NULL)
            g_hash_table_add(missing, g_strdup(json_string_value(depends)));
        json_array_foreach(depends, i, item)
        {
            if (json_is_string(item) &&
                json_object_get(template->resources, json_string_value(item)) == NULL)
                g_hash_table_add(missing, g_strdup(json_string_value(item)));
        }
    }
    return report_missing(missing, name, error);
}

bool template_check(const Template *template, GError **error)
{
    return check_sections(template, error) && check_resources(template, error) &&
           check_block(template, template->resources, "Resources", error) &&
           check_block(template, template->outputs, "Outputs", error);
}
