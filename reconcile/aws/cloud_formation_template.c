/* Templates as CloudFormation keeps them. */
#include "reconcile/aws/cloud_formation_call.h"

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
