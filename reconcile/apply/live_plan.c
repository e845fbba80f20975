#include "config/document.h"
#include "config/resource_types.h"
#include "reconcile/apply/rest_api_stage.h"
#include "reconcile/apply/step.h"
#include <string.h>

/* A template as CloudFormation keeps it: JSON, or YAML of somebody else's deploys. */
static json_t *template_parse(const char *text)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (json)
        return json;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document =
        document_parse("template", text, strlen(text), DOCUMENT_YAML, problems);
    return document ? json_deep_copy(document_root(document)) : NULL;
}

/* DescribeStacks' parameters as an object of strings; those of SSM types by what they resolved to,
 * as CloudFormation compares them. */
static json_t *parameter_values(const CloudFormationStack *stack)
{
    json_t *values = json_object(), *parameter;
    const char *name;

    json_object_foreach(stack->parameters, name, parameter)
    {
        json_t *value = json_object_get(parameter, "value");
        if (value)
            json_object_set(values, name, value);
    }
    return values;
}

static Plan *compare_live(AwsClient *client, const Desired *desired,
                          const CloudFormationStack *stack, GError **error)
{
    g_autofree char *text = NULL;

    if (!cloud_formation_get_template(client, stack->id, TEMPLATE_STAGE_ORIGINAL, &text, error))
        return NULL;
    json_t *live = template_parse(text);
    if (!live) {
        g_set_error(error, PLAN_ERROR, PLAN_ERROR_NOT_A_TEMPLATE,
                    "stack %s: its live template cannot be read", stack->name);
        return NULL;
    }
    json_t *parameters = parameter_values(stack);
    Plan *plan = plan_compare(live, desired->template, parameters, desired->parameters, error);
    json_decref(parameters);
    json_decref(live);
    return plan;
}

Plan *plan_against_stack(AwsClient *client, const Desired *desired,
                         const CloudFormationStack *stack, GError **error)
{
    Plan *plan = stack ? compare_live(client, desired, stack, error)
                       : plan_compare(NULL, desired->template, NULL, desired->parameters, error);

    if (!plan)
        g_prefix_error(error, "plan of %s: ", desired->stack_name);
    return plan;
}

static void add_protection(Plan *plan, const Desired *desired, const CloudFormationStack *stack)
{
    const bool wanted = desired->termination_protection == 1,
               live = stack && stack->termination_protection;

    if (desired->termination_protection >= 0 && wanted != live)
        plan_add_setting(plan, "Stack", "TerminationProtection", json_boolean(live),
                         json_boolean(wanted));
}

bool plan_add_settings(Plan *plan, AwsClient *client, const Desired *desired,
                       const CloudFormationStack *stack, GError **error)
{
    g_autofree char *id = NULL;
    json_auto_t *live = NULL, *changes = NULL;
    json_t *change;
    size_t i;

    add_protection(plan, desired, stack);
    if (!desired->rest_api_stage)
        return true;
    if (stack &&
        !rest_api_stage_look(client, stack->id, desired->rest_api_stage, &id, &live, error))
        return false;
    changes = rest_api_stage_changes(desired->rest_api_stage, live, stack ? stack->id : NULL);
    json_array_foreach(changes, i, change) plan_add_setting(
        plan, "RestApiStage", json_string_value(json_object_get(change, "path")) + 1,
        json_object_get(change, "before"), json_object_get(change, "after"));
    return true;
}

/* "Conditional" is what CloudFormation says of everything that refers to a changed resource,
 * replaced or not. Where we know the type's create-only properties, the prediction is the better
 * word. */
static Replacement replacement_said(const char *word, const char *type, Replacement predicted)
{
    if (strcmp(word, "True") == 0)
        return REPLACEMENT_ALWAYS;
    if (strcmp(word, "Conditional") == 0)
        return resource_type_find(type) ? predicted : MAX(predicted, REPLACEMENT_CONDITIONAL);
    return REPLACEMENT_NEVER;
}

void plan_take_change_set(Plan *plan, const CloudFormationChangeSet *change_set)
{
    json_t *entry;
    size_t i;

    json_array_foreach(change_set->changes, i, entry)
    {
        json_t *change = json_object_get(entry, "ResourceChange");
        const char *action = json_string_value(json_object_get(change, "Action"));
        const char *id = json_string_value(json_object_get(change, "LogicalResourceId"));
        const char *type = json_string_value(json_object_get(change, "ResourceType"));
        const char *word = json_string_value(json_object_get(change, "Replacement"));
        if (g_strcmp0(action, "Modify") != 0 || !id || !type || !word)
            continue;
        const ResourceChange *known = plan_resource(plan, id);
        Replacement predicted = known ? known->replacement : REPLACEMENT_NEVER;
        Replacement said = replacement_said(word, type, predicted);
        if (said != predicted)
            plan_set_replacement(plan, id, type, said);
    }
}

Plan *apply_plan(AwsClient *client, const Desired *desired, GError **error)
{
    g_autoptr(CloudFormationStack) stack = NULL;

    if (!cloud_formation_describe_stack(client, desired->stack_name, &stack, error))
        return NULL;
    StackStatus status = stack ? stack_status_parse(stack->status) : STACK_ABSENT;
    bool has_template = status != STACK_ABSENT && status != STACK_REVIEW_IN_PROGRESS &&
                        status != STACK_DELETE_COMPLETE && status != STACK_ROLLBACK_COMPLETE;
    g_autoptr(Plan) plan = plan_against_stack(client, desired, has_template ? stack : NULL, error);
    if (!plan || !plan_add_settings(plan, client, desired, has_template ? stack : NULL, error))
        return NULL;
    return g_steal_pointer(&plan);
}
