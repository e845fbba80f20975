/* Stacks themselves: what they are, and the calls that act on one without a change set. */
#include "config/json_text.h"
#include "reconcile/aws/cloud_formation_call.h"
#include <string.h>

void cloud_formation_stack_free(CloudFormationStack *stack)
{
    if (!stack)
        return;
    char *texts[] = {stack->id,
                     stack->name,
                     stack->status,
                     stack->status_reason,
                     stack->description,
                     stack->role_arn,
                     stack->parent_id,
                     stack->root_id,
                     stack->change_set_id,
                     stack->creation_time,
                     stack->last_updated_time,
                     stack->drift_status};
    json_t *values[] = {stack->parameters, stack->outputs,      stack->exports,
                        stack->tags,       stack->capabilities, stack->notification_arns};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        json_decref(values[i]);
    g_free(stack);
}

static json_t *read_exports(const XmlNode *outputs)
{
    json_t *exports = cloud_formation_pairs(outputs, "ExportName", "OutputKey");

    json_object_del(exports, ""); /* an emulator's way of saying "not exported" */
    return exports;
}

static CloudFormationStack *read_stack(const XmlNode *node)
{
    CloudFormationStack *stack = g_new0(CloudFormationStack, 1);

    stack->id = cloud_formation_text(node, "StackId");
    stack->name = cloud_formation_text(node, "StackName");
    stack->status = cloud_formation_text(node, "StackStatus");
    stack->status_reason = cloud_formation_text(node, "StackStatusReason");
    stack->description = cloud_formation_text(node, "Description");
    stack->role_arn = cloud_formation_text(node, "RoleARN");
    stack->parent_id = cloud_formation_text(node, "ParentId");
    stack->root_id = cloud_formation_text(node, "RootId");
    stack->change_set_id = cloud_formation_text(node, "ChangeSetId");
    stack->creation_time = cloud_formation_text(node, "CreationTime");
    stack->creation_time_ms = cloud_formation_time(node, "CreationTime");
    stack->last_updated_time = cloud_formation_text(node, "LastUpdatedTime");
    stack->last_updated_time_ms = cloud_formation_time(node, "LastUpdatedTime");
    stack->parameters = cloud_formation_parameters(xml_find(node, "Parameters"));
    stack->outputs = cloud_formation_pairs(xml_find(node, "Outputs"), "OutputKey", "OutputValue");
    stack->exports = read_exports(xml_find(node, "Outputs"));
    stack->tags = cloud_formation_pairs(xml_find(node, "Tags"), "Key", "Value");
    stack->capabilities = cloud_formation_texts(xml_find(node, "Capabilities"));
    stack->notification_arns = cloud_formation_texts(xml_find(node, "NotificationARNs"));
    stack->termination_protection = cloud_formation_bool(node, "EnableTerminationProtection");
    stack->disable_rollback = cloud_formation_bool(node, "DisableRollback");
    stack->drift_status = cloud_formation_text(node, "DriftInformation/StackDriftStatus");
    stack->drift_check_time_ms = cloud_formation_time(node, "DriftInformation/LastCheckTimestamp");
    return stack;
}

/* CloudFormation has no code of its own for it: ValidationError, "Stack with id x does not exist".
 */
static bool is_absent(const GError *error)
{
    return aws_error_is(error, "ValidationError") &&
           strstr(aws_error_message(error), "does not exist");
}

bool cloud_formation_describe_stack(AwsClient *client, const char *stack, CloudFormationStack **ret,
                                    GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DescribeStacks");
    g_autoptr(XmlDocument) answer = NULL;
    g_autoptr(GError) failure = NULL;
    const XmlNode *node;

    query_form_add(form, "StackName", stack);
    if (!cloud_formation_call(client, form, &answer, &failure)) {
        if (is_absent(failure)) {
            *ret = NULL;
            return true;
        }
        g_propagate_prefixed_error(error, g_steal_pointer(&failure), "describe stack %s: ", stack);
        return false;
    }
    node = xml_find(query_result(answer), "Stacks/member");
    *ret = node ? read_stack(node) : NULL;
    return true;
}

bool cloud_formation_describe_stacks(AwsClient *client, char **token, GPtrArray **ret,
                                     GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DescribeStacks");
    g_autoptr(XmlDocument) answer = NULL;
    GPtrArray *stacks;
    const XmlNode *list;

    query_form_add(form, "NextToken", *token);
    if (!cloud_formation_call(client, form, &answer, error)) {
        g_prefix_error(error, "describe all stacks: ");
        return false;
    }
    stacks = g_ptr_array_new_with_free_func((GDestroyNotify)cloud_formation_stack_free);
    list = xml_find(query_result(answer), "Stacks");
    for (const XmlNode *node = list ? list->first_child : NULL; node; node = node->next)
        g_ptr_array_add(stacks, read_stack(node));
    g_free(*token);
    *token = cloud_formation_text(query_result(answer), "NextToken");
    *ret = stacks;
    return true;
}

static bool act(AwsClient *client, const QueryForm *form, const char *what, const char *stack,
                GError **error)
{
    if (cloud_formation_call(client, form, NULL, error))
        return true;
    g_prefix_error(error, "%s %s: ", what, stack);
    return false;
}

bool cloud_formation_delete_stack(AwsClient *client, const char *stack, const char *client_token,
                                  const char *role_arn, json_t *retain_resources, GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DeleteStack");

    query_form_add(form, "StackName", stack);
    query_form_add(form, "ClientRequestToken", client_token);
    query_form_add(form, "RoleARN", role_arn);
    query_form_add_list(form, "RetainResources", retain_resources);
    return act(client, form, "delete stack", stack, error);
}

bool cloud_formation_continue_update_rollback(AwsClient *client, const char *stack,
                                              json_t *resources_to_skip, const char *role_arn,
                                              const char *client_token, GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("ContinueUpdateRollback");

    query_form_add(form, "StackName", stack);
    query_form_add(form, "RoleARN", role_arn);
    query_form_add(form, "ClientRequestToken", client_token);
    query_form_add_list(form, "ResourcesToSkip", resources_to_skip);
    return act(client, form, "continue the rollback of stack", stack, error);
}

bool cloud_formation_rollback_stack(AwsClient *client, const char *stack, const char *role_arn,
                                    const char *client_token, bool retain_except_on_create,
                                    GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("RollbackStack");

    query_form_add(form, "StackName", stack);
    query_form_add(form, "RoleARN", role_arn);
    query_form_add(form, "ClientRequestToken", client_token);
    query_form_add_bool(form, "RetainExceptOnCreate", retain_except_on_create);
    return act(client, form, "roll back stack", stack, error);
}

bool cloud_formation_update_termination_protection(AwsClient *client, const char *stack,
                                                   bool enable, GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("UpdateTerminationProtection");

    query_form_add(form, "StackName", stack);
    query_form_add_bool(form, "EnableTerminationProtection", enable);
    return act(client, form, "set termination protection of stack", stack, error);
}

bool cloud_formation_set_stack_policy(AwsClient *client, const char *stack, json_t *policy,
                                      GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("SetStackPolicy");
    g_autofree char *text = json_text(policy, JSON_TEXT_COMPACT);

    query_form_add(form, "StackName", stack);
    query_form_add(form, "StackPolicyBody", text);
    return act(client, form, "set the policy of stack", stack, error);
}
