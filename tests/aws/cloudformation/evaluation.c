#include "tests/aws/cloudformation/evaluation.h"
#include "tests/aws/resources/live.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

json_t *region_ssm_value(void *data, const char *name)
{
    Region *region = data;
    const Live *parameter = live_find(region, "AWS::SSM::Parameter", name);
    json_t *value = parameter != NULL ? json_object_get(parameter->properties, "Value") : NULL;

    return json_incref(value);
}

static json_t *reference(void *data, const char *logical_id, const char *attribute, GError **error)
{
    StackEvaluation *self = data;
    StackResource *record = g_hash_table_lookup(self->stack->resources, logical_id);
    const Live *live = NULL;
    json_t *value = NULL;

    if (self->unknown != NULL && (record == NULL || record->physical_id == NULL ||
                                  g_hash_table_contains(self->unknown, logical_id)))
        return json_string(KNOWN_AFTER_APPLY);
    if (record == NULL || record->physical_id == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400, "Unresolved resource dependency %s", logical_id);
        return NULL;
    }
    live = live_find(self->stack->region, record->type, record->physical_id);
    if (attribute == NULL && self->ref_quirk && live != NULL &&
        strcmp(record->type, "AWS::ApiGateway::Resource") == 0 &&
        json_object_get(live->properties, "RestApiId") != NULL)
        return json_incref(json_object_get(live->properties, "RestApiId"));
    if (attribute == NULL)
        return json_string(record->physical_id);
    if (live != NULL)
        value = live_attribute(live, attribute);
    else
        value = json_incref(json_object_get(record->attributes, attribute));
    if (value == NULL)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: resource %s does not support attribute type %s in Fn::GetAtt",
                    logical_id, attribute);
    return value;
}

static json_t *import_value(void *data, const char *name, GError **error)
{
    StackEvaluation *self = data;
    Export *export = g_hash_table_lookup(self->stack->region->exports, name);

    if (export == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400, "No export named %s found.", name);
        return NULL;
    }
    if (self->note_imports) {
        g_hash_table_add(self->stack->imports, g_strdup(name));
        g_hash_table_add(export->importers, self->stack);
    }
    return json_string(export->value);
}

static json_t *dynamic(void *data, const char *service, const char *key, GError **error)
{
    StackEvaluation *self = data;
    g_autofree char *text = g_strdup_printf("{{resolve:%s:%s}}", service, key);
    g_autofree char *name = g_strdup(key);
    char *colon = strrchr(name, ':');
    json_t *value = NULL;

    /* Secrets never enter a template: they stay references until a handler takes them. */
    if (strcmp(service, "ssm") != 0)
        return json_string(text);
    if (colon != NULL)
        *colon = '\0';
    value = region_ssm_value(self->stack->region, name);
    if (value == NULL)
        g_set_error(error, DOUBLE_ERROR, 400, "Parameters: [%s] cannot be found.", text);
    return value;
}

void stack_evaluation_init(StackEvaluation *evaluation, Stack *stack, const Deployment *deployment)
{
    memset(evaluation, 0, sizeof *evaluation);
    evaluation_init(&evaluation->evaluation, deployment->template);
    evaluation->stack = stack;
    evaluation->evaluation.parameters = deployment->parameters.values;
    evaluation->evaluation.region = stack->region->name;
    evaluation->evaluation.account = stack->region->account->id;
    evaluation->evaluation.stack_id = stack->id;
    evaluation->evaluation.stack_name = stack->name;
    evaluation->evaluation.notification_arns = deployment->notification_arns;
    evaluation->evaluation.hooks = (EvaluationHooks){reference, import_value, dynamic};
    evaluation->evaluation.data = evaluation;
}

void stack_evaluation_clear(StackEvaluation *evaluation)
{
    evaluation_clear(&evaluation->evaluation);
}

json_t *stack_predict_properties(StackEvaluation *evaluation, const char *logical_id,
                                 GError **error)
{
    json_t *definition = json_object_get(evaluation->evaluation.template->resources, logical_id);
    json_t *properties = json_object_get(definition, "Properties");

    if (properties == NULL)
        return json_object();
    return evaluate(&evaluation->evaluation, properties, error);
}

json_t *stack_evaluate_properties(StackEvaluation *evaluation, const char *logical_id,
                                  GError **error)
{
    json_t *definition = json_object_get(evaluation->evaluation.template->resources, logical_id);
    json_auto_t *properties = stack_predict_properties(evaluation, logical_id, error);

    if (properties == NULL)
        return NULL;
    return live_properties_checked(json_text_of(definition, "Type"), logical_id, properties, error);
}
