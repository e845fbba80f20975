#include "reconcile/aws/cloud_formation_call.h"
#include <string.h>

void cloud_formation_change_set_free(CloudFormationChangeSet *set)
{
    if (!set)
        return;
    char *texts[] = {set->id,
                     set->name,
                     set->stack_id,
                     set->stack_name,
                     set->status,
                     set->status_reason,
                     set->execution_status,
                     set->deployment_mode,
                     set->stack_drift_status,
                     set->description};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    json_decref(set->parameters);
    json_decref(set->tags);
    json_decref(set->changes);
    g_free(set);
}

static void add_parameters(QueryForm *form, json_t *parameters)
{
    const char *key;
    json_t *value;
    unsigned n = 0;

    json_object_foreach(parameters, key, value)
    {
        g_autofree char *prefix = g_strdup_printf("Parameters.member.%u", ++n);
        g_autofree char *key_path = g_strconcat(prefix, ".ParameterKey", NULL);
        g_autofree char *value_path = g_strconcat(prefix, ".ParameterValue", NULL);

        query_form_add(form, key_path, key);
        if (json_is_object(value))
            query_form_add_value(form, prefix, value);
        else
            query_form_add_value(form, value_path, value);
    }
}

/* ResourceIdentifier is the one map of this API; the Query protocol writes maps as entries. */
static void add_identifier(QueryForm *form, const char *prefix, json_t *identifier)
{
    const char *key;
    json_t *value;
    unsigned n = 0;

    json_object_foreach(identifier, key, value)
    {
        g_autofree char *key_path =
            g_strdup_printf("%s.ResourceIdentifier.entry.%u.key", prefix, ++n);
        g_autofree char *value_path =
            g_strdup_printf("%s.ResourceIdentifier.entry.%u.value", prefix, n);

        query_form_add(form, key_path, key);
        query_form_add_value(form, value_path, value);
    }
}

static void add_imports(QueryForm *form, json_t *resources)
{
    json_t *resource;
    size_t i;

    json_array_foreach(resources, i, resource)
    {
        g_autofree char *prefix = g_strdup_printf("ResourcesToImport.member.%zu", i + 1);
        g_autofree char *type = g_strconcat(prefix, ".ResourceType", NULL);
        g_autofree char *id = g_strconcat(prefix, ".LogicalResourceId", NULL);

        query_form_add_value(form, type, json_object_get(resource, "ResourceType"));
        query_form_add_value(form, id, json_object_get(resource, "LogicalResourceId"));
        add_identifier(form, prefix, json_object_get(resource, "ResourceIdentifier"));
    }
}

static QueryForm *create_form(const CloudFormationChangeSetRequest *request)
{
    QueryForm *form = cloud_formation_form("CreateChangeSet");

    query_form_add(form, "StackName", request->stack_name);
    query_form_add(form, "ChangeSetName", request->name);
    query_form_add(form, "ChangeSetType", request->type);
    query_form_add(form, "TemplateBody", request->template_body);
    query_form_add(form, "TemplateURL", request->template_url);
    if (!request->template_body && !request->template_url)
        query_form_add_bool(form, "UsePreviousTemplate", true);
    add_parameters(form, request->parameters);
    query_form_add_pairs(form, "Tags", "Key", "Value", request->tags);
    query_form_add_list(form, "Capabilities", request->capabilities);
    query_form_add_list(form, "NotificationARNs", request->notification_arns);
    add_imports(form, request->resources_to_import);
    query_form_add_value(form, "RollbackConfiguration", request->rollback_configuration);
    query_form_add(form, "RoleARN", request->role_arn);
    query_form_add(form, "Description", request->description);
    query_form_add(form, "ClientToken", request->client_token);
    query_form_add(form, "DeploymentMode", request->deployment_mode);
    query_form_add(form, "OnStackFailure", request->on_stack_failure);
    if (request->import_existing_resources)
        query_form_add_bool(form, "ImportExistingResources", true);
    if (request->include_nested_stacks)
        query_form_add_bool(form, "IncludeNestedStacks", true);
    return form;
}

bool cloud_formation_create_change_set(AwsClient *client,
                                       const CloudFormationChangeSetRequest *request, char **ret_id,
                                       char **ret_stack_id, GError **error)
{
    g_autoptr(QueryForm) form = create_form(request);
    g_autoptr(XmlDocument) answer = NULL;

    if (!cloud_formation_call(client, form, &answer, error)) {
        g_prefix_error(error, "create change set %s of stack %s: ", request->name,
                       request->stack_name);
        return false;
    }
    if (ret_id)
        *ret_id = cloud_formation_text(query_result(answer), "Id");
    if (ret_stack_id)
        *ret_stack_id = cloud_formation_text(query_result(answer), "StackId");
    return true;
}

