/* Templates as CloudFormation keeps them, and what joins stacks. */
#include "reconcile/aws/cloud_formation_call.h"
#include <string.h>

bool cloud_formation_get_template(AwsClient *client, const char *stack, TemplateStage stage,
                                  char **ret, GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("GetTemplate");
    g_autoptr(XmlDocument) answer = NULL;
    const char *text;

    query_form_add(form, "StackName", stack);
    query_form_add(form, "TemplateStage",
                   stage == TEMPLATE_STAGE_PROCESSED ? "Processed" : "Original");
    if (!cloud_formation_call(client, form, &answer, error)) {
        g_prefix_error(error, "get the template of stack %s: ", stack);
        return false;
    }
    text = xml_text(query_result(answer), "TemplateBody");
    *ret = g_strdup(text ? text : "");
    return true;
}

bool cloud_formation_get_template_summary(AwsClient *client, const char *stack,
                                          const char *template_body, const char *template_url,
                                          json_t **ret, GError **error)
{
    static const char *const lists[] = {"Parameters",
                                        "Capabilities",
                                        "ResourceTypes",
                                        "DeclaredTransforms",
                                        "AllowedValues",
                                        "ResourceIdentifierSummaries",
                                        "LogicalResourceIds",
                                        "ResourceIdentifiers",
                                        "UnrecognizedResourceTypes",
                                        NULL};
    g_autoptr(QueryForm) form = cloud_formation_form("GetTemplateSummary");
    g_autoptr(XmlDocument) answer = NULL;
    const XmlNode *result;

    query_form_add(form, "StackName", stack);
    query_form_add(form, "TemplateBody", template_body);
    query_form_add(form, "TemplateURL", template_url);
    if (!cloud_formation_call(client, form, &answer, error)) {
        g_prefix_error(error, "get a template's summary: ");
        return false;
    }
    result = query_result(answer);
    *ret = result && result->first_child ? xml_to_json(result, lists) : json_object();
    return true;
}

void cloud_formation_export_free(CloudFormationExport *item)
{
    if (!item)
        return;
    g_free(item->name);
    g_free(item->value);
    g_free(item->stack_id);
    g_free(item);
}

static void *read_export(const XmlNode *node)
{
    CloudFormationExport *item = g_new0(CloudFormationExport, 1);

    item->name = cloud_formation_text(node, "Name");
    item->value = g_strdup(xml_text(node, "Value"));
    item->stack_id = cloud_formation_text(node, "ExportingStackId");
    return item;
}

static void fill_nothing(QueryForm *form, const void *data)
{
    (void)form, (void)data;
}

bool cloud_formation_list_exports(AwsClient *client, GPtrArray **ret, GError **error)
{
    const CloudFormationPages pages = {
        .action = "ListExports",
        .list = "Exports",
        .fill = fill_nothing,
        .read = read_export,
        .item_free = (GDestroyNotify)cloud_formation_export_free,
    };

    if (cloud_formation_pages(client, &pages, ret, error))
        return true;
    g_prefix_error(error, "list exports: ");
    return false;
}

static void *read_text(const XmlNode *node)
{
    return g_strdup(node->text);
}

static void fill_export(QueryForm *form, const void *name)
{
    query_form_add(form, "ExportName", name);
}

bool cloud_formation_list_imports(AwsClient *client, const char *export_name, GPtrArray **ret,
                                  GError **error)
{
    const CloudFormationPages pages = {
        .action = "ListImports",
        .list = "Imports",
        .fill = fill_export,
        .data = export_name,
        .read = read_text,
        .item_free = g_free,
    };
    g_autoptr(GError) failure = NULL;

    if (cloud_formation_pages(client, &pages, ret, &failure))
        return true;
    if (aws_error_is(failure, "ValidationError") &&
        strstr(aws_error_message(failure), "is not imported")) {
        *ret = g_ptr_array_new_with_free_func(g_free);
        return true;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                               "list who imports %s: ", export_name);
    return false;
}