static CloudFormationChangeSet *read_change_set(const XmlNode *node)
{
    CloudFormationChangeSet *set = g_new0(CloudFormationChangeSet, 1);

    set->id = cloud_formation_text(node, "ChangeSetId");
    set->name = cloud_formation_text(node, "ChangeSetName");
    set->stack_id = cloud_formation_text(node, "StackId");
    set->stack_name = cloud_formation_text(node, "StackName");
    set->status = cloud_formation_text(node, "Status");
    set->status_reason = cloud_formation_text(node, "StatusReason");
    set->execution_status = cloud_formation_text(node, "ExecutionStatus");
    set->deployment_mode = cloud_formation_text(node, "DeploymentMode");
    set->stack_drift_status = cloud_formation_text(node, "StackDriftStatus");
    set->description = cloud_formation_text(node, "Description");
    set->creation_time_ms = cloud_formation_time(node, "CreationTime");
    set->parameters = cloud_formation_parameters(xml_find(node, "Parameters"));
    set->tags = cloud_formation_pairs(xml_find(node, "Tags"), "Key", "Value");
    set->changes = json_array();
    return set;
}

static void append_changes(json_t *changes, const XmlNode *list)
{
    static const char *const lists[] = {"Scope", "Details", "ResourceDriftIgnoredAttributes", NULL};

    for (const XmlNode *at = list ? list->first_child : NULL; at; at = at->next)
        json_array_append_new(changes, xml_to_json(at, lists));
}

/* One page; *set is made by the first. */
static bool describe_page(AwsClient *client, const char *stack, const char *change_set,
                          char **token, CloudFormationChangeSet **set, GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DescribeChangeSet");
    g_autoptr(XmlDocument) answer = NULL;

    query_form_add(form, "ChangeSetName", change_set);
    query_form_add(form, "StackName", stack);
    query_form_add_bool(form, "IncludePropertyValues", true);
    query_form_add(form, "NextToken", *token);
    if (!cloud_formation_call(client, form, &answer, error))
        return false;
    if (!*set)
        *set = read_change_set(query_result(answer));
    append_changes((*set)->changes, xml_find(query_result(answer), "Changes"));
    g_free(*token);
    *token = cloud_formation_text(query_result(answer), "NextToken");
    return true;
}

/* AWS says ChangeSetNotFound; a stack that is not there either is a ValidationError. */
static bool is_absent(const GError *error)
{
    return aws_error_is(error, "ChangeSetNotFound") ||
           aws_error_is(error, "ChangeSetNotFoundException") ||
           (aws_error_is(error, "ValidationError") &&
            strstr(aws_error_message(error), "does not exist"));
}

bool cloud_formation_describe_change_set(AwsClient *client, const char *stack,
                                         const char *change_set, CloudFormationChangeSet **ret,
                                         GError **error)
{
    g_autoptr(CloudFormationChangeSet) set = NULL;
    g_autofree char *token = NULL;
    g_autoptr(GError) failure = NULL;

    for (unsigned page = 0; page == 0 || token; page++) {
        if (page == CLOUD_FORMATION_MAX_PAGES) {
            aws_error_set(
                error, AWS_ERROR_ANSWER, "UnreadableAnswer", 200, NULL, false, false,
                "the change set has more than " G_STRINGIFY(CLOUD_FORMATION_MAX_PAGES) " pages");
            return false;
        }
        if (describe_page(client, stack, change_set, &token, &set, &failure))
            continue;
        if (is_absent(failure)) {
            *ret = NULL;
            return true;
        }
        g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                   "describe change set %s: ", change_set);
        return false;
    }
    *ret = g_steal_pointer(&set);
    return true;
}

bool cloud_formation_execute_change_set(AwsClient *client, const CloudFormationExecution *execution,
                                        GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("ExecuteChangeSet");

    query_form_add(form, "ChangeSetName", execution->change_set);
    query_form_add(form, "StackName", execution->stack);
    query_form_add(form, "ClientRequestToken", execution->client_token);
    if (execution->retain_except_on_create)
        query_form_add_bool(form, "RetainExceptOnCreate", true);
    if (execution->disable_rollback)
        query_form_add_bool(form, "DisableRollback", true);
    if (cloud_formation_call(client, form, NULL, error))
        return true;
    g_prefix_error(error, "execute change set %s: ", execution->change_set);
    return false;
}

bool cloud_formation_delete_change_set(AwsClient *client, const char *stack, const char *change_set,
                                       GError **error)
{
    g_autoptr(QueryForm) form = cloud_formation_form("DeleteChangeSet");
    g_autoptr(GError) failure = NULL;

    query_form_add(form, "ChangeSetName", change_set);
    query_form_add(form, "StackName", stack);
    if (cloud_formation_call(client, form, NULL, &failure) || is_absent(failure))
        return true;
    g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                               "delete change set %s: ", change_set);
    return false;
}
